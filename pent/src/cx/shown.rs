//! Reads for a viewer who may not see everything.

use std::future::Future;
use std::sync::Arc;

use futures::future::{FutureExt, join};
use kvetch::{EdgeAfter, EdgePage, EdgeRead, EdgeType, IdPage, IndexRead, Node, NodeId, NodeType, Value};

use super::Cx;
use super::guard::ends;
use crate::error::{Error, Result};
use crate::rows::NodeSlot;
use crate::scope::NodeListing;

impl Cx {
    /// Nodes that the viewer may see.
    pub(super) async fn shown_nodes(&self, ids: Vec<NodeId>) -> Vec<Result<Option<Arc<Node>>>> {
        self.node_slots(ids).await.into_iter().map(|slot| Ok(slot?)).collect()
    }

    /// Edges between nodes that the viewer may see.
    pub(super) async fn shown_edges(&self, read: EdgeRead, from: Vec<NodeId>) -> Vec<Result<Arc<EdgePage>>> {
        let edge = read.edge;
        let pages = self.followed_edges(read, from).await;
        if !self.is_hiding(edge, |(_, to)| to) {
            return pages;
        }
        let all = pages.iter().flatten().flat_map(|page| page.edges.iter().map(|edge| edge.to)).collect();
        let mut targets = self.nodes(all).await.into_iter();
        let shown = pages.into_iter().map(|page| {
            let page = page?;
            // All of them, whatever becomes of the first: the next page's follow.
            let edges = page.edges.iter().zip(targets.by_ref()).collect::<Vec<_>>().into_iter();
            let edges = edges.filter_map(|(edge, slot)| slot.map(|node| node.map(|_| edge.clone())).transpose());
            Ok(Arc::new(EdgePage { edges: edges.collect::<Result<_>>()?, has_next: page.has_next }))
        });
        shown.collect()
    }

    /// Edges from nodes that the viewer may see, along which they may go. Where they lead is still to be looked at.
    pub(super) async fn followed_edges(&self, read: EdgeRead, from: Vec<NodeId>) -> Vec<Result<Arc<EdgePage>>> {
        if self.is_hiding(read.edge, |(from, _)| from) {
            let nodes = self.node_slots(from).await;
            return self.edges_of(read, nodes).await;
        }
        // Both in one round; what was read in vain is dropped.
        let (cursor, pages) = join(self.check_cursor(&read), self.all_edges(read.clone(), from)).await;
        unless(cursor, pages)
    }

    /// The same from nodes that are known to be seen; from one that is absent there are none.
    pub(super) async fn edges_of(&self, read: EdgeRead, from: Vec<NodeSlot>) -> Vec<Result<Arc<EdgePage>>> {
        let from = self.followed(read.edge, from).await;
        let edges = of_those_shown(from, |ids| self.all_edges(read.clone(), ids));
        let (cursor, pages) = join(self.check_cursor(&read), edges).await;
        unless(cursor, pages)
    }

    /// Reads a page of nodes of a type that is to start after a node, if it names one. One that the viewer may not see
    /// is answered like one that is gone, as among edges.
    pub(crate) async fn after_seen<T: Send + Sync>(
        &self,
        node_type: NodeType,
        after: Option<NodeId>,
        page: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let Some(to) = after.filter(|_| self.has_rules(node_type)) else { return page.await };
        let (mut nodes, page) = join(self.nodes(vec![to]), page).boxed().await;
        match nodes.pop().expect("one answer per key")? {
            Some(node) if node.node_type == node_type => page,
            _ => Err(kvetch::Error::CursorGone { to }.into()),
        }
    }

    /// Whether there is a node that edges of a kind start from, which the viewer may see, and follow them from.
    #[cfg(feature = "axum")]
    pub(crate) async fn may_follow(&self, edge: EdgeType, from: NodeId) -> Result<bool> {
        let starts = ends(self.kvetch().schema(), edge).map(|(from, _)| from);
        let nodes = self.node_slots(vec![from]).await;
        let node = self.followed(edge, nodes).await.pop().expect("one answer per key")?;
        Ok(node.is_some_and(|node| Some(node.node_type) == starts))
    }

