//! Whether the server lives, and whether it can serve: for whoever starts it and sends it requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::get;
use axum::{Router, extract};
use futures::future::join_all;
use kvetch::Kvetch;
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// How long a shard may take to answer.
const SHARD_DEADLINE: Duration = Duration::from_secs(1);
/// For how long an answer is repeated: anybody may ask, as often as they please, and the shards have other things to
/// do.
const FRESH: Duration = Duration::from_secs(1);

/// What is known of the shards.
struct Shards {
    kvetch: Kvetch,
    last: Mutex<Option<(Instant, Found)>>,
}

#[derive(Clone)]
struct Found {
    is_ready: bool,
    body: Value,
}

/// The routes of both.
pub(super) fn probes(kvetch: Kvetch) -> Router {
    let shards = Arc::new(Shards { kvetch, last: Mutex::default() });
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready)).with_state(shards)
}

async fn ready(extract::State(shards): extract::State<Arc<Shards>>) -> HttpResponse {
    let Found { is_ready, body } = shards.found().await;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], format!("{body}\n")).into_response()
}

impl Shards {
    /// What was found a moment ago, or is found now; those who come meanwhile wait for it.
    async fn found(&self) -> Found {
        let mut last = self.last.lock().await;
        if let Some((at, found)) = &*last
            && at.elapsed() < FRESH
        {
            return found.clone();
        }
        let found = self.look().await;
        *last = Some((Instant::now(), found.clone()));
        found
    }

    /// Reads the few lines that each shard keeps of the store.
    async fn look(&self) -> Found {
        let shards = self.kvetch.shards().iter().enumerate().map(|(number, shard)| async move {
            let answer = tokio::time::timeout(SHARD_DEADLINE, shard.meta()).await;
            let failed = match answer {
                Ok(Ok(_)) => None,
                Ok(Err(error)) => Some(error.code()),
                Err(_) => Some("silent"),
            };
            if let Some(why) = failed {
                tracing::warn!(shard = number, why, "a shard does not answer");
            }
            (number, failed)
        });
        let shards = join_all(shards).await;
        let is_ready = shards.iter().all(|(_, failed)| failed.is_none());
        let shards = shards.into_iter().map(|(number, failed)| match failed {
            None => json!({ "shard": number, "ready": true }),
            Some(why) => json!({ "shard": number, "ready": false, "why": why }),
        });
        Found { is_ready, body: json!({ "ready": is_ready, "shards": shards.collect::<Value>() }) }
    }
}
