//! Reads. What the viewer may not see is left out here, so that no caller has to think of it.
//!
//! Where there are no rules a read is one load, and its future no larger than that: the rest is in [`super::shown`],
//! and boxed.

use std::sync::Arc;

use futures::FutureExt;
use kvetch::{
    EdgePage, EdgeRead, EdgeType, EntryPage, IdPage, IndexRead, Node, NodeId, NodeType, ScanRead, Value, ValueRange,
};

use super::Cx;
use crate::error::Result;
use crate::rows::NodeSlot;
use crate::scope::{Browses, Counts, Edges, Finds, Load, NodeListing, Nodes, Scans};

impl Cx {
    /// Nodes by id; `None` for an id that no node has, or one that the viewer may not see.
    pub async fn nodes(&self, ids: Vec<NodeId>) -> Vec<Result<Option<Arc<Node>>>> {
        match self.judging() {
            None => Load::new(self.shared.clone(), Nodes, ids).await,
            Some(_) => self.shown_nodes(ids).boxed().await,
        }
    }

    /// The same as a batch of entities.
    pub(crate) async fn node_slots(&self, ids: Vec<NodeId>) -> Vec<NodeSlot> {
        let nodes = Load::new(self.shared.clone(), Nodes, ids).await;
        self.shown(nodes).await
    }

    /// A page of edges from each node. What they lead to may have changed since: see
    /// [`kvetch::Schema::edge_holds`].
    ///
    /// Edges to nodes that the viewer may not see are left out, and the page is not filled up. There are none from a
    /// node that the viewer may not see, or from which its rules do not let them be followed.
    pub async fn edges(&self, read: EdgeRead, from: Vec<NodeId>) -> Vec<Result<Arc<EdgePage>>> {
        match self.judging() {
            None => self.all_edges(read, from).await,
            Some(_) => self.shown_edges(read, from).boxed().await,
        }
    }

    /// How many edges leave each node; 0 from one that the viewer may not see.
    ///
    /// Edges to a type with rules are an error of each key: their number would tell of nodes that the viewer may not
    /// see.
    pub async fn counts(&self, edge: EdgeType, from: Vec<NodeId>) -> Vec<Result<u64>> {
        match self.judging() {
            None => self.all_counts(edge, from).await,
            Some(_) => self.shown_counts(edge, from).boxed().await,
        }
    }

    /// A page of the ids that an index holds for each value. The nodes may have changed since: see
    /// [`kvetch::Schema::index_holds`]. Ids of nodes that the viewer may not see are left out, and the page is not
    /// filled up. The id that it starts after is a place, whoever may see what is there: see [`Cx::browse`].
    pub async fn find(&self, read: IndexRead, values: Vec<Value>) -> Vec<Result<Arc<IdPage>>> {
        match self.judging() {
            None => self.id_pages(read, values).await,
            Some(_) => self.shown_ids(read, values).boxed().await,
        }
    }

    /// At most `first` nodes of a type in id order, after an id. Those that the viewer may not see are left out, and
    /// the page is not filled up. `after` and [`NodeListing::next_after`] are places, whoever may see what is there:
    /// [`Entity::browse`](crate::Entity::browse) looks at an id that came from a client, and hands out none.
    ///
    /// # Errors
    /// When a shard could not be read.
    pub async fn browse(&self, node_type: NodeType, after: Option<NodeId>, first: u32) -> Result<NodeListing> {
        let listing = self.node_page(node_type, after, first).await?;
        if self.has_rules(node_type) { self.shown_listing(listing).boxed().await } else { Ok(listing) }
    }

    /// Leaves out what the viewer may not see.
    pub(crate) async fn shown(&self, nodes: Vec<NodeSlot>) -> Vec<NodeSlot> {
        match self.judging() {
            None => nodes,
            Some(guard) => guard.shown(&self.shared, nodes).boxed().await,
        }
    }

    /// Pages of edges whose ends are still to be loaded: until then nobody may see them.
    pub(crate) async fn edge_pages(&self, read: EdgeRead, from: Vec<NodeId>) -> Vec<Result<Arc<EdgePage>>> {
        match self.judging() {
            None => self.all_edges(read, from).await,
            Some(_) => self.followed_edges(read, from).boxed().await,
        }
    }

    /// The same from nodes that have been loaded; from one that is absent there are none.
    pub(crate) async fn edge_pages_of(&self, read: EdgeRead, from: Vec<NodeSlot>) -> Vec<Result<Arc<EdgePage>>> {
        self.edges_of(read, from).boxed().await
    }

    /// A page of nodes, whoever may see them: they are still to be judged.
    pub(crate) async fn node_page(
        &self,
        node_type: NodeType,
        after: Option<NodeId>,
        first: u32,
    ) -> Result<NodeListing> {
        let mut answers = Load::new(self.shared.clone(), Browses(node_type), vec![(after, first)]).await;
        answers.pop().expect("one answer per key")
    }

    /// Pages of ids whose nodes are still to be loaded: until then nobody may see them.
    pub(crate) async fn id_pages(&self, read: IndexRead, values: Vec<Value>) -> Vec<Result<Arc<IdPage>>> {
        Load::new(self.shared.clone(), Finds(read), values).await
    }

    /// The same for one value.
    pub(crate) async fn id_page(&self, read: IndexRead, value: Value) -> Result<Arc<IdPage>> {
        self.id_pages(read, vec![value]).await.pop().expect("one answer per key")
    }

    /// A page of the entries of an index in a range. Their nodes are still to be loaded: until then nobody may see
    /// them.
    pub(crate) async fn entry_page(&self, read: ScanRead, range: ValueRange) -> Result<Arc<EntryPage>> {
        let mut answers = Load::new(self.shared.clone(), Scans(read), vec![range]).await;
        answers.pop().expect("one answer per key")
    }

    /// Edges, whoever may see them.
    pub(super) fn all_edges(&self, read: EdgeRead, from: Vec<NodeId>) -> Load<Edges> {
        Load::new(self.shared.clone(), Edges(read), from)
    }

    /// Their numbers, whoever may see them.
    pub(super) fn all_counts(&self, edge: EdgeType, from: Vec<NodeId>) -> Load<Counts> {
        Load::new(self.shared.clone(), Counts(edge), from)
    }
}
