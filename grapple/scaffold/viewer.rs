//! Who asks. Rules and custom code find it by `cx.viewer::<Viewer>()`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use pent::http::ConnectionInit;
use pent::{Error, Result, ScopeBuilder};

use CRATE::Viewer;

/// Whose tokens are: in place of whatever knows that for you.
#[derive(Debug, Clone)]
pub struct Tokens(Arc<HashMap<String, String>>);

impl Tokens {
    /// # Errors
    /// When one of them is no `TOKEN=NAME`.
    pub fn read(pairs: &[String]) -> Result<Self> {
        let pairs = pairs.iter().map(|pair| match pair.split_once('=') {
            Some((token, name)) => Ok((token.to_owned(), name.to_owned())),
            None => Err(Error::internal("a token needs the name of its owner: TOKEN=NAME")),
        });
        Ok(Self(Arc::new(pairs.collect::<Result<_>>()?)))
    }
}

/// The viewer of a request, by its bearer token; one without a token is of nobody. A token that is nobody's is an error
/// that the client may read, and answered with 401.
///
/// # Errors
/// When the request has a token, and it is nobody's.
pub async fn of(head: Parts, scope: ScopeBuilder, tokens: Tokens) -> Result<ScopeBuilder> {
    // Browsers send no headers of their own with a WebSocket; there it comes with the first message,
    // `{"type": "connection_init", "payload": {"authorization": "Bearer ..."}}`.
    let of_socket = head.extensions.get::<ConnectionInit>().and_then(|init| init.0.get("authorization")?.as_str());
    let of_header = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(credentials) = of_socket.or(of_header) else { return Ok(scope) };
    let name = credentials.strip_prefix("Bearer ").and_then(|token| tokens.0.get(token));
    match name {
        Some(name) => Ok(scope.viewer(Viewer { name: name.clone() })),
        None => Err(Error::user("UNAUTHENTICATED", "the token is nobody's")),
    }
}
