//! One connection through a proxy: two directions, a thread each.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::set_socket_linger;

use super::Fault;
use super::weather::{Now, Weather};

/// Bytes passed on at once, at most.
const PIECE: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Connection {
    client: TcpStream,
    server: TcpStream,
    ended: AtomicBool,
}

impl Connection {
    pub(super) fn new(client: TcpStream, server: TcpStream) -> io::Result<Self> {
        // The listener never waits, and on some systems what it accepts inherits that.
        client.set_nonblocking(false)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        Ok(Self { client, server, ended: AtomicBool::new(false) })
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire) || self.client_has_gone()
    }

    /// Passes on what the client sends, until the connection ends.
    pub(super) fn pass_requests(&self, weather: &Weather) {
        let mut piece = vec![0; PIECE];
        loop {
            let length = (&self.client).read(&mut piece).unwrap_or(0);
            let admitted = length > 0 && weather.admit_request(|| self.has_ended()).is_some();
            if !admitted || (&self.server).write_all(&piece[..length]).is_err() {
                return self.close();
            }
        }
    }

    /// Passes on what the server sends, until the connection ends or a fault ends it.
    pub(super) fn pass_replies(&self, weather: &Weather) {
        let mut piece = vec![0; PIECE];
        let mut counter = Counter::default();
        loop {
            let length = (&self.server).read(&mut piece).unwrap_or(0);
            // An end of the server is a message too, and waits while the network hangs.
            let Some(now) = weather.admit_reply(|| self.has_ended()) else { return self.close() };
            let passed = counter.passed(now, length);
            if length == 0 || (&self.client).write_all(&piece[..passed]).is_err() {
                return self.close();
            }
            match now.fault {
                Fault::ResetAfter(_) if passed < length => return self.reset(),
                Fault::TruncateAfter(_) if passed < length => return self.close(),
                _ => {}
            }
        }
    }

    /// Ends the connection: what was passed on arrives, then both sides see the end.
    pub(super) fn close(&self) {
        if !self.ended.swap(true, Ordering::AcqRel) {
            let _ = self.client.shutdown(Shutdown::Both);
            let _ = self.server.shutdown(Shutdown::Both);
        }
    }

    /// Ends the connection so that the client sees it reset.
    pub(super) fn reset(&self) {
        if !self.ended.swap(true, Ordering::AcqRel) {
            // A socket that lingers for no time is reset when its last user, one of the two threads, drops it. Shutting it
            // down for reading ends the wait of that thread and tells the client nothing.
            let _ = set_socket_linger(&self.client, Some(Duration::ZERO));
            let _ = self.client.shutdown(Shutdown::Read);
            let _ = self.server.shutdown(Shutdown::Both);
        }
    }

    /// Whether the client has closed its side, even when bytes that it sent before were not read yet.
    fn client_has_gone(&self) -> bool {
        let mut polled = [PollFd::new(&self.client, PollFlags::RDHUP)];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut polled, Some(&at_once)).is_ok_and(|ready| ready > 0)
    }
}

/// Bytes of replies since the fault of the moment was set.
#[derive(Default)]
struct Counter {
    change: u64,
    bytes: u64,
}

impl Counter {
    /// How many of these bytes pass.
    fn passed(&mut self, now: Now, length: usize) -> usize {
        if self.change != now.change {
            *self = Self { change: now.change, bytes: 0 };
        }
        let left = match now.fault {
            Fault::ResetAfter(limit) | Fault::TruncateAfter(limit) => limit.saturating_sub(self.bytes),
            _ => u64::MAX,
        };
        let passed = length.min(usize::try_from(left).unwrap_or(usize::MAX));
        self.bytes += passed as u64;
        passed
    }
}
