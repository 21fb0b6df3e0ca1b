//! Signals that ask the command to end: what it has started ends with it.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether it has been asked to end, and by which signal.
#[derive(Debug)]
pub(super) struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// Signals are noted from now on. A second one ends the command at once.
    pub(super) fn listen() -> io::Result<Self> {
        let (asked, signal_asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            // In this order: the first signal only says that it was there.
            flag::register_conditional_shutdown(signal, status(signal), asked.clone())?;
            flag::register(signal, asked.clone())?;
            flag::register_usize(signal, signal_asked.clone(), signal.unsigned_abs() as usize)?;
        }
        Ok(Self(signal_asked))
    }

    /// How to end, once it has been asked for.
    pub(super) fn asked(&self) -> Option<ExitCode> {
        let signal = i32::try_from(self.0.load(Ordering::Relaxed)).ok().filter(|signal| *signal > 0)?;
        u8::try_from(status(signal)).ok().map(ExitCode::from)
    }
}

/// The status of a process that was ended by a signal.
fn status(signal: i32) -> i32 {
    128 + signal
}
