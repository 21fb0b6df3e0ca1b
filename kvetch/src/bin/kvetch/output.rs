//! What is printed: text of 80 columns, or JSON.

use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use kvetch::Timestamp;
use serde_json::{Value as Json, json};
use tracing_subscriber::filter::LevelFilter;

use crate::failure::Failure;

/// Columns of a line.
pub(crate) const WIDTH: usize = 80;

/// How the command speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Shows warnings of the library. Programs that read JSON get errors only, as JSON.
    pub(crate) fn log(self) {
        if !self.json {
            let log = tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
            log.with_max_level(LevelFilter::WARN).init();
        }
    }

    /// Prints the answer: text for people, or a document for programs.
    pub(crate) fn answer(self, text: impl FnOnce() -> String, document: impl FnOnce() -> Json) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{:#}", document())?;
        } else {
            out.write_all(text().as_bytes())?;
        }
        Ok(out.flush()?)
    }

    /// Says something on the way, to people.
    pub(crate) fn note(self, text: impl fmt::Display) {
        if !self.json {
            complain(format_args!("{text}\n"));
        }
    }

    /// Names something that is wrong and does not end the command.
    pub(crate) fn report(self, what: &str, error: &kvetch::Error) {
        if self.json {
            let error = json!({"error": {"code": error.code(), "message": format!("{what}: {error}")}});
            complain(format_args!("{error}\n"));
        } else {
            complain(format_args!("{what}: {error}\n"));
        }
    }

    /// Says why the command ends.
    pub(crate) fn failed(self, failure: &Failure) -> ExitCode {
        if failure.is_unread() {
            // Nobody reads on, so that there is nobody to tell; but it was not done.
            return ExitCode::from(2);
        }
        if self.json {
            let error = json!({"error": {"code": failure.code, "message": failure.message}});
            complain(format_args!("{error}\n"));
        } else {
            complain(format_args!("error: {}\n", failure.message));
        }
        ExitCode::from(2)
    }
}

/// Writes to standard error; when that is closed there is nobody to tell.
fn complain(text: fmt::Arguments<'_>) {
    drop(io::stderr().write_fmt(text));
}

/// Rows in columns, each as wide as its widest cell. Cells that are numbers stand to the right.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Vec<String>>);

impl Table {
    pub(crate) fn of<const N: usize>(head: [&str; N]) -> Self {
        Self(vec![head.map(str::to_owned).to_vec()])
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.push(cells.into());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.len() < 2
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.0.first().map_or(0, Vec::len);
        let is_number = |cell: &String| cell.chars().all(|c| c.is_ascii_digit() || c == ',');
        let numbers = (0..columns).map(|column| self.0.iter().skip(1).all(|row| is_number(&row[column])));
        let numbers: Vec<bool> = numbers.collect();
        let width = |column: usize| self.0.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.0 {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                if numbers[column] { write!(line, "{cell:>width$}  ")? } else { write!(line, "{cell:<width$}  ")? }
            }
            writeln!(f, "{}", cut(line.trim_end(), WIDTH))?;
        }
        Ok(())
    }
}

/// The text in so many columns, with a mark where it is cut.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let kept: String = text.chars().take(columns.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// A number with commas.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A moment in UTC. The days of a year are told as in Howard Hinnant's "chrono-compatible low-level date algorithms".
pub(crate) fn moment(at: Timestamp) -> String {
    let (days, rest) = (at.0.div_euclid(86_400_000_000), at.0.rem_euclid(86_400_000_000));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_utc() {
        for (micros, expected) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (1_709_164_800_000_001, "2024-02-29T00:00:00.000001Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
        ] {
            assert_eq!(moment(Timestamp(micros)), expected);
        }
    }

    #[test]
    fn numbers_are_grouped_and_texts_cut() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([cut("abcdef", 6), cut("abcdef", 5)], ["abcdef", "abcd…"]);
    }
}
