//! Requests that get no answer of the schema, but a status and why.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response as HttpResponse;
use futures::FutureExt;

use crate::error::Error;
use crate::response::{ErrorEntry, Response};

use super::media::Media;
use super::written;

/// Why a request is not run.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    code: String,
    message: String,
    /// What programs are to know of the way out.
    header: Option<(HeaderName, &'static str)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), header: None }
    }

    /// The same with a header.
    pub(super) fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }

    /// Nobody could say who asks.
    pub(super) fn of(error: &Error) -> Self {
        if error.is_public() {
            return Self::new(StatusCode::UNAUTHORIZED, error.code(), error.to_string());
        }
        tracing::error!(code = error.code(), %error, "no scope could be made for a request");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "internal error")
    }

    /// The request is not what it must be.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// The response that says so.
    pub(super) fn answer(self, media: Media) -> HttpResponse {
        let refused = Response::refused(&[ErrorEntry::request(&self.code, self.message, None)]);
        let mut response = written(self.status, media, refused.body);
        response.headers_mut().extend(self.header.map(|(name, value)| (name, HeaderValue::from_static(value))));
        response
    }
}

/// Turns a panic into a refusal. Left alone it would end the task of the connection, and the client would
/// see a closed connection and not learn why.
pub(super) async fn caught<T>(answer: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|panic| {
        tracing::error!(panic = message(&*panic), "answering a request panicked");
        Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "internal error"))
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A panic used to close the connection without a word.
    #[tokio::test]
    async fn a_panic_is_answered_as_an_internal_error_that_tells_nothing() {
        let answer = async { panic!("the password is swordfish") };
        let response = caught::<HttpResponse>(answer).await.unwrap_or_else(|refusal| refusal.answer(Media::Json));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("it is in memory");
        assert_eq!(body, r#"{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}"#);
    }
}
