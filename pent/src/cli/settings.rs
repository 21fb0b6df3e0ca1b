//! How a server is run: from its command line, the environment and a file, in this order of precedence.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use kvetch::StoreUrl;
use serde::Deserialize;

use super::limits::LimitSettings;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::persisted::PersistedOperations;
use crate::schema::Schema;
use crate::table::Table;

/// The file that is read if it is there and nothing else is said.
pub const SETTINGS_FILE: &str = "graphscale.toml";

/// Where a server listens if nothing else is said: nobody but this machine reaches it.
pub const LISTEN: &str = "127.0.0.1:8080";

/// How much of an embedded store is kept in memory if nothing else is said, in MiB: a hundred thousand nodes of ordinary
/// size.
const CACHE_MIB: u32 = 64;

/// What can be said of how a server is run; what is left out has a default. Each is an option of the command line, a
/// variable of the environment (`--slow-ms` is `GRAPHSCALE_SLOW_MS`) and a key of the file (`slow-ms = 500`).
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[command(next_help_heading = "Server")]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The file with settings; without this graphscale.toml, if there is one.
    #[arg(long, env = "GRAPHSCALE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// The address to serve on: a host name or an IP address, and a port [default: 127.0.0.1:8080].
    #[arg(long, env = "GRAPHSCALE_LISTEN", value_name = "HOST:PORT", value_parser = address)]
    listen: Option<String>,
    /// Tells clients nothing that is for developers: no introspection, no explanations, masked errors; and only
    /// persisted operations, if there are some.
    #[arg(long, env = "GRAPHSCALE_PRODUCTION", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    production: Option<bool>,
    /// A manifest of operations that clients may name by their ids, as Apollo's tools or Relay's compiler write it.
    #[arg(long, env = "GRAPHSCALE_OPERATIONS", value_name = "FILE")]
    operations: Option<PathBuf>,
    /// Answers no other operations [default: in production, with --operations].
    #[arg(long, env = "GRAPHSCALE_ONLY_PERSISTED", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    only_persisted: Option<bool>,
    /// How lines of the log are written [default: text].
    #[arg(long, env = "GRAPHSCALE_LOG", value_name = "FORMAT")]
    log: Option<LogFormat>,
    /// Warns of requests that take more milliseconds, with their plan; 0 of none [default: 1000].
    #[arg(long, env = "GRAPHSCALE_SLOW_MS", value_name = "N")]
    slow_ms: Option<u64>,
    /// Origins whose pages may read what is answered and connect, such as `https://app.example`; apart by commas
    /// [default: none].
    #[arg(long, env = "GRAPHSCALE_ORIGINS", value_name = "ORIGIN", value_delimiter = ',')]
    origins: Option<Vec<String>>,
    /// Keeps so many MiB of what is read from the store in memory; 0 for none. Where other processes write to the same
    /// store they are not seen [default: 64 over an embedded store, 0 over servers].
    #[arg(long, env = "GRAPHSCALE_CACHE_MIB", value_name = "N")]
    cache_mib: Option<u32>,
    #[command(flatten)]
    limits: LimitSettings,
}

/// How lines of the log are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: an object of JSON on each line.
    Json,
}

