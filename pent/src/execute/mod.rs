//! Running a plan: column by column, each step as soon as its own parents are there.
//!
//! Every step is one future per field of the plan, never per row. All of them are polled together within the
//! request's scope, so that what they read meets in its queue and leaves as one round.

mod column;
mod payload;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::{BoxFuture, FutureExt, join, join_all};
use kvetch::{
    Create, Delete, EdgeAfter, EdgeRead, EdgeType, IndexId, IndexRead, Node, NodeId, NodeType, Order, Props, Update,
    Value, ValueRef,
};

pub(crate) use self::column::{Below, Column, Entities, Objects};
use self::payload::{Payload, Written};
use crate::coerce::{self, Variables};
use crate::custom::Call;
use crate::cx::Cx;
use crate::entity::{Page, refuse_cleared, unfit, wrong_type};
use crate::error::{Error, Result};
use crate::input::{Args, Input};
use crate::operation::OperationKind;
use crate::output::{OutputColumn, OutputRef, Plain};
use crate::plan::{ArgumentValue, Field, Plan, Selection, Step, Write};
use crate::rows::{NodeSlot, Rows};
use crate::table::Source;
use crate::types::{Named, Object, Types};

/// How many entities one request may read: more would not fit into a response that anybody waits for.
const MAX_ROWS: u64 = 1_000_000;

/// One run of a plan.
pub(crate) struct Execution<'a> {
    pub(crate) types: &'a Types,
    pub(crate) plan: &'a Plan,
    pub(crate) cx: &'a Cx,
    pub(crate) variables: &'a Variables,
    pub(crate) conditions: &'a [bool],
    rows: AtomicU64,
}

impl<'a> Execution<'a> {
    pub(crate) fn new(
        types: &'a Types,
        plan: &'a Plan,
        cx: &'a Cx,
        variables: &'a Variables,
        conditions: &'a [bool],
    ) -> Self {
        Self { types, plan, cx, variables, conditions, rows: AtomicU64::new(0) }
    }

    /// Runs all steps; the columns of the root.
    ///
    /// The root fields of a mutation run one after the other, each with its whole selection.
    pub(crate) async fn run(&self) -> Vec<Column> {
        let root = &self.plan.root;
        match self.plan.kind {
            OperationKind::Query => self.columns(root, Rows::Root).await,
            OperationKind::Mutation => {
                let mut columns = Vec::with_capacity(root.fields.len());
                for field in &root.fields {
                    columns.push(self.column(field, Rows::Root).await);
                }
                columns
            }
        }
    }

