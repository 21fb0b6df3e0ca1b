//! An engine that does one thing wrong, in each of many ways. The kit has to notice every one of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kvetch::conformance::fixture::LIST;
use kvetch::conformance::{Layer, Layered, cases, check_these};
use kvetch::{
    Answering, Census, Claim, ClaimRow, Claimed, Delivery, EdgeKey, EdgePage, EdgeRead, EdgeRow, EdgeType, Error,
    IdPage, IndexId, IndexKey, IndexRead, KeyPage, KeyRange, KeyScan, Node, NodeId, NodePage, NodeType, NodeWrite,
    Nonce, Outcome, Place, Prunable, PrunePage, Pruned, Result, Shard, Tally, Timestamp, Tombstone, shards_at,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Breakage {
    NodesOutOfOrder,
    NodesMissing,
    NodesAnsweredOnce,
    EdgesOutOfOrder,
    EdgesTwice,
    EdgesIgnoreFirst,
    EdgesIgnoreRange,
    EdgesForgetCursors,
    EdgesNeverEnd,
    EdgePropsLost,
    CountsWrong,
    CountsOfTheFirst,
    FindUnsorted,
    FindOfTheFirst,
    ScanIgnoresBounds,
    ScanSkips,
    BrowseUnsorted,
    WritesDoneTwice,
    WritesNotDone,
    TogetherOneByOne,
    FencesIgnored,
    DeliveriesLost,
    ClaimsAlwaysGranted,
    CensusCountsTombstones,
    TombstonesForgotten,
    ListedEdgesUnsorted,
    ListedEdgesSkipped,
    ListedCountsSkipped,
    ListedClaimsSkipped,
    ClaimsOfOutOfOrder,
    TalliesOfTheCounts,
    VoidedByEverybody,
    IntentsNotSettled,
    PrunesEverything,
    PrunesNothing,
}

#[derive(Debug)]
struct Broken {
    how: Breakage,
    deliveries: AtomicU64,
}

impl Broken {
    fn is(&self, how: Breakage) -> bool {
        self.how == how
    }
}

fn error() -> Error {
    Error::Unavailable { reason: "never shown".into() }
}

impl Layer for Broken {
    fn nodes<'a>(&'a self, inner: &'a dyn Shard, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Node>>>> {
        Box::pin(async move {
            let mut nodes = inner.nodes(ids).await;
            match self.how {
                Breakage::NodesOutOfOrder => {
                    nodes.sort_by_key(|node| node.as_ref().ok().cloned().flatten().map(|node| node.id));
                }
                Breakage::NodesMissing => nodes.iter_mut().skip(1).for_each(|node| *node = Ok(None)),
                Breakage::NodesAnsweredOnce => nodes.dedup(),
                _ => {}
            }
            nodes
        })
    }

    fn edges<'a>(
        &'a self,
        inner: &'a dyn Shard,
        read: &'a EdgeRead,
        from: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<EdgePage>>> {
        let mut read = read.clone();
        match self.how {
            Breakage::EdgesIgnoreFirst => read.first = 1000,
            Breakage::EdgesIgnoreRange => read.range = kvetch::SortRange::default(),
            Breakage::EdgesForgetCursors => read.after = None,
            _ => {}
        }
        Box::pin(async move {
            let mut pages = inner.edges(&read, from).await;
            for page in pages.iter_mut().flatten() {
                match self.how {
                    Breakage::EdgesOutOfOrder => page.edges.sort_by_key(|edge| edge.to),
                    Breakage::EdgesTwice => page.edges.extend(page.edges.last().cloned()),
                    Breakage::EdgesNeverEnd => page.has_next = false,
                    Breakage::EdgePropsLost => page.edges.iter_mut().for_each(|edge| edge.props = None),
                    _ => {}
                }
            }
            pages
        })
    }

    fn counts<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        from: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<u64>>> {
        Box::pin(async move {
            let mut counts = inner.counts(edge, from).await;
            for count in counts.iter_mut().flatten() {
                match self.how {
                    Breakage::CountsWrong => *count += 1,
                    Breakage::CountsOfTheFirst => *count = 1.min(*count),
                    _ => {}
                }
            }
            counts
        })
    }

    fn find<'a>(
        &'a self,
        inner: &'a dyn Shard,
        read: &'a IndexRead,
        values: &'a [IndexKey],
    ) -> Answering<'a, Vec<Result<IdPage>>> {
        Box::pin(async move {
            let mut pages = inner.find(read, values).await;
            for page in pages.iter_mut().flatten() {
                match self.how {
                    Breakage::FindUnsorted => page.ids.reverse(),
                    Breakage::FindOfTheFirst => page.ids.truncate(1),
                    _ => {}
                }
            }
            pages
        })
    }

    fn scan<'a>(
        &'a self,
        inner: &'a dyn Shard,
        scan: &'a KeyScan,
        ranges: &'a [KeyRange],
    ) -> Answering<'a, Vec<Result<KeyPage>>> {
        Box::pin(async move {
            let all = KeyRange { from: IndexKey::from_bytes(&[]), until: IndexKey::from_bytes(&[255]) };
            let all = vec![all; ranges.len()];
            let ranges = if self.is(Breakage::ScanIgnoresBounds) { &all } else { ranges };
            let mut pages = inner.scan(scan, ranges).await;
            for page in pages.iter_mut().flatten() {
                if self.is(Breakage::ScanSkips) {
                    page.entries.drain(..1.min(page.entries.len()));
                }
            }
            pages
        })
    }

    fn browse<'a>(
        &'a self,
        inner: &'a dyn Shard,
        node_type: NodeType,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'a, Result<NodePage>> {
        Box::pin(async move {
            let after = if self.is(Breakage::BrowseUnsorted) { None } else { after };
            inner.browse(node_type, after, first).await
        })
    }

    fn write<'a>(
        &'a self,
        inner: &'a dyn Shard,
        place: &'a Place,
        writes: Vec<NodeWrite>,
    ) -> Answering<'a, Vec<Result<Outcome>>> {
        Box::pin(async move {
            if self.is(Breakage::WritesNotDone) {
                return writes.iter().map(|_| Err(error())).collect();
            }
            let again = self.is(Breakage::WritesDoneTwice).then(|| writes.clone());
            let outcomes = inner.write(place, writes).await;
            if let Some(again) = again {
                drop(inner.write(place, again).await);
            }
            outcomes
        })
    }

    fn write_together<'a>(
        &'a self,
        inner: &'a dyn Shard,
        place: &'a Place,
        writes: Vec<NodeWrite>,
    ) -> Answering<'a, Result<Vec<Outcome>>> {
        Box::pin(async move {
            if self.is(Breakage::TogetherOneByOne) {
                return inner.write(place, writes).await.into_iter().collect();
            }
            inner.write_together(place, writes).await
        })
    }

    fn apply<'a>(&'a self, inner: &'a dyn Shard, mut deliveries: Vec<Delivery>) -> Answering<'a, Vec<Result<()>>> {
        Box::pin(async move {
            match self.how {
                Breakage::FencesIgnored => {
                    for delivery in &mut deliveries {
                        delivery.version = 1000 + self.deliveries.fetch_add(1, Ordering::SeqCst);
                    }
                }
                Breakage::DeliveriesLost => return deliveries.iter().map(|_| Ok(())).collect(),
                _ => {}
            }
            inner.apply(deliveries).await
        })
    }

    fn claim<'a>(&'a self, inner: &'a dyn Shard, claims: Vec<Claim>) -> Answering<'a, Vec<Result<Claimed>>> {
        Box::pin(async move {
            let claimed = inner.claim(claims).await;
            if self.is(Breakage::ClaimsAlwaysGranted) {
                return claimed.into_iter().map(|_| Ok(Claimed::Granted)).collect();
            }
            claimed
        })
    }

    fn census<'a>(&'a self, inner: &'a dyn Shard) -> Answering<'a, Result<Census>> {
        Box::pin(async move {
            let mut census = inner.census().await?;
            if self.is(Breakage::CensusCountsTombstones) {
                *census.nodes.entry(LIST).or_default() += census.tombstones;
            }
            Ok(census)
        })
    }

    fn tombstones<'a>(
        &'a self,
        inner: &'a dyn Shard,
        ids: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<Option<Tombstone>>>> {
        Box::pin(async move {
            let forgets = self.is(Breakage::TombstonesForgotten);
            let found = inner.tombstones(ids).await;
            found.into_iter().map(|found| found.map(|found| found.filter(|_| !forgets))).collect()
        })
    }

    fn list_edges<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        after: Option<EdgeKey>,
        first: u32,
    ) -> Answering<'a, Result<Vec<EdgeRow>>> {
        Box::pin(async move {
            let mut rows = inner.list_edges(edge, after, first).await?;
            match self.how {
                Breakage::ListedEdgesUnsorted => rows.reverse(),
                Breakage::ListedEdgesSkipped if after.is_some() && !rows.is_empty() => drop(rows.remove(0)),
                _ => {}
            }
            Ok(rows)
        })
    }

    fn list_counts<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'a, Result<Vec<(NodeId, i64)>>> {
        Box::pin(async move {
            let mut rows = inner.list_counts(edge, after, first).await?;
            if self.is(Breakage::ListedCountsSkipped) {
                rows.pop();
            }
            Ok(rows)
        })
    }

    fn list_claims<'a>(
        &'a self,
        inner: &'a dyn Shard,
        index: IndexId,
        after: Option<IndexKey>,
        first: u32,
    ) -> Answering<'a, Result<Vec<ClaimRow>>> {
        Box::pin(async move {
            let mut rows = inner.list_claims(index, after, first).await?;
            if self.is(Breakage::ListedClaimsSkipped) {
                rows.pop();
            }
            Ok(rows)
        })
    }

    fn claims_of<'a>(
        &'a self,
        inner: &'a dyn Shard,
        index: IndexId,
        values: &'a [IndexKey],
    ) -> Answering<'a, Vec<Result<Option<ClaimRow>>>> {
        Box::pin(async move {
            let mut claims = inner.claims_of(index, values).await;
            if self.is(Breakage::ClaimsOfOutOfOrder) {
                claims.reverse();
            }
            claims
        })
    }

    fn tallies<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        from: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<Tally>>> {
        Box::pin(async move {
            let told =
                |tally: Tally| if self.is(Breakage::TalliesOfTheCounts) { Tally { edges: 0, ..tally } } else { tally };
            inner.tallies(edge, from).await.into_iter().map(|tally| tally.map(told)).collect()
        })
    }

    fn void<'a>(&'a self, inner: &'a dyn Shard, nonces: Vec<Nonce>) -> Answering<'a, Result<Vec<bool>>> {
        Box::pin(async move {
            let voided = inner.void(nonces).await?;
            Ok(voided.into_iter().map(|first| first || self.is(Breakage::VoidedByEverybody)).collect())
        })
    }

    fn settle<'a>(&'a self, inner: &'a dyn Shard, applied: Vec<(NodeId, u64)>) -> Answering<'a, Result<()>> {
        let applied = if self.is(Breakage::IntentsNotSettled) { Vec::new() } else { applied };
        inner.settle(applied)
    }

    fn prune<'a>(
        &'a self,
        inner: &'a dyn Shard,
        what: Prunable,
        before: Timestamp,
        page: PrunePage,
    ) -> Answering<'a, Result<Pruned>> {
        let before = match self.how {
            Breakage::PrunesEverything => Timestamp(i64::MAX),
            Breakage::PrunesNothing => Timestamp(i64::MIN),
            _ => before,
        };
        inner.prune(what, before, page)
    }
}

