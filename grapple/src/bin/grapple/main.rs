//! The command `grapple`.

mod arguments;
mod check;
mod completions;
mod dev;
mod exit;
mod expand;
mod generate;
mod json;
mod output;
mod place;
mod print;
mod scaffold;

use std::process::ExitCode;

use arguments::Command;

fn main() -> ExitCode {
    let command = match arguments::read() {
        Ok(command) => command,
        Err(code) => return code,
    };
    let unusable = if matches!(command, Command::Check(_)) { exit::CHECK_UNUSABLE } else { exit::UNUSABLE };
    let done = match &command {
        Command::Generate(arguments) => generate::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Print(arguments) => print::run(arguments),
        Command::Expand(arguments) => expand::run(arguments),
        Command::New(arguments) => scaffold::run(arguments),
        Command::Dev(arguments) => dev::run(arguments),
        Command::Completions(arguments) => completions::run(arguments),
    };
    done.unwrap_or_else(|error| {
        output::complain(&format!("error: {error}\n"));
        if command.speaks_json() {
            // When nobody reads it there is nobody to tell.
            drop(output::say_json(&serde_json::json!({"diagnostics": [], "error": error.to_string()})));
        }
        ExitCode::from(unusable)
    })
}
