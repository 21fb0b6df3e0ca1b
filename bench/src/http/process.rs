//! The process that serves, as whoever asks sees it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::SERVED;

/// It ends when this is dropped.
pub(super) struct Serving {
    child: Child,
    addresses: Value,
}

impl Serving {
    pub(super) fn start(directory: &Path) -> Self {
        let mut child = of_this_program(SERVED, directory).stdin(Stdio::piped()).spawn().expect("it is this program");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("it was asked for"));
        out.read_line(&mut line).expect("it says where it serves");
        Self { child, addresses: serde_json::from_str(&line).expect("the line is JSON") }
    }

    pub(super) fn address(&self, name: &str) -> SocketAddr {
        let address = self.addresses[name].as_str().unwrap_or_else(|| panic!("{name} is not served"));
        address.parse().expect("it is an address")
    }

    /// How much of the processor it has used.
    pub(super) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        let (_, fields) = stat.rsplit_once(") ").expect("the name is in parentheses");
        let ticks = fields.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().expect("a number"));
        // A hundred ticks make a second, on every Linux there is.
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }

    /// The memory that it has, in MiB.
    pub(super) fn resident_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        kibibytes.expect("Linux tells of a process") / 1024.0
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

/// Another process of this program, whose output is read.
pub(super) fn of_this_program(name: &str, directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program is a file"));
    command.arg(name).arg(directory).stdout(Stdio::piped());
    command
}