impl Settings {
    /// What is said in all places together: what the file says stands where nothing else was said.
    ///
    /// # Errors
    /// When the file cannot be read, or says what is no setting: with line and column.
    pub fn with_file(self) -> Result<Self> {
        let (path, is_named) = match &self.config {
            Some(path) => (path.clone(), true),
            None => (PathBuf::from(SETTINGS_FILE), false),
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(self.over(Self::parse(&path, &text)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => Ok(self),
            Err(error) => Err(unusable(&path, error)),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self> {
        let settings = toml::from_str::<Self>(text).map_err(|error| unusable(path, error))?;
        if let Some(listen) = &settings.listen {
            address(listen).map_err(|error| unusable(path, format_args!("listen is {listen:?}: {error}")))?;
        }
        Ok(settings)
    }

    /// These, and others where these say nothing.
    fn over(self, other: Self) -> Self {
        Self {
            config: self.config,
            listen: self.listen.or(other.listen),
            production: self.production.or(other.production),
            operations: self.operations.or(other.operations),
            only_persisted: self.only_persisted.or(other.only_persisted),
            log: self.log.or(other.log),
            slow_ms: self.slow_ms.or(other.slow_ms),
            origins: self.origins.or(other.origins),
            cache_mib: self.cache_mib.or(other.cache_mib),
            limits: self.limits.over(other.limits),
        }
    }

    /// The address to serve on.
    pub fn listen(&self) -> &str {
        self.listen.as_deref().unwrap_or(LISTEN)
    }

    /// Whether clients are told nothing that is for developers.
    pub fn is_production(&self) -> bool {
        self.production.unwrap_or(false)
    }

    /// How lines of the log are written.
    pub fn log(&self) -> LogFormat {
        self.log.unwrap_or_default()
    }

    /// How long a request may take before the log has a warning of it; `None` for ever.
    pub fn slow(&self) -> Option<Duration> {
        Some(self.slow_ms.unwrap_or(1_000)).filter(|millis| *millis > 0).map(Duration::from_millis)
    }

    /// Whose pages may read what is answered, for [`Service::origins`](crate::http::Service::origins).
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.origins.iter().flatten().map(String::as_str)
    }

    /// How many bytes of a store at these addresses are kept in memory, for
    /// [`Options::cache_bytes`](kvetch::Options::cache_bytes). Nobody else can write to embedded shards, so that there
    /// some are unless it is said otherwise.
    pub fn cache_bytes(&self, stores: &[StoreUrl]) -> Option<u64> {
        let is_embedded = stores.iter().all(|store| !matches!(store, StoreUrl::Mysql(_)));
        let mib = self.cache_mib.unwrap_or(if is_embedded { CACHE_MIB } else { 0 });
        Some(u64::from(mib) << 20).filter(|bytes| *bytes > 0)
    }

    /// What a request may cost.
    pub fn limits(&self) -> Limits {
        self.limits.limits()
    }

    /// The schema of a table, as it is to be served.
    ///
    /// # Errors
    /// When the manifest of operations cannot be read, or does not fit the schema; or when only persisted operations
    /// are to be answered and there are none.
    pub fn schema(&self, table: &'static Table) -> Result<Schema> {
        let mut schema = Schema::with_limits(table, self.limits());
        schema = if self.is_production() { schema.without_introspection() } else { schema.verbose_errors() };
        if let Some(file) = &self.operations {
            let manifest = std::fs::read_to_string(file).map_err(|error| unusable(file, error))?;
            schema = schema.with_operations(PersistedOperations::from_json(&manifest)?)?;
        }
        match (self.only_persisted, &self.operations) {
            (Some(true), None) => Err(Error::user(
                "invalid_settings",
                "only persisted operations are to be answered, and there are none; --operations FILE names them",
            )),
            (Some(true), Some(_)) => Ok(schema.only_persisted()),
            (None, Some(_)) if self.is_production() => Ok(schema.only_persisted()),
            _ => Ok(schema),
        }
    }
}

fn unusable(path: &Path, error: impl std::fmt::Display) -> Error {
    Error::user("unreadable", format!("{} cannot be used: {error}", path.display()))
}

/// Checks that an address has a port. Names are looked up when the server listens.
fn address(text: &str) -> Result<String, String> {
    let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
    match port {
        Some(Ok(_)) => Ok(text.to_owned()),
        _ => Err(format!("a host and a port are needed, such as {LISTEN} or localhost:8080")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        settings: Settings,
    }

    fn said(arguments: &[&str]) -> Result<Settings, String> {
        let program = Program::try_parse_from(["program"].iter().chain(arguments));
        program.map(|program| program.settings).map_err(|error| error.to_string())
    }

    fn in_file(text: &str) -> Result<Settings> {
        Settings::parse(Path::new("graphscale.toml"), text)
    }

    #[test]
    fn the_command_line_goes_before_the_file() {
        let file =
            in_file("listen = \"0.0.0.0:80\"\nslow-ms = 5\nproduction = true\nlog = \"json\"").expect("it is one");
        let settings = said(&["--slow-ms", "7", "--production", "false"]).expect("they are settings").over(file);
        assert_eq!((settings.listen(), settings.is_production()), ("0.0.0.0:80", false));
        assert_eq!((settings.slow(), settings.log()), (Some(Duration::from_millis(7)), LogFormat::Json));
        assert_eq!(settings.limits(), Limits::default());
    }

    #[test]
    fn nothing_is_said_by_default() {
        let settings = said(&[]).expect("there is nothing to say");
        assert_eq!((settings.listen(), settings.is_production()), (LISTEN, false));
        assert_eq!(said(&["--slow-ms", "0"]).expect("it is a number").slow(), None);
        assert!(said(&["--production"]).expect("it is a flag").is_production());
    }

    #[test]
    fn what_others_may_write_to_is_kept_in_memory_only_where_it_is_said() {
        let stores = |urls: &[&str]| urls.iter().map(|url| url.parse().expect("it is an address")).collect::<Vec<_>>();
        let (embedded, servers) = (stores(&["file:data"]), stores(&["mysql://a@one/db", "mysql://a@two/db"]));
        let bytes = |arguments: &[&str]| {
            let settings = said(arguments).expect("they are settings");
            [&embedded, &servers].map(|stores| settings.cache_bytes(stores))
        };
        assert_eq!(bytes(&[]), [Some(64 << 20), None]);
        assert_eq!(bytes(&["--cache-mib", "0"]), [None, None]);
        assert_eq!(bytes(&["--cache-mib", "8"]), [Some(8 << 20); 2]);
    }

    #[test]
    fn limits_are_settings() {
        let settings = in_file("[limits]\ndeadline-ms = 500\nconcurrent-requests = 3\nbody-bytes = 100")
            .expect("they are settings");
        let limits = settings.limits();
        assert_eq!((limits.deadline, limits.concurrent_requests), (Duration::from_millis(500), 3));
        assert_eq!(limits.body_bytes, 100);
    }

    #[test]
    fn a_file_that_says_what_is_no_setting_is_refused_with_the_place() {
        for (text, expected) in [
            ("slow-ms = 5\nlisen = \"x\"", "line 2"),
            ("[limits]\nrow = 5", "line 2"),
            ("slow-ms = \"x\"", "line 1"),
            ("slow-ms", "line 1"),
            ("listen = \"8080\"", "such as 127.0.0.1:8080"),
        ] {
            let refused = in_file(text).expect_err(text).to_string();
            assert!(refused.starts_with("graphscale.toml cannot be used") && refused.contains(expected), "{refused}");
        }
    }

    /// Host names were refused as "invalid socket address syntax".
    #[test]
    fn an_address_to_listen_on_is_a_host_and_a_port() {
        for right in ["localhost:8080", "127.0.0.1:0", "[::1]:8080", "0.0.0.0:80"] {
            assert_eq!(said(&["--listen", right]).map(|settings| settings.listen().to_owned()), Ok(right.to_owned()));
        }
        for wrong in ["localhost", "8080", ":8080", "localhost:", "localhost:http", "localhost:99999"] {
            let refused = said(&["--listen", wrong]).expect_err("it lacks a host or a port");
            assert!(refused.contains("such as 127.0.0.1:8080 or localhost:8080"), "{refused}");
        }
    }
}
