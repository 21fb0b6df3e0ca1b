//! What SQLite reports, as errors of this crate.

use rusqlite::ErrorCode;

use crate::error::Error;

/// Turns the error of a statement into ours. A trait of our own, because a `From` would show the foreign type to
/// users of the crate.
pub(super) trait OrFailure<T> {
    fn or_failure(self) -> Result<T, Error>;
}

impl<T> OrFailure<T> for rusqlite::Result<T> {
    fn or_failure(self) -> Result<T, Error> {
        self.map_err(|error| failure(&error))
    }
}

pub(super) fn failure(error: &rusqlite::Error) -> Error {
    let reason = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full".into(),
        _ => error.to_string().into(),
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Unavailable { reason },
        _ => Error::Engine { reason },
    }
}
