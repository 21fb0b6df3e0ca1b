//! Which texts are ids, days and moments. `pent` reads them by the same rules when they arrive.

/// Whether a text is an id, with dashes or without.
pub(super) fn is_uuid(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let dashes: Vec<usize> = text.match_indices('-').map(|(at, _)| at).collect();
    digits == 32 && ((text.len() == 36 && dashes == [8, 13, 18, 23]) || text.len() == 32)
}

/// Whether a text is a day that there is.
pub(super) fn is_date(text: &str) -> bool {
    let Some((year, rest)) = split_number(text, 4) else { return false };
    let Some((month, day)) = rest.strip_prefix('-').and_then(|rest| split_number(rest, 2)) else { return false };
    let day = day.strip_prefix('-').and_then(|day| split_number(day, 2));
    day.is_some_and(|(day, rest)| rest.is_empty() && (1..=days(year, month)).contains(&day))
}

/// Whether a text is a moment with its offset. A leap second is one.
pub(super) fn is_date_time(text: &str) -> bool {
    let Some((day, rest)) = text.split_at_checked(10) else { return false };
    let Some(time) = rest.strip_prefix(['T', 't']) else { return false };
    let rest = within(time, 23).and_then(|rest| within(rest.strip_prefix(':')?, 59));
    let rest = rest.and_then(|rest| within(rest.strip_prefix(':')?, 60)).and_then(without_fraction);
    is_date(day) && rest.is_some_and(is_offset)
}

fn is_offset(text: &str) -> bool {
    let hours = |text| within(text, 23).and_then(|rest| within(rest.strip_prefix(':')?, 59));
    matches!(text, "Z" | "z") || text.strip_prefix(['+', '-']).and_then(hours) == Some("")
}

/// What follows a fraction of a second, if there is one.
fn without_fraction(text: &str) -> Option<&str> {
    let Some(fraction) = text.strip_prefix('.') else { return Some(text) };
    let rest = fraction.trim_start_matches(|letter: char| letter.is_ascii_digit());
    (rest.len() < fraction.len()).then_some(rest)
}

/// What follows two digits that come to no more than this.
fn within(text: &str, greatest: u32) -> Option<&str> {
    split_number(text, 2).filter(|(number, _)| *number <= greatest).map(|(_, rest)| rest)
}

/// A number of so many digits, and what follows.
fn split_number(text: &str, digits: usize) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| is_number)?, rest))
}

/// The days of a month; none of one that there is not.
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
    use super::{is_date, is_date_time};

    /// A default such as "2026-11-21T25:00:00Z" was let through, and failed every request that left the argument out.
    #[test]
    fn only_moments_that_there_are_are_moments() {
        for text in ["2026-11-21T13:26:07Z", "2016-12-31t23:59:60.5z", "2024-02-29T00:00:00.123456789+23:59"] {
            assert!(is_date_time(text), "{text}");
        }
        for text in [
            "2026-11-21",
            "2026-11-21T13:26:07",
            "2026-11-21T25:00:00Z",
            "2026-11-21T13:60:00Z",
            "2026-11-21T:::Z",
            "2026-11-21T13:26:07.Z",
            "2026-11-21T13:26:07+0200",
            "2026-11-21T13:26:07+24:00",
            "2026-02-29T00:00:00Z",
            "2026-11-21 13:26:07Z",
            "2026-11-21T13:26:07Zx",
            "\u{ff12}026-11-21T13:26:07Z",
        ] {
            assert!(!is_date_time(text), "{text}");
        }
        assert!(is_date("2000-02-29") && !is_date("1900-02-29") && !is_date("2026-1-01") && !is_date("+026-01-01"));
    }
}