    /// Numbers of edges, where they tell nothing.
    pub(super) async fn shown_counts(&self, edge: EdgeType, from: Vec<NodeId>) -> Vec<Result<u64>> {
        if self.is_hiding(edge, |(_, to)| to) {
            return from.iter().map(|_| Err(Error::Uncounted { edge: self.edge_name(edge) })).collect();
        }
        if !self.is_hiding(edge, |(from, _)| from) {
            return self.all_counts(edge, from).await;
        }
        let nodes = self.node_slots(from).await;
        let nodes = self.followed(edge, nodes).await;
        of_those_shown(nodes, |ids| self.all_counts(edge, ids)).await
    }

    /// Ids of nodes that the viewer may see.
    pub(super) async fn shown_ids(&self, read: IndexRead, values: Vec<Value>) -> Vec<Result<Arc<IdPage>>> {
        let index = read.index;
        let pages = self.id_pages(read, values).await;
        if !self.kvetch().schema().index(index).is_ok_and(|index| self.has_rules(index.node_type)) {
            return pages;
        }
        let all = pages.iter().flatten().flat_map(|page| page.ids.iter().copied()).collect();
        let mut nodes = self.nodes(all).await.into_iter();
        let shown = pages.into_iter().map(|page| {
            let page = page?;
            let slots = nodes.by_ref().take(page.ids.len()).collect::<Vec<_>>();
            let ids = slots.into_iter().filter_map(|slot| slot.map(|node| node.map(|node| node.id)).transpose());
            Ok(Arc::new(IdPage { ids: ids.collect::<Result<_>>()?, has_next: page.has_next }))
        });
        shown.collect()
    }

    /// What the viewer may see of a page of nodes.
    pub(super) async fn shown_listing(&self, listing: NodeListing) -> Result<NodeListing> {
        let slots = listing.nodes.iter().map(|node| Ok(Some(node.clone()))).collect();
        let nodes =
            self.shown(slots).await.into_iter().filter_map(Result::transpose).collect::<Result<_, Box<Error>>>()?;
        Ok(NodeListing { nodes, next_after: listing.next_after })
    }

    /// Leaves out nodes from which the viewer may not follow an edge.
    async fn followed(&self, edge: EdgeType, from: Vec<NodeSlot>) -> Vec<NodeSlot> {
        match self.judging() {
            Some(guard) => guard.followed(&self.shared, edge, from).await,
            None => from,
        }
    }

    /// A page that starts after a node that the viewer may not see is answered like one after a node that is gone: else
    /// it would tell that the node is there, and where.
    async fn check_cursor(&self, read: &EdgeRead) -> Result<()> {
        let Some(EdgeAfter::Node(to)) = read.after else { return Ok(()) };
        if !self.is_hiding(read.edge, |(_, to)| to) {
            return Ok(());
        }
        match self.nodes(vec![to]).await.pop().expect("one answer per key")? {
            Some(_) => Ok(()),
            None => Err(kvetch::Error::CursorGone { to }.into()),
        }
    }

    /// Whether the viewer may not see some of the nodes at one end of an edge.
    fn is_hiding(&self, edge: EdgeType, end: impl Fn((NodeType, NodeType)) -> NodeType) -> bool {
        self.judging().is_some() && ends(self.kvetch().schema(), edge).is_some_and(|both| self.has_rules(end(both)))
    }

    /// The name of an edge.
    pub(super) fn edge_name(&self, edge: EdgeType) -> Arc<str> {
        let schema = self.kvetch().schema();
        let derived = schema.edge(edge).map(|edge| edge.name.clone());
        let name = derived.or_else(|_| schema.stored_edge(edge).map(|edge| edge.name.clone()));
        name.unwrap_or_else(|_| edge.to_string()).into()
    }
}

/// An error in the place of each answer, if there is one.
fn unless<T>(refused: Result<()>, answers: Vec<Result<T>>) -> Vec<Result<T>> {
    match refused {
        Ok(()) => answers,
        Err(error) => answers.iter().map(|_| Err(error.clone())).collect(),
    }
}

/// Loads for the nodes that are there; nothing for those that are not.
async fn of_those_shown<T: Default, F: Future<Output = Vec<Result<T>>>>(
    nodes: Vec<NodeSlot>,
    load: impl FnOnce(Vec<NodeId>) -> F,
) -> Vec<Result<T>> {
    let ids = nodes.iter().filter_map(|slot| slot.as_ref().ok()?.as_ref().map(|node| node.id)).collect();
    let mut loaded = load(ids).await.into_iter();
    let answer = |slot: NodeSlot| match slot? {
        Some(_) => loaded.next().expect("one answer per key"),
        None => Ok(T::default()),
    };
    nodes.into_iter().map(answer).collect()
}
