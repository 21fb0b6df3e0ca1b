//! Requests that get no answer of the schema, but a status and why.

use std::any::Any;
use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response as HttpResponse;
use futures::FutureExt;

use crate::error::Error;
use crate::request_id::RequestId;
use crate::response::{ErrorEntry, Response, Told};
use crate::text;

use super::answer::written;
use super::media::Media;
use super::service::TurnedAway;

/// Why a request is not run.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    code: String,
    message: String,
    /// Whether the log says more of it.
    is_masked: bool,
    /// What programs are to know of the way out.
    header: Option<(HeaderName, Cow<'static, str>)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), is_masked: false, header: None }
    }

    /// The same with a header.
    pub(super) fn with(mut self, name: HeaderName, value: impl Into<Cow<'static, str>>) -> Self {
        self.header = Some((name, value.into()));
        self
    }

    /// Nobody could say who asks.
    pub(super) fn of(error: &Error) -> Self {
        if error.is_public() {
            return Self::new(StatusCode::UNAUTHORIZED, error.code(), error.to_string());
        }
        tracing::error!(code = error.code(), %error, "no scope could be made for a request");
        Self::internal()
    }

    /// A defect, of which the log says more.
    pub(super) fn internal() -> Self {
        let refusal = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "internal error");
        Self { is_masked: true, ..refusal }
    }

    /// Answering it panicked.
    pub(super) fn of_panic(panic: &(dyn Any + Send)) -> Self {
        tracing::error!(panic = text::of_panic(panic), "answering a request panicked");
        Self::internal()
    }

    /// What it asks for is too much.
    pub(super) fn over_limit(message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "over_limit", message)
    }

    /// There is no place for it.
    pub(super) fn overloaded(message: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message).with(header::RETRY_AFTER, "1")
    }

    /// It ran for too long.
    pub(super) fn too_late(deadline: Duration) -> Self {
        let message = format!("The request was given up after {deadline:?}; what it was writing may be written.");
        Self::new(StatusCode::GATEWAY_TIMEOUT, "deadline_exceeded", message)
    }

    /// What is got must change nothing.
    pub(super) fn mutation_by_get() -> Self {
        let message = "A mutation has to be posted: what is got must change nothing.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message).with(header::ALLOW, "POST")
    }

    /// The request is not what it must be.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// What is wrong, for people.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// What is said, whichever way it travels.
    pub(super) fn response(&self, id: Option<&RequestId>) -> Response {
        let entry = match self.is_masked {
            true => ErrorEntry::internal(String::new()),
            false => ErrorEntry::request(&self.code, self.message.clone(), None),
        };
        Response::refused_telling(&[entry], Told { request_id: id, everything: false })
    }

    /// The response of HTTP that says so.
    pub(super) fn answer(self, media: Media, id: &RequestId) -> HttpResponse {
        let mut response = written(self.status, media, self.response(Some(id)).body);
        let header = self.header.and_then(|(name, value)| Some((name, HeaderValue::from_str(&value).ok()?)));
        response.headers_mut().extend(header);
        response
    }
}

impl From<TurnedAway> for Refusal {
    fn from(turned_away: TurnedAway) -> Self {
        let TurnedAway { message, come_again } = turned_away;
        // In whole seconds, and not too soon.
        let seconds = come_again.as_secs() + u64::from(come_again.subsec_nanos() > 0);
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message);
        refusal.with(header::RETRY_AFTER, seconds.to_string())
    }
}

/// Turns a panic into a refusal. Left alone it would end the task of the connection, and the client would
/// see a closed connection and not learn why.
pub(super) async fn caught<T>(answer: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|panic| Err(Refusal::of_panic(&*panic)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A panic used to close the connection without a word.
    #[tokio::test]
    async fn a_panic_is_answered_as_an_internal_error_that_tells_nothing() {
        let id = RequestId::given("r1").expect("it is a name");
        let answer = async { panic!("the password is swordfish") };
        let response = caught::<HttpResponse>(answer).await.unwrap_or_else(|refusal| refusal.answer(Media::Json, &id));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("it is in memory");
        let expected = r#"{"message":"internal error","extensions":{"code":"INTERNAL","requestId":"r1"}}"#;
        assert_eq!(body, format!(r#"{{"errors":[{expected}]}}"#));
    }
}
