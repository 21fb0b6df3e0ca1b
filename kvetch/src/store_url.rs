//! Where a store lies, as text.

mod mysql;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::limits::SHARDS_MAX;

pub use mysql::MysqlUrl;
#[cfg(feature = "mysql")]
pub(crate) use mysql::{Host, Tls};

/// The address of some shards of a store.
///
/// `file:DIR?shards=N` is a directory of the embedded engine, made when it is absent or empty;
/// without `?shards=` a new one gets one shard and an old one keeps its number.
/// `memory:?shards=N` is the same engine in memory, gone when it is closed.
/// `mysql://USER:PASSWORD@HOST:PORT/DATABASE` is one shard, a database of a MySQL server; see [`MysqlUrl`].
///
/// What an address shows of itself (`Display`, `Debug`) never has the password in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// A directory.
    File {
        /// The directory.
        directory: PathBuf,
        /// The number of shards, if it was said.
        shards: Option<usize>,
    },
    /// Memory.
    Memory {
        /// The number of shards, if it was said.
        shards: Option<usize>,
    },
    /// A database of a MySQL server.
    Mysql(MysqlUrl),
}

impl FromStr for StoreUrl {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        let invalid = |reason: &str| {
            Error::invalid(format!(
                "`{}` is not a store: {reason}; write `file:DIR?shards=N`, `memory:?shards=N` or \
                 `mysql://USER:PASSWORD@HOST:PORT/DATABASE`",
                Self::without_secrets(url)
            ))
        };
        let (scheme, rest) = url.split_once(':').ok_or_else(|| match url {
            "" => invalid("it is empty"),
            path => invalid(&format!("it has no scheme; a directory is `file:{path}`")),
        })?;
        if scheme == "mysql" {
            return MysqlUrl::parse(rest).map(Self::Mysql).map_err(|reason| invalid(&reason));
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let shards = match query.split_once('=') {
            None if query.is_empty() => None,
            Some(("shards", number)) => Some(number.parse().map_err(|_| invalid("the number of shards is no number"))?),
            _ => return Err(invalid("the only parameter is `shards`")),
        };
        match shards {
            Some(0) => return Err(invalid("a store has at least one shard")),
            Some(many) if many > SHARDS_MAX => {
                return Err(invalid(&format!("a store has at most {SHARDS_MAX} shards")));
            }
            _ => {}
        }
        match scheme {
            "file" if place.is_empty() => Err(invalid("it names no directory")),
            "file" => Ok(Self::File { directory: place.into(), shards }),
            "memory" if place.is_empty() => Ok(Self::Memory { shards }),
            "memory" => Err(invalid("memory has no place")),
            _ => Err(invalid("the scheme is unknown")),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shards = match self {
            Self::File { directory, shards } => {
                write!(f, "file:{}", directory.display())?;
                shards
            }
            Self::Memory { shards } => {
                f.write_str("memory:")?;
                shards
            }
            Self::Mysql(url) => return url.fmt(f),
        };
        shards.map_or(Ok(()), |shards| write!(f, "?shards={shards}"))
    }
}

impl StoreUrl {
    /// Text that may be an address, without what stands before its last `@`: that is between its owner and the server.
    /// A password may have anything in it that nobody escaped, and somebody may leave the `//` away: better too much is
    /// left out than too little.
    pub fn without_secrets(text: &str) -> String {
        match text.split_once(':') {
            // Several addresses in one text may begin with a directory.
            Some((scheme, rest)) if !scheme.ends_with("file") || rest.contains("mysql:") => {
                let (slashes, rest) = rest.strip_prefix("//").map_or(("", rest), |rest| ("//", rest));
                let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
                format!("{scheme}:{slashes}{host}")
            }
            _ => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_addresses_are_not_shown() {
        for (url, shown) in [
            ("mysql://ada:secret@db.example/todo?x=1", "mysql://db.example/todo?x=1"),
            ("mysql://a:p@ss@db", "mysql://db"),
            ("mysql://a:p/ss@db/todo", "mysql://db/todo"),
            ("mysql://a:p?ss@db/todo", "mysql://db/todo"),
            ("mysql:a:p@db/todo", "mysql:db/todo"),
            ("mysql://db/todo", "mysql://db/todo"),
            ("file:data/a@b?shards=2", "file:data/a@b?shards=2"),
            ("mysql://a:p@db/todo,mysql://a:q@db2/todo", "mysql://db2/todo"),
            ("file:data,mysql://a:p@db/todo", "file:db/todo"),
        ] {
            assert_eq!(StoreUrl::without_secrets(url), shown);
        }
    }

    #[test]
    fn an_address_of_a_server_shows_no_secrets() {
        let url: StoreUrl =
            "mysql://a%40da:s%40cret@db:3307/todo?endpoints=db2,[::1]:3308&pool=4&tls=unverified".parse().unwrap();
        let shown = "mysql://a%40da@db:3307/todo?endpoints=db2:3306,[::1]:3308&pool=4&tls=unverified";
        assert_eq!(url.to_string(), shown);
        assert!(!format!("{url:?}").contains("cret"), "{url:?}");
        let StoreUrl::Mysql(url) = url else { panic!("it is a server") };
        assert_eq!(url.password.as_deref(), Some("s@cret"));
    }

    #[test]
    fn an_address_of_a_server_that_makes_no_sense_says_why_without_its_secrets() {
        for (url, why) in [
            ("mysql://ada:secret@db", "it names no database"),
            ("mysql://ada:secret@/todo", "it names no host"),
            ("mysql://ada:secret@db:port/todo", "`port` is no port"),
            ("mysql://ada:secret@db/todo?pool=0", "the pool has from 1 to 1024 connections"),
            ("mysql://ada:secret@db/todo?tls=maybe", "`tls` is `off`, `on` or `unverified`"),
            (
                "mysql://ada:secret@db/todo?shards=2",
                "the parameters are `endpoints`, `pool`, `tls` and `ca`, not `shards`",
            ),
            ("mysql:ada:secret@db/todo", "it begins with `mysql://`"),
        ] {
            let error = url.parse::<StoreUrl>().unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("secret"), "{error}");
        }
    }
}
