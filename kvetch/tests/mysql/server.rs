//! Private MariaDB servers, each with files, a socket and a port of its own.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kvetch::StoreUrl;

/// How long a server may take to start on a busy machine.
const START_DEADLINE: Duration = Duration::from_secs(120);

/// Address space of a server, in KiB: one that goes wrong must not take the machine along.
const ADDRESS_SPACE_KIB: u64 = 4 << 20;

/// Where packages put what is not on every path.
const SYSTEM_PATHS: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/usr/libexec"];

/// Runs a server until its input ends, as it does when the test does, however that happens. A line before that
/// keeps the files.
const KEEPER: &str = r#"
ulimit -v "$1"; directory=$2; shift 2
"$@" </dev/null >>"$directory/log" 2>&1 & server=$!
files=
read -r files
kill -9 $server; wait $server 2>/dev/null
[ -n "$files" ] || rm -rf "$directory"
"#;

/// A server that ends with this.
pub(crate) struct Server {
    directory: PathBuf,
    port: u16,
    keeper: Child,
    databases: AtomicUsize,
}

/// A server that all tests share that do it no harm.
pub(crate) fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(Server::start)
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
        let keeper = spawn(&directory, port);
        let server = Self { directory, port, keeper, databases: AtomicUsize::new(0) };
        server.wait();
        server
    }

    /// The name of a new, empty database.
    pub(crate) fn database(&self) -> String {
        let name = format!("kvetch{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(&format!("CREATE DATABASE {name}"));
        name
    }

    /// Addresses of new, empty databases.
    pub(crate) fn databases(&self, number: usize) -> Vec<StoreUrl> {
        // Many stores are open at once.
        (0..number).map(|_| self.url("root", &format!("{}?pool=8", self.database()))).collect()
    }

    /// The address of a database, for a user, who may have a password.
    pub(crate) fn url(&self, user: &str, database: &str) -> StoreUrl {
        format!("mysql://{user}@{}/{database}", self.host()).parse().expect("the address is valid")
    }

    /// The address of the server.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Runs statements, and answers what they print: columns apart by tabs.
    pub(crate) fn sql(&self, statements: &str) -> String {
        let output = self.client(statements);
        assert!(output.status.success(), "{statements}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it prints text")
    }

    /// Runs statements that may fail, and says whether they did not.
    pub(crate) fn try_sql(&self, statements: &str) -> bool {
        self.client(statements).status.success()
    }

    fn client(&self, statements: &str) -> Output {
        let socket = format!("--socket={}", self.directory.join("socket").display());
        let mut client = program("mariadb");
        client.args(["--no-defaults", "--user=root", "--batch", "--skip-column-names", &socket, "--execute"]);
        client.arg(statements).output().expect("the client runs")
    }

    /// Ends the server as a fault does, without its leave.
    pub(crate) fn kill(&mut self) {
        let input = self.keeper.stdin.take();
        if let Some(mut input) = input {
            input.write_all(b"keep\n").expect("its keeper listens");
        }
        let _ = self.keeper.wait();
    }

    /// Starts it again on what it left.
    pub(crate) fn restart(&mut self) {
        self.keeper = spawn(&self.directory, self.port);
        self.wait();
    }

    fn wait(&self) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
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
        // The end of its input ends the server, and removes its files.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
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
    Command::new("sh")
        .args(["-c", KEEPER, "keeper", &ADDRESS_SPACE_KIB.to_string()])
        .arg(directory)
        .arg(program("mariadbd").get_program())
        .args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=1"])
        .args(["--skip-name-resolve", "--innodb-buffer-pool-size=64M", "--max-connections=2000"])
        // What a server that is killed leaves with the operating system is not lost: waiting for the disk proves no more.
        .args(["--innodb-flush-method=nosync", "--sync-frm=0"])
        .arg(format!("--port={port}"))
        .arg(format!("--datadir={}", directory.join("data").display()))
        .arg(format!("--tmpdir={}", directory.join("tmp").display()))
        .arg(format!("--socket={}", directory.join("socket").display()))
        .arg(format!("--pid-file={}", directory.join("pid").display()))
        .stdin(Stdio::piped())
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
        panic!(
            "these tests need a MariaDB server, and there is no `{name}`; install one (Debian: apt-get install \
             mariadb-server) or leave them out by name: cargo test -p kvetch --lib --test store"
        );
    };
    Command::new(found)
}
