//! How a command ends.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// What a command that ran to its end says by its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done, there, in step: 0.
    Yes,
    /// Not there, not in step, not all of it: 1.
    No,
}

impl From<Answer> for ExitCode {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Yes => Self::SUCCESS,
            Answer::No => Self::from(1),
        }
    }
}

/// Why a command did not run to its end: exit code 2.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A command line that asks for what cannot be done.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new("usage", message)
    }

    /// The same failure, of this file.
    pub(crate) fn of(self, what: impl fmt::Display) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    /// Whether nobody reads what is printed any more, as with `| head`.
    pub(crate) fn is_unread(&self) -> bool {
        self.code == UNREAD
    }
}

const UNREAD: &str = "unread";

impl From<kvetch::Error> for Failure {
    fn from(error: kvetch::Error) -> Self {
        let way_out = match &error {
            kvetch::Error::Locked { .. } => "; an embedded store belongs to one process at a time: stop that one first",
            kvetch::Error::NotAStore { .. } => "; check --store, or make a store with `kvetch init`",
            kvetch::Error::NewerFormat { .. } => "; use the `kvetch` of the program that wrote it",
            _ => "",
        };
        Self::new(error.code(), format!("{error}{way_out}"))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let code = if error.kind() == io::ErrorKind::BrokenPipe { UNREAD } else { "io" };
        Self::new(code, error.to_string())
    }
}
