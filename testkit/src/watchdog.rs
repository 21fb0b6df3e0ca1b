//! Ends a server that was left alone.
//!
//! A test that is killed cannot drop what it owns. The watchdog is a shell that reads from a pipe held by the test: when
//! the test is gone the pipe ends, and the watchdog kills the server and removes its folder.

use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Reads process ids, `none` or `dismissed`, a line each; the last one counts when the pipe ends. It has its own process
/// group and ignores what a terminal sends to end the test.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
server=none
while read -r line; do server=$line; done
[ "$server" = dismissed ] && exit
[ "$server" = none ] || kill -9 "-$server"
sleep 0.2
rm -rf -- "$1"
"#;

#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Watches over a folder and the process group that is reported next.
    pub(crate) fn start(folder: &Path) -> io::Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "watchdog"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// The pipe, for a process that reports its own id: then there is no moment in which it runs unwatched.
    pub(crate) fn pipe(&self) -> io::Result<Stdio> {
        let pipe = self.pipe.as_ref().expect("it is taken only in drop");
        Ok(pipe.as_fd().try_clone_to_owned()?.into())
    }

    /// The process has ended: its id may soon be another's.
    pub(crate) fn forget(&mut self) {
        self.tell("none\n");
    }

    fn tell(&mut self, line: &str) {
        let pipe = self.pipe.as_mut().expect("it is taken only in drop");
        // A watchdog that somebody killed needs no message.
        let _ = pipe.write_all(line.as_bytes());
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.tell("dismissed\n");
        drop(self.pipe.take());
        let _ = self.shell.wait();
    }
}
