//! Statements by MariaDB's own client: the tests of a driver must not lean on that driver.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::programs;

/// Seconds after which a statement is given up: the server hangs, and the test should say so rather than hang as well.
const LIMIT: &str = "60";

/// Runs statements as root over a socket, and returns the rows: a line each, tabs between values, no headings.
///
/// # Errors
/// What the client said.
pub(crate) fn execute(socket: &Path, sql: &str) -> Result<String, String> {
    let output = run(socket, sql).map_err(|error| format!("could not run the client: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{} ({})", String::from_utf8_lossy(&output.stderr).trim(), output.status))
}

fn run(socket: &Path, sql: &str) -> std::io::Result<Output> {
    let client = programs::companion("mariadb").map_err(std::io::Error::other)?;
    let mut child = Command::new("timeout")
        .args(["--signal=KILL", LIMIT])
        .arg(client)
        .args(["--no-defaults", "--user=root", "--batch", "--skip-column-names"])
        .arg(format!("--socket={}", socket.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // A client that could not connect has gone without reading: its own words say more than the broken pipe.
    let _ = child.stdin.take().expect("it was piped").write_all(sql.as_bytes());
    child.wait_with_output()
}
