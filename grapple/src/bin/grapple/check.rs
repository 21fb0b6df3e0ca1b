//! `grapple check`.

use std::io;
use std::process::ExitCode;

use grapple::{Change, Diagnostics, File, Generated};
use serde_json::json;

use crate::arguments::{Check, Format};
use crate::generate::is_incompatible;
use crate::{exit, json, output, place};

pub(crate) fn run(arguments: &Check) -> io::Result<ExitCode> {
    let (schema, directory) = place::read(&arguments.module, &[])?;
    let as_json = arguments.format == Format::Json;
    match grapple::generate(schema, &directory) {
        Ok(generated) => answer(&generated, as_json),
        Err(mistakes) => refuse(&mistakes, as_json),
    }
}

fn answer(generated: &Generated, as_json: bool) -> io::Result<ExitCode> {
    let stale: Vec<&File> = generated.stale().collect();
    let code = match (generated.is_edited(), stale.is_empty()) {
        (true, _) => exit::EDITED,
        (false, false) => exit::STALE,
        (false, true) => 0,
    };
    if as_json {
        let files: Vec<_> = stale.iter().map(|file| json::file(file)).collect();
        let found = json::diagnostics(generated.notes());
        output::say_json(&json!({"diagnostics": found, "edited": generated.is_edited(), "stale": files}))?;
        return Ok(ExitCode::from(code));
    }
    output::complain(&generated.notes().to_string());
    if generated.is_edited() {
        let path = generated.files()[0].path.display();
        output::complain(&format!(
            "edited by hand: {path}\n  `grapple generate` would lose that; move it to custom.rs, or into the schema\n"
        ));
    }
    for file in &stale {
        output::complain(&format!("{}: {}\n", lacks(file), file.path.display()));
    }
    output::say(match code {
        0 => "all of it is as the schema says\n",
        _ => "run `grapple generate`\n",
    })?;
    Ok(ExitCode::from(code))
}

fn lacks(file: &File) -> &'static str {
    match file.change {
        Change::Created => "missing",
        Change::Appended => "lacks impls",
        Change::Replaced | Change::Kept => "stale",
    }
}

fn refuse(mistakes: &Diagnostics, as_json: bool) -> io::Result<ExitCode> {
    let clients = mistakes.iter().filter(|mistake| mistake.code.breaks_clients()).count();
    let stored = mistakes.iter().filter(|mistake| mistake.code.breaks_stored()).count();
    let sums = match (clients, stored) {
        (0, 0) => String::new(),
        _ => format!(": {clients} that break clients, {stored} that break stored data"),
    };
    output::mistakes(mistakes, as_json, &sums)?;
    Ok(ExitCode::from(if is_incompatible(mistakes) { exit::INCOMPATIBLE } else { exit::CHECK_MISTAKES }))
}