    /// The columns of a selection over parents that are known.
    fn columns<'s>(&'s self, selection: &'s Selection, parents: Rows<'s>) -> BoxFuture<'s, Vec<Column>> {
        async move {
            let columns = selection.fields.iter().map(|field| self.column(field, parents));
            join_all(columns).await
        }
        .boxed()
    }

    /// The column of one field over parents that are known. For fields of entities whose steps start from
    /// ids this is only reached through [`Execution::entities`], which has the ids.
    async fn column(&self, field: &Field, parents: Rows<'_>) -> Column {
        if !self.is_selected(field) {
            return Column::Skipped;
        }
        if field.step.is_written_from_parent() {
            return Column::Parent;
        }
        let args = match self.args(field) {
            Ok(args) => args,
            Err(error) => return Column::Failed(error),
        };
        let column = match field.step {
            Step::TypeName | Step::Id | Step::Stored { .. } => unreachable!("written from the parent"),
            Step::Plain { index } => Ok(self.plain(field, index, parents).await),
            Step::Reference { key } => self.reference(field, key, parents).await,
            Step::Edge { .. } => Err(Error::internal("an edge was asked of parents without ids")),
            Step::Read => self.read(field, &args).await,
            Step::Browse => self.browse(field, &args).await,
            Step::Find { index, argument } => self.find(field, IndexId(index), argument, &args).await,
            Step::Write { write, entity } => self.write(field, write, entity, &args).await,
            Step::Custom(function) => {
                let results = function(Call { cx: self.cx, args: &args, parents }).await;
                Ok(self.answered(field, results, parents.len()).await)
            }
        };
        column.unwrap_or_else(Column::Failed)
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
            let early = self.columns_of_ids(selection, &ids);
            let late = async {
                let read = self.cx.nodes(ids.clone()).await.into_iter().enumerate();
                let nodes = read.map(|(row, node)| node?.map_or(Ok(None), |node| admit(row, node)));
                let nodes = nodes.collect::<Vec<_>>();
                let columns = self.columns_of_nodes(selection, &nodes).await;
                (nodes, columns)
            };
            let (early, (nodes, late)) = join(early, late).await;
            Entities { nodes, fields: interleave(selection, early, late) }
        }
        .boxed()
    }

    /// The columns of entities whose nodes are known.
    fn entities_of_nodes<'s>(&'s self, selection: &'s Selection, nodes: Vec<Arc<Node>>) -> BoxFuture<'s, Entities> {
        async move {
            let ids = nodes.iter().map(|node| node.id).collect::<Vec<_>>();
            let nodes = nodes.into_iter().map(|node| self.of_type(selection.object, node)).collect::<Vec<_>>();
            let early = self.columns_of_ids(selection, &ids);
            let (early, late) = join(early, self.columns_of_nodes(selection, &nodes)).await;
            Entities { nodes, fields: interleave(selection, early, late) }
        }
        .boxed()
    }

    async fn columns_of_ids(&self, selection: &Selection, ids: &[NodeId]) -> Vec<Column> {
        let fields = selection.fields.iter().filter(|field| field.step.starts_from_ids());
        join_all(fields.map(|field| async move {
            if !self.is_selected(field) {
                return Column::Skipped;
            }
            let Step::Edge { edge } = field.step else { unreachable!("edges alone start from ids") };
            match self.args(field) {
                Ok(args) => self.edge(field, EdgeType(edge), &args, ids).await.unwrap_or_else(Column::Failed),
                Err(error) => Column::Failed(error),
            }
        }))
        .await
    }

    async fn columns_of_nodes(&self, selection: &Selection, nodes: &[NodeSlot]) -> Vec<Column> {
        let fields = selection.fields.iter().filter(|field| !field.step.starts_from_ids());
        join_all(fields.map(|field| self.column(field, Rows::Nodes(nodes)))).await
    }

    async fn edge(&self, field: &Field, edge: EdgeType, args: &Args, from: &[NodeId]) -> Result<Column> {
        let page = page(args)?;
        let after = page.after.map(EdgeAfter::Node);
        let read = EdgeRead { edge, first: page.first, after, order: Order::Ascending };
        let pages = self.cx.edges(read, from.to_vec()).await;

        let mut ids = Vec::new();
        let mut parents = Vec::new();
        let mut lists = Vec::with_capacity(pages.len());
        for (parent, page) in pages.into_iter().enumerate() {
            lists.push(page.map(|page| {
                ids.extend(page.edges.iter().map(|edge| edge.to));
                parents.resize(ids.len(), parent);
                ids.len() - page.edges.len()..ids.len()
            }));
        }
        self.spend(ids.len())?;
        let schema = self.cx.kvetch().schema();
        // Derived rows can be older than the nodes: what no longer belongs to the list is left out.
        let admit =
            |row: usize, node: Arc<Node>| Ok(schema.edge_holds(edge, from[parents[row]], &node).then_some(node));
        Ok(Column::Many(lists, self.entities(below(field), ids, admit).await))
    }

    async fn reference(&self, field: &Field, key: &str, parents: Rows<'_>) -> Result<Column> {
        let Rows::Nodes(nodes) = parents else {
            return Err(Error::internal("a reference was asked of something that is not stored"));
        };
        // Many parents may name one entity: it is one row.
        let mut rows = HashMap::new();
        let mut ids = Vec::new();
        let places = nodes.iter().map(|node| {
            let Some(id) = stored_id(node, key)? else { return Ok(None) };
            let row = *rows.entry(id).or_insert_with(|| {
                ids.push(id);
                ids.len() - 1
            });
            Ok(Some(row))
        });
        let places = places.collect();
        self.spend(ids.len())?;
        let selection = below(field);
        let admit = |_, node| self.of_type(selection.object, node);
        Ok(Column::One(places, self.entities(selection, ids, admit).await))
    }

    async fn read(&self, field: &Field, args: &Args) -> Result<Column> {
        let id = args.get::<NodeId>("id")?;
        let selection = below(field);
        let admit = |_, node| self.of_type(selection.object, node);
        Ok(Column::One(vec![Ok(Some(0))], self.entities(selection, vec![id], admit).await))
    }

    async fn browse(&self, field: &Field, args: &Args) -> Result<Column> {
        let page = page(args)?;
        let selection = below(field);
        let nodes = self.cx.browse(node_type(selection.object), page.after, page.first).await?;
        self.spend(nodes.len())?;
        let all = 0..nodes.len();
        Ok(Column::Many(vec![Ok(all)], self.entities_of_nodes(selection, nodes.to_vec()).await))
    }

    async fn find(&self, field: &Field, index: IndexId, argument: &str, args: &Args) -> Result<Column> {
        let Some(value) = args.value(argument).map(stored_value) else {
            return Err(Error::internal("a find without its value"));
        };
        let page = if field.ty.is_list() { page(args)? } else { Page { first: 1, after: None } };
        let read = IndexRead { index, first: page.first, after: page.after };
        let found = self.cx.find(read, vec![value.clone()]).await.pop().expect("one answer per key")?;
        self.spend(found.ids.len())?;
        let schema = self.cx.kvetch().schema();
        let admit = |_, node: Arc<Node>| Ok(schema.index_holds(index, &value, &node).then_some(node));
        let entities = self.entities(below(field), found.ids.clone(), admit).await;
        let count = entities.nodes.len();
        Ok(if field.ty.is_list() {
            Column::Many(vec![Ok(0..count)], entities)
        } else {
            Column::One(vec![Ok((count > 0).then_some(0))], entities)
        })
    }

    async fn write(&self, field: &Field, write: Write, entity: Object, args: &Args) -> Result<Column> {
        let node_type = node_type(entity);
        let written = match write {
            Write::Create => self.cx.create(Create::new(node_type, self.data(field, args)?)).await?,
            Write::Update => {
                let set = self.data(field, args)?;
                refuse_cleared(entity.name, required(entity), &set)?;
                self.cx.update(Update::new(node_type, args.get("id")?, set)).await?
            }
            Write::Delete => self.cx.delete(Delete::new(node_type, args.get("id")?)).await?,
        };
        let payload = Payload::new(self.types, below(field).object.def, Arc::new(written.node));
        Ok(self.answered(field, Box::new(Written(Ok(payload))), 1).await)
    }

    /// The values to write: the fields of argument `data`, by the names they are stored under.
    fn data(&self, field: &Field, args: &Args) -> Result<Props> {
        let argument = field.arguments.iter().find(|argument| argument.def.name == "data");
        let (Some(argument), Some(Input::Object(given))) = (argument, args.value("data")) else {
            return Err(Error::internal("a write without its data"));
        };
        let Named::Input(defs) = self.types.named(argument.def.ty) else {
            return Err(Error::internal("the data of a write is no input object"));
        };
        let stored = given.iter().map(|(name, value)| {
            let def = defs.iter().find(|def| def.name == *name);
            let key = def.and_then(|def| def.stored).unwrap_or(name);
            (key.to_owned(), stored_value(value))
        });
        Ok(stored.collect())
    }

    async fn answered(&self, field: &Field, results: Box<dyn OutputColumn>, parents: usize) -> Column {
        let below = match &field.selection {
            None => Below { starts: Vec::new(), objects: Objects::None },
            Some(selection) => self.below(selection, parents, |row| results.row(row).ok()).await,
        };
        Column::Answered(results, below)
    }

    async fn plain(&self, field: &Field, index: usize, parents: Rows<'_>) -> Column {
        let Some(selection) = &field.selection else { return Column::Parent };
        let Rows::Plain(objects) = parents else {
            return Column::Failed(Error::internal("a plain field was asked of something that is stored"));
        };
        Column::Plain(self.below(selection, objects.len(), |row| Some(objects[row].field(index))).await)
    }

    /// The columns of the objects inside outputs.
    async fn below<'o>(
        &self,
        selection: &Selection,
        parents: usize,
        output: impl Fn(usize) -> Option<OutputRef<'o>> + Send,
    ) -> Below {
        let mut found = Found::default();
        let mut starts = Vec::with_capacity(parents);
        for row in 0..parents {
            starts.push(found.nodes.len() + found.objects.len());
            if let Some(output) = output(row) {
                found.gather(output);
            }
        }
        let Found { nodes, objects } = found;
        let objects = if selection.object.def.node_type.is_some() {
            Objects::Entities(self.entities_of_nodes(selection, nodes).await)
        } else {
            Objects::Plain(self.columns(selection, Rows::Plain(&objects)).await)
        };
        Below { starts, objects }
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

    fn argument(
        &self,
        def: &'static crate::table::InputDef,
        literal: &crate::operation::Literal,
    ) -> Result<Option<Input>> {
        let given = [(def.name.to_owned(), literal.clone())];
        let scope = coerce::Scope::Request(self.variables);
        let fields = coerce::fields(self.types, std::slice::from_ref(def), &given, scope);
        let refused = |refusal| Error::user("invalid_argument", format!("argument {refusal}"));
        Ok(fields.map_err(refused)?.pop().map(|(_, value)| value))
    }

    fn is_selected(&self, field: &Field) -> bool {
        field.when.is_none_or(|condition| self.conditions[condition])
    }

    /// Admits a node of the expected type.
    fn of_type(&self, object: Object, node: Arc<Node>) -> NodeSlot {
        if object.def.node_type == Some(node.node_type.0) {
            return Ok(Some(node));
        }
        Err(wrong_type(self.cx, &node, object.name))
    }

    fn spend(&self, rows: usize) -> Result<()> {
        let found = self.rows.fetch_add(rows as u64, Ordering::Relaxed) + rows as u64;
        if found <= MAX_ROWS {
            return Ok(());
        }
        Err(Error::Limit { what: "the number of entities read", found, limit: MAX_ROWS })
    }
}

