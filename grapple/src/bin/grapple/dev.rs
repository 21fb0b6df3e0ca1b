//! `grapple dev`: generates, builds and starts again whenever something changes.

mod running;
mod stamps;
mod stop;

use std::io;
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::Duration;

use running::Running;
use stamps::Stamps;
use stop::Stop;

use crate::arguments::Dev;
use crate::{output, place};

/// The time between two looks at the files.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The time between two looks at a build, which somebody waits for.
const LOOK_AT_BUILD_EVERY: Duration = Duration::from_millis(20);

pub(crate) fn run(arguments: &Dev) -> io::Result<ExitCode> {
    let stop = Stop::listen()?;
    let mut server = None;
    let mut seen = Stamps::of(&arguments.module)?;
    loop {
        // A mistake leaves the server that is there running.
        if generate(arguments, &mut seen)? && build(arguments, &stop)? {
            drop(server.take());
            server = Some(Running::start(cargo("run", arguments).arg("--").args(&arguments.arguments))?);
        }
        if stop.asked().is_none() {
            say("waiting for a change (ctrl-c stops)");
        }
        match changed(&seen, arguments, &mut server, &stop)? {
            Ok(now) => seen = now,
            // The server goes with what holds it.
            Err(asked) => return Ok(asked),
        }
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

/// Whether the program could be built. A build does not outlive the command either.
fn build(arguments: &Dev, stop: &Stop) -> io::Result<bool> {
    say("building");
    let mut building = Running::start(&mut cargo("build", arguments))?;
    while stop.asked().is_none() {
        if let Some(ended) = building.ended() {
            return Ok(ended.success());
        }
        sleep(LOOK_AT_BUILD_EVERY);
    }
    Ok(false)
}

fn cargo(what: &str, arguments: &Dev) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(what).arg("--quiet").args(arguments.offline.then_some("--offline"));
    command
}

/// Waits until something has changed and stays as it is for a moment, or the command is asked to end.
fn changed(
    seen: &Stamps,
    arguments: &Dev,
    server: &mut Option<Running>,
    stop: &Stop,
) -> io::Result<Result<Stamps, ExitCode>> {
    let mut last = seen.clone();
    loop {
        if let Some(asked) = stop.asked() {
            return Ok(Err(asked));
        }
        sleep(LOOK_EVERY);
        if let Some(ended) = server.as_mut().and_then(Running::ended) {
            say(&format!("the server ended with {ended}"));
            *server = None;
        }
        let now = Stamps::of(&arguments.module)?;
        if now != *seen && now == last {
            return Ok(Ok(now));
        }
        last = now;
    }
}
