//! By what a request is found again: in the answer, in the log, and with whoever complains.

use std::fmt;
use std::sync::Arc;

/// The longest id that is taken over from a client: those of tracing systems have 55 characters at most.
const LENGTH_MAX: usize = 128;

/// The name of a request. Over HTTP it comes with the header `x-request-id` or is made, and is sent back; the lines
/// that a request writes to the log are below a span with it, and errors of which the client is told no more have it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// A new one, which nobody else has.
    pub fn generate() -> Self {
        Self(kvetch::NodeId::generate().to_string().into())
    }

    /// One that somebody else has given; `None` for what is no name: what is empty, longer than 128 characters, or has
    /// others than letters, digits and `-_.:/+=@`. It goes into logs, where a line break would make up a line.
    pub fn given(text: &str) -> Option<Self> {
        let is_sane = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(&byte);
        let fits = (1..=LENGTH_MAX).contains(&text.len()) && text.bytes().all(is_sane);
        fits.then(|| Self(text.into()))
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_given_is_taken_if_it_is_a_name() {
        for right in ["a", "019b76da-a83e-8ae6-afd4-241446f29e79", "00-4bf92f-01", "Root=1-67891233-abc@x"] {
            assert_eq!(RequestId::given(right).map(|id| id.to_string()).as_deref(), Some(right));
        }
        for wrong in ["", "a b", "a\nlevel=error", "\"", "é", &"x".repeat(LENGTH_MAX + 1)] {
            assert_eq!(RequestId::given(wrong), None, "{wrong}");
        }
        assert_ne!(RequestId::generate(), RequestId::generate());
    }
}
