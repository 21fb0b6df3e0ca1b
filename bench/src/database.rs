//! A private MariaDB server with a database on it, as it would be set up to work rather than to be tested.

use testkit::{Options, Server};

/// Memory for pages: all that is read lies in it, so that statements are compared and not disks.
const BUFFER_POOL_MIB: u32 = 1024;

/// A log that is not full all the time. The one of tests is as small as can be.
const LOG_FILE_SIZE: &str = "--innodb-log-file-size=512M";

/// The only database.
pub(crate) const NAME: &str = "bench";

/// A server with an empty database. It syncs its log on every commit.
pub(crate) fn start() -> Server {
    let server = Server::start(&Options {
        buffer_pool_mib: BUFFER_POOL_MIB,
        arguments: vec![LOG_FILE_SIZE.to_owned(), "--max-connections=500".to_owned()],
        ..Options::default()
    });
    server.create_database(NAME);
    server
}

/// The sum of all counters of the server whose names are like this.
pub(crate) fn counted(server: &Server, like: &str) -> u64 {
    let rows = server.execute(&format!("SHOW GLOBAL STATUS LIKE '{like}'"));
    let count = |row: &str| row.split('\t').nth(1).and_then(|count| count.parse::<u64>().ok());
    rows.lines().map(|row| count(row).expect("a counter is a number")).sum()
}

/// Statements whose rows are literals, many in each: what fills a table fastest.
pub(crate) fn insert(server: &Server, head: &str, rows: &[String]) {
    /// Bytes of one packet are bounded, by 16 MiB unless told otherwise.
    const ROWS_PER_STATEMENT: usize = 2_000;
    let statements = rows.chunks(ROWS_PER_STATEMENT).map(|rows| format!("{head} {};", rows.join(",")));
    let statements = statements.collect::<String>();
    server.execute(&format!("USE {NAME}; SET unique_checks = 0; START TRANSACTION; {statements} COMMIT"));
}

/// Bytes as a literal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    format!("x'{}'", digits.collect::<String>())
}

/// The processor's time that a server has taken so far.
pub(crate) fn cpu_seconds(server: &Server) -> f64 {
    let id = std::fs::read_to_string(server.folder().join("pid")).expect("the server writes its number down");
    cpu_seconds_of(id.trim())
}

/// The same of this process.
pub(crate) fn own_cpu_seconds() -> f64 {
    cpu_seconds_of("self")
}

fn cpu_seconds_of(process: &str) -> f64 {
    /// Linux counts in hundredths of a second, whatever it does inside.
    const TICKS_PER_SECOND: f64 = 100.0;
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("the process is there");
    // Its name comes second, in parentheses, and may hold anything; user and system time are the 14th and 15th.
    let (_, after_name) = status.rsplit_once(')').expect("the name is in parentheses");
    let ticks = after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("a number"));
    ticks.sum::<f64>() / TICKS_PER_SECOND
}
