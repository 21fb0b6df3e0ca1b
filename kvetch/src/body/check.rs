//! One strict pass over bytes that should be a body: known types only, definite lengths, keys in
//! ascending order and each once. What passes can be walked without surprises.
//!
//! It reads heads as the walk does, because every body that comes from a disk takes it: a general decoder took twice as
//! long.

use crate::error::Result;
use crate::limits::VALUE_DEPTH_MAX;

use super::corrupt;
use super::encode::{ID_TAG, TIMESTAMP_TAG};
use super::walk::{Head, Walk};

pub(super) fn body(bytes: &[u8]) -> Result<()> {
    let mut walk = Walk::new(bytes);
    let head = head(&mut walk)?;
    if head.major != 5 {
        return Err(corrupt("it is no map"));
    }
    map(&mut walk, head.argument, 0)?;
    if !walk.is_at_end() {
        return Err(corrupt("bytes follow the body"));
    }
    Ok(())
}

fn value(walk: &mut Walk<'_>, depth: usize) -> Result<()> {
    let head = head(walk)?;
    match (head.major, head.info) {
        (0 | 1, _) => whole(&head),
        (2, _) => take(walk, &head).map(drop),
        (3, _) => text(walk, &head).map(drop),
        (4, _) => list(walk, head.argument, depth + 1),
        (5, _) => map(walk, head.argument, depth + 1),
        (6, _) => tagged(walk, head.argument),
        // False, true, null, a 64-bit float.
        (_, 20 | 21 | 22 | 27) => Ok(()),
        (major, info) => Err(corrupt(format!("unknown type {major}.{info}"))),
    }
}

fn tagged(walk: &mut Walk<'_>, tag: u64) -> Result<()> {
    let head = head(walk)?;
    match (head.major, head.argument) {
        (2, 16) if tag == ID_TAG.as_u64() => take(walk, &head).map(drop),
        (0 | 1, _) if tag == TIMESTAMP_TAG.as_u64() => whole(&head),
        _ if tag == ID_TAG.as_u64() => Err(corrupt("an id has not 16 bytes")),
        _ if tag == TIMESTAMP_TAG.as_u64() => Err(corrupt("a moment is no whole number")),
        _ => Err(corrupt(format!("unknown tag {tag}"))),
    }
}

fn list(walk: &mut Walk<'_>, length: u64, depth: usize) -> Result<()> {
    enterable(depth)?;
    for _ in 0..length {
        value(walk, depth)?;
    }
    Ok(())
}

fn map(walk: &mut Walk<'_>, length: u64, depth: usize) -> Result<()> {
    enterable(depth)?;
    let mut last: &[u8] = b"";
    for _ in 0..length {
        let key = head(walk)?;
        if key.major != 3 {
            return Err(corrupt("a key is no text"));
        }
        let key = text(walk, &key)?;
        if key <= last {
            return Err(corrupt("keys are not in ascending order"));
        }
        value(walk, depth)?;
        last = key;
    }
    Ok(())
}

fn enterable(depth: usize) -> Result<()> {
    if depth > VALUE_DEPTH_MAX {
        return Err(corrupt("lists and maps are nested too deep"));
    }
    Ok(())
}

fn head(walk: &mut Walk<'_>) -> Result<Head> {
    walk.head().ok_or_else(|| corrupt("it ends early, or a length is indefinite"))
}

fn whole(head: &Head) -> Result<()> {
    i64::try_from(head.argument).map(drop).map_err(|_| corrupt("a whole number is out of range"))
}

fn text<'a>(walk: &mut Walk<'a>, head: &Head) -> Result<&'a [u8]> {
    let bytes = take(walk, head)?;
    std::str::from_utf8(bytes).map_err(|_| corrupt("a text is not UTF-8"))?;
    Ok(bytes)
}

fn take<'a>(walk: &mut Walk<'a>, head: &Head) -> Result<&'a [u8]> {
    walk.take(head.argument).ok_or_else(|| corrupt("it ends early"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::body::Body;
    use crate::id::{NodeId, Timestamp};
    use crate::value::{Props, Value};

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<f64>().prop_map(Value::Float),
            ".{0,30}".prop_map(Value::Text),
            any::<Vec<u8>>().prop_map(Value::Bytes),
            any::<[u8; 16]>().prop_map(|bytes| Value::Id(NodeId::from_bytes(bytes))),
            any::<i64>().prop_map(|at| Value::Timestamp(Timestamp(at))),
        ];
        leaf.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
                maps(inner).prop_map(Value::Map),
            ]
        })
    }

    fn maps(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Props> {
        proptest::collection::vec(("[a-zé]{1,6}", values), 0..6).prop_map(|pairs| pairs.into_iter().collect())
    }

    proptest! {
        #[test]
        fn what_was_encoded_passes(props in maps(values())) {
            let body = Body::from_props(&props).unwrap();
            prop_assert_eq!(Body::from_cbor(body.as_cbor()), Ok(body));
        }

        /// Whatever a disk makes of a body: what passes can be read to its end, and means what it says.
        #[test]
        fn what_passes_can_be_read(
            props in maps(values()),
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in proptest::option::of(any::<prop::sample::Index>()),
        ) {
            let mut bytes = Body::from_props(&props).unwrap().as_cbor().to_vec();
            for (place, byte) in damage {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len() + 1));
            }
            if let Ok(body) = Body::from_cbor(&bytes) {
                let props = body.to_props().expect("what passes can be read").into_iter();
                // A null at the top is the same as nothing.
                let props: Props = props.filter(|(_, value)| *value != Value::Null).collect();
                let again = Body::from_props(&props).expect("what can be read can be written");
                prop_assert_eq!(format!("{:?}", again.to_props().unwrap()), format!("{:?}", props));
            }
        }
    }
}
