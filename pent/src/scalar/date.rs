//! Days.

use std::fmt;
use std::str::FromStr;

use super::civil;
use crate::error::Result;
use crate::input::{FromInput, Input, mismatch};
use crate::output::{OutputRef, ToOutput};

/// A day of the years 0 to 9999, without a place and a time: the Rust type of the scalar [`DATE`](super::DATE). Its
/// order is that of the days.
///
/// ```
/// use pent::scalar::Date;
///
/// let day: Date = "2026-11-21".parse()?;
/// assert_eq!((day.year(), day.month(), day.day()), (2026, 11, 21));
/// assert!(Date::new(2026, 2, 29).is_none());
/// # Ok::<(), pent::scalar::NoDate>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// As it is written: years have four digits, months and days two.
    text: [u8; 10],
}

/// The error of a text that is no day such as `2026-11-21`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day such as 2026-11-21")]
pub struct NoDate;

impl Date {
    /// The day of a year, a month and a day of the month, both counted from 1; `None` when there is no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        if year > 9999 || !civil::exists(year, month, day) {
            return None;
        }
        format!("{year:04}-{month:02}-{day:02}").parse().ok()
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.digits(0..4)
    }

    /// The month, counted from 1.
    pub fn month(self) -> u8 {
        self.digits(5..7) as u8
    }

    /// The day of the month, counted from 1.
    pub fn day(self) -> u8 {
        self.digits(8..10) as u8
    }

    /// The day as it is written: `2026-11-21`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).expect("a day is written in ASCII")
    }

    fn digits(self, range: std::ops::Range<usize>) -> u16 {
        self.text[range].iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'))
    }
}

impl FromStr for Date {
    type Err = NoDate;

    fn from_str(text: &str) -> Result<Self, NoDate> {
        let text = Some(text).filter(|text| civil::is_date(text)).ok_or(NoDate)?;
        Ok(Self { text: text.as_bytes().try_into().map_err(|_| NoDate)? })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromInput for Date {
    fn from_input(input: Option<&Input>) -> Result<Self> {
        match input {
            Some(Input::Text(text)) => text.parse().map_err(|_| mismatch("a day", input)),
            other => Err(mismatch("a day", other)),
        }
    }
}

impl ToOutput for Date {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Text(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_ordered_and_come_back_as_they_were_written() {
        let days = ["0000-01-01", "1999-12-31", "2000-02-29", "2026-11-21", "9999-12-31"];
        let read = days.map(|day| day.parse::<Date>().expect("it exists"));
        assert!(read.is_sorted());
        assert_eq!(read.map(|day| Date::new(day.year(), day.month(), day.day())), read.map(Some));
        assert_eq!(read.map(|day| day.to_string()), days);
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in ["", "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "2026-11-21T00", "\u{2460}026-11-2"] {
            assert_eq!(text.parse::<Date>(), Err(NoDate), "{text}");
        }
        for (year, month, day) in [(2026, 0, 1), (2026, 1, 0), (2026, 13, 1), (2026, 4, 31), (10_000, 1, 1)] {
            assert_eq!(Date::new(year, month, day), None);
        }
    }
}
