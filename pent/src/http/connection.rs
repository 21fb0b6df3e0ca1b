//! A connection: the bytes of a client, and what those hold on to who answer it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Sleep, sleep};

use super::budget::Share;

/// Bytes that a client has to take within the time that it may take none. Else one byte now and then would keep an answer
/// of any length for ever.
const WRITTEN_BYTES_MIN: usize = 32 << 10;

/// Of what is asked over a connection, what the server has to know of it, and the other way round. A server that is not
/// [`serve`](super::serve) knows nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Connection(Option<Arc<Known>>);

#[derive(Debug)]
struct Known {
    stopping: watch::Receiver<bool>,
    is_near: bool,
    /// The longest deadline of what was asked of this server, in milliseconds.
    longest: Arc<AtomicU64>,
    reading: Arc<Reading>,
}

impl Connection {
    /// What is known of the connection of a stream.
    pub(super) fn of(stream: &Stream, stopping: watch::Receiver<bool>, longest: Arc<AtomicU64>) -> Self {
        let reading = stream.reading.clone();
        Self(Some(Arc::new(Known { stopping, is_near: stream.is_near, longest, reading })))
    }

    /// Ends when the server is told to stop, or never, where it was not said to do so.
    pub(super) async fn stopping(&self) {
        match &self.0 {
            Some(known) => drop(known.stopping.clone().wait_for(|is_stopping| *is_stopping).await),
            None => std::future::pending().await,
        }
    }

    /// Says how long what is asked may run: a server that stops waits for it.
    pub(super) fn may_take(&self, deadline: Duration) {
        if let Some(known) = &self.0 {
            let millis = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
            if known.longest.load(Ordering::Relaxed) < millis {
                known.longest.fetch_max(millis, Ordering::Relaxed);
            }
        }
    }

    /// Whether it comes from this machine, to an address that only this machine has.
    pub(super) fn is_near(&self) -> bool {
        self.0.as_ref().is_some_and(|known| known.is_near)
    }

    /// Cuts the client off once it has sent so many bytes more.
    pub(super) fn bound_reading(&self, bytes: usize) {
        self.set_bound(Bound::Bytes(bytes));
    }

    /// Counts what the client sends until it is taken, and cuts the client off where there is no room for it.
    pub(super) fn count_reading(&self, share: Share) {
        self.set_bound(Bound::Counted(share));
    }

    /// What was counted is taken: whoever has it now counts it.
    pub(super) fn has_taken(&self) {
        if let Some(known) = &self.0
            && let Some(Bound::Counted(share)) = &mut *known.reading.bound()
        {
            share.keep(0);
        }
    }

    fn set_bound(&self, bound: Bound) {
        if let Some(known) = &self.0 {
            *known.reading.bound() = Some(bound);
            known.reading.is_bounded.store(true, Ordering::Relaxed);
        }
    }
}

/// What a client may send beside requests, which have limits of their own.
#[derive(Debug, Default)]
struct Reading {
    /// Most connections never are.
    is_bounded: AtomicBool,
    bound: Mutex<Option<Bound>>,
}

#[derive(Debug)]
enum Bound {
    /// So many bytes more.
    Bytes(usize),
    /// As many as there is room for.
    Counted(Share),
}

impl Reading {
    fn bound(&self) -> MutexGuard<'_, Option<Bound>> {
        self.bound.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether so many bytes may have come.
    fn takes(&self, bytes: usize) -> bool {
        if !self.is_bounded.load(Ordering::Relaxed) {
            return true;
        }
        match &mut *self.bound() {
            None => true,
            Some(Bound::Counted(share)) => share.take(bytes),
            Some(Bound::Bytes(left)) => match left.checked_sub(bytes) {
                Some(less) => {
                    *left = less;
                    true
                }
                None => false,
            },
        }
    }
}

/// The bytes of a client. Writing is given up when the client takes next to none of them for too long: nothing else would
/// end what waits for that.
#[derive(Debug)]
pub(super) struct Stream {
    tcp: TcpStream,
    pub(super) address: SocketAddr,
    is_near: bool,
    write_deadline: Duration,
    /// Runs from when the client first took nothing until it has taken enough.
    stalled: Option<Pin<Box<Sleep>>>,
    /// What it has taken meanwhile.
    taken: usize,
    reading: Arc<Reading>,
    /// Of this connection among all there may be: free when the stream is closed, whatever it has become by then.
    _place: OwnedSemaphorePermit,
}

impl Stream {
    pub(super) fn new(
        tcp: TcpStream,
        address: SocketAddr,
        write_deadline: Duration,
        place: OwnedSemaphorePermit,
    ) -> Self {
        // Answers are sent whole: waiting for more to send would only delay them.
        let _ = tcp.set_nodelay(true);
        let is_near = tcp.local_addr().is_ok_and(|local| local.ip().to_canonical().is_loopback());
        let reading = Arc::default();
        Self { tcp, address, is_near, write_deadline, stalled: None, taken: 0, reading, _place: place }
    }

    /// What writing came to, or that it is given up.
    fn written(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            self.taken += written.as_ref().map_or(0, |bytes| *bytes);
            if self.taken >= WRITTEN_BYTES_MIN {
                self.is_taking();
            }
            return Poll::Ready(written);
        }
        let deadline = self.write_deadline;
        ready!(self.stalled.get_or_insert_with(|| Box::pin(sleep(deadline))).as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client reads nothing")))
    }

    /// The client has taken enough, or there is nothing more for it.
    fn is_taking(&mut self) {
        self.stalled = None;
        self.taken = 0;
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(cx, into))?;
        let read = into.filled().len() - before;
        if !self.reading.takes(read) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "the client sends too much")));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write(cx, bytes);
        self.written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write_vectored(cx, bytes);
        self.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    /// Asked for when all is written.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_taking();
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
