//! Subscriptions: one response for each event. Where events come from, and how responses travel, is for others to say.

#[cfg(feature = "axum")]
use std::any::Any;
use std::sync::Arc;
#[cfg(feature = "axum")]
use std::sync::PoisonError;

use crate::error::Result;
use crate::execute;
use crate::input::Args;
use crate::limits::Spent;
use crate::operation::OperationKind;
use crate::output::{OutputColumn, ToOutput};
use crate::response::{ErrorEntry, Response};
use crate::schema::{Bound, Planned, Request, Runnable, Schema};
use crate::scope::Scope;

/// A subscription that has been checked and waits for events (GraphQL, September 2025, 6.2.3).
pub struct Subscription<'s> {
    schema: &'s Schema,
    planned: Arc<Planned>,
    bound: Bound,
    args: Args,
}

impl Schema {
    /// Checks a subscription and coerces its variables, once for all its events.
    ///
    /// # Errors
    /// The response to a request that is no subscription, or is wrong.
    pub fn subscribe(&self, request: &Request) -> Result<Subscription<'_>, Response> {
        self.subscription(self.planned(request), request)
    }

    /// The same with a plan that is known.
    pub(crate) fn subscription(&self, planned: Arc<Planned>, request: &Request) -> Result<Subscription<'_>, Response> {
        let runnable = match &*planned {
            Planned::Plan(runnable) if runnable.plan.kind == OperationKind::Subscription => runnable,
            Planned::Plan(_) => {
                let message = "The operation is no subscription.".to_owned();
                return Err(Response::refused(&[ErrorEntry::request("operation_resolution_failed", message, None)]));
            }
            Planned::Refused(errors) => return Err(Response::refused(errors)),
        };
        let bound = self.bound(runnable, request)?;
        let args = execute::args(&self.types, root(runnable), &bound.variables).map_err(|error| {
            let entry = ErrorEntry::request("bad_user_input", error.to_string(), Some(root(runnable).location));
            Response::refused(&[entry])
        })?;
        Ok(Subscription { schema: self, planned, bound, args })
    }
}

impl Subscription<'_> {
    /// The name of the field that is subscribed to.
    pub fn field(&self) -> &'static str {
        self.runnable().map_or("", |runnable| root(runnable).name)
    }

    /// The arguments of that field: which events are meant.
    pub fn args(&self) -> &Args {
        &self.args
    }

    /// The response to one event, with data and errors. `value` is what the event brings: the value of the field, or
    /// why there is none. The scope is to be a new one for each event, or the response shows what was read before it.
    pub async fn event<T: ToOutput + 'static>(&self, value: Result<T>, scope: &mut Scope) -> Response {
        self.answer(Box::new(vec![value]), scope).await
    }

    /// The same with a column of one value.
    pub(crate) async fn answer(&self, value: Box<dyn OutputColumn>, scope: &mut Scope) -> Response {
        match self.runnable() {
            Some(runnable) => self.schema.run(runnable, &self.bound, Some(value), scope, &Spent::default()).await,
            None => Response::refused(&[ErrorEntry::internal("no plan".to_owned())]),
        }
    }

    /// Counts the plan, once for all subscriptions that hold on to it at the same time, by what is answered here; `None`
    /// where `count` refuses its bytes.
    #[cfg(feature = "axum")]
    pub(crate) fn counted<C: Send + Sync + 'static>(
        &self,
        count: impl FnOnce(usize) -> Option<C>,
    ) -> Option<Arc<dyn Any + Send + Sync>> {
        let runnable = self.runnable()?;
        let mut counted = runnable.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = counted.upgrade() {
            return Some(known);
        }
        let new: Arc<dyn Any + Send + Sync> = Arc::new(count(runnable.bytes())?);
        *counted = Arc::downgrade(&new);
        Some(new)
    }

    fn runnable(&self) -> Option<&Runnable> {
        match &*self.planned {
            Planned::Plan(runnable) => Some(runnable),
            Planned::Refused(_) => None,
        }
    }
}

impl std::fmt::Debug for Subscription<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("field", &self.field()).field("args", &self.args).finish_non_exhaustive()
    }
}

/// The one field of the root.
fn root(runnable: &Runnable) -> &crate::plan::Field {
    runnable.plan.root.fields.first().expect("validation gives a subscription one field")
}
