//! Running a plan: column by column, each step as soon as its own parents are there.
//!
//! Every step is one future per field of the plan, never per row. All of them are polled together within the
//! request's scope, so that what they read meets in its queue and leaves as one round.

mod column;
mod entities;
mod outputs;
mod payload;
mod steps;
mod writes;

use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::{BoxFuture, FutureExt, join_all};
use kvetch::{EdgeType, IndexId};

pub(crate) use self::column::{Below, Column, Entities, Fields, Member, Objects, Parted, Place};
use crate::coerce::{self, Variables};
use crate::custom::Call;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::input::{Args, Input};
use crate::limits::Limits;
use crate::operation::{Literal, OperationKind};
use crate::output::OutputColumn;
use crate::plan::{ArgumentValue, Field, Introspection, Plan, Selection, Selections, Step};
use crate::rows::Rows;
use crate::table::InputDef;
use crate::types::Types;

/// Answers a field that asks for the schema itself, as JSON.
pub(crate) type Introspect<'a> = &'a (dyn Fn(&Introspection) -> Result<Vec<u8>> + Sync);

/// One run of a plan.
pub(crate) struct Execution<'a> {
    pub(crate) types: &'a Types,
    pub(crate) plan: &'a Plan,
    pub(crate) cx: &'a Cx,
    pub(crate) variables: &'a Variables,
    pub(crate) conditions: &'a [bool],
    pub(crate) limits: Limits,
    pub(crate) introspect: Introspect<'a>,
    /// What the event brings that a subscription answers.
    pub(crate) event: Mutex<Option<Box<dyn OutputColumn>>>,
    /// How many entities have been read so far.
    pub(crate) rows: &'a AtomicU64,
}

