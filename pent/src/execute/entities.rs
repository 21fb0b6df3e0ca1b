//! Batches of entities: their nodes, and the columns of what was selected of them.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, join, join_all};
use kvetch::{EdgeType, Node, NodeId};

use super::{Column, Entities, Execution, Fields, Parted, Place};
use crate::entity::wrong_type;
use crate::plan::{Selection, Selections, Step};
use crate::rows::{NodeSlot, Rows};
use crate::types::Object;

impl Execution<'_> {
    /// The columns of entities by id. Steps that need ids only run while the nodes are being read, where ids tell of
    /// which type the entities are; `admit` says which nodes are shown.
    pub(super) fn entities<'s>(
        &'s self,
        selections: &'s Selections,
        ids: Vec<NodeId>,
        admit: impl Fn(usize, Arc<Node>) -> NodeSlot + Send + Sync + 's,
    ) -> BoxFuture<'s, Entities> {
        async move {
            let read = async {
                let read = self.cx.node_slots(ids.clone()).await.into_iter().enumerate();
                read.map(|(row, node)| node?.map_or(Ok(None), |node| admit(row, node))).collect::<Vec<_>>()
            };
            match selections {
                Selections::Of(selection) => self.entities_of_one_type(selection, &ids, read).await,
                Selections::Among { kinds, .. } => self.parted_entities(kinds, read.await).await,
            }
        }
        .boxed()
    }

    /// The columns of entities whose nodes are known, as far as the viewer may see them: they may have come from
    /// anywhere.
    pub(super) fn entities_of_nodes<'s>(
        &'s self,
        selections: &'s Selections,
        nodes: Vec<Arc<Node>>,
    ) -> BoxFuture<'s, Entities> {
        async move {
            let ids = nodes.iter().map(|node| node.id).collect::<Vec<_>>();
            let shown = async {
                let shown = self.cx.shown(nodes.into_iter().map(|node| Ok(Some(node))).collect()).await.into_iter();
                shown.map(|node| node?.map_or(Ok(None), |node| self.of_type(selections, node))).collect::<Vec<_>>()
            };
            match selections {
                Selections::Of(selection) => self.entities_of_one_type(selection, &ids, shown).await,
                Selections::Among { kinds, .. } => self.parted_entities(kinds, shown.await).await,
            }
        }
        .boxed()
    }

    async fn entities_of_one_type(
        &self,
        selection: &Selection,
        ids: &[NodeId],
        nodes: impl Future<Output = Vec<NodeSlot>> + Send,
    ) -> Entities {
        let early = self.run_from_ids(selection, ids);
        let late = async {
            let nodes = nodes.await;
            let run = self.run_from_nodes(selection, &nodes).await;
            (nodes, run)
        };
        let (early, (nodes, late)) = join(early, late).await;
        Entities { nodes, fields: Fields::Of(self.with(selection, early.into_iter().chain(late))) }
    }

    /// Parts nodes by their types; each part runs its own selection, all of them at once.
    async fn parted_entities(&self, kinds: &[Selection], nodes: Vec<NodeSlot>) -> Entities {
        // Where there is no node, nobody looks.
        let nowhere = Place { kind: usize::MAX, row: 0 };
        let mut parts = vec![Vec::new(); kinds.len()];
        let place = |slot: &NodeSlot| {
            let Ok(Some(node)) = slot else { return nowhere };
            let kind = kinds.iter().position(|kind| kind.object.node_type() == Some(node.node_type));
            let Some(kind) = kind else { return nowhere };
            parts[kind].push(slot.clone());
            Place { kind, row: parts[kind].len() - 1 }
        };
        let places = nodes.iter().map(place).collect();
        let columns = kinds.iter().zip(&parts).map(|(selection, nodes)| self.part(selection, nodes));
        let parts = join_all(columns).await;
        Entities { nodes, fields: Fields::Among(Parted { parts, places }) }
    }

    /// The columns of entities of one type among others. Without an entity nothing runs: what is planned below several
    /// types is as many times as large.
    async fn part(&self, selection: &Selection, nodes: &[NodeSlot]) -> Vec<Column> {
        if nodes.is_empty() {
            return Vec::new();
        }
        // What starts from ids elsewhere starts here from nodes: their types are known from nothing else.
        self.columns(selection, Rows::Nodes(nodes)).await
    }

    /// Whether steps may run before the nodes of an object are known to be shown: where a viewer may not see some of
    /// them, nothing is read that follows from them.
    fn starts_early(&self, object: Object, step: &Step) -> bool {
        step.starts_from_ids() && !object.node_type().is_some_and(|node_type| self.cx.has_rules(node_type))
    }

    async fn run_from_ids(&self, selection: &Selection, ids: &[NodeId]) -> Vec<(usize, Column)> {
        let starts_early = |step: &Step| self.starts_early(selection.object, step);
        let run = self.run_steps(selection, starts_early, |field| async move {
            match field.step {
                Step::Edge { edge } => self.edge(field, EdgeType(edge), ids).boxed().await,
                // Nobody asks for it.
                _ if ids.is_empty() => Column::Parent,
                // It knows no parent.
                _ => self.column(field, Rows::Root).boxed().await,
            }
        });
        run.await
    }

    async fn run_from_nodes(&self, selection: &Selection, nodes: &[NodeSlot]) -> Vec<(usize, Column)> {
        let starts_late = |step: &Step| !self.starts_early(selection.object, step);
        self.run_steps(selection, starts_late, |field| self.column(field, Rows::Nodes(nodes))).await
    }

    /// Admits a node of an expected type.
    pub(super) fn of_type(&self, selections: &Selections, node: Arc<Node>) -> NodeSlot {
        if selections.kinds().iter().any(|kind| kind.object.node_type() == Some(node.node_type)) {
            return Ok(Some(node));
        }
        Err(Box::new(wrong_type(self.cx, &node, selections.name())))
    }
}
