//! The program that is being worked on, and what builds it.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a program may take to finish what it is doing.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// A running program; asked to end when this is dropped, and ended if it does not.
#[derive(Debug)]
pub(super) struct Running(Child);

impl Running {
    /// Starts it. `cargo run` becomes the program it runs, so that a signal reaches that.
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        command.spawn().map(Self)
    }

    /// How it has ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        let asked = Instant::now();
        if self.ended().is_none() && pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok()) {
            while self.ended().is_none() && asked.elapsed() < STOP_WITHIN {
                sleep(Duration::from_millis(20));
            }
        }
        // It may be gone already, and then there is nothing to end.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
