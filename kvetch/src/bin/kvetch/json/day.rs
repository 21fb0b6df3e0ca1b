//! Days, as the scalar `Date` stores them: `2026-11-21`.

/// Whether a text is a day that there is.
pub(super) fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_shaped = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() });
    if !is_shaped {
        return false;
    }
    let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or_default();
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    (1..=days(year, month)).contains(&day)
}

/// How many days a month has; none where there is no such month.
fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(is_leap),
        1..=12 => 31,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::is_day;

    #[test]
    fn days_that_there_are_not_are_none() {
        for day in ["2026-11-21", "2024-02-29", "2000-02-29", "0000-01-01", "9999-12-31"] {
            assert!(is_day(day), "{day}");
        }
        for text in
            ["", "2026-11-31", "2026-13-01", "2026-00-01", "2023-02-29", "1900-02-29", "2026-1-211", "2026-11-2ä"]
        {
            assert!(!is_day(text), "{text}");
        }
    }
}