/// The objects inside outputs, borrowed from them.
#[derive(Default)]
struct Found<'a> {
    nodes: Vec<Arc<Node>>,
    objects: Vec<&'a dyn Plain>,
}

impl<'a> Found<'a> {
    fn gather(&mut self, output: OutputRef<'a>) {
        match output {
            OutputRef::Node(node) => self.nodes.push(node.clone()),
            OutputRef::Object(object) => self.objects.push(object),
            OutputRef::List(list) => (0..list.len()).for_each(|index| self.gather(list.item(index))),
            _ => {}
        }
    }
}

/// Puts columns that were computed apart back into the order of the selection.
fn interleave(selection: &Selection, early: Vec<Column>, late: Vec<Column>) -> Vec<Column> {
    let (mut early, mut late) = (early.into_iter(), late.into_iter());
    let columns = selection.fields.iter().map(|field| {
        let next = if field.step.starts_from_ids() { early.next() } else { late.next() };
        next.expect("every field of the selection has a column")
    });
    columns.collect()
}

fn below(field: &Field) -> &Selection {
    field.selection.as_ref().expect("validation gives every object a selection")
}

fn node_type(entity: Object) -> NodeType {
    NodeType(entity.def.node_type.expect("the table names entities where entities belong"))
}

/// The page that `first` and `after` ask for.
fn page(args: &Args) -> Result<Page> {
    let default = Page::default();
    let first = match args.get::<Option<i32>>("first")? {
        None => default.first,
        Some(first) => u32::try_from(first)
            .map_err(|_| Error::user("invalid_argument", format!("first must not be negative, and is {first}")))?,
    };
    Ok(Page { first, after: args.get("after")? })
}

