//! One private `mariadbd`.

mod process;

pub(crate) use process::Failure;

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{client, ports, programs, template};
use process::Process;

/// How often a start is tried with another port, when somebody took the one that was free.
const PORTS_TRIED: usize = 5;

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Memory for pages, in MiB.
    pub buffer_pool_mib: u32,
    /// Address space it may take, in MiB: a server that runs wild fails, and not the machine. An idle one takes 1,100 of
    /// it and 90 of memory; each core of the machine may add some hundred of address space that is never used.
    pub address_space_mib: u32,
    /// More arguments of `mariadbd`, after ours: they win.
    pub arguments: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { buffer_pool_mib: 64, address_space_mib: 8192, arguments: Vec::new() }
    }
}

/// One `mariadbd` on 127.0.0.1 that belongs to this value alone: own folder with data, socket, log and temporary files,
/// own port. It syncs its log on every commit. When the value is dropped, or the process of the test is killed, the server
/// is killed and the folder removed.
///
/// All methods may be called from any thread, and block. They panic where something cannot be done: it is the test
/// that failed then, and the message holds the end of the server's log.
pub struct Server {
    port: u16,
    options: Options,
    process: Mutex<Process>,
    // Dropped last: the process writes into it.
    folder: TempDir,
}

impl Server {
    /// Starts a server with nothing in it and waits until it answers.
    ///
    /// # Panics
    /// When no server is installed (the message says what to do) or it does not start.
    #[must_use]
    pub fn start(options: &Options) -> Self {
        for _ in 1..PORTS_TRIED {
            match Self::start_once(options) {
                Err(Failure::PortTaken) => {}
                started => return started.unwrap_or_else(|failure| panic!("{failure}")),
            }
        }
        Self::start_once(options).unwrap_or_else(|failure| panic!("{failure}"))
    }

    fn start_once(options: &Options) -> Result<Self, Failure> {
        let server = Self::install(options)?;
        server.launch(&[])?;
        Ok(server)
    }

