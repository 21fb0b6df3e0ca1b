//! Putting back what was exported: nodes and stored edges just as they were.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;

use crate::body::Body;
use crate::change::Change;
use crate::error::{Error, Result, within};
use crate::id::{EdgeType, NodeId, NodeType};
use crate::limits::{EDGE_PROPS_BYTES_MAX, RESTORED_VERSION_MAX, WRITE_BATCH_MAX};
use crate::node::Node;
use crate::read::Edge;
use crate::shard::{Delivery, NodeWrite, WriteOp};
use crate::shard_map::ShardIdx;
use crate::write::{EdgeToRestore, Restored};

use super::{Kvetch, Store, node_write};

impl Kvetch {
    /// Puts nodes back as they were: with their ids, versions and times, so that sort keys and versions survive. What
    /// follows from them is written as after any write.
    ///
    /// A node that is there just so is left, which makes it safe to do this again after an interruption. One that
    /// fails harms no other.
    ///
    /// # Errors
    /// For each node: [`Error::Exists`] if another state of it is there, [`Error::Gone`] if it was deleted, and
    /// whatever a creation is refused for.
    pub async fn restore(&self, nodes: Vec<Node>) -> Vec<Result<Restored>> {
        let there = self.store().nodes(nodes.iter().map(|node| node.id).collect()).await.0;
        let judged = nodes.iter().zip(there).map(|(node, there)| match there? {
            Some(same) if *same == *node => Ok(Restored::Already),
            Some(_) => Err(Error::Exists { node: node.id }),
            None => Ok(Restored::Put { pending: 0 }),
        });
        let mut restored: Vec<Result<Restored>> = judged.collect();
        let (mut places, mut writes) = (Vec::new(), Vec::new());
        for (place, node) in nodes.iter().enumerate() {
            if !matches!(restored[place], Ok(Restored::Put { .. })) {
                continue;
            }
            match self.restoration(node) {
                Ok(write) => {
                    places.push(place);
                    writes.push(write);
                }
                Err(error) => restored[place] = Err(error),
            }
        }
        for (place, written) in places.into_iter().zip(self.write_all(writes).await) {
            restored[place] = written.map(|written| Restored::Put { pending: written.pending });
        }
        restored
    }

    /// Puts stored edges back as they were, with their places and props. Both of their nodes have to be there. One
    /// that is there just so is left, and one that fails harms no other.
    ///
    /// Other than [`Kvetch::put_edge`] this does not raise the version of the node that an edge leads from, so that it
    /// stays what it was. It is that version which orders the writes of an edge on the two shards of its halves. So
    /// whoever puts or deletes the *same* edge at the same moment may leave the halves different, which
    /// [`Kvetch::repair`] mends; all other writes go on beside it.
    ///
    /// # Errors
    /// For each edge: [`Error::NotFound`] or [`Error::WrongType`] about its nodes, [`Error::EdgeDiffers`] if it is
    /// there with another place or other props, [`Error::Unavailable`] if a shard did not answer: doing it again then
    /// completes it.
    pub async fn restore_edges(&self, edges: Vec<EdgeToRestore>) -> Vec<Result<Restored>> {
        let mut restored = Vec::with_capacity(edges.len());
        for edges in edges.chunks(WRITE_BATCH_MAX) {
            let batch = self.in_time(self.store().clone().restore_edges(edges.to_vec())).await;
            restored.extend(batch.unwrap_or_else(|error| vec![Err(error); edges.len()]));
        }
        restored
    }

    fn restoration(&self, node: &Node) -> Result<NodeWrite> {
        self.schema().node_type(node.node_type)?;
        if node.version == 0 || node.version > RESTORED_VERSION_MAX {
            return Err(Error::invalid(format!("node {} has version {}, which none can have", node.id, node.version)));
        }
        let props = node.body.to_props().map_err(|error| error.of_node(node.id))?;
        let op = WriteOp::Create { props, created: node.created, restored: Some((node.version, node.updated)) };
        Ok(node_write(node.id, node.node_type, op, None))
    }
}

/// What the half of an edge is to be, and the shard that it lies on.
type Half = (ShardIdx, Change);

