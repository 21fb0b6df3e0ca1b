//! Private MariaDB servers, each with files, a socket and a port of its own.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kvetch::StoreUrl;

/// How long a server may take to start on a busy machine.
const START_DEADLINE: Duration = Duration::from_secs(120);

/// Address space of a server, in KiB: one that goes wrong must not take the machine along.
const ADDRESS_SPACE_KIB: u64 = 4 << 20;

/// Where packages put what is not on every path.
const SYSTEM_PATHS: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/usr/libexec"];

/// A server that ends with this.
pub(crate) struct Server {
    directory: PathBuf,
    port: u16,
    process: Child,
    databases: AtomicUsize,
}

impl Server {
    /// Starts one.
    ///
    /// # Panics
    /// Where MariaDB is not installed: a run without it must not look like a run with it.
    pub(crate) fn start() -> Self {
        static SERVERS: AtomicUsize = AtomicUsize::new(0);
        let number = SERVERS.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("kvetch-mysql-{}-{number}", std::process::id()));
        // What an earlier process with this number left behind.
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("tmp")).expect("there is room for a directory");
        install(&directory);
        let port = free_port();
        let process = spawn(&directory, port);
        let mut server = Self { directory, port, process, databases: AtomicUsize::new(0) };
        server.wait();
        server
    }

    /// The address of a new, empty database.
    pub(crate) fn database(&self) -> StoreUrl {
        let name = format!("kvetch{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(&format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// Addresses of new, empty databases.
    pub(crate) fn databases(&self, number: usize) -> Vec<StoreUrl> {
        (0..number).map(|_| self.database()).collect()
    }

    /// The address of a database.
    pub(crate) fn url(&self, database: &str) -> StoreUrl {
        format!("mysql://root@{}/{database}", self.host()).parse().expect("the address is valid")
    }

    /// The address of the server.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Runs statements, and answers what they print: columns apart by tabs.
    pub(crate) fn sql(&self, statements: &str) -> String {
        let socket = format!("--socket={}", self.directory.join("socket").display());
        let output = program("mariadb")
            .args(["--no-defaults", "--user=root", "--batch", "--skip-column-names", &socket, "--execute", statements])
            .output()
            .expect("the client runs");
        assert!(output.status.success(), "{statements}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it prints text")
    }

    /// Ends the server as a fault does, without its leave.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts it again on what it left.
    #[expect(dead_code)]
    pub(crate) fn restart(&mut self) {
        self.process = spawn(&self.directory, self.port);
        self.wait();
    }

    fn wait(&mut self) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if let Some(status) = self.process.try_wait().expect("a child can be looked at") {
                panic!("the server ended with {status}:\n{}", self.log());
            }
            assert!(begun.elapsed() < START_DEADLINE, "the server does not start:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn install(directory: &Path) {
    let output = program("mariadb-install-db")
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", "--user=root"])
        .arg(format!("--datadir={}", directory.join("data").display()))
        .arg(format!("--tmpdir={}", directory.join("tmp").display()))
        .output()
        .expect("mariadb-install-db runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn spawn(directory: &Path, port: u16) -> Child {
    let log = fs::File::options().create(true).append(true).open(directory.join("log")).expect("a log can be written");
    let server = program("mariadbd");
    // The shell sets the limit and becomes the server.
    Command::new("sh")
        .args(["-c", &format!("ulimit -v {ADDRESS_SPACE_KIB}; exec \"$0\" \"$@\"")])
        .arg(server.get_program())
        .args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=1"])
        .args(["--skip-name-resolve", "--innodb-buffer-pool-size=64M", "--max-connections=500"])
        .arg(format!("--port={port}"))
        .arg(format!("--datadir={}", directory.join("data").display()))
        .arg(format!("--tmpdir={}", directory.join("tmp").display()))
        .arg(format!("--socket={}", directory.join("socket").display()))
        .arg(format!("--pid-file={}", directory.join("pid").display()))
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a file can be shared"))
        .stderr(log)
        .spawn()
        .expect("the server starts")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    listener.local_addr().expect("a listener has an address").port()
}

/// A program of MariaDB, wherever it is installed.
fn program(name: &str) -> Command {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&paths).chain(SYSTEM_PATHS.iter().map(PathBuf::from));
    let found = places.map(|place| place.join(name)).find(|program| program.is_file());
    let Some(found) = found else {
        let _ = std::io::stderr().flush();
        panic!(
            "these tests need a MariaDB server, and there is no `{name}`; install one (Debian: apt-get install \
             mariadb-server) or leave them out by name: cargo test -p kvetch --lib --test store"
        );
    };
    Command::new(found)
}
