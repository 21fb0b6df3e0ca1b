//! Nodes in memory, shared by all requests of a process.
//!
//! It is coherent with every write made through the same store. The rule is that of a striped sequence lock: a
//! write moves the stripe of its node on before it starts and after its outcome, errors included; what a read brings
//! is kept only if the stripe has not moved since before the read. A write that has been answered is therefore never
//! hidden by an older node. Writes of other processes are not seen: with more than one, leave it off.

use std::sync::{Arc, Mutex, MutexGuard};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::id::NodeId;
use crate::limits::CACHE_STRIPES;
use crate::node::Node;

/// Nodes by id, bounded by bytes.
#[derive(Debug)]
pub(crate) struct NodeCache {
    nodes: Cache<NodeId, Arc<Node>, Bytes>,
    stripes: Vec<Mutex<u64>>,
}

/// Where the stripe of a node stood before it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp(u64);

/// A write that is under way.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    cache: &'a NodeCache,
    ids: Vec<NodeId>,
}

#[derive(Debug, Clone)]
struct Bytes;

/// What a cached node takes besides its body.
const NODE_BYTES: u64 = 160;

impl Weighter<NodeId, Arc<Node>> for Bytes {
    fn weight(&self, _: &NodeId, node: &Arc<Node>) -> u64 {
        node.body.memory() as u64 + NODE_BYTES
    }
}

impl NodeCache {
    /// An empty cache that holds at most this many bytes, about.
    pub(crate) fn new(bytes: u64) -> Self {
        // Laid out for nodes of a few hundred bytes; another size is no error.
        let nodes = usize::try_from(bytes / 512).unwrap_or(usize::MAX);
        let stripes = (0..CACHE_STRIPES).map(|_| Mutex::new(0)).collect();
        Self { nodes: Cache::with_weighter(nodes, bytes, Bytes), stripes }
    }

    /// A node that is known.
    pub(crate) fn get(&self, id: &NodeId) -> Option<Arc<Node>> {
        self.nodes.get(id)
    }

    /// To be taken before a node is read, for [`NodeCache::fill`].
    pub(crate) fn stamp(&self, id: &NodeId) -> Stamp {
        Stamp(*self.stripe(id))
    }

    /// Keeps a node that was read, unless it may have been written since the stamp.
    pub(crate) fn fill(&self, node: &Arc<Node>, stamp: Stamp) {
        // Looked at and put in under one lock. Put in first and taken out again if the stripe has moved, the old node
        // would be there for a moment after the write was answered.
        let stripe = self.stripe(&node.id);
        if *stripe == stamp.0 {
            self.nodes.insert(node.id, Arc::clone(node));
        }
    }

    /// Begins a write to these nodes, which lasts until the answer is dropped.
    pub(crate) fn change(&self, ids: Vec<NodeId>) -> Change<'_> {
        self.move_on(&ids);
        Change { cache: self, ids }
    }

    fn move_on(&self, ids: &[NodeId]) {
        for id in ids {
            let mut stripe = self.stripe(id);
            *stripe += 1;
            self.nodes.remove(id);
        }
    }

    fn stripe(&self, id: &NodeId) -> MutexGuard<'_, u64> {
        let random = u64::from_be_bytes(id.as_bytes()[8..].try_into().expect("an id has sixteen bytes"));
        let place = random % CACHE_STRIPES as u64;
        let stripe = &self.stripes[usize::try_from(place).expect("there are few stripes")];
        stripe.lock().expect("nothing that runs under the lock panics")
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.cache.move_on(&self.ids);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Body;
    use crate::id::{NodeType, Timestamp};
    use crate::value::Props;

    fn node(id: NodeId, version: u64) -> Arc<Node> {
        let body = Body::from_props(&Props::new()).expect("an empty body is small");
        let now = Timestamp::now();
        Arc::new(Node { id, node_type: NodeType(1), version, created: now, updated: now, body })
    }

    #[test]
    fn what_was_read_before_a_write_is_not_kept_after_it() {
        let cache = NodeCache::new(1 << 20);
        let id = NodeId::generate();
        let stamp = cache.stamp(&id);
        drop(cache.change(vec![id]));
        cache.fill(&node(id, 1), stamp);
        assert_eq!(cache.get(&id), None);
    }

    #[test]
    fn what_was_read_during_a_write_is_not_kept_after_it() {
        let cache = NodeCache::new(1 << 20);
        let id = NodeId::generate();
        let change = cache.change(vec![id]);
        let stamp = cache.stamp(&id);
        cache.fill(&node(id, 1), stamp);
        drop(change);
        assert_eq!(cache.get(&id), None);
        let stamp = cache.stamp(&id);
        cache.fill(&node(id, 2), stamp);
        assert_eq!(cache.get(&id).map(|node| node.version), Some(2));
    }

    #[test]
    fn it_stays_within_its_bytes() {
        let cache = NodeCache::new(64 << 10);
        for _ in 0..10_000 {
            let id = NodeId::generate();
            let stamp = cache.stamp(&id);
            cache.fill(&node(id, 1), stamp);
        }
        assert!(cache.nodes.weight() <= 64 << 10 && !cache.nodes.is_empty(), "{} bytes", cache.nodes.weight());
    }
}
