//! A connection: the bytes of a client, and what those hold on to who answer it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Sleep, sleep};

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
    unread: Arc<Unread>,
}

impl Connection {
    /// What is known of the connection of a stream.
    pub(super) fn of(stream: &Stream, stopping: watch::Receiver<bool>, longest: Arc<AtomicU64>) -> Self {
        let unread = stream.unread.clone();
        Self(Some(Arc::new(Known { stopping, is_near: stream.is_near, longest, unread })))
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

    /// Cuts the client off once it has sent so many bytes more; `None` for as many as it pleases.
    pub(super) fn bound_reading(&self, bytes: Option<u64>) {
        if let Some(known) = &self.0 {
            known.unread.0.store(bytes.unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }
}

/// How many bytes a client may still send.
#[derive(Debug)]
struct Unread(AtomicU64);

/// The bytes of a client. Writing is given up when the client takes none of them for too long: nothing else would end
/// what waits for that.
#[derive(Debug)]
pub(super) struct Stream {
    tcp: TcpStream,
    pub(super) address: SocketAddr,
    is_near: bool,
    write_deadline: Duration,
    /// Runs while the client takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    unread: Arc<Unread>,
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
        let unread = Arc::new(Unread(AtomicU64::new(u64::MAX)));
        Self { tcp, address, is_near, write_deadline, stalled: None, unread, _place: place }
    }

    /// What writing came to, or that it is given up.
    fn written<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let deadline = self.write_deadline;
        ready!(self.stalled.get_or_insert_with(|| Box::pin(sleep(deadline))).as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client reads nothing")))
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(cx, into))?;
        let bound = self.unread.0.load(Ordering::Relaxed);
        if bound < u64::MAX {
            let read = (into.filled().len() - before) as u64;
            let Some(left) = bound.checked_sub(read) else {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "the client sends too much")));
            };
            // What lifts the bound meanwhile is not undone.
            let _ = self.unread.0.compare_exchange(bound, left, Ordering::Relaxed, Ordering::Relaxed);
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

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
