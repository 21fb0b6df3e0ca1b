//! Days and moments as RFC 3339 writes them, over the proleptic Gregorian calendar.
//!
//! Days are counted from 1970 by eras of 400 years, each of which has the same number of days; years begin in March,
//! so that the leap day is the last of its year.

use kvetch::Timestamp;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
const DAYS_OF_ERA: i64 = 146_097;
/// Days from the first of March of the year 0 to 1970.
const TO_1970: i64 = 719_468;

/// Whether a text is a day that exists.
pub(super) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.is_ascii() && date(text).is_some()
}

/// Whether there is such a day.
pub(super) fn exists(year: u16, month: u8, day: u8) -> bool {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    // A day that does not exist comes back as another one.
    (1..=12).contains(&month) && civil(days(year, month, day)) == (year, month, day)
}

/// Reads a moment with its offset. A leap second is the second after it.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    if !text.is_ascii() || text.len() < 20 {
        return None;
    }
    let (day, rest) = text.split_at(10);
    let (time, rest) = rest.split_at(9);
    if !matches!(time.as_bytes()[0], b'T' | b't') || time.as_bytes()[3] != b':' || time.as_bytes()[6] != b':' {
        return None;
    }
    let (hours, minutes, seconds) = (number(&time[1..3], 23)?, number(&time[4..6], 59)?, number(&time[7..9], 60)?);
    let (fraction, offset) = match rest.strip_prefix('.') {
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            (micros(&rest[..digits])?, &rest[digits..])
        }
        None => (0, rest),
    };
    let seconds = (hours * 60 + minutes) * 60 + seconds - offset_seconds(offset)?;
    Some(Timestamp(date(day)? * DAY + seconds * SECOND + fraction))
}

/// Writes a moment in UTC; `None` outside the years 0 to 9999.
pub(super) fn format(time: Timestamp) -> Option<String> {
    let (days, micros) = (time.0.div_euclid(DAY), time.0.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    if !(0..=9999).contains(&year) {
        return None;
    }
    let (seconds, fraction) = (micros / SECOND, micros % SECOND);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:06}") };
    let fraction = fraction.trim_end_matches('0');
    Some(format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}{fraction}Z"))
}

/// The day of a text of ten ASCII characters, counted from 1970.
fn date(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (number(&text[..4], 9999)?, number(&text[5..7], 12)?, number(&text[8..], 31)?);
    let days = days(year, month, day);
    // A day that does not exist comes back as another one.
    (civil(days) == (year, month, day)).then_some(days)
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * DAYS_OF_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - TO_1970
}

fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + TO_1970;
    let (era, of_era) = (days.div_euclid(DAYS_OF_ERA), days.rem_euclid(DAYS_OF_ERA));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = (month + 2) % 12 + 1;
    (era * 400 + year + i64::from(month <= 2), month, day)
}

fn number(digits: &str, max: i64) -> Option<i64> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|value| is_number && *value <= max)
}

/// A fraction of a second; digits after the sixth are cut off.
fn micros(digits: &str) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    format!("{:0<6}", &digits[..digits.len().min(6)]).parse().ok()
}

fn offset_seconds(offset: &str) -> Option<i64> {
    if matches!(offset, "Z" | "z") {
        return Some(0);
    }
    let sign = match offset.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    if offset.len() != 6 || offset.as_bytes()[3] != b':' {
        return None;
    }
    Some(sign * (number(&offset[1..3], 23)? * 3600 + number(&offset[4..], 59)? * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_any_offset_and_written_in_utc() {
        for (written, expected) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("2026-11-21T13:26:07.120000Z", "2026-11-21T13:26:07.12Z"),
            ("2026-11-21t01:00:00.1234567+02:30", "2026-11-20T22:30:00.123456Z"),
            ("1969-12-31T23:59:59.5-00:30", "1970-01-01T00:29:59.5Z"),
            ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(parse(written).and_then(format).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for written in [
            "",
            "2026-11-21",
            "2026-11-21T13:26:07",
            "2026-11-21 13:26:07Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T13:26:07.Z",
            "2026-11-21T13:26:07+2:00",
            "2026-11-21T13:26:07+02:00x",
            "+026-11-21T13:26:07Z",
            "２026-11-21T13:26:07Z",
        ] {
            assert_eq!(parse(written), None, "{written}");
        }
        assert_eq!(format(Timestamp(i64::MAX)), None);
    }

    #[test]
    fn every_day_of_five_centuries_comes_back() {
        for day in days(1600, 1, 1)..days(2100, 1, 1) {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
            assert!(is_date(&format!("{year:04}-{month:02}-{of_month:02}")));
        }
    }
}
