//! Running a plan: column by column, each step as soon as its own parents are there.
//!
//! Every step is one future per field of the plan, never per row. All of them are polled together within the
//! request's scope, so that what they read meets in its queue and leaves as one round.

mod column;
mod outputs;
mod payload;
mod steps;
mod writes;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::{BoxFuture, FutureExt, join, join_all};
use kvetch::{EdgeType, IndexId, Node, NodeId};

pub(crate) use self::column::{Below, Column, Entities, Objects};
use crate::coerce::{self, Variables};
use crate::custom::Call;
use crate::cx::Cx;
use crate::entity::wrong_type;
use crate::error::{Error, Result};
use crate::input::{Args, Input};
use crate::limits::Limits;
use crate::operation::{Literal, OperationKind};
use crate::plan::{ArgumentValue, Field, Introspection, Plan, Selection, Step};
use crate::rows::{NodeSlot, Rows};
use crate::table::InputDef;
use crate::types::{Object, Types};

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
    /// How many entities have been read so far.
    pub(crate) rows: AtomicU64,
}

impl Execution<'_> {
    /// Runs all steps; the columns of the root.
    ///
    /// The root fields of a mutation run one after the other, each with its whole selection.
    pub(crate) async fn run(&self) -> Vec<Column> {
        let root = &self.plan.root;
        match self.plan.kind {
            OperationKind::Query => self.columns(root, Rows::Root).await,
            OperationKind::Mutation => {
                let mut columns = self.settled(root);
                for (position, field) in root.fields.iter().enumerate() {
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

    /// The columns of entities by id. Steps that need ids only run while the nodes are being read; `admit`
    /// says which nodes are shown.
    fn entities<'s>(
        &'s self,
        selection: &'s Selection,
        ids: Vec<NodeId>,
        admit: impl Fn(usize, Arc<Node>) -> NodeSlot + Send + Sync + 's,
    ) -> BoxFuture<'s, Entities> {
        async move {
            let early = self.run_from_ids(selection, &ids);
            let late = async {
                let read = self.cx.nodes(ids.clone()).await.into_iter().enumerate();
                let nodes = read.map(|(row, node)| node?.map_or(Ok(None), |node| admit(row, node)));
                let nodes = nodes.collect::<Vec<_>>();
                let run = self.run_from_nodes(selection, &nodes).await;
                (nodes, run)
            };
            let (early, (nodes, late)) = join(early, late).await;
            Entities { nodes, fields: self.with(selection, early.into_iter().chain(late)) }
        }
        .boxed()
    }

    /// The columns of entities whose nodes are known, as far as the viewer may see them: they may have come from
    /// anywhere.
    fn entities_of_nodes<'s>(&'s self, selection: &'s Selection, nodes: Vec<Arc<Node>>) -> BoxFuture<'s, Entities> {
        async move {
            let ids = nodes.iter().map(|node| node.id).collect::<Vec<_>>();
            let early = self.run_from_ids(selection, &ids);
            let late = async {
                let shown = self.cx.shown(nodes.into_iter().map(|node| Ok(Some(node))).collect()).await;
                let nodes =
                    shown.into_iter().map(|node| node?.map_or(Ok(None), |node| self.of_type(selection.object, node)));
                let nodes = nodes.collect::<Vec<_>>();
                let run = self.run_from_nodes(selection, &nodes).await;
                (nodes, run)
            };
            let (early, (nodes, late)) = join(early, late).await;
            Entities { nodes, fields: self.with(selection, early.into_iter().chain(late)) }
        }
        .boxed()
    }

    /// Whether steps may run before the nodes of an object are known to be shown: where a viewer may not see some of
    /// them, nothing is read that follows from them.
    fn starts_early(&self, object: Object, step: &Step) -> bool {
        step.starts_from_ids() && !object.node_type().is_some_and(|node_type| self.cx.has_rules(node_type))
    }

    async fn run_from_ids(&self, selection: &Selection, ids: &[NodeId]) -> Vec<(usize, Column)> {
        let starts_early = |step: &Step| self.starts_early(selection.object, step);
        let run = self.run_steps(selection, starts_early, |field| async move {
            let Step::Edge { edge } = field.step else { unreachable!("edges alone start from ids") };
            match self.args(field) {
                Ok(args) => self.edge(field, EdgeType(edge), &args, ids).boxed().await.unwrap_or_else(Column::Failed),
                Err(error) => Column::Failed(error),
            }
        });
        run.await
    }

    async fn run_from_nodes(&self, selection: &Selection, nodes: &[NodeSlot]) -> Vec<(usize, Column)> {
        let starts_late = |step: &Step| !self.starts_early(selection.object, step);
        self.run_steps(selection, starts_late, |field| self.column(field, Rows::Nodes(nodes))).await
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
            Step::Plain { index } => Ok(self.plain(field, index, parents).boxed().await),
            Step::Reference { key } => self.reference(field, key, parents).boxed().await,
            Step::Edge { edge } => match parents {
                Rows::Nodes(nodes) => self.edge_of_nodes(field, EdgeType(edge), &args, nodes).boxed().await,
                Rows::Root | Rows::Plain(_) => Err(Error::internal("an edge was asked of parents without ids")),
            },
            Step::Read => self.read(field, &args).boxed().await,
            Step::Browse => self.browse(field, &args).boxed().await,
            Step::Find { index, argument } => self.find(field, IndexId(index), argument, &args).boxed().await,
            Step::Introspect { position } => (self.introspect)(&self.plan.introspections[position]).map(Column::Json),
            Step::Write { write, entity } => self.write(field, write, entity, &args).boxed().await,
            Step::Custom(function) => {
                let results = function(Call { cx: self.cx, args: &args, parents }).await;
                let results = self.masked(results, parents.len()).boxed().await;
                Ok(self.answered(field, results, parents.len()).boxed().await)
            }
        };
        column.unwrap_or_else(Column::Failed)
    }

    /// The arguments of a field: unary, so evaluated once however many parents there are.
    fn args(&self, field: &Field) -> Result<Args> {
        let mut args = Vec::with_capacity(field.arguments.len());
        for argument in &field.arguments {
            let value = match &argument.value {
                ArgumentValue::Constant(value) => Some(value.clone()),
                ArgumentValue::Absent => None,
                ArgumentValue::Variable(literal) => self.argument(argument.def, literal)?,
            };
            args.extend(value.map(|value| (argument.def.name, value)));
        }
        Ok(Args(args))
    }

    fn argument(&self, def: &'static InputDef, literal: &Literal) -> Result<Option<Input>> {
        let given = [(def.name.to_owned(), literal.clone())];
        let scope = coerce::Scope::Request(self.variables);
        let fields = coerce::fields(self.types, std::slice::from_ref(def), &given, scope);
        let refused = |refusal| Error::user("invalid_argument", format!("argument {refusal}"));
        Ok(fields.map_err(refused)?.pop().map(|(_, value)| value))
    }

    /// Whether a field has a step to run for this request.
    fn runs(&self, field: &Field) -> bool {
        self.is_selected(field) && !field.is_written_from_parent()
    }

    fn is_selected(&self, field: &Field) -> bool {
        field.when.is_none_or(|condition| self.conditions[condition])
    }

    /// Admits a node of the expected type.
    fn of_type(&self, object: Object, node: Arc<Node>) -> NodeSlot {
        if object.node_type() == Some(node.node_type) {
            return Ok(Some(node));
        }
        Err(wrong_type(self.cx, &node, object.name))
    }

    fn spend(&self, rows: usize) -> Result<()> {
        let found = self.rows.fetch_add(rows as u64, Ordering::Relaxed) + rows as u64;
        let limit = self.limits.rows;
        if found <= limit { Ok(()) } else { Err(Error::Limit { what: "the number of entities read", found, limit }) }
    }
}

fn below(field: &Field) -> &Selection {
    field.selection.as_ref().expect("validation gives every object a selection")
}
