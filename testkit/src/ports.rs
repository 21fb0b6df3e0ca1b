//! Free ports on loopback.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::Mutex;

/// Below what Linux hands to outgoing connections (32768 and up): so no connection of a test takes the port of a server
/// while that is down.
const PORTS: Range<u16> = 20_000..32_000;

/// Where this process looks next; each starts elsewhere, so that test runs side by side seldom meet.
static NEXT: Mutex<Option<u16>> = Mutex::new(None);

/// A port that nobody listens on and that this process was not given before.
///
/// Another process may still take it before its user does: who binds it must be ready to ask for the next one.
pub(crate) fn free() -> u16 {
    let mut next = NEXT.lock().expect("looking for a port does not panic");
    let mut port = next.unwrap_or_else(|| fastrand::u16(PORTS));
    for _ in PORTS {
        let candidate = port;
        port = if candidate + 1 < PORTS.end { candidate + 1 } else { PORTS.start };
        *next = Some(port);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, candidate)).is_ok() {
            return candidate;
        }
    }
    unreachable!("none of {} ports is free", PORTS.len())
}
