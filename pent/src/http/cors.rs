//! Whose pages may read what is answered.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use tower_http::cors::CorsLayer;

use crate::error::{Error, Result};

/// How long a browser remembers that it may send a request.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// An origin as browsers send it: scheme, host and port.
pub(super) fn origin(text: &str) -> Result<HeaderValue> {
    let refused = || {
        let message = format!("{text:?} is no origin; one is a scheme, a host and maybe a port: https://app.example");
        Error::user("invalid_argument", message)
    };
    let uri = text.parse::<Uri>().map_err(|_| refused())?;
    let is_whole = matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some();
    let has_more = text.ends_with('/') || uri.path() != "/" || uri.query().is_some();
    if !is_whole || has_more {
        return Err(refused());
    }
    HeaderValue::from_str(text).map_err(|_| refused())
}

/// What lets them.
pub(super) fn layer(origins: Vec<HeaderValue>) -> CorsLayer {
    let sent = [
        header::ACCEPT,
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        HeaderName::from_static("x-graphscale-explain"),
        HeaderName::from_static("x-request-id"),
    ];
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(sent)
        .expose_headers([header::RETRY_AFTER, HeaderName::from_static("x-request-id")])
        .max_age(REMEMBERED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_maybe_a_port() {
        for right in ["https://app.example", "http://localhost:3000", "http://[::1]:8080"] {
            assert!(origin(right).is_ok(), "{right}");
        }
        for wrong in ["", "*", "app.example", "https://app.example/", "https://app.example/x", "file:///x", "null"] {
            let refused = origin(wrong).expect_err(wrong).to_string();
            assert!(refused.contains("https://app.example"), "{refused}");
        }
    }
}
