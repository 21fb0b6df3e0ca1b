//! GraphQL over HTTP: a router to mount in an axum application, and a server of it alone.

mod explorer;
#[cfg(feature = "metrics")]
mod recorded;
mod meters;
mod media;
mod refusal;
mod request;
mod budget;
mod connection;
mod serve;
mod run;
mod subscriber;
mod socket;
mod sse;
mod answer;
mod health;
#[cfg(feature = "cors")]
mod cors;
mod service;

use axum::Router;
use kvetch::Kvetch;

use crate::schema::Schema;

#[cfg(feature = "metrics")]
pub use self::recorded::describe_metrics;
pub use self::request::BODY_DEADLINE;
pub use self::serve::{CONNECTIONS_MAX, DRAIN_MARGIN, HEADER_DEADLINE, WRITE_DEADLINE, serve};
pub use self::service::{Service, TurnedAway};
pub use self::socket::{ConnectionInit, Pace};

/// A router that answers `/graphql`, for nobody in particular: [`Service`] with nothing added.
pub fn router(schema: Schema, kvetch: Kvetch) -> Router {
    Service::new(schema, kvetch).router()
}