    /// A server that has its data and port and was not started yet.
    pub(crate) fn install(options: &Options) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("testkit-").tempdir()?;
        for name in ["tmp", "bin"] {
            fs::create_dir(folder.path().join(name))?;
        }
        template::install(&folder.path().join("data")).map_err(Failure::Other)?;
        let process = Process::new(programs::mariadbd().map_err(Failure::Other)?, folder.path(), options)?;
        Ok(Self { port: ports::free(), options: options.clone(), process: Mutex::new(process), folder })
    }

    /// Adds a program that the server finds before any other of that name.
    pub(crate) fn add_program(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.folder.path().join("bin").join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
    }

    /// Starts it, with more arguments that a restart will not repeat.
    pub(crate) fn launch(&self, first: &[String]) -> Result<(), Failure> {
        self.lock().launch(&[&self.arguments(), first].concat())
    }

    /// The port that it listens on; a restart keeps it.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it keeps its files: `data`, `tmp`, `log`, `socket`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where a client finds one of its databases. The account may do what a program needs that makes its own tables; it
    /// is no superuser.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.url_through(self.port, database)
    }

    /// The same behind another port: that of a proxy, say.
    #[must_use]
    pub fn url_through(&self, port: u16, database: &str) -> String {
        format!("mysql://{}:{}@127.0.0.1:{port}/{database}", template::USER, template::PASSWORD)
    }

    /// Makes an empty database.
    ///
    /// # Panics
    /// When it exists already, or the server does not do it.
    pub fn create_database(&self, name: &str) {
        self.execute(&format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4"));
    }

    /// Runs statements as superuser, by MariaDB's own client over the socket, and returns the rows: a line each, tabs
    /// between values, no headings.
    ///
    /// # Panics
    /// When a statement fails.
    pub fn execute(&self, sql: &str) -> String {
        self.try_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}\n{}", self.log_tail()))
    }

    /// As [`execute`](Self::execute), where failing is part of the test.
    ///
    /// # Errors
    /// What the client said: the server's error, or why it could not connect. After 60 seconds, that it was killed.
    pub fn try_execute(&self, sql: &str) -> Result<String, String> {
        client::execute(&self.socket(), sql)
    }

    /// One counter of `SHOW GLOBAL STATUS`. Reading it takes a connection and a statement, which some counters count.
    ///
    /// # Panics
    /// When there is none of that name, or it is not a number.
    #[must_use]
    pub fn status(&self, variable: &str) -> u64 {
        let row = self.execute(&format!("SHOW GLOBAL STATUS WHERE Variable_name = '{variable}'"));
        let value = row.trim().split_once('\t').map(|(_, value)| value.parse::<u64>());
        let Some(Ok(value)) = value else { panic!("{variable} is no counter: {row:?}") };
        value
    }

    /// Shuts it down cleanly; what is down already stays so.
    ///
    /// # Panics
    /// When it is still there after a minute.
    pub fn stop(&self) {
        self.lock().stop().unwrap_or_else(|failure| panic!("{failure}"));
    }

    /// Kills it, as `kill -9` does; what is down already stays so.
    pub fn kill(&self) {
        self.lock().kill();
    }

    /// Starts it again on the same data and port, after a clean stop if it runs.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&self) {
        let mut process = self.lock();
        let started = process.stop().and_then(|()| process.launch(&self.arguments()));
        started.unwrap_or_else(|failure| panic!("{failure}"));
    }

    /// Makes it hang: it keeps its connections and its port, and does nothing more.
    ///
    /// # Panics
    /// When it is down.
    pub fn suspend(&self) {
        self.lock().signal(Signal::STOP);
    }

    /// Ends a [`suspend`](Self::suspend).
    ///
    /// # Panics
    /// When it is down.
    pub fn resume(&self) {
        self.lock().signal(Signal::CONT);
    }

    /// The end of its log, for a message.
    pub(crate) fn log_tail(&self) -> String {
        self.lock().log_tail()
    }

    fn lock(&self) -> MutexGuard<'_, Process> {
        // A thread that panicked in here found the server in a state that it reported; others may go on with it.
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    fn arguments(&self) -> Vec<String> {
        let folder = self.folder.path().display();
        let mut arguments = vec![
            "--no-defaults".to_owned(),
            format!("--datadir={folder}/data"),
            format!("--socket={folder}/socket"),
            format!("--pid-file={folder}/pid"),
            // Servers that share a folder for temporary files delete each other's.
            format!("--tmpdir={folder}/tmp"),
            format!("--port={}", self.port),
            "--bind-address=127.0.0.1".to_owned(),
            "--skip-name-resolve".to_owned(),
            format!("--innodb-buffer-pool-size={}M", self.options.buffer_pool_mib),
            template::LOG_FILE_SIZE.to_owned(),
            "--innodb-flush-log-at-trx-commit=1".to_owned(),
            "--innodb-buffer-pool-dump-at-shutdown=OFF".to_owned(),
            // Written in full at every start, 12 MiB unless told otherwise.
            "--innodb-temp-data-file-path=ibtmp1:1M:autoextend".to_owned(),
        ];
        if rustix::process::geteuid().is_root() {
            arguments.push("--user=root".to_owned());
        }
        arguments.extend_from_slice(&self.options.arguments);
        arguments
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("port", &self.port).field("folder", &self.folder.path()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A start looks for another port then, and for nothing else.
    #[test]
    fn a_port_that_somebody_took_is_told_from_other_failures() {
        let first = Server::start(&Options::default());
        let port = format!("--port={}", first.port());
        let second = Server::install(&Options::default()).expect("a server can be installed");
        let failure = second.launch(&[port]).expect_err("the port is taken");
        assert!(matches!(failure, Failure::PortTaken), "{failure}");
    }
}
