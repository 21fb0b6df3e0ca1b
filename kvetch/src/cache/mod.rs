//! What is kept in memory of a store, shared by all requests of a process.

mod nodes;
mod pages;

pub(crate) use self::nodes::{Change, NodeCache};
pub(crate) use self::pages::PageCache;

/// One part in so many is for pages: an edge takes about a tenth of what the node takes that it leads to.
const OF_PAGES: u64 = 8;

/// The caches of one store.
#[derive(Debug)]
pub(crate) struct Caches {
    pub(crate) nodes: NodeCache,
    pub(crate) pages: PageCache,
}

impl Caches {
    /// Empty ones that hold at most this many bytes together, about.
    pub(crate) fn new(bytes: u64) -> Self {
        let pages = bytes / OF_PAGES;
        Self { nodes: NodeCache::new(bytes - pages), pages: PageCache::new(pages) }
    }
}
