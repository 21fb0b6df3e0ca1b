//! Statistics for people, and for programs.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::stats::{ReadStats, RoundStats, Stats};

/// How much room the name of a read has. With the five columns of numbers that makes 80.
const NAME_COLUMNS: usize = 38;

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rounds, statements) = (self.rounds.len() as u64, self.statements());
        write!(f, "{}, {}: ", counted(rounds, "round"), counted(statements, "statement"))?;
        writeln!(f, "{} asked for, {} sent", counted(self.asked(), "key"), self.keys())?;
        if self.rounds.is_empty() && self.immediate.is_empty() {
            return Ok(());
        }
        let titles = ("asked", "sent", "missing", "failed", "time");
        writeln!(
            f,
            "\n{:NAME_COLUMNS$}{:>8}{:>8}{:>8}{:>8}{:>10}",
            "", titles.0, titles.1, titles.2, titles.3, titles.4
        )?;
        for (number, round) in (1..).zip(&self.rounds) {
            writeln!(f, "round {number}{}", Statements(round.statements))?;
            round.reads.iter().try_for_each(|read| line(f, read))?;
        }
        if !self.immediate.is_empty() {
            writeln!(f, "at once")?;
            self.immediate.iter().try_for_each(|read| line(f, read))?;
        }
        if !self.rules.is_empty() {
            writeln!(f, "between rounds")?;
            self.rules.iter().try_for_each(|rules| line(f, rules))?;
        }
        if self.asked_since > 0 {
            writeln!(f, "{:NAME_COLUMNS$}{:>8}", "since then", self.asked_since)?;
        }
        Ok(())
    }
}

impl Stats {
    /// The same for programs. Times are in microseconds, `null` while an answer is under way.
    pub fn to_json(&self) -> Value {
        json!({
            "rounds": self.rounds.iter().map(round).collect::<Vec<_>>(),
            "immediate": self.immediate.iter().map(read).collect::<Vec<_>>(),
            "rules": self.rules.iter().map(read).collect::<Vec<_>>(),
            "asked_since": self.asked_since,
        })
    }
}

/// A line of the table.
fn line(f: &mut fmt::Formatter<'_>, read: &ReadStats) -> fmt::Result {
    let (name, time) = (fitted(name(read)), read.time.map_or_else(|| "under way".to_owned(), readable));
    let ReadStats { asked, keys, missing, failed, .. } = read;
    let width = NAME_COLUMNS - 2;
    writeln!(f, "  {name:width$}{asked:>8}{keys:>8}{missing:>8}{failed:>8}{time:>10}")
}

fn round(round: &RoundStats) -> Value {
    json!({ "statements": round.statements, "reads": round.reads.iter().map(read).collect::<Vec<_>>() })
}

fn read(read: &ReadStats) -> Value {
    json!({
        "operation": read.operation,
        "of": read.of,
        "asked": read.asked,
        "sent": read.keys,
        "missing": read.missing,
        "failed": read.failed,
        "calls": read.calls,
        "micros": read.time.map(|time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX)),
    })
}

fn name(read: &ReadStats) -> String {
    let ReadStats { operation, of, calls, .. } = read;
    let space = if of.is_empty() { "" } else { " " };
    match calls {
        0 | 1 => format!("{operation}{space}{of}"),
        calls => format!("{operation}{space}{of}, {calls} calls"),
    }
}

/// A name that leaves the columns where they are.
fn fitted(name: String) -> String {
    let room = NAME_COLUMNS - 3;
    if name.chars().count() <= room {
        return name;
    }
    name.chars().take(room - 1).chain(['…']).collect()
}

fn readable(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{:.1} ms", micros as f64 / 1e3),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// How many statements a round took, unless it had none: then it asked sources alone.
struct Statements(u64);

impl fmt::Display for Statements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, ", {}", counted(self.0, "statement")) }
    }
}
