//! How functions written by the user become steps of a plan.

use std::future::Future;

use futures::future::BoxFuture;

use crate::cx::Cx;
use crate::entity::Entity;
use crate::error::Result;
use crate::input::Args;
use crate::output::{OutputColumn, ToOutput};
use crate::rows::Rows;

/// One run of a custom step: the batch of parents and the arguments they share.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The request.
    pub cx: &'a Cx,
    /// The arguments: one value for all parents.
    pub args: &'a Args,
    pub(crate) parents: Rows<'a>,
}

/// What a custom step will answer: one result per parent.
pub type Column<'a> = BoxFuture<'a, Box<dyn OutputColumn>>;

/// A custom step, as generated code puts it into the table.
pub type CustomFn = for<'a> fn(Call<'a>) -> Column<'a>;
