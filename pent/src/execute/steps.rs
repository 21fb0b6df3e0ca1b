//! The steps that read.

use std::collections::HashMap;
use std::sync::Arc;

use kvetch::{EdgePage, EdgeRead, EdgeType, IndexId, IndexRead, Node, NodeId, NodeType, ValueRef};

use super::column::Column;
use super::{Execution, below};
use crate::cx::UNIQUE_CANDIDATES;
use crate::entity::{Cursor, Page, unfit};
use crate::error::{Error, Result};
use crate::input::{Args, Input};
use crate::limits::Limits;
use crate::plan::{Field, Selections};
use crate::rows::{NodeSlot, Rows};
use crate::types::Object;

impl Execution<'_> {
    /// The edges from nodes of which no more than their ids is known.
    pub(super) async fn edge(&self, field: &Field, edge: EdgeType, from: &[NodeId]) -> Column {
        let column = async {
            let read = edge_read(edge, &self.args(field)?, &self.limits)?;
            let pages = self.cx.edge_pages(read, from.to_vec()).await;
            self.edge_targets(field, edge, from, pages).await
        };
        column.await.unwrap_or_else(Column::Failed)
    }

    /// The edges from nodes that are known; none from those that are not shown.
    pub(super) async fn edge_of_nodes(
        &self,
        field: &Field,
        edge: EdgeType,
        args: &Args,
        from: &[NodeSlot],
    ) -> Result<Column> {
        // What is wrong with a parent is reported where it stands.
        let shown = |slot: &NodeSlot| Ok(slot.as_ref().ok().cloned().flatten());
        let slots = from.iter().map(shown).collect::<Vec<NodeSlot>>();
        // Nobody looks at the edges of a parent that is not there, so that any id will do.
        let id = |slot: &NodeSlot| match slot {
            Ok(Some(node)) => node.id,
            _ => NodeId::from_bytes([0; 16]),
        };
        let ids = slots.iter().map(id).collect::<Vec<_>>();
        let pages = self.cx.edge_pages_of(edge_read(edge, args, &self.limits)?, slots).await;
        self.edge_targets(field, edge, &ids, pages).await
    }

    async fn edge_targets(
        &self,
        field: &Field,
        edge: EdgeType,
        from: &[NodeId],
        pages: Vec<Result<Arc<EdgePage>>>,
    ) -> Result<Column> {
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

    pub(super) async fn reference(&self, field: &Field, key: &str, parents: Rows<'_>) -> Result<Column> {
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
        let selections = below(field);
        let admit = |_, node| self.of_type(selections, node);
        Ok(Column::One(places, self.entities(selections, ids, admit).await))
    }

    pub(super) async fn read(&self, field: &Field, args: &Args) -> Result<Column> {
        let id = args.get::<NodeId>("id")?;
        let selections = below(field);
        let admit = |_, node| self.of_type(selections, node);
        Ok(Column::One(vec![Ok(Some(0))], self.entities(selections, vec![id], admit).await))
    }

    pub(super) async fn browse(&self, field: &Field, args: &Args) -> Result<Column> {
        let page = page(args, &self.limits)?;
        let selections = below(field);
        let after = page.after.map(Cursor::among_ids);
        let node_type = only_type(selections)?;
        let read = self.cx.node_page(node_type, after, page.first);
        let nodes = self.cx.after_seen(node_type, page.after.and_then(Cursor::named), read).await?.nodes;
        self.spend(nodes.len())?;
        let all = 0..nodes.len();
        Ok(Column::Many(vec![Ok(all)], self.entities_of_nodes(selections, nodes.to_vec()).await))
    }

    pub(super) async fn find(&self, field: &Field, index: IndexId, argument: &str, args: &Args) -> Result<Column> {
        let Some(value) = args.value(argument).map(Input::to_stored) else {
            return Err(Error::internal("a find without its value"));
        };
        let page =
            if field.ty.is_list() { page(args, &self.limits)? } else { Page { first: UNIQUE_CANDIDATES, after: None } };
        let read = IndexRead { index, first: page.first, after: page.after.map(Cursor::among_ids) };
        let (node_type, named) = (only_type(below(field))?, page.after.and_then(Cursor::named));
        let found = self.cx.after_seen(node_type, named, self.cx.id_page(read, value.clone())).await?;
        self.spend(found.ids.len())?;
        let schema = self.cx.kvetch().schema();
        let admit = |_, node: Arc<Node>| Ok(schema.index_holds(index, &value, &node).then_some(node));
        let entities = self.entities(below(field), found.ids.clone(), admit).await;
        Ok(if field.ty.is_list() {
            Column::Many(vec![Ok(0..entities.nodes.len())], entities)
        } else {
            let shown = entities.nodes.iter().position(|node| !matches!(node, Ok(None)));
            Column::One(vec![Ok(shown)], entities)
        })
    }
}

/// The node type of an object that the table uses as an entity.
pub(super) fn node_type(entity: Object) -> NodeType {
    entity.node_type().expect("the table names entities where entities belong")
}

/// The node type of what a field answers, where it can be one only.
fn only_type(selections: &Selections) -> Result<NodeType> {
    match selections {
        Selections::Of(selection) => Ok(node_type(selection.object)),
        Selections::Among { name, .. } => Err(Error::internal(format_args!("{name} is no type of nodes"))),
    }
}

/// The page that `first` and `after` ask for.
fn page(args: &Args, limits: &Limits) -> Result<Page> {
    let default = Page::default();
    let first = match args.get::<Option<i32>>("first")? {
        None => default.first,
        Some(first) => u32::try_from(first)
            .map_err(|_| Error::user("invalid_argument", format!("first must not be negative, and is {first}")))?,
    };
    limits.check_page(first)?;
    Ok(Page { first, after: args.get::<Option<NodeId>>("after")?.map(Cursor::from) })
}

fn edge_read(edge: EdgeType, args: &Args, limits: &Limits) -> Result<EdgeRead> {
    let page = page(args, limits)?;
    Ok(EdgeRead { after: page.after.map(Cursor::among_edges), ..EdgeRead::new(edge, page.first) })
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
