//! What the operating system asks of the process.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The status of a process that was ended by a signal: 128 and the number of the interrupt.
const INTERRUPTED: i32 = 130;

/// Ctrl-c and SIGTERM, heard from the moment this is made.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// # Errors
    /// When the operating system does not let the process listen.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Ready when the process is asked to end. Asked once more it ends at once: what is left to do may be waiting
    /// for somebody, and the store is whole whenever the process ends.
    pub(crate) async fn stop(mut self) {
        self.next().await;
        eprintln!("finishing the requests that are running (ctrl-c again ends at once)");
        tokio::spawn(async move {
            self.next().await;
            eprintln!("ended at once");
            std::process::exit(INTERRUPTED);
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
