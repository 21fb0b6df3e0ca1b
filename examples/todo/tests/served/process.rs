//! The server as a process: started, asked over plain connections, and looked at from outside.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a test waits for the process, whatever it waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Process {
    /// Starts one over a store in memory, on a free port.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_of(program().args(["--store", "memory:", "--listen", "127.0.0.1:0"]).args(arguments))
    }

    /// Starts one as it is said.
    pub(crate) fn start_of(command: &mut Command) -> Self {
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the server was built with this test");
        let mut lines = BufReader::new(child.stderr.take().expect("it was asked for")).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let mut address = None;
        while address.is_none() {
            let line = lines.next().expect("it says where it serves").expect("it writes UTF-8");
            address = line.split_once("http://").map(|(_, rest)| {
                let address = rest.split(['/', ' ']).next().unwrap_or_default();
                address.parse().unwrap_or_else(|_| panic!("{line}"))
            });
            log.lock().expect("nobody panics with it").push_str(&(line + "\n"));
        }
        let shared = log.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                shared.lock().expect("nobody panics with it").push_str(&(line + "\n"));
            }
        });
        Self { child, address: address.expect("it was said"), log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to standard error.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("nobody panics with it").clone()
    }

    /// Sends it a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "{name} could not be sent");
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("it is a time");
        stream
    }

    /// Sends bytes as they are; what comes back until the connection is closed. What it does not want to read is left.
    pub(crate) fn exchange(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        let _ = stream.write_all(request);
        let _ = stream.shutdown(Shutdown::Write);
        let mut response = Vec::new();
        // A server that has refused a body closes the connection with part of it unread.
        let _ = stream.read_to_end(&mut response);
        response
    }

    /// Posts JSON, or what is none; the status and the body.
    pub(crate) fn post(&self, body: &[u8]) -> (u16, String) {
        self.try_post(body).unwrap_or_else(|| panic!("no response: {}", self.log()))
    }

    /// The same of a server that may be about to end: nothing, where there is no response.
    pub(crate) fn try_post(&self, body: &[u8]) -> Option<(u16, String)> {
        self.try_post_with("", body)
    }

    /// Posts JSON with further headers; the whole response.
    pub(crate) fn answer(&self, headers: &str, body: &str) -> String {
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
             {headers}content-length: {}\r\n\r\n",
            body.len()
        );
        self.ask(&[head.as_bytes(), body.as_bytes()].concat())
    }

    /// Sends a request that asks for the connection to be closed; the whole response.
    pub(crate) fn ask(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        // A server that refuses a body closes the connection with part of it unread.
        let _ = stream.write_all(request);
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response);
        String::from_utf8(response).expect("it answers in UTF-8")
    }

    /// The same with further headers.
    pub(crate) fn try_post_with(&self, headers: &str, body: &[u8]) -> Option<(u16, String)> {
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
             {headers}content-length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).expect("it is a time");
        // A server that refuses a body closes the connection with part of it unread.
        let _ = stream.write_all(&[head.as_bytes(), body].concat());
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response);
        let response = String::from_utf8(response).expect("it answers in UTF-8");
        let (head, body) = response.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"), body.to_owned()))
    }

    /// How much of a processor it has used.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).expect("it runs");
        let (_, fields) = stat.rsplit_once(") ").expect("the name is in parentheses");
        let ticks =
            fields.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().expect("a number")).sum::<u64>();
        // A hundred ticks make a second, on every Linux there is.
        Duration::from_millis(ticks * 10)
    }

    /// The memory that it has now, in bytes, and the most that it has had since [`Process::forget_peak`].
    pub(crate) fn memory(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let kilobytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("Linux says it");
            line.trim_end_matches("kB").trim().parse::<u64>().expect("a number") << 10
        };
        (kilobytes("VmRSS:"), kilobytes("VmHWM:"))
    }

    /// Begins to look for the most anew.
    pub(crate) fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.id()), "5").expect("it is ours");
    }
}

/// The program, without what the environment of the tests may say to it.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GRAPHSCALE_")) {
        command.env_remove(name);
    }
    command
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
