//! One run of something that was asked for: in a place, until its deadline, with a line in the log where it was slow.

use std::fmt::{self, Write};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use serde_json::json;
use tokio::sync::SemaphorePermit;

use super::refusal::Refusal;
use super::service::Service;
use crate::explanation::Explanation;
use crate::limits::Spent;
use crate::operation::OperationKind;
use crate::response::Response;
use crate::schema::{Planned, Prepared, Request};
use crate::scope::{Scope, Stats};
use crate::store::ScopeBuilder;
use crate::text::cut;

/// Bytes of a plan that are written to the log: the beginning tells which request it was.
const LOGGED_PLAN_BYTES_MAX: usize = 4 << 10;

/// A request with its plan, to be run: once, or once for each event.
pub(super) struct Run<'a> {
    service: &'a Service,
    request: &'a Request,
    prepared: Prepared<'a>,
    begun: Instant,
}

impl<'a> Run<'a> {
    /// Looks up the plan of a request, or makes it.
    pub(super) fn of(service: &'a Service, request: &'a Request) -> Self {
        let begun = Instant::now();
        Self { service, request, prepared: service.schema.prepare(request), begun }
    }

    /// With a plan that is known; of the request only its name has to be left.
    pub(super) fn planned(service: &'a Service, request: &'a Request, planned: Arc<Planned>) -> Self {
        Self { service, request, prepared: service.schema.prepared(request, planned), begun: Instant::now() }
    }

    /// Which kind of operation it is, if it has a plan.
    pub(super) fn kind(&self) -> Option<OperationKind> {
        self.prepared.kind()
    }

    /// The response to a query or a mutation, with what it took where that is to be told; within what others that it
    /// shares its limits with have left of them.
    ///
    /// # Errors
    /// As [`Run::within`].
    pub(super) async fn answer(
        &self,
        scopes: &ScopeBuilder,
        place: Option<SemaphorePermit<'_>>,
        explains: bool,
        spent: &Spent,
    ) -> Result<Response, Refusal> {
        let executed = async |scope: &mut Scope| {
            let mut response = self.prepared.execute(scope, spent).await;
            if explains {
                let plan = self.prepared.explanation();
                let told = explained(&scope.stats(), plan.as_ref(), self.service.shards());
                response.extend(&json!({ "graphscale": told }));
            }
            response
        };
        self.within(scopes, place, self.begun, executed).await
    }

    /// Does something in a scope of its own, in a place that is free again afterwards (none where the requests of an
    /// array share fewer places than they are), until the deadline after `begun`.
    /// The log is told where it took long, also where it came to nothing.
    ///
    /// # Errors
    /// When it was given up, or panicked.
    pub(super) async fn within<T>(
        &self,
        scopes: &ScopeBuilder,
        place: Option<SemaphorePermit<'_>>,
        begun: Instant,
        work: impl AsyncFnOnce(&mut Scope) -> T,
    ) -> Result<T, Refusal> {
        let deadline = self.service.schema.limits().deadline;
        let mut scope = scopes.build();
        let worked = AssertUnwindSafe(work(&mut scope)).catch_unwind();
        let worked = tokio::time::timeout(deadline.saturating_sub(begun.elapsed()), worked).await;
        drop(place);
        match worked {
            Ok(worked) => {
                if self.service.slow.is_some_and(|slow| begun.elapsed() > slow) {
                    self.log(&scope.stats(), begun.elapsed(), "a request was slow");
                }
                worked.map_err(|panic| Refusal::of_panic(&*panic))
            }
            Err(_) => {
                // Whatever is said of slow ones: who asked was not answered.
                self.log(&scope.stats(), begun.elapsed(), "a request was given up at its deadline");
                Err(Refusal::too_late(deadline))
            }
        }
    }

    fn log(&self, stats: &Stats, took: Duration, what: &str) {
        let plan = self.prepared.explanation().map(|plan| beginning(plan, LOGGED_PLAN_BYTES_MAX));
        tracing::warn!(
            milliseconds = took.as_millis(),
            operation = self.request.operation_name.as_deref().or(self.request.document_id.as_deref()),
            rounds = stats.rounds.len(),
            statements = stats.statements(),
            keys = stats.keys(),
            plan = plan.unwrap_or_default(),
            "{what}"
        );
    }
}

/// What a request took, in total and in detail, beside what its plan said it would take.
fn explained(stats: &Stats, plan: Option<&Explanation>, shards: u32) -> serde_json::Value {
    let details = stats.to_json();
    json!({
        "rounds": stats.rounds.len(),
        "statements": stats.statements(),
        "keys": stats.keys(),
        "reads": details["rounds"],
        "rules": details["rules"],
        "stats": details,
        "plan": plan.map(|plan| plan.to_json(shards)),
    })
}

/// The beginning of what something is written as; the rest is not even made.
fn beginning(of: impl fmt::Display, bytes: usize) -> String {
    let mut beginning = Beginning { text: String::new(), bytes };
    // An error is how it says that it is full.
    let _ = write!(beginning, "{of}");
    beginning.text
}

struct Beginning {
    text: String,
    bytes: usize,
}

impl Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = cut(text, self.bytes - self.text.len());
        self.text.push_str(room);
        if room.len() == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::beginning;

    #[test]
    fn no_more_is_written_than_is_kept() {
        for (bytes, expected) in [(0, ""), (2, "a"), (3, "aé"), (9, "aéx")] {
            assert_eq!(beginning(format_args!("a{}x", 'é'), bytes), expected);
        }
    }
}
