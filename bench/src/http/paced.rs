//! Requests at an even pace, whatever comes back: what takes long makes nobody wait before asking.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use super::cores;

/// How long is waited for the last answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came of them.
#[derive(Default)]
pub(super) struct Asked {
    /// From the moment when each was due to its answer, sorted.
    times: Vec<Duration>,
    /// How many were answered with 503.
    pub(super) turned_away: usize,
    /// How many were not sent, since all connections were waiting for an answer.
    pub(super) unsent: usize,
    /// From the first until the last answer.
    took: Duration,
}

impl Asked {
    /// Milliseconds within which so many of a hundred were answered.
    pub(super) fn millis(&self, per_cent: f64) -> f64 {
        let last = self.times.len() - 1;
        self.times[(last as f64 * per_cent / 100.0).round() as usize].as_secs_f64() * 1e3
    }

    /// Answers per second, of those that were let in.
    pub(super) fn answered_a_second(&self) -> f64 {
        self.times.len() as f64 / self.took.as_secs_f64()
    }

    /// The longest time.
    pub(super) fn slowest(&self) -> Duration {
        self.times.last().copied().unwrap_or_default()
    }
}

/// Asks so many times a second, over so many connections; bodies have their turn.
pub(super) fn run(address: SocketAddr, bodies: &[Vec<u8>], rate: f64, time: Duration, connections: usize) -> Asked {
    cores::as_client(|| {
        let requests = bodies.iter().map(|body| request(body).into()).collect::<Vec<Rc<[u8]>>>();
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        LocalSet::new().block_on(&runtime, ask_all(address, &requests, rate, time, connections))
    })
}

/// Asks once.
pub(super) fn ask(address: SocketAddr, body: &[u8]) -> Vec<u8> {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        let mut connection = Connection::open(address).await;
        assert_eq!(connection.exchange(&request(body)).await, 200);
        connection.body()
    })
}

async fn ask_all(address: SocketAddr, requests: &[Rc<[u8]>], rate: f64, time: Duration, connections: usize) -> Asked {
    let free = Rc::new(RefCell::new(Vec::with_capacity(connections)));
    for _ in 0..connections {
        let connection = Connection::open(address).await;
        free.borrow_mut().push(connection);
    }
    let asked = Rc::new(RefCell::new(Asked::default()));
    let begun = Instant::now();
    let count = (rate * time.as_secs_f64()) as usize;
    for number in 0..count {
        let due = begun + Duration::from_secs_f64(number as f64 / rate);
        // Timers are too coarse for this pace, and the core is ours.
        loop {
            tokio::task::yield_now().await;
            if Instant::now() >= due {
                break;
            }
        }
        let Some(mut connection) = free.borrow_mut().pop() else {
            asked.borrow_mut().unsent += 1;
            continue;
        };
        let (free, asked, request) = (free.clone(), asked.clone(), requests[number % requests.len()].clone());
        tokio::task::spawn_local(async move {
            let status = connection.exchange(&request).await;
            let mut asked = asked.borrow_mut();
            match status {
                200 => asked.times.push(due.elapsed()),
                503 => asked.turned_away += 1,
                other => panic!("a request was answered with {other}"),
            }
            asked.took = begun.elapsed();
            free.borrow_mut().push(connection);
        });
    }
    let waited = Instant::now();
    while free.borrow().len() < connections {
        assert!(waited.elapsed() < PATIENCE, "{} requests have no answer", connections - free.borrow().len());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let mut asked = asked.take();
    asked.times.sort_unstable();
    asked
}

fn request(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// One that is kept open.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// How much of the buffer was read, and where the body begins.
    filled: usize,
    body_at: usize,
}

impl Connection {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).expect("it is a socket");
        Self { stream, buffer: vec![0; 64 << 10], filled: 0, body_at: 0 }
    }

    /// Sends a request and reads its answer, whose status it is.
    async fn exchange(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).await.expect("it reads");
        (self.filled, self.body_at) = (0, 0);
        let mut end = usize::MAX;
        while self.filled < end {
            let read = self.stream.read(&mut self.buffer[self.filled..]).await.expect("it answers");
            assert!(read > 0, "the connection was closed before its answer");
            self.filled += read;
            if end == usize::MAX
                && let Some(head) = self.buffer[..self.filled].windows(4).position(|four| four == b"\r\n\r\n")
            {
                self.body_at = head + 4;
                end = self.body_at + length(&self.buffer[..head]);
            }
        }
        let status = std::str::from_utf8(&self.buffer[9..12]).ok().and_then(|status| status.parse().ok());
        status.expect("a response has a status")
    }

    fn body(&self) -> Vec<u8> {
        self.buffer[self.body_at..self.filled].to_vec()
    }
}

/// What the head of a response says of the length of its body.
fn length(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).expect("a head is ASCII");
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.and_then(|(_, length)| length.parse().ok()).expect("all say how long their bodies are")
}
