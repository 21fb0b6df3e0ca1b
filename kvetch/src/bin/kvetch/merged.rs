//! The rows of all shards as one list, in the order of their keys, a page of each shard at a time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use futures::future::try_join_all;
use kvetch::{EdgeKey, EdgeRow, EdgeType, Error, Kvetch, Node, NodeId, NodeType, Result, Shard, ShardIdx};

/// Rows that are read at a time from one shard.
const PAGE: u32 = 256;

/// Something that every shard has a list of.
pub(crate) trait Listing {
    type Key: Copy + Ord;
    type Row;

    fn key(row: &Self::Row) -> Self::Key;

    /// The id that says which shard the row belongs to.
    fn home(row: &Self::Row) -> NodeId;

    /// The page of a shard after a key, and the key it ends with; none at the end of the list.
    async fn page(&self, shard: &dyn Shard, after: Option<Self::Key>) -> Result<Page<Self::Row, Self::Key>>;
}

/// A page of one shard.
pub(crate) struct Page<Row, Key> {
    rows: Vec<Row>,
    last: Option<Key>,
    unreadable: Vec<Error>,
}

/// The nodes of a type.
pub(crate) struct Nodes(pub(crate) NodeType);

impl Listing for Nodes {
    type Key = NodeId;
    type Row = Node;

    fn key(node: &Node) -> NodeId {
        node.id
    }

    fn home(node: &Node) -> NodeId {
        node.id
    }

    async fn page(&self, shard: &dyn Shard, after: Option<NodeId>) -> Result<Page<Node, NodeId>> {
        let page = shard.browse(self.0, after, PAGE).await?;
        Ok(Page { rows: page.nodes, last: page.last, unreadable: page.unreadable })
    }
}

/// The halves of a stored edge that lie with the nodes it leads from.
pub(crate) struct Edges(pub(crate) EdgeType);

impl Listing for Edges {
    type Key = EdgeKey;
    type Row = EdgeRow;

    fn key(row: &EdgeRow) -> EdgeKey {
        row.key()
    }

    fn home(row: &EdgeRow) -> NodeId {
        row.from
    }

    async fn page(&self, shard: &dyn Shard, after: Option<EdgeKey>) -> Result<Page<EdgeRow, EdgeKey>> {
        let rows = shard.list_edges(self.0, after, PAGE).await?;
        Ok(Page { last: rows.last().map(EdgeRow::key), rows, unreadable: Vec::new() })
    }
}

/// The lists of all shards, merged.
pub(crate) struct Merged<'a, L: Listing> {
    store: &'a Kvetch,
    listing: L,
    parts: Vec<Part<L>>,
    heads: BinaryHeap<Reverse<(L::Key, usize)>>,
    /// What could not be read since it was last asked for.
    unreadable: Vec<Error>,
}

/// The list of one shard: what was read and not yet given out, and where the rest begins.
struct Part<L: Listing> {
    rows: VecDeque<L::Row>,
    after: Option<L::Key>,
    is_over: bool,
}

impl<'a, L: Listing> Merged<'a, L> {
    /// The rows after a key, or all.
    pub(crate) async fn after(store: &'a Kvetch, listing: L, after: Option<L::Key>) -> Result<Self> {
        let begin = |_| Part { rows: VecDeque::new(), after, is_over: false };
        let parts = (0..store.shards().len()).map(begin).collect();
        let mut merged = Self { store, listing, parts, heads: BinaryHeap::new(), unreadable: Vec::new() };
        let shards: Vec<usize> = (0..merged.parts.len()).collect();
        let pages = try_join_all(shards.iter().map(|shard| merged.page(*shard))).await?;
        for (shard, page) in shards.into_iter().zip(pages) {
            merged.turn(shard, page);
            merged.read_on(shard).await?;
        }
        Ok(merged)
    }

    /// The next row.
    pub(crate) async fn next(&mut self) -> Result<Option<L::Row>> {
        let Some(Reverse((_, shard))) = self.heads.pop() else { return Ok(None) };
        let row = self.parts[shard].rows.pop_front().expect("a shard with a head has a row");
        self.read_on(shard).await?;
        Ok(Some(row))
    }

    pub(crate) fn take_unreadable(&mut self) -> Vec<Error> {
        std::mem::take(&mut self.unreadable)
    }

    /// Reads until the shard has a row again or its list is over, and says which row is its first.
    async fn read_on(&mut self, shard: usize) -> Result<()> {
        while self.parts[shard].rows.is_empty() && !self.parts[shard].is_over {
            let page = self.page(shard).await?;
            self.turn(shard, page);
        }
        if let Some(row) = self.parts[shard].rows.front() {
            self.heads.push(Reverse((L::key(row), shard)));
        }
        Ok(())
    }

    async fn page(&self, shard: usize) -> Result<Page<L::Row, L::Key>> {
        self.listing.page(&*self.store.shards()[shard], self.parts[shard].after).await
    }

    /// Takes a page in. Rows on a shard where nobody looks for them are named, not given out.
    fn turn(&mut self, shard: usize, page: Page<L::Row, L::Key>) {
        let map = self.store.shard_map();
        let is_at_home = |row: &L::Row| map.shard_of(L::home(row).virtual_shard()) == ShardIdx(shard as u16);
        let (rows, strays): (Vec<_>, Vec<_>) = page.rows.into_iter().partition(is_at_home);
        let stray = |row: L::Row| Error::CorruptRecord {
            record: format!("row of {}", L::home(&row)).into(),
            reason: format!("it lies on shard {shard}, where it does not belong").into(),
        };
        self.unreadable.extend(page.unreadable);
        self.unreadable.extend(strays.into_iter().map(stray));
        let part = &mut self.parts[shard];
        part.is_over = page.last.is_none();
        part.after = page.last.or(part.after);
        part.rows.extend(rows);
    }
}
