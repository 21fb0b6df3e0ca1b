//! What a server has done, counted for whatever recorder the program has installed (feature `metrics`).
//!
//! Labels are outcomes, of which there are a few: what clients choose would make as many time series as they please.

use std::time::Instant;

use axum::body::HttpBody;
use axum::http::StatusCode;
use axum::response::Response as HttpResponse;

use super::refusal::Refusal;
use crate::response::Response;

#[cfg(feature = "metrics")]
use super::recorded;

/// Without the feature nothing is counted.
#[cfg(not(feature = "metrics"))]
mod recorded {
    use std::time::Duration;

    pub(super) fn begun() {}
    pub(super) fn ended(_outcome: &'static str, _took: Duration) {}
    pub(super) fn received(_bytes: usize) {}
    pub(super) fn sent(_bytes: u64) {}
    pub(super) fn connected(_by: f64) {}
    pub(super) fn operation() {}
    pub(super) fn subscribed(_by: f64) {}
    pub(super) fn event() {}
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It ran without an error, or has become something that goes on: a stream, a connection.
    Answered,
    /// It ran, and fields of it failed.
    Errors,
    /// It is a request, and its document or its variables are wrong.
    Refused,
    /// It is no request of GraphQL.
    Malformed,
    /// Nobody may ask so.
    Unauthorized,
    /// The gate turned it away.
    TurnedAway,
    /// There was no place for it.
    Overloaded,
    /// It was given up at its deadline.
    Late,
    /// A defect.
    Failed,
    /// Its client hung up.
    Gone,
}

impl Outcome {
    pub(super) fn of(response: &Response) -> Self {
        match (response.is_executed, response.has_errors) {
            (false, _) => Self::Refused,
            (true, true) => Self::Errors,
            (true, false) => Self::Answered,
        }
    }

    pub(super) fn of_refusal(refusal: &Refusal) -> Self {
        Self::of_status(refusal.status)
    }

    /// Of several that came together.
    pub(super) fn worst(outcomes: impl Iterator<Item = Self>) -> Self {
        outcomes.max_by_key(|outcome| *outcome as u8).unwrap_or(Self::Answered)
    }

    fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::Unauthorized,
            StatusCode::TOO_MANY_REQUESTS => Self::TurnedAway,
            StatusCode::SERVICE_UNAVAILABLE => Self::Overloaded,
            StatusCode::GATEWAY_TIMEOUT => Self::Late,
            status if status.is_server_error() => Self::Failed,
            status if status.is_client_error() => Self::Malformed,
            _ => Self::Answered,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Errors => "errors",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::Unauthorized => "unauthorized",
            Self::TurnedAway => "turned_away",
            Self::Overloaded => "overloaded",
            Self::Late => "late",
            Self::Failed => "failed",
            Self::Gone => "gone",
        }
    }
}

/// A request that is running. Dropped without an answer, its client has hung up.
pub(super) struct Running {
    begun: Instant,
    outcome: Outcome,
}

impl Running {
    pub(super) fn begin() -> Self {
        recorded::begun();
        Self { begun: Instant::now(), outcome: Outcome::Gone }
    }

    /// It is answered with this: of what ran the response says what came of it, of all else its status.
    pub(super) fn end(mut self, response: &HttpResponse) {
        let told = response.extensions().get::<Outcome>().copied();
        self.outcome = told.unwrap_or_else(|| Outcome::of_status(response.status()));
        if let Some(bytes) = response.body().size_hint().exact() {
            recorded::sent(bytes);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        recorded::ended(self.outcome.label(), self.begun.elapsed());
    }
}

/// So many bytes of a body were read.
pub(super) fn received(bytes: usize) {
    recorded::received(bytes);
}

/// A WebSocket, for as long as it is open.
pub(super) struct Connected(());

impl Connected {
    pub(super) fn begin() -> Self {
        recorded::connected(1.0);
        Self(())
    }

    /// An operation begins on it.
    pub(super) fn operation(&self) {
        recorded::operation();
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        recorded::connected(-1.0);
    }
}

/// A subscription, for as long as it is open.
pub(super) struct Subscribed(());

impl Subscribed {
    pub(super) fn begin() -> Self {
        recorded::subscribed(1.0);
        Self(())
    }

    /// It is answered, once.
    pub(super) fn event(&self) {
        recorded::event();
    }
}

impl Drop for Subscribed {
    fn drop(&mut self) {
        recorded::subscribed(-1.0);
    }
}
