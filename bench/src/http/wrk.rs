//! wrk, which asks as fast as it is answered.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::cores;

const WRK: &str = "wrk";

/// # Panics
/// Where there is none. `cargo xtask bench http` installs it.
pub(super) fn must_be_there() {
    let found = Command::new(WRK).arg("-v").output();
    assert!(
        found.is_ok(),
        "there is no wrk on the path: `cargo xtask bench http` installs it; by hand: the package wrk"
    );
}

/// Writes the script that posts these bodies in turn and prints what came of them as JSON.
pub(super) fn script(directory: &Path, bodies: &[Vec<u8>]) -> PathBuf {
    let mut text = String::from("local bodies = {\n");
    for body in bodies {
        let body = std::str::from_utf8(body).expect("it is JSON");
        writeln!(text, "  [==[{body}]==],").expect("a text has room");
    }
    text.push_str(
        "}
local requests, turn = {}, 0
function init()
  wrk.headers['content-type'] = 'application/json'
  for number, body in ipairs(bodies) do requests[number] = wrk.format('POST', '/graphql', nil, body) end
end
function request()
  turn = turn % #requests + 1
  return requests[turn]
end
function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local line = '\\n{\"requests\":%d,\"micros\":%d,\"failed\":%d}\\n'
  io.write(string.format(line, summary.requests, summary.duration, failed))
end
",
    );
    let path = directory.join("requests.lua");
    std::fs::write(&path, text).expect("there is room");
    path
}

/// What wrk has asked.
pub(super) struct Asked {
    pub(super) requests: f64,
    pub(super) a_second: f64,
}

/// Asks for about so long.
///
/// # Panics
/// When a request failed.
pub(super) fn run(address: SocketAddr, script: &Path, connections: usize, time: Duration) -> Asked {
    // wrk counts in whole seconds.
    let seconds = time.as_secs().max(1);
    let output = cores::as_client(|| {
        let mut command = Command::new(WRK);
        command.args(["-t", "1", "-c", &connections.to_string(), "-d", &format!("{seconds}s"), "-s"]).arg(script);
        command.arg(format!("http://{address}/graphql")).output().expect("wrk starts")
    });
    let output = String::from_utf8_lossy(&output.stdout);
    let line = output.lines().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("{output}"));
    let summary: Value = serde_json::from_str(line).expect("the script writes JSON");
    let number = |key: &str| summary[key].as_f64().expect("it is a number");
    assert!(number("failed") == 0.0, "{output}");
    Asked { requests: number("requests"), a_second: number("requests") / number("micros") * 1e6 }
}
