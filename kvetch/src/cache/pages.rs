//! Pages of edges in memory.
//!
//! A page is kept with the version that its list had before it was read ([`Shard::edges_version`](crate::Shard)), and
//! is as good as read anew for as long as the list has that version. Nothing has to be told here of a write: what has
//! become old is found to be old, and goes when room is needed.

use std::sync::Arc;

use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use crate::id::NodeId;
use crate::read::{Edge, EdgePage, EdgeRead};

/// Pages by what was read and from which node, bounded by bytes.
#[derive(Debug)]
pub(crate) struct PageCache {
    pages: Cache<Key, Kept, Bytes>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    read: EdgeRead,
    from: NodeId,
}

/// The same, borrowed. It hashes as a [`Key`] does.
#[derive(Hash)]
struct KeyRef<'a> {
    read: &'a EdgeRead,
    from: &'a NodeId,
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.from == key.from && *self.read == key.read
    }
}

#[derive(Debug, Clone)]
struct Kept {
    version: u64,
    page: Arc<EdgePage>,
}

#[derive(Debug, Clone)]
struct Bytes;

/// What a page takes besides its edges.
const PAGE_BYTES: u64 = 224;

impl Weighter<Key, Kept> for Bytes {
    fn weight(&self, _: &Key, kept: &Kept) -> u64 {
        let edges = &kept.page.edges;
        let props = edges.iter().filter_map(|edge| edge.props.as_ref()).map(|props| props.memory() as u64);
        PAGE_BYTES + (edges.capacity() * size_of::<Edge>()) as u64 + props.sum::<u64>()
    }
}

impl PageCache {
    /// An empty cache that holds at most this many bytes, about.
    pub(crate) fn new(bytes: u64) -> Self {
        // Laid out for pages of about ten edges; another size is no error.
        let pages = usize::try_from(bytes / 1024).unwrap_or(usize::MAX);
        Self { pages: Cache::with_weighter(pages, bytes, Bytes) }
    }

    /// A page that is known, of a list that has this version.
    pub(crate) fn get(&self, read: &EdgeRead, from: NodeId, version: u64) -> Option<Arc<EdgePage>> {
        let kept = self.pages.get(&KeyRef { read, from: &from })?;
        (kept.version == version).then_some(kept.page)
    }

    /// Keeps a page that was read from a list after it had this version.
    pub(crate) fn fill(&self, read: &EdgeRead, from: NodeId, version: u64, page: &Arc<EdgePage>) {
        let page = Arc::clone(page);
        self.pages.insert(Key { read: read.clone(), from }, Kept { version, page });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::EdgeType;

    fn page(edges: usize) -> Arc<EdgePage> {
        let edge = |_| Edge { to: NodeId::generate(), sort_key: 0, props: None };
        Arc::new(EdgePage { edges: (0..edges).map(edge).collect(), has_next: false })
    }

    #[test]
    fn a_page_is_known_by_all_that_was_read_and_for_one_version() {
        let cache = PageCache::new(1 << 20);
        let (read, from, kept) = (EdgeRead::new(EdgeType(1), 10), NodeId::generate(), page(3));
        cache.fill(&read, from, 4, &kept);
        assert_eq!(cache.get(&read, from, 4), Some(kept));
        assert_eq!(cache.get(&read, from, 6), None);
        assert_eq!(cache.get(&read, NodeId::generate(), 4), None);
        assert_eq!(cache.get(&EdgeRead::new(EdgeType(1), 11), from, 4), None);
        assert_eq!(cache.get(&EdgeRead::new(EdgeType(2), 10), from, 4), None);
    }

    #[test]
    fn it_stays_within_its_bytes() {
        let cache = PageCache::new(64 << 10);
        let read = EdgeRead::new(EdgeType(1), 100);
        for size in (0..100).cycle().take(10_000) {
            cache.fill(&read, NodeId::generate(), 0, &page(size));
        }
        assert!(cache.pages.weight() <= 64 << 10 && !cache.pages.is_empty(), "{} bytes", cache.pages.weight());
    }
}
