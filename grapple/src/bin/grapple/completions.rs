//! `grapple completions`.

use std::io;
use std::process::ExitCode;

use crate::arguments::{self, Completions};
use crate::output;

pub(crate) fn run(arguments: &Completions) -> io::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut arguments::command(), "grapple", &mut script);
    output::say(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
