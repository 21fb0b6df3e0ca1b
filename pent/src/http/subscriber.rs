//! The responses of one operation, as they come: one of a query, one for each event of a subscription.

use std::time::Instant;

use futures::StreamExt;
use tokio::sync::mpsc;

use super::budget::Answer;
use super::connection::Connection;
use super::meters::Subscribed;
use super::refusal::{Refusal, caught};
use super::run::Run;
use super::service::Service;
use crate::limits::Spent;
use crate::operation::OperationKind;
use crate::request_id::RequestId;
use crate::response::{ErrorEntry, Response};
use crate::schema::Request;
use crate::scope::Scope;
use crate::store::ScopeBuilder;

/// Why there are no more responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// That was all, or nobody listens any more.
    Complete,
    /// The server stops; a query or a mutation is finished all the same.
    Stopped,
}

/// Sends the responses of an operation; each waits until there is room for it. Ends early when nobody receives them.
///
/// # Errors
/// The response, when the request was refused.
pub(super) async fn respond(
    service: &Service,
    scopes: &ScopeBuilder,
    id: &RequestId,
    request: &Request,
    connection: &Connection,
    out: &mpsc::Sender<Answer>,
) -> Result<Ended, Response> {
    let responded = async {
        let responding = Responding { service, scopes, run: Run::of(service, id, request), out };
        if responding.run.kind() != Some(OperationKind::Subscription) {
            return responding.once().await;
        }
        tokio::select! {
            responded = responding.for_each_event(request) => responded,
            () = connection.stopping() => Ok(Ok(Ended::Stopped)),
        }
    };
    caught(responded).await.unwrap_or_else(|refusal| Err(refusal.response(Some(id))))
}

/// An operation on its way.
struct Responding<'a> {
    service: &'a Service,
    scopes: &'a ScopeBuilder,
    run: Run<'a>,
    out: &'a mpsc::Sender<Answer>,
}

impl Responding<'_> {
    async fn once(&self) -> Result<Result<Ended, Response>, Refusal> {
        let place = self.service.places(1)?;
        let response = self.run.answer(self.scopes, Some(place), false, &Spent::default()).await?;
        if !response.is_executed {
            return Ok(Err(response));
        }
        // Nobody is left to be told that nobody listens.
        let _ = self.out.send(self.service.leaving(response)?).await;
        Ok(Ok(Ended::Complete))
    }

    async fn for_each_event(&self, request: &Request) -> Result<Result<Ended, Response>, Refusal> {
        let Self { service, scopes, run, out } = self;
        let subscription = match service.schema.subscribe(request) {
            Ok(subscription) => subscription,
            Err(refused) => return Ok(Err(refused)),
        };
        let refused = |entry: ErrorEntry| Response::refused_telling(&[entry], service.schema.told(Some(run.id)));
        let Some(origin) = service.events.of(subscription.field()) else {
            let message = format!("{} has no events here.", subscription.field());
            return Ok(Err(refused(ErrorEntry::request("not_written", message, None))));
        };
        let begin = async |scope: &mut Scope| {
            let begin = origin.begin(scope.cx(), subscription.args().clone());
            scope.run(begin).await
        };
        let begun = run.within(scopes, Some(service.places(1)?), Instant::now(), begin).await?;
        let mut events = match begun {
            Ok(events) => events,
            Err(error) => return Ok(Err(refused(ErrorEntry::of_request(&error)))),
        };
        let open = Subscribed::begin();
        while let Some(event) = events.next().await {
            let place = service.place_of_event().await;
            let answered = async |scope: &mut Scope| {
                let shown = origin.show(scope.cx(), event);
                match scope.run(shown).await {
                    Some(value) => Some(subscription.answer(value, scope).await),
                    None => None,
                }
            };
            let answered = run.within(scopes, Some(place), Instant::now(), answered).await;
            let answer = match answered.and_then(|response| response.map(|one| service.leaving(one)).transpose()) {
                Ok(Some(answer)) => answer,
                Ok(None) => continue,
                // It is small, and so is let in.
                Err(refusal) => service.leaving(refusal.response(Some(run.id)))?,
            };
            open.event();
            if out.send(answer).await.is_err() {
                break;
            }
        }
        Ok(Ok(Ended::Complete))
    }
}
