//! Keys cut into chunks of about the same size.

use std::ops::Range;

/// The chunks of so many keys, none larger than a limit, in their order: as few as there can be, whose sizes differ by
/// one at most, the larger ones first. So the largest, which the others are waited for with, is as small as it can be.
pub(super) fn chunks(keys: usize, limit: usize) -> impl Iterator<Item = Range<usize>> {
    let count = keys.div_ceil(limit.max(1));
    let start = move |chunk: usize| chunk * (keys / count) + chunk.min(keys % count);
    (0..count).map(move |chunk| start(chunk)..start(chunk + 1))
}

#[cfg(test)]
mod tests {
    use super::chunks;

    fn sizes(keys: usize, limit: usize) -> Vec<usize> {
        let mut end = 0;
        let size = |chunk: std::ops::Range<usize>| {
            assert_eq!(std::mem::replace(&mut end, chunk.end), chunk.start, "{keys} by {limit}");
            chunk.len()
        };
        chunks(keys, limit).map(size).collect()
    }

    #[test]
    fn chunks_differ_by_one_key_at_most() {
        assert_eq!(sizes(1_001, 1_000), [501, 500]);
        assert_eq!(sizes(10, 4), [4, 3, 3]);
        assert_eq!(sizes(8, 4), [4, 4]);
        assert_eq!(sizes(3, 0), [1, 1, 1]);
        assert!(sizes(0, 4).is_empty());
        for keys in 1..200 {
            for limit in 1..50 {
                let sizes = sizes(keys, limit);
                let (least, most) = (sizes.iter().min().copied(), sizes.iter().max().copied());
                assert!(most <= Some(limit) && most <= least.map(|least| least + 1), "{keys} by {limit}: {sizes:?}");
                assert_eq!((sizes.iter().sum::<usize>(), sizes.len()), (keys, keys.div_ceil(limit)));
            }
        }
    }
}