impl Execution<'_> {
    /// Runs all steps; the columns of the root.
    ///
    /// The root fields of a mutation run one after the other, each with its whole selection.
    pub(crate) async fn run(&self) -> Vec<Column> {
        let root = &self.plan.root;
        match self.plan.kind {
            OperationKind::Query | OperationKind::Subscription => self.columns(root, Rows::Root).await,
            OperationKind::Mutation => {
                let mut columns = self.settled(root);
                let order = root.ordered(self.conditions).unwrap_or_else(|| (0..root.fields.len()).collect());
                for position in order {
                    let field = &root.fields[position];
                    if self.runs(field) {
                        columns[position] = self.column(field, Rows::Root).await;
                    }
                }
                columns
            }
        }
    }

    /// The columns of a selection over parents that are known.
    fn columns<'s>(&'s self, selection: &'s Selection, parents: Rows<'s>) -> BoxFuture<'s, Vec<Column>> {
        async move {
            let run = self.run_steps(selection, |_| true, |field| self.column(field, parents));
            self.with(selection, run.await)
        }
        .boxed()
    }

    /// Runs the steps that are picked at once; their columns, by position in the selection.
    async fn run_steps<'s, F: Future<Output = Column>>(
        &self,
        selection: &'s Selection,
        picked: impl Fn(&Step) -> bool,
        step: impl Fn(&'s Field) -> F,
    ) -> Vec<(usize, Column)> {
        let fields = selection.fields.iter().enumerate();
        let fields = fields.filter(|(_, field)| self.runs(field) && picked(&field.step));
        join_all(fields.map(|(position, field)| step(field).map(move |column| (position, column)))).await
    }

    /// The columns of a selection: those that were run, and of the others what is known without.
    fn with(&self, selection: &Selection, run: impl IntoIterator<Item = (usize, Column)>) -> Vec<Column> {
        let mut columns = self.settled(selection);
        run.into_iter().for_each(|(position, column)| columns[position] = column);
        columns
    }

    fn settled(&self, selection: &Selection) -> Vec<Column> {
        let column = |field| if self.is_selected(field) { Column::Parent } else { Column::Skipped };
        selection.fields.iter().map(column).collect()
    }

    /// The column of one field over parents that are known. Steps that may start from ids are run where the ids
    /// are: [`Execution::run_from_ids`].
    async fn column(&self, field: &Field, parents: Rows<'_>) -> Column {
        let args = match self.args(field) {
            Ok(args) => args,
            Err(error) => return Column::Failed(error),
        };
        // In boxes: selections nest, and a future that holds the largest of these at each level would need its room on
        // the stack once for each.
        let column = match field.step {
            Step::TypeName | Step::Id | Step::Stored { .. } => Ok(Column::Parent),
            Step::Plain { index } => self.plain(field, index, parents).boxed().await,
            Step::Reference { key } => self.reference(field, key, parents).boxed().await,
            Step::Edge { edge } => match parents {
                Rows::Nodes(nodes) => self.edge_of_nodes(field, EdgeType(edge), &args, nodes).boxed().await,
                Rows::Root | Rows::Plain(_) => Err(Error::internal("an edge was asked of parents without ids")),
            },
            Step::Read => self.read(field, &args).boxed().await.map(Column::shared),
            Step::Browse => self.browse(field, &args).boxed().await.map(Column::shared),
            Step::Find { index, argument } => {
                self.find(field, IndexId(index), argument, &args).boxed().await.map(Column::shared)
            }
            Step::Introspect { position } => (self.introspect)(&self.plan.introspections[position]).map(Column::Json),
            Step::Write { write, entity } => self.write(field, write, entity, &args).boxed().await,
            Step::Custom(function) => {
                let results = function(Call { cx: self.cx, args: &args, parents }).await;
                let results = self.masked(results, parents.len()).boxed().await;
                self.answered(field, results, parents.len()).boxed().await
            }
            Step::Unary(function) => self.unary(field, function, &args).boxed().await.map(Column::shared),
            Step::Event => self.event(field).boxed().await,
        };
        column.unwrap_or_else(Column::Failed)
    }

    /// The arguments of a field: unary, so evaluated once however many parents there are.
    fn args(&self, field: &Field) -> Result<Args> {
        args(self.types, field, self.variables)
    }

    /// Whether a field has a step to run for this request.
    fn runs(&self, field: &Field) -> bool {
        self.is_selected(field) && !field.is_written_from_parent()
    }

    fn is_selected(&self, field: &Field) -> bool {
        field.when.is_none_or(|condition| self.conditions[condition])
    }

    fn spend(&self, rows: usize) -> Result<()> {
        let found = self.rows.fetch_add(rows as u64, Ordering::Relaxed) + rows as u64;
        let limit = self.limits.rows;
        if found <= limit { Ok(()) } else { Err(Error::Limit { what: "the number of entities read", found, limit }) }
    }
}

/// The arguments of a field for one request.
pub(crate) fn args(types: &Types, field: &Field, variables: &Variables) -> Result<Args> {
    let mut args = Vec::with_capacity(field.arguments.len());
    for argument in &field.arguments {
        let value = match &argument.value {
            ArgumentValue::Constant(value) => Some(value.clone()),
            ArgumentValue::Absent => None,
            ArgumentValue::Variable(literal) => self::argument(types, argument.def, literal, variables)?,
        };
        args.extend(value.map(|value| (argument.def.name, value)));
    }
    Ok(Args(args))
}

fn argument(types: &Types, def: &'static InputDef, literal: &Literal, variables: &Variables) -> Result<Option<Input>> {
    let given = [(def.name.to_owned(), literal.clone())];
    let fields = coerce::fields(types, std::slice::from_ref(def), &given, coerce::Scope::Request(variables));
    let refused = |refusal| Error::user("invalid_argument", format!("argument {refusal}"));
    Ok(fields.map_err(refused)?.pop().map(|(_, value)| value))
}

fn below(field: &Field) -> &Selections {
    field.selection.as_deref().expect("validation gives every object a selection")
}