/// The names under which an entity stores what is never null.
fn required(entity: Object) -> impl Iterator<Item = &'static str> {
    entity.def.fields.iter().filter(|field| field.ty.nullable().1).filter_map(|field| match field.source {
        Source::Stored { key } | Source::Reference { key } => Some(key),
        _ => None,
    })
}

/// The value to store for an input.
fn stored_value(input: &Input) -> Value {
    match input {
        Input::Null => Value::Null,
        Input::Bool(value) => Value::Bool(*value),
        Input::Int(value) => Value::Int(i64::from(*value)),
        Input::Float(value) => Value::Float(*value),
        Input::Text(text) => Value::Text(text.clone()),
        Input::Id(id) => Value::Id(*id),
        Input::List(items) => Value::List(items.iter().map(stored_value).collect()),
        Input::Object(fields) => {
            Value::Map(fields.iter().map(|(name, value)| ((*name).to_owned(), stored_value(value))).collect())
        }
    }
}

/// The id that a parent stores. What is wrong with the parent itself is reported where it stands.
fn stored_id(node: &NodeSlot, key: &str) -> Result<Option<NodeId>> {
    let Ok(Some(node)) = node else { return Ok(None) };
    match node.body.get(key)? {
        None | Some(ValueRef::Null) => Ok(None),
        Some(ValueRef::Id(id)) => Ok(Some(id)),
        other => Err(match unfit("a UUID", other) {
            Error::Unfit { expected, found, .. } => Error::Unfit { id: node.id, key: key.into(), expected, found },
            error => error,
        }),
    }
}
