//! What the exit codes say.

/// `generate`, `print`: mistakes in the schema or in a hand-written file, or a lock that cannot be read.
pub(crate) const MISTAKES: u8 = 1;

/// A command line or a file that cannot be worked with; not of `check`, where this says something else.
pub(crate) const UNUSABLE: u8 = 2;

/// `generate`, `check`: the lock speaks against the schema.
pub(crate) const INCOMPATIBLE: u8 = 3;

/// `check`: a file is not as the schema says.
pub(crate) const STALE: u8 = 1;

/// `check`: the generated file was edited by hand.
pub(crate) const EDITED: u8 = 2;

/// `check`: mistakes in the schema or in a hand-written file, or a lock that cannot be read.
pub(crate) const CHECK_MISTAKES: u8 = 4;

/// `check`: a command line or a file that cannot be worked with.
pub(crate) const CHECK_UNUSABLE: u8 = 5;
