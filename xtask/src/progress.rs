//! What a command that runs for hours is doing.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crate::run::{ended, started};

/// How often it is said.
const EVERY: Duration = Duration::from_secs(60);

/// How cargo begins the line that says which tests it runs, without the spaces before it.
const HEADINGS: [&str; 2] = ["Running ", "Doc-tests "];

/// Runs a command of cargo's to its end, showing what it is, and every minute for how long it has run and where it
/// stands: tests that take many minutes say nothing meanwhile.
///
/// # Errors
/// As [`crate::run::show`].
pub(crate) fn show_with_progress(command: &mut Command) -> Result<(), String> {
    let (line, mut child) = started(command.stderr(Stdio::piped()))?;
    let said = child.stderr.take().expect("it was asked for a moment ago");
    let (sender, headings) = channel();
    std::thread::spawn(move || forward(said, &sender));
    // What it has started may outlive it and hold its output open: that is not waited for.
    tell(&headings, || child.try_wait().is_ok_and(|status| status.is_none()));
    ended(&line, child.wait())
}

/// Shows all that is said, and hands on where it stands.
fn forward(said: impl Read, headings: &Sender<String>) {
    for line in BufReader::new(said).split(b'\n').map_while(Result::ok) {
        let mut stderr = std::io::stderr().lock();
        // Nobody reads it any more: the command itself is told so, too.
        let _ = stderr.write_all(&line).and_then(|()| stderr.write_all(b"\n"));
        let text = String::from_utf8_lossy(&line);
        if HEADINGS.iter().any(|heading| text.trim_start().starts_with(heading)) {
            let _ = headings.send(text.trim().to_owned());
        }
    }
}

/// Says every minute where it stands, until nothing more can come.
fn tell(headings: &Receiver<String>, mut is_running: impl FnMut() -> bool) {
    let begun = Instant::now();
    let mut now = "getting ready".to_owned();
    loop {
        match headings.recv_timeout(EVERY) {
            Ok(heading) => now = heading,
            Err(RecvTimeoutError::Timeout) if is_running() => {
                eprintln!("[{} min] {now}", begun.elapsed().as_secs() / 60);
            }
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_cargo_stands_is_told_from_its_headings() {
        let (sender, headings) = channel();
        forward(
            &b"   Compiling pent\n     Running tests/trees/main.rs (trees-1)\nwhat\n   Doc-tests pent\n"[..],
            &sender,
        );
        drop(sender);
        let found: Vec<String> = headings.iter().collect();
        assert_eq!(found, ["Running tests/trees/main.rs (trees-1)", "Doc-tests pent"]);
    }
}
