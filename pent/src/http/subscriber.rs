//! The responses of one operation, as they come: one of a query, one for each event of a subscription.

use std::sync::Arc;

use futures::StreamExt;
use tokio::sync::mpsc;

use super::answer;
use super::refusal::caught;
use super::service::Service;
use crate::operation::OperationKind;
use crate::request_id::RequestId;
use crate::response::{ErrorEntry, Response};
use crate::schema::Request;
use crate::store::ScopeBuilder;

/// Sends the responses of an operation; each waits until there is room for it. Ends early when nobody receives them.
///
/// # Errors
/// The response, when the request was refused.
pub(super) async fn respond(
    service: &Arc<Service>,
    scopes: &ScopeBuilder,
    request: &Request,
    out: &mpsc::Sender<Response>,
) -> Result<(), Response> {
    let prepared = service.schema.prepare(request);
    if prepared.kind() == Some(OperationKind::Subscription) {
        return subscribe(service, scopes, request, out).await;
    }
    let _place = service.places.try_acquire().map_err(|_| answer::overloaded().response(None))?;
    let mut scope = scopes.build();
    let run = tokio::time::timeout(service.schema.limits().deadline, prepared.execute(&mut scope));
    let response = run.await.map_err(|_| answer::too_late(service.schema.limits().deadline).response(None))?;
    if !response.is_executed {
        return Err(response);
    }
    // Nobody is left to be told that nobody listens.
    let _ = out.send(response).await;
    Ok(())
}

async fn subscribe(
    service: &Arc<Service>,
    scopes: &ScopeBuilder,
    request: &Request,
    out: &mpsc::Sender<Response>,
) -> Result<(), Response> {
    let limits = service.schema.limits();
    let subscription = service.schema.subscribe(request)?;
    let Some(origin) = service.events.of(subscription.field()) else {
        let message = format!("{} has no events here.", subscription.field());
        return Err(Response::refused(&[ErrorEntry::request("not_written", message, None)]));
    };
    let mut scope = scopes.build();
    let cx = scope.cx();
    let begun = tokio::time::timeout(limits.deadline, scope.run(origin.begin(cx, subscription.args().clone()))).await;
    let begun = begun.map_err(|_| answer::too_late(limits.deadline).response(None))?;
    let mut events = begun.map_err(|error| Response::refused(&[ErrorEntry::of_request(&error)]))?;
    drop(scope);
    while let Some(event) = events.next().await {
        // Waited for, and not refused: a subscriber cannot come again for an event.
        let Ok(_place) = service.places.acquire().await else { break };
        let mut scope = scopes.build();
        let answered = async {
            let shown = origin.show(scope.cx(), event);
            match scope.run(shown).await {
                Some(value) => Some(subscription.answer(value, &mut scope).await),
                None => None,
            }
        };
        let answered = tokio::time::timeout(limits.deadline, answered).await;
        let response = answered.unwrap_or_else(|_| Some(answer::too_late(limits.deadline).response(None)));
        drop(_place);
        if let Some(response) = response
            && out.send(response).await.is_err()
        {
            break;
        }
    }
    Ok(())
}

/// The same, with a panic as a response.
pub(super) async fn respond_caught(
    service: &Arc<Service>,
    scopes: &ScopeBuilder,
    id: &RequestId,
    request: &Request,
    out: &mpsc::Sender<Response>,
) -> Result<(), Response> {
    let responded = async { Ok(respond(service, scopes, request, out).await) };
    caught(responded).await.unwrap_or_else(|refusal| Err(refusal.response(Some(id))))
}
