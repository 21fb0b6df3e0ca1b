//! What is printed.

use std::io::{self, Write};

use grapple::Diagnostics;
use serde_json::{Value as Json, json};

use crate::json;

/// Writes to standard error; when that is closed there is nobody to tell.
pub(crate) fn complain(text: &str) {
    drop(io::stderr().write_all(text.as_bytes()));
}

/// Writes to standard output.
pub(crate) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints a document.
pub(crate) fn say_json(document: &Json) -> io::Result<()> {
    say(&format!("{document:#}\n"))
}

/// Reports mistakes: to people, or as a document.
pub(crate) fn mistakes(found: &Diagnostics, as_json: bool, what_follows: &str) -> io::Result<()> {
    if as_json {
        return say_json(&json!({"diagnostics": json::diagnostics(found)}));
    }
    let count = found.len();
    let plural = if count == 1 { "" } else { "s" };
    complain(&format!("{found}{count} mistake{plural} found{what_follows}\n"));
    Ok(())
}
