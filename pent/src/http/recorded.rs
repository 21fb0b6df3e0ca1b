//! The names of the counters of a server, and what is said of them.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const REQUESTS: &str = "pent_http_requests_total";
const RUNNING: &str = "pent_http_requests_running";
const DURATION: &str = "pent_http_request_duration_seconds";
const RECEIVED: &str = "pent_http_received_bytes_total";
const SENT: &str = "pent_http_sent_bytes_total";
const CONNECTIONS: &str = "pent_http_websockets_open";
const OPERATIONS: &str = "pent_http_websocket_operations_total";
const SUBSCRIPTIONS: &str = "pent_http_subscriptions_open";
const EVENTS: &str = "pent_http_events_total";

/// The label of what came of a request.
const OUTCOME: &str = "outcome";

/// Tells the recorder of the process what the metrics of servers are. To be called once it is installed; without that
/// they are recorded all the same.
pub fn describe_metrics() {
    describe_counter!(REQUESTS, Unit::Count, "requests of HTTP to /graphql, by what came of them");
    describe_gauge!(RUNNING, Unit::Count, "requests of HTTP to /graphql that are being read or are running");
    describe_histogram!(DURATION, Unit::Seconds, "from the head of a request until its answer");
    describe_counter!(RECEIVED, Unit::Bytes, "bytes of the bodies of requests");
    describe_counter!(SENT, Unit::Bytes, "bytes of the bodies of answers, before they are compressed");
    describe_gauge!(CONNECTIONS, Unit::Count, "WebSockets that are open");
    describe_counter!(OPERATIONS, Unit::Count, "operations that began on a WebSocket");
    describe_gauge!(SUBSCRIPTIONS, Unit::Count, "subscriptions that are open, on WebSockets and as events");
    describe_counter!(EVENTS, Unit::Count, "responses of subscriptions");
}

pub(super) fn begun() {
    gauge!(RUNNING).increment(1.0);
}

pub(super) fn ended(outcome: &'static str, took: Duration) {
    gauge!(RUNNING).decrement(1.0);
    counter!(REQUESTS, OUTCOME => outcome).increment(1);
    histogram!(DURATION, OUTCOME => outcome).record(took);
}

pub(super) fn received(bytes: usize) {
    counter!(RECEIVED).increment(bytes as u64);
}

pub(super) fn sent(bytes: u64) {
    counter!(SENT).increment(bytes);
}

pub(super) fn connected(by: f64) {
    gauge!(CONNECTIONS).increment(by);
}

pub(super) fn operation() {
    counter!(OPERATIONS).increment(1);
}

pub(super) fn subscribed(by: f64) {
    gauge!(SUBSCRIPTIONS).increment(by);
}

pub(super) fn event() {
    counter!(EVENTS).increment(1);
}
