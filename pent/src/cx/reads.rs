//! Reads. What the viewer may not see is left out here, so that no caller has to think of it.

use std::future::Future;
use std::sync::Arc;

use kvetch::{EdgeAfter, EdgePage, EdgeRead, EdgeType, IdPage, IndexRead, Node, NodeId, NodeType, Value};

use super::Cx;
use super::guard::ends;
use crate::error::{Error, Result};
use crate::rows::NodeSlot;
use crate::scope::{Browses, Counts, Edges, Finds, Load, NodeListing, Nodes};

impl Cx {
    /// Nodes by id; `None` for an id that no node has, or one that the viewer may not see.
    pub async fn nodes(&self, ids: Vec<NodeId>) -> Vec<Result<Option<Arc<Node>>>> {
        let nodes = Load::new(self.shared.clone(), Nodes, ids).await;
        self.shown(nodes).await
    }

    /// A page of edges from each node. What they lead to may have changed since: see
    /// [`kvetch::Schema::edge_holds`].
    ///
    /// Edges to nodes that the viewer may not see are left out, and the page is not filled up. There are none from a node
    /// that the viewer may not see, or from which its rules do not let them be followed.
    pub async fn edges(&self, read: EdgeRead, from: Vec<NodeId>) -> Vec<Result<Arc<EdgePage>>> {
        let edge = read.edge;
        let pages = self.edge_pages(read, from).await;
        if !self.is_hiding(edge, |(_, to)| to) {
            return pages;
        }
        let all = pages.iter().flatten().flat_map(|page| page.edges.iter().map(|edge| edge.to)).collect();
        let mut targets = self.nodes(all).await.into_iter();
        let shown = pages.into_iter().map(|page| {
            let page = page?;
            let edges = page.edges.iter().zip(targets.by_ref()).collect::<Vec<_>>().into_iter();
            let edges = edges.filter_map(|(edge, slot)| slot.map(|node| node.map(|_| edge.clone())).transpose());
            Ok(Arc::new(EdgePage { edges: edges.collect::<Result<_>>()?, has_next: page.has_next }))
        });
        shown.collect()
    }

    /// How many edges leave each node; 0 from one that the viewer may not see.
    ///
    /// Edges to a type with rules are an error of each key: their number would tell of nodes that the viewer may not see.
    pub async fn counts(&self, edge: EdgeType, from: Vec<NodeId>) -> Vec<Result<u64>> {
        if self.is_hiding(edge, |(_, to)| to) {
            return from.iter().map(|_| Err(Error::Uncounted { edge: self.edge_name(edge) })).collect();
        }
        if !self.is_hiding(edge, |(from, _)| from) {
            return Load::new(self.shared.clone(), Counts(edge), from).await;
        }
        let nodes = self.nodes(from).await;
        let nodes = self.followed(edge, nodes).await;
        self.of_those_shown(nodes, |ids| Load::new(self.shared.clone(), Counts(edge), ids)).await
    }

    /// A page of the ids that an index holds for each value. The nodes may have changed since: see
    /// [`kvetch::Schema::index_holds`]. Ids of nodes that the viewer may not see are left out, and the page is not filled
    /// up.
    pub async fn find(&self, read: IndexRead, values: Vec<Value>) -> Vec<Result<Arc<IdPage>>> {
        let index = read.index;
        let pages = self.id_pages(read, values).await;
        let is_hiding = self.judging().is_some()
            && self.kvetch().schema().index(index).is_ok_and(|index| self.has_rules(index.node_type));
        if !is_hiding {
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

    /// At most `first` nodes of a type in id order, after an id. Those that the viewer may not see are left out, and the
    /// page is not filled up.
    ///
    /// # Errors
    /// When a shard could not be read.
    pub async fn browse(&self, node_type: NodeType, after: Option<NodeId>, first: u32) -> Result<NodeListing> {
        let mut answers = Load::new(self.shared.clone(), Browses(node_type), vec![(after, first)]).await;
        let listing = answers.pop().expect("one answer per key")?;
        if !self.has_rules(node_type) {
            return Ok(listing);
        }
        let slots = listing.nodes.iter().map(|node| Ok(Some(node.clone()))).collect();
        let nodes = self.shown(slots).await.into_iter().filter_map(Result::transpose).collect::<Result<_>>()?;
        Ok(NodeListing { nodes, next_after: listing.next_after })
    }

    /// Leaves out what the viewer may not see.
    pub(crate) async fn shown(&self, nodes: Vec<NodeSlot>) -> Vec<NodeSlot> {
        match self.judging() {
            Some(guard) => guard.shown(&self.shared, nodes).await,
            None => nodes,
        }
    }

    /// Pages of edges whose ends are still to be loaded: until then nobody may see them.
    pub(crate) async fn edge_pages(&self, read: EdgeRead, from: Vec<NodeId>) -> Vec<Result<Arc<EdgePage>>> {
        if self.is_hiding(read.edge, |(from, _)| from) {
            let nodes = self.nodes(from).await;
            return self.edge_pages_of(read, nodes).await;
        }
        match self.check_cursor(&read).await {
            Ok(()) => Load::new(self.shared.clone(), Edges(read), from).await,
            Err(error) => from.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    /// The same from nodes that have been loaded; from one that is absent there are none.
    pub(crate) async fn edge_pages_of(&self, read: EdgeRead, from: Vec<NodeSlot>) -> Vec<Result<Arc<EdgePage>>> {
        let from = self.followed(read.edge, from).await;
        match self.check_cursor(&read).await {
            Ok(()) => self.of_those_shown(from, |ids| Load::new(self.shared.clone(), Edges(read), ids)).await,
            Err(error) => from.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    /// Pages of ids whose nodes are still to be loaded: until then nobody may see them.
    pub(crate) async fn id_pages(&self, read: IndexRead, values: Vec<Value>) -> Vec<Result<Arc<IdPage>>> {
        Load::new(self.shared.clone(), Finds(read), values).await
    }

    /// Leaves out nodes from which the viewer may not follow an edge.
    async fn followed(&self, edge: EdgeType, from: Vec<NodeSlot>) -> Vec<NodeSlot> {
        match self.judging() {
            Some(guard) => guard.followed(&self.shared, edge, from).await,
            None => from,
        }
    }

    /// A page that starts after a node that the viewer may not see is answered like one after a node that is gone: else it
    /// would tell that the node is there, and where.
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

    /// Loads for the nodes that are there; nothing for those that are not.
    async fn of_those_shown<T: Default, F: Future<Output = Vec<Result<T>>>>(
        &self,
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

    /// Whether the viewer may not see some of the nodes at one end of an edge.
    fn is_hiding(&self, edge: EdgeType, end: impl Fn((NodeType, NodeType)) -> NodeType) -> bool {
        self.judging().is_some() && ends(self.kvetch().schema(), edge).is_some_and(|both| self.has_rules(end(both)))
    }

    fn edge_name(&self, edge: EdgeType) -> Arc<str> {
        let schema = self.kvetch().schema();
        let derived = schema.edge(edge).map(|edge| edge.name.clone());
        let name = derived.or_else(|_| schema.stored_edge(edge).map(|edge| edge.name.clone()));
        name.unwrap_or_else(|_| edge.to_string()).into()
    }
}
