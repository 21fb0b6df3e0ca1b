//! Unsigned numbers in SQLite, which has signed ones only.

/// A version as SQLite stores it.
pub(super) fn number(version: u64) -> i64 {
    i64::try_from(version).expect("a version counts single writes, and nobody writes 2^63 times")
}

/// Above every version that there is.
pub(super) const ANY_VERSION: u64 = i64::MAX as u64;