impl Store {
    /// The halves are delivered as from a source of their own, which the fences have never heard of: a delivery
    /// from the node at the version it has would be held back by them, as one that came before.
    async fn restore_edges(self: Arc<Self>, edges: Vec<EdgeToRestore>) -> Vec<Result<Restored>> {
        let ends = edges.iter().flat_map(|edge| [edge.from, edge.to]).collect();
        let ends = self.nodes(ends).await.0;
        let judged = edges.iter().zip(ends.chunks_exact(2)).map(|(edge, ends)| self.judge(edge, &ends[0], &ends[1]));
        let judged: Vec<Result<Option<[Half; 2]>>> = join_all(judged).await;
        let mut by_shard: BTreeMap<ShardIdx, Vec<(usize, Change)>> = BTreeMap::new();
        for (place, halves) in judged.iter().enumerate() {
            let Ok(Some(halves)) = halves else { continue };
            for (shard, half) in halves {
                by_shard.entry(*shard).or_default().push((place, half.clone()));
            }
        }
        let delivered = join_all(by_shard.into_iter().map(|(shard, halves)| self.deliver_halves(shard, halves))).await;
        let mut restored: Vec<Result<Restored>> = judged
            .into_iter()
            .map(|halves| Ok(halves?.map_or(Restored::Already, |_| Restored::Put { pending: 0 })))
            .collect();
        for (place, error) in delivered.into_iter().flatten() {
            restored[place] = Err(error);
        }
        restored
    }

    /// Delivers halves that lie on one shard in one transaction, and says which of the edges that failed.
    async fn deliver_halves(&self, shard: ShardIdx, halves: Vec<(usize, Change)>) -> Vec<(usize, Error)> {
        let (places, mut changes): (Vec<usize>, Vec<Change>) = halves.into_iter().unzip();
        changes.sort_by_key(Change::row);
        let delivery = Delivery { source: NodeId::generate(), version: 1, changes };
        let applied = self.shard(shard).apply(vec![delivery]).await.pop();
        match applied.unwrap_or_else(|| Err(Error::Engine { reason: "the shard did not answer a delivery".into() })) {
            Ok(()) => Vec::new(),
            Err(error) => places.into_iter().map(|place| (place, error.clone())).collect(),
        }
    }

    /// What an edge comes to, given its ends; nothing if it is there.
    async fn judge(
        &self,
        edge: &EdgeToRestore,
        from: &Result<Option<Arc<Node>>>,
        to: &Result<Option<Arc<Node>>>,
    ) -> Result<Option<[Half; 2]>> {
        let def = self.schema.stored_edge(edge.edge)?;
        self.check_end(edge.from, from, def.from)?;
        self.check_end(edge.to, to, def.to)?;
        let body = Body::from_props(&edge.props)?;
        within("the props of a stored edge in bytes", body.as_cbor().len(), EDGE_PROPS_BYTES_MAX)?;
        let expected = |to| Edge { to, sort_key: edge.sort_key, props: Some(body.clone()) };
        let forward = self.half(def.id, edge.from, edge.to).await?;
        if forward.as_ref().is_some_and(|there| *there != expected(edge.to)) {
            let (edge, from, to) = (self.schema.edge_name(def.id), edge.from, edge.to);
            return Err(Error::EdgeDiffers { edge, from, to });
        }
        // An interruption between the two shards leaves one half.
        let inverse = self.half(def.inverse, edge.to, edge.from).await?;
        if forward.is_some() && inverse == Some(expected(edge.from)) {
            return Ok(None);
        }
        let half = |edge_type, from, to| {
            let (sort_key, props) = (edge.sort_key, body.clone());
            (self.home(from), Change::PutStoredEdge { edge: edge_type, from, to, sort_key, props })
        };
        Ok(Some([half(def.id, edge.from, edge.to), half(def.inverse, edge.to, edge.from)]))
    }

    async fn half(&self, edge: EdgeType, from: NodeId, to: NodeId) -> Result<Option<Edge>> {
        let mut there = self.shard(self.home(from)).edge(edge, from, &[to]).await;
        there.pop().unwrap_or_else(|| Err(Error::Engine { reason: "the shard did not answer a key".into() }))
    }

    fn check_end(&self, id: NodeId, end: &Result<Option<Arc<Node>>>, expected: NodeType) -> Result<()> {
        match end {
            Ok(Some(node)) if node.node_type == expected => Ok(()),
            Ok(Some(node)) => {
                let (expected, found) = (self.schema.type_name(expected), self.schema.type_name(node.node_type));
                Err(Error::WrongType { node: id, expected, found })
            }
            Ok(None) => Err(Error::NotFound { node: id }),
            Err(error) => Err(error.clone()),
        }
    }
}
