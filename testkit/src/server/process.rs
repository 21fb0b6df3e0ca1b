//! The process of a server: started, watched, ended.

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::Options;
use crate::watchdog::Watchdog;

/// A start takes half a second; recovery on a busy machine many times that.
const START_LIMIT: Duration = Duration::from_secs(60);
/// A clean stop takes a second or two.
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// Between two looks at a server that is coming or going.
const PAUSE: Duration = Duration::from_millis(10);
/// Lines of the log that a failure shows.
const LOG_LINES: usize = 60;

/// Reports its process id to the watchdog, limits its memory, and becomes the server: which finds the programs that are
/// in its folder before others.
const LAUNCHER: &str = r#"
echo $$
ulimit -c 0
ulimit -v "$1"
PATH=$2/bin:$PATH
log=$2/log
shift 2
exec "$@" >>"$log" 2>&1
"#;

/// Why a server is not as it should be.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Somebody listens on its port.
    PortTaken,
    /// Anything else, in words.
    Other(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortTaken => f.write_str("the server's port is taken"),
            Self::Other(words) => f.write_str(words),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Other(format!("a server could not be set up: {error}"))
    }
}

#[derive(Debug)]
pub(super) struct Process {
    program: PathBuf,
    folder: PathBuf,
    address_space_mib: u32,
    child: Option<Child>,
    watchdog: Watchdog,
}

impl Process {
    /// Nothing runs yet.
    pub(super) fn new(program: PathBuf, folder: &Path, options: &Options) -> io::Result<Self> {
        let watchdog = Watchdog::start(folder)?;
        let address_space_mib = options.address_space_mib;
        Ok(Self { program, folder: folder.to_owned(), address_space_mib, child: None, watchdog })
    }

    /// Starts the server and waits until it answers.
    pub(super) fn launch(&mut self, arguments: &[String]) -> Result<(), Failure> {
        self.spawn(arguments)?;
        let ready = self.wait_until_it_answers();
        if ready.is_err() {
            self.kill();
        }
        ready
    }

    fn spawn(&mut self, arguments: &[String]) -> Result<(), Failure> {
        // What the last process left would answer for the new one, or explain its failure.
        let _ = fs::remove_file(self.socket());
        fs::write(self.log(), "")?;
        let child = Command::new("sh")
            .args(["-c", LAUNCHER, "launcher"])
            .arg((u64::from(self.address_space_mib) * 1024).to_string())
            .arg(&self.folder)
            .arg(&self.program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(self.watchdog.pipe()?)
            .stderr(Stdio::null())
            // A group of its own: keys pressed at the test's terminal do not reach it, and what it starts ends with it.
            .process_group(0)
            .spawn()?;
        self.child = Some(child);
        Ok(())
    }

    fn wait_until_it_answers(&mut self) -> Result<(), Failure> {
        let end = Instant::now() + START_LIMIT;
        while Instant::now() < end {
            if let Some(status) = self.child.as_mut().expect("it was spawned just now").try_wait()? {
                return Err(self.failure(&format!("mariadbd ended with {status} instead of starting")));
            }
            if greets(&self.socket()) {
                return Ok(());
            }
            thread::sleep(PAUSE);
        }
        Err(self.failure(&format!("mariadbd did not answer within {} s", START_LIMIT.as_secs())))
    }

    /// Shuts the server down cleanly.
    pub(super) fn stop(&mut self) -> Result<(), Failure> {
        let Some(child) = &mut self.child else { return Ok(()) };
        // One that hangs on request could not even hear that it shall stop.
        for signal in [Signal::CONT, Signal::TERM] {
            let _ = kill_process(Pid::from_child(child), signal);
        }
        let end = Instant::now() + STOP_LIMIT;
        while child.try_wait()?.is_none() {
            if Instant::now() > end {
                let failure = self.failure(&format!("mariadbd did not stop within {} s", STOP_LIMIT.as_secs()));
                self.kill();
                return Err(failure);
            }
            thread::sleep(PAUSE);
        }
        // Nothing is left but what the server itself started.
        self.kill();
        Ok(())
    }

    /// Kills the server and whatever it started.
    pub(super) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // Not there any more is as good.
        let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
        let _ = child.wait();
        self.watchdog.forget();
    }

    /// Sends a signal to the server.
    pub(super) fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().expect("the test knows that the server is up");
        kill_process(Pid::from_child(child), signal).expect("a child that was not waited for can be signalled");
    }

    /// The end of the log, for a message.
    pub(super) fn log_tail(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines = log.lines().collect::<Vec<_>>();
        let tail = &lines[lines.len().saturating_sub(LOG_LINES)..];
        format!("end of the server's log:\n{}", tail.join("\n"))
    }

    fn failure(&self, words: &str) -> Failure {
        let log = self.log_tail();
        if log.contains("Address already in use") {
            Failure::PortTaken
        } else {
            Failure::Other(format!("{words}; {log}"))
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether a server sends its greeting: a packet whose first byte, after length and number, is protocol version 10.
fn greets(socket: &Path) -> bool {
    let mut start = [0; 5];
    let Ok(mut stream) = UnixStream::connect(socket) else { return false };
    let read = stream.set_read_timeout(Some(Duration::from_secs(5))).and_then(|()| stream.read_exact(&mut start));
    read.is_ok() && start[4] == 10
}
