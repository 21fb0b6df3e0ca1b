//! The address of one shard on MySQL servers.

use std::fmt;

/// Where MySQL listens unless it is told otherwise.
const DEFAULT_PORT: u16 = 3306;

/// Connections to one shard at most: a server takes a few hundred in all.
const POOL_MAX: usize = 1024;

/// A database of a MySQL server: one shard of a store.
///
/// `mysql://USER:PASSWORD@HOST:PORT/DATABASE`, with `%` escapes in all but the port, and these parameters:
///
/// * `endpoints=HOST:PORT,HOST:PORT`: more servers that have the same data (a group, or a pair of which one takes
///   writes). One that answers is used, and another when it does not.
/// * `pool=N`: connections at most, 16 without it.
/// * `tls=off` (the default), `tls=on` (the server must prove who it is), `tls=unverified` (it need not).
/// * `ca=FILE`: with `tls=on`, the certificates to prove it by, in place of those of the web.
#[derive(Clone, PartialEq, Eq)]
pub struct MysqlUrl {
    /// The servers, in the order in which they are tried.
    pub(crate) hosts: Vec<Host>,
    pub(crate) database: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) pool: Option<usize>,
    pub(crate) tls: Tls,
    /// A file of certificates.
    pub(crate) ca: Option<String>,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    /// Without the brackets of an IPv6 address.
    pub(crate) name: String,
    pub(crate) port: u16,
}

/// Whether a connection is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Tls {
    #[default]
    Off,
    On,
    Unverified,
}

impl MysqlUrl {
    /// Reads what follows `mysql:`, or says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix("//").ok_or("it begins with `mysql://`")?;
        let (place, query) = text.split_once('?').unwrap_or((text, ""));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        let (login, host) = authority.rsplit_once('@').map_or((None, authority), |(login, host)| (Some(login), host));
        let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
            None => (None, None),
            Some((user, password)) => (Some(unescaped(user)?), Some(unescaped(password)?)),
        };
        let mut url = Self {
            hosts: vec![Host::parse(host)?],
            database: unescaped(database)?,
            user: user.filter(|user| !user.is_empty()),
            password: password.filter(|password| !password.is_empty()),
            pool: None,
            tls: Tls::Off,
            ca: None,
        };
        if url.database.is_empty() {
            return Err("it names no database".into());
        }
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            url.set(name, value)?;
        }
        Ok(url)
    }

    /// The databases that it names: one on each server.
    pub(crate) fn places(&self) -> impl Iterator<Item = String> {
        self.hosts.iter().map(|host| format!("{host}/{}", self.database))
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "endpoints" => {
                for host in value.split(',') {
                    self.hosts.push(Host::parse(host)?);
                }
            }
            "pool" => {
                let size = value.parse().ok().filter(|size| (1..=POOL_MAX).contains(size));
                self.pool = Some(size.ok_or_else(|| format!("the pool has from 1 to {POOL_MAX} connections"))?);
            }
            "tls" => {
                self.tls = match value {
                    "off" => Tls::Off,
                    "on" => Tls::On,
                    "unverified" => Tls::Unverified,
                    _ => return Err("`tls` is `off`, `on` or `unverified`".into()),
                };
            }
            "ca" => self.ca = Some(unescaped(value)?),
            _ => return Err(format!("the parameters are `endpoints`, `pool`, `tls` and `ca`, not `{name}`")),
        }
        Ok(())
    }
}

impl Host {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
            Some(Some((name, rest))) => (name, rest.strip_prefix(':')),
            Some(None) => return Err("an address in brackets has no end".into()),
            None => text.rsplit_once(':').map_or((text, None), |(name, port)| (name, Some(port))),
        };
        if name.is_empty() {
            return Err("it names no host".into());
        }
        let port = match port {
            None => DEFAULT_PORT,
            Some(port) => port.parse().map_err(|_| format!("`{port}` is no port"))?,
        };
        Ok(Self { name: unescaped(name)?, port })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(f, "[{}]:{}", self.name, self.port)
        } else {
            write!(f, "{}:{}", self.name, self.port)
        }
    }
}

/// Without the password.
impl fmt::Display for MysqlUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, others) = self.hosts.split_first().expect("an address has a host");
        let user = self.user.as_ref().map_or_else(String::new, |user| format!("{}@", escaped(user)));
        write!(f, "mysql://{user}{first}/{}", escaped(&self.database))?;
        let others = others.iter().map(Host::to_string).collect::<Vec<_>>().join(",");
        let parameters = [
            (!others.is_empty()).then(|| format!("endpoints={others}")),
            self.pool.map(|pool| format!("pool={pool}")),
            match self.tls {
                Tls::Off => None,
                Tls::On => Some("tls=on".to_owned()),
                Tls::Unverified => Some("tls=unverified".to_owned()),
            },
            self.ca.as_ref().map(|ca| format!("ca={}", escaped(ca))),
        ];
        for (number, parameter) in parameters.into_iter().flatten().enumerate() {
            write!(f, "{}{parameter}", if number == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for MysqlUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MysqlUrl({self})")
    }
}

/// Text as a part of an address.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "%:/?#@&=[], ".contains(c) {
            escaped.push_str(&format!("%{:02X}", c as u32));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Text with its `%` escapes resolved.
fn unescaped(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next(), rest.next()].map(|digit| digit.and_then(|digit| char::from(digit).to_digit(16)));
        let [Some(high), Some(low)] = digits else { return Err("a `%` is followed by two hexadecimal digits".into()) };
        bytes.push((high * 16 + low) as u8);
    }
    String::from_utf8(bytes).map_err(|_| "what it escapes is no UTF-8".into())
}
