//! What a server or a connection may answer instead of rows, and what follows from it.

use mysql_async::{DriverError, Error as Foreign, IoError};

use crate::error::Error;

/// Why an attempt at a statement or a transaction failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The store says no: another attempt would end the same.
    Refused(Error),
    /// The server or the connection failed.
    Server(Foreign),
    /// No answer in time.
    Silent,
}

/// The outcome of an attempt.
pub(super) type Attempt<T> = Result<T, Fault>;

/// What may help against a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The same again on the same connection: the server chose this transaction to give way to another.
    Again,
    /// A new connection, to another endpoint if there is one: this one is of no more use.
    Elsewhere,
    /// Nothing.
    None,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Foreign> for Fault {
    fn from(error: Foreign) -> Self {
        Self::Server(error)
    }
}

/// Two writers inserted the same row: the one that came second sees it when it looks again.
const DUPLICATE_KEY: u16 = 1062;

/// A lock was waited for in vain, a deadlock was broken up, a row changed under a snapshot, a group refused to
/// certify a commit, a statement is to be prepared anew.
const GAVE_WAY: [u16; 5] = [1205, 1213, 1020, 1180, 1615];

/// The endpoint does not take this now: it left its group, is read-only, has no connections left, shuts down, killed
/// the connection, or knows nothing of a statement that was prepared on it.
const OF_NO_USE: [u16; 10] = [1047, 1290, 1836, 1792, 1040, 1203, 1053, 1927, 1243, 1152];

/// Statements that ran out of their time, by dialect.
const OUT_OF_TIME: [u16; 2] = [1969, 3024];

impl Fault {
    pub(super) fn remedy(&self) -> Remedy {
        match self {
            Self::Refused(_) => Remedy::None,
            Self::Silent => Remedy::Elsewhere,
            Self::Server(Foreign::Server(error)) => match error.code {
                DUPLICATE_KEY => Remedy::Again,
                code if GAVE_WAY.contains(&code) => Remedy::Again,
                code if OF_NO_USE.contains(&code) => Remedy::Elsewhere,
                _ => Remedy::None,
            },
            Self::Server(Foreign::Io(_)) => Remedy::Elsewhere,
            Self::Server(Foreign::Driver(DriverError::ConnectionClosed | DriverError::PacketOutOfOrder)) => {
                Remedy::Elsewhere
            }
            Self::Server(_) => Remedy::None,
        }
    }

    /// Whether the connection must not be used any more.
    pub(super) fn spoils_connection(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Server(Foreign::Server(_)) => self.remedy() == Remedy::Elsewhere,
            Self::Server(_) | Self::Silent => true,
        }
    }

    /// The error as callers of the engine see it. What a server says has no passwords in it.
    pub(super) fn into_error(self, place: &str) -> Error {
        let remedy = self.remedy();
        match self {
            Self::Refused(error) => error,
            Self::Silent => Error::unavailable(format!("{place} did not answer in time")),
            Self::Server(Foreign::Server(error)) => {
                let said = format!("{place} says {} ({}): {}", error.code, error.state, error.message);
                match way_out(error.code) {
                    Some(way_out) => Error::Engine { reason: format!("{said}; {way_out}").into() },
                    None if remedy != Remedy::None || OUT_OF_TIME.contains(&error.code) => Error::unavailable(said),
                    None => Error::Engine { reason: said.into() },
                }
            }
            Self::Server(Foreign::Io(error)) => {
                let said = match &error {
                    IoError::Io(error) => error.to_string(),
                    IoError::Tls(error) => error.to_string(),
                };
                let way_out = if said.contains("certificate") { CERTIFICATES } else { "" };
                Error::unavailable(format!("{place}: {said}{way_out}"))
            }
            Self::Server(error) if remedy == Remedy::Elsewhere => Error::unavailable(format!("{place}: {error}")),
            Self::Server(error) => Error::Engine { reason: format!("{place}: {error}").into() },
        }
    }
}

const CERTIFICATES: &str =
    "; name the certificate of the authority that signed the server's in the address of the store, `tls=on&ca=FILE`";

/// What the owner of the server can do about an error.
fn way_out(code: u16) -> Option<&'static str> {
    Some(match code {
        1045 | 1698 => {
            "check the user and the password in the address of the store, and whether the server wants `tls=on` there"
        }
        1044 => "grant the user rights on the database",
        1049 => "make the database on the server (CREATE DATABASE), or check its name in the address of the store",
        1142 => {
            "grant the user SELECT, INSERT, UPDATE and DELETE on the database; only `kvetch init` needs more: CREATE \
             and INDEX"
        }
        1146 => "a table of the store is gone; put it back from a backup",
        3159 => "the server wants encrypted connections: add `tls=on` to the address of the store",
        1021 | 1114 => "make room on the server's disk",
        1461 => "raise max_prepared_stmt_count on the server, or lower `pool=` in the address of the store",
        1153 => "raise max_allowed_packet on the server to 16M or more",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use mysql_async::ServerError;

    use super::*;

    fn server(code: u16) -> Fault {
        Fault::Server(Foreign::Server(ServerError { code, message: "no".into(), state: "HY000".into() }))
    }

    #[test]
    fn faults_that_heal_are_told_from_those_that_do_not() {
        for (code, remedy) in [
            (1205, Remedy::Again),
            (1213, Remedy::Again),
            (1020, Remedy::Again),
            (1180, Remedy::Again),
            (1062, Remedy::Again),
            (1047, Remedy::Elsewhere),
            (1290, Remedy::Elsewhere),
            (1836, Remedy::Elsewhere),
            (1045, Remedy::None),
            (1064, Remedy::None),
        ] {
            assert_eq!(server(code).remedy(), remedy, "{code}");
        }
        let closed = Fault::Server(Foreign::Driver(DriverError::ConnectionClosed));
        assert!(closed.remedy() == Remedy::Elsewhere && closed.spoils_connection());
        assert!(!server(1213).spoils_connection());
    }

    #[test]
    fn an_error_says_where_and_what_can_be_done() {
        let error = server(1049).into_error("mysql://db:3306/todo");
        assert_eq!(error.code(), "engine");
        assert!(error.to_string().contains("mysql://db:3306/todo says 1049 (HY000): no; make the database"), "{error}");
        assert_eq!(server(1205).into_error("db").code(), "unavailable");
        assert_eq!(server(1064).into_error("db").code(), "engine");
    }
}
