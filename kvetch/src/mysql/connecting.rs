//! What a connection is told when it is made.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error as Foreign, Opts, OptsBuilder, Row, ServerError, SslOpts};

use crate::limits::{MYSQL_CONNECT_DEADLINE, MYSQL_LOCK_DEADLINE, MYSQL_READ_TIME_MAX};
use crate::store_url::{Host, MysqlUrl, Tls};

use super::columns::Columns;
use super::failure::{Attempt, Fault};

/// Statements that each connection keeps prepared: all of this engine's, in all their lengths.
pub(super) const PREPARED_STATEMENTS: usize = 192;

/// How often a connection that is quiet asks whether its server is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Ids, values and bodies are bytes, and so is everything else that is sent.
const NAMES: &str = "SET NAMES binary";

/// Locks are taken of the rows alone and not of the gaps between them, and a read sees what is committed.
const ISOLATION: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

/// Reads see what every server of a group has committed. Only some servers know it.
const WAIT_FOR_GROUP: &str = "SET SESSION wsrep_sync_wait = 1";

/// The server does not know a variable.
const UNKNOWN_VARIABLE: u16 = 1193;

/// What a server says to a write when it is read-only.
const READ_ONLY: u16 = 1290;

/// What is needed to connect to one of the servers of a shard.
pub(super) fn options(url: &MysqlUrl, host: &Host) -> Opts {
    let builder = OptsBuilder::default()
        .ip_or_hostname(&host.name)
        .tcp_port(host.port)
        .user(url.user.as_deref())
        .pass(url.password.as_deref())
        .db_name(Some(&url.database))
        .tcp_nodelay(true)
        .tcp_keepalive(Some(KEEPALIVE))
        // A socket in place of the address would go around what stands between.
        .prefer_socket(false)
        // Rows that stay as they are do not count as affected.
        .client_found_rows(false)
        .stmt_cache_size(PREPARED_STATEMENTS)
        .ssl_opts(tls(url))
        .setup(vec![NAMES.to_owned(), ISOLATION.to_owned(), settings()]);
    builder.into()
}

fn tls(url: &MysqlUrl) -> Option<SslOpts> {
    match url.tls {
        Tls::Off => None,
        Tls::Unverified => {
            let options = SslOpts::default();
            Some(options.with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true))
        }
        Tls::On => Some(match &url.ca {
            None => SslOpts::default(),
            Some(file) => {
                let roots = vec![std::path::PathBuf::from(file).into()];
                SslOpts::default().with_root_certs(roots).with_disable_built_in_roots(true)
            }
        }),
    }
}

/// A value that does not fit is refused, not cut. The time limit has another name in each dialect, in a comment that
/// only that dialect reads.
fn settings() -> String {
    let locks = MYSQL_LOCK_DEADLINE.as_secs();
    format!(
        "SET SESSION autocommit = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
         innodb_lock_wait_timeout = {locks} {}",
        time_limit(MYSQL_READ_TIME_MAX)
    )
}

fn time_limit(limit: Duration) -> String {
    let (seconds, millis) = (limit.as_secs(), limit.as_millis());
    format!("/*M!100100 , max_statement_time = {seconds} */ /*!50708 , max_execution_time = {millis} */")
}

/// What frees a connection of its time limit, for a read that may take as long as it takes.
pub(super) fn without_time_limit() -> String {
    format!("SET SESSION autocommit = 1 {}", time_limit(Duration::ZERO))
}

/// Connects. One of several servers of a shard is only of use while it takes writes: another has them all.
pub(super) async fn connect(options: &Opts, is_one_of_several: bool) -> Attempt<Conn> {
    let connecting = async {
        let mut connection = Conn::new(options.clone()).await?;
        if is_one_of_several {
            match connection.query_drop(WAIT_FOR_GROUP).await {
                Err(Foreign::Server(error)) if error.code == UNKNOWN_VARIABLE => {}
                other => other?,
            }
            check_writable(&mut connection).await?;
        }
        Ok(connection)
    };
    tokio::time::timeout(MYSQL_CONNECT_DEADLINE, connecting).await.unwrap_or(Err(Fault::Silent))
}

/// Fails on a server that is read-only, which a user with many rights could write to all the same.
pub(super) async fn check_writable(connection: &mut Conn) -> Attempt<()> {
    let row: Option<Row> = connection.query_first("SELECT CAST(@@global.read_only AS CHAR)").await?;
    let says = row.map(|row| Columns::of(row).text()).transpose()?.unwrap_or_default();
    if says == "0" || says.eq_ignore_ascii_case("off") {
        return Ok(());
    }
    let message = "the server is read-only".to_owned();
    Err(Fault::Server(Foreign::Server(ServerError { code: READ_ONLY, message, state: "HY000".to_owned() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_a_session_are_these() {
        assert_eq!(
            settings(),
            "SET SESSION autocommit = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
             innodb_lock_wait_timeout = 3 /*M!100100 , max_statement_time = 8 */ /*!50708 , max_execution_time = 8000 */"
        );
    }
}
