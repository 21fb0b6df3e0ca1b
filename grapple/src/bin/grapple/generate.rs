//! `grapple generate`.

use std::io;
use std::process::ExitCode;

use grapple::{Change, Diagnostics, File, Generated};
use serde_json::json;

use crate::arguments::{Format, Generate};
use crate::{exit, json, output, place};

pub(crate) fn run(arguments: &Generate) -> io::Result<ExitCode> {
    let (schema, directory) = place::read(&arguments.module, &arguments.accept)?;
    let as_json = arguments.format == Format::Json;
    let generated = match grapple::generate(schema, &directory) {
        Ok(generated) => generated,
        Err(mistakes) => {
            output::mistakes(&mistakes, as_json, "; nothing was written")?;
            let code = if is_incompatible(&mistakes) { exit::INCOMPATIBLE } else { exit::MISTAKES };
            return Ok(ExitCode::from(code));
        }
    };
    generated.write()?;
    let is_edited = generated.is_edited();
    if as_json {
        let files: Vec<_> = generated.files().iter().map(json::file).collect();
        let unneeded: Vec<String> = generated.unneeded().iter().map(ToString::to_string).collect();
        let found = json::diagnostics(generated.notes());
        output::say_json(
            &json!({"diagnostics": found, "edited": is_edited, "files": files, "nothingToAccept": unneeded}),
        )?;
    } else {
        output::complain(&generated.notes().to_string());
        if is_edited {
            let path = generated.files()[0].path.display();
            output::complain(&format!("note: {path} was edited by hand; that is lost\n"));
        }
        for accepted in generated.unneeded() {
            output::complain(&format!("note: there was nothing to accept by `{accepted}`\n"));
        }
        output::say(&text(&generated))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the schema is right, and only what came before speaks against it.
pub(crate) fn is_incompatible(mistakes: &Diagnostics) -> bool {
    mistakes.iter().all(|mistake| mistake.code.breaks_clients() || mistake.code.breaks_stored())
}

fn text(generated: &Generated) -> String {
    let mut text: String = generated.files().iter().map(|file| format!("{}\n", outcome(file))).collect();
    if generated.stale().next().is_none() {
        text += "nothing was written: all of it is as the schema says\n";
    }
    text
}

fn outcome(file: &File) -> String {
    let did = match file.change {
        Change::Created => "created",
        Change::Replaced => "wrote",
        Change::Appended => "appended to",
        Change::Kept => "left",
    };
    format!("{did} {}", file.path.display())
}
