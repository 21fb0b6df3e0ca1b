//! `grapple dev`: generates, builds and starts again whenever something changes.

mod server;
mod stamps;

use std::io;
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::Duration;

use server::Server;
use stamps::Stamps;

use crate::arguments::Dev;
use crate::{output, place};

/// The time between two looks at the files.
const LOOK_EVERY: Duration = Duration::from_millis(250);

pub(crate) fn run(arguments: &Dev) -> io::Result<ExitCode> {
    let mut server = None;
    let mut seen = Stamps::of(&arguments.module)?;
    loop {
        // A mistake leaves the server that is there running.
        if generate(arguments, &mut seen)? && build(arguments)? {
            drop(server.take());
            server = Some(Server::start(cargo("run", arguments).arg("--").args(&arguments.arguments))?);
        }
        say("waiting for a change (ctrl-c stops)");
        seen = changed(&seen, arguments, &mut server)?;
    }
}

fn say(text: &str) {
    output::complain(&format!("grapple: {text}\n"));
}

/// Whether the schema is right; its files are written then.
fn generate(arguments: &Dev, seen: &mut Stamps) -> io::Result<bool> {
    // A file may go between two looks: the next look tells.
    let (schema, directory) = match place::read(&arguments.module, &[]) {
        Ok(read) => read,
        Err(error) => {
            say(&error.to_string());
            return Ok(false);
        }
    };
    match grapple::generate(schema, &directory) {
        Ok(generated) => {
            // Somebody may be writing to a file just now: the next change tries again.
            if let Err(error) = generated.write() {
                say(&error.to_string());
                return Ok(false);
            }
            output::complain(&generated.notes().to_string());
            for file in generated.stale() {
                say(&format!("wrote {}", file.path.display()));
                seen.renew(&file.path);
            }
            Ok(true)
        }
        Err(mistakes) => {
            output::mistakes(&mistakes, false, "; nothing was written")?;
            Ok(false)
        }
    }
}

fn build(arguments: &Dev) -> io::Result<bool> {
    say("building");
    Ok(cargo("build", arguments).status()?.success())
}

fn cargo(what: &str, arguments: &Dev) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(what).arg("--quiet").args(arguments.offline.then_some("--offline"));
    command
}

/// Waits until something has changed and stays as it is for a moment.
fn changed(seen: &Stamps, arguments: &Dev, server: &mut Option<Server>) -> io::Result<Stamps> {
    loop {
        sleep(LOOK_EVERY);
        if let Some(ended) = server.as_mut().and_then(Server::ended) {
            say(&format!("the server ended with {ended}"));
            *server = None;
        }
        let mut now = Stamps::of(&arguments.module)?;
        if now == *seen {
            continue;
        }
        loop {
            sleep(LOOK_EVERY);
            let later = Stamps::of(&arguments.module)?;
            if later == now {
                return Ok(now);
            }
            now = later;
        }
    }
}
