//! The responses of one operation, as they come: one of a query, one for each event of a subscription.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use futures::StreamExt;
use tokio::sync::{SemaphorePermit, mpsc};

use super::budget::{Answer, Client, Share};
use super::connection::Connection;
use super::meters::Subscribed;
use super::refusal::{Refusal, caught};
use super::request;
use super::run::Run;
use super::service::Service;
use crate::limits::Spent;
use crate::operation::OperationKind;
use crate::request_id::RequestId;
use crate::response::{ErrorEntry, Response};
use crate::schema::{Planned, Request};
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

/// A request, with what is counted for it.
pub(super) struct Arrived {
    pub(super) request: Request,
    pub(super) share: Share,
}

/// Where an operation is run, and for whom.
pub(super) struct Operating {
    pub(super) service: Arc<Service>,
    pub(super) scopes: ScopeBuilder,
    pub(super) id: RequestId,
    pub(super) connection: Connection,
    /// Who reads its responses.
    pub(super) reader: Client,
}

/// Where responses go.
pub(super) trait Out: Send + Sync {
    /// Hands one over, once there is room; whether anybody listens.
    fn send(&self, answer: Answer) -> impl Future<Output = bool> + Send;
}

impl Out for mpsc::Sender<Answer> {
    async fn send(&self, answer: Answer) -> bool {
        mpsc::Sender::send(self, answer).await.is_ok()
    }
}

/// What is told of an operation whose request was not refused by the server itself.
type Told = Result<Ended, Response>;

impl Operating {
    /// Hands over the responses of an operation; each waits until there is room for it. Ends early when nobody listens.
    ///
    /// # Errors
    /// The response, when the request was refused.
    pub(super) async fn respond(&self, arrived: Arrived, out: impl Out) -> Told {
        let responded = async {
            let place = self.service.places(1)?;
            let planned = self.service.schema.planned(&arrived.request);
            if planned.kind() != Some(OperationKind::Subscription) {
                return self.once(place, arrived, out).await;
            }
            tokio::select! {
                responded = self.for_each_event(place, planned, arrived, out) => responded,
                () = self.connection.stopping() => Ok(Ok(Ended::Stopped)),
            }
        };
        caught(responded).await.unwrap_or_else(|refusal| Err(refusal.response(Some(&self.id))))
    }

    async fn once(&self, place: SemaphorePermit<'_>, arrived: Arrived, out: impl Out) -> Result<Told, Refusal> {
        let run = Run::of(&self.service, &arrived.request);
        let response = run.answer(&self.scopes, Some(place), false, &Spent::default()).await?;
        if !response.is_executed {
            return Ok(Err(response));
        }
        let answer = self.service.leaving(response, &self.reader)?;
        // The response may wait for long: what it was asked by need not.
        drop(run);
        drop(arrived);
        // Nobody is left to be told that nobody listens.
        out.send(answer).await;
        Ok(Ok(Ended::Complete))
    }

    async fn for_each_event(
        &self,
        place: SemaphorePermit<'_>,
        planned: Arc<Planned>,
        arrived: Arrived,
        out: impl Out,
    ) -> Result<Told, Refusal> {
        let Arrived { request, mut share } = arrived;
        let subscription = match self.service.schema.subscription(planned.clone(), &request) {
            Ok(subscription) => subscription,
            Err(refused) => return Ok(Err(refused)),
        };
        let refused = |entry: ErrorEntry| Response::refused_telling(&[entry], self.service.schema.told(Some(&self.id)));
        let Some(origin) = self.service.events.of(subscription.field()) else {
            let message = format!("{} has no events here.", subscription.field());
            return Ok(Err(refused(ErrorEntry::request("not_written", message, None))));
        };
        // It may be open for days: of the request only that is kept, and counted, which it goes on by.
        share.keep(request::bytes_of_variables(&request.variables));
        let plan = subscription.counted(|bytes| {
            let mut plan = share.another();
            plan.take(bytes).then_some(plan)
        });
        let _plan = plan.ok_or_else(|| Refusal::overloaded("Too much is kept for subscriptions; come again later."))?;
        let name = request.operation_name.or(request.document_id);
        let name = Request { operation_name: name, ..Request::default() };
        let run = Run::planned(&self.service, &name, planned);

        let begin = async |scope: &mut Scope| {
            let begin = origin.begin(scope.cx(), subscription.args().clone());
            scope.run(begin).await
        };
        let mut events = match run.within(&self.scopes, Some(place), Instant::now(), begin).await? {
            Ok(events) => events,
            Err(error) => return Ok(Err(refused(ErrorEntry::of_request(&error)))),
        };
        let open = Subscribed::begin();
        while let Some(event) = events.next().await {
            let place = self.service.place_of_event().await;
            let answered = async |scope: &mut Scope| {
                let shown = origin.show(scope.cx(), event);
                match scope.run(shown).await {
                    Some(value) => Some(subscription.answer(value, scope).await),
                    None => None,
                }
            };
            let answered = run.within(&self.scopes, Some(place), Instant::now(), answered).await;
            let answer = answered
                .and_then(|response| response.map(|response| self.service.leaving(response, &self.reader)).transpose());
            let answer = match answer {
                Ok(Some(answer)) => answer,
                Ok(None) => continue,
                Err(refusal) => Answer::small(refusal.response(Some(&self.id)), &self.reader),
            };
            open.event();
            if !out.send(answer).await {
                break;
            }
        }
        Ok(Ok(Ended::Complete))
    }
}