async fn broken(how: Breakage) -> Result<Vec<Arc<dyn Shard>>> {
    let shards = shards_at(&["memory:?shards=3".parse()?]).await?;
    let around = |shard| {
        let layer = Broken { how, deliveries: AtomicU64::new(0) };
        Layered::around(shard, Arc::new(layer))
    };
    Ok(shards.into_iter().map(around).collect())
}

/// Runs the cases of the areas where the breakage shows, until one fails: whole runs take long.
#[tokio::test]
async fn the_kit_notices_everything_that_an_engine_can_do_wrong() {
    let mut missed = Vec::new();
    for (how, area) in [
        (Breakage::NodesOutOfOrder, "reads"),
        (Breakage::NodesMissing, "reads"),
        (Breakage::NodesAnsweredOnce, "reads"),
        (Breakage::EdgesOutOfOrder, "reads"),
        (Breakage::EdgesTwice, "reads"),
        (Breakage::EdgesIgnoreFirst, "reads"),
        (Breakage::EdgesIgnoreRange, "reads"),
        (Breakage::EdgesForgetCursors, "reads::a_cursor"),
        (Breakage::EdgesNeverEnd, "reads"),
        (Breakage::EdgePropsLost, "edges"),
        (Breakage::CountsWrong, "writes"),
        (Breakage::CountsOfTheFirst, "edges"),
        (Breakage::FindUnsorted, "reads::an_index_is_found"),
        (Breakage::FindOfTheFirst, "reads::an_index_is_found"),
        (Breakage::ScanIgnoresBounds, "reads"),
        (Breakage::ScanSkips, "reads"),
        (Breakage::BrowseUnsorted, "reads::a_type_is_browsed"),
        (Breakage::WritesDoneTwice, "writes"),
        (Breakage::WritesNotDone, "writes"),
        (Breakage::TogetherOneByOne, "together"),
        (Breakage::FencesIgnored, "deliveries"),
        (Breakage::DeliveriesLost, "deliveries"),
        (Breakage::ClaimsAlwaysGranted, "unique"),
        (Breakage::CensusCountsTombstones, "restores::a_shard"),
        (Breakage::TombstonesForgotten, "restores::what_is_left"),
        (Breakage::ListedEdgesUnsorted, "listings"),
        (Breakage::ListedEdgesSkipped, "listings"),
        (Breakage::ListedCountsSkipped, "listings"),
        (Breakage::ListedClaimsSkipped, "listings"),
        (Breakage::ClaimsOfOutOfOrder, "listings"),
        (Breakage::TalliesOfTheCounts, "listings"),
        (Breakage::VoidedByEverybody, "pruning"),
        (Breakage::IntentsNotSettled, "pruning"),
        (Breakage::PrunesEverything, "pruning"),
        (Breakage::PrunesNothing, "pruning"),
    ] {
        let mut noticed = false;
        for case in cases().into_iter().filter(|case| case.name.starts_with(area)) {
            noticed |= !check_these(&[case], || broken(how)).await.is_empty();
            if noticed {
                break;
            }
        }
        if !noticed {
            missed.push((how, area));
        }
    }
    assert!(missed.is_empty(), "not noticed: {missed:?}");
}
