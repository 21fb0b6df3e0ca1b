//! The reads of a round.

use std::sync::Arc;

use futures::future::join_all;
use tracing::{Instrument, debug_span};

use crate::cache::Caches;
use crate::derive;
use crate::error::{Error, Result};
use crate::id::{EdgeType, IndexId, NodeId, NodeType};
use crate::index_key::{IndexKey, KeyRange};
use crate::limits::ROUND_DEADLINE;
use crate::node::Node;
use crate::read::{
    Answer, Edge, EdgeAfter, EdgePage, EdgeRead, EntryPage, IdPage, IndexRead, KeyPage, KeyScan, NodePage, Read,
    RoundStats, ScanRead, ValueRange, check_page,
};
use crate::schema::IndexKind;
use crate::shard::{Answering, ReadKind};
use crate::shard_map::ShardIdx;
use crate::value::Value;

use super::Store;
use super::parts::{Part, complete, gather, split};

/// Results for a batch, and the statements they took.
type Counted<T> = (Vec<Result<T>>, u64);

impl Store {
    /// Answers one read and says what it cost.
    pub(super) async fn answer(&self, read: Read) -> (Answer, RoundStats) {
        let keys = match &read {
            Read::Nodes { ids: keys } | Read::Edges { from: keys, .. } | Read::Counts { from: keys, .. } => keys.len(),
            Read::Edge { to, .. } => to.len(),
            Read::Find { values, .. } => values.len(),
            Read::Scan { ranges, .. } => ranges.len(),
            Read::Browse { .. } => 1,
        };
        let (answer, statements) = match read {
            Read::Nodes { ids } => {
                let (nodes, statements) = self.nodes(ids).await;
                (Answer::Nodes(nodes), statements)
            }
            Read::Edges { read, from } => {
                let (pages, statements) = self.edges(read, from).await;
                (Answer::Edges(pages), statements)
            }
            Read::Edge { edge, from, to } => {
                let (edges, statements) = self.edge(edge, from, to).await;
                (Answer::Edge(edges), statements)
            }
            Read::Counts { edge, from } => {
                let (counts, statements) = self.counts(edge, from).await;
                (Answer::Counts(counts), statements)
            }
            Read::Find { read, values } => {
                let (pages, statements) = self.find(read, &values).await;
                (Answer::Find(pages), statements)
            }
            Read::Scan { read, ranges } => {
                let (pages, statements) = self.scan(&read, &ranges).await;
                (Answer::Scan(pages), statements)
            }
            Read::Browse { node_type, after, first } => {
                let (page, statements) = self.browse(node_type, after, first).await;
                (Answer::Browse(page), statements)
            }
        };
        (answer, RoundStats { statements, keys: keys as u64 })
    }

    pub(super) async fn nodes(&self, ids: Vec<NodeId>) -> Counted<Option<Arc<Node>>> {
        let Some(Caches { nodes: cache, .. }) = &self.caches else {
            let mut nodes = vec![None; ids.len()];
            let statements = self.nodes_into(ids.into_iter().enumerate(), &mut nodes).await;
            return (complete(nodes), statements);
        };
        let mut nodes = ids.iter().map(|id| cache.get(id).map(|node| Ok(Some(node)))).collect::<Vec<_>>();
        let missing = (0..ids.len()).filter(|position| nodes[*position].is_none());
        let missing = missing.map(|position| (position, cache.stamp(&ids[position]))).collect::<Vec<_>>();
        let asked = missing.iter().map(|(position, _)| (*position, ids[*position]));
        let statements = self.nodes_into(asked, &mut nodes).await;
        for (position, stamp) in missing {
            if let Some(Ok(Some(node))) = &nodes[position] {
                cache.fill(node, stamp);
            }
        }
        (complete(nodes), statements)
    }

    async fn nodes_into(
        &self,
        ids: impl Iterator<Item = (usize, NodeId)>,
        nodes: &mut [Option<Result<Option<Arc<Node>>>>],
    ) -> u64 {
        let parts = self.by_node(ids, ReadKind::Nodes);
        let ask = |part| self.ask(part, ReadKind::Nodes, self.shard(part.shard).nodes(&part.keys));
        let shared = |answer: Vec<Result<Option<Node>>>| {
            answer.into_iter().map(|node| node.map(|node| node.map(Arc::new))).collect()
        };
        let answers = join_all(parts.iter().map(ask)).await.into_iter().map(shared).collect();
        let statements = parts.len() as u64;
        gather(parts, answers, nodes);
        statements
    }

    async fn edges(&self, read: EdgeRead, from: Vec<NodeId>) -> Counted<Arc<EdgePage>> {
        if let Err(error) = self.check_edge(read.edge).and_then(|()| check_page(read.first)) {
            return (vec![Err(error); from.len()], 0);
        }
        if read.first == 0 {
            return (vec![Ok(Arc::default()); from.len()], 0);
        }
        let mut pages = vec![None; from.len()];
        let mut statements = self.edge_pages(&read, from.iter().copied().enumerate(), &mut pages).await;
        if let Some(EdgeAfter::Node(to)) = read.after {
            statements += self.after_a_lost_edge(&read, to, &from, &mut pages).await;
        }
        (complete(pages), statements)
    }

    /// Puts in the pages of sources, at their positions: those that are known, and then those that have to be read.
    async fn edge_pages(
        &self,
        read: &EdgeRead,
        from: impl Iterator<Item = (usize, NodeId)>,
        pages: &mut [Option<Result<Arc<EdgePage>>>],
    ) -> u64 {
        let Some(Caches { pages: cache, .. }) = &self.caches else {
            return self.edge_pages_into(read, from, pages).await;
        };
        let mut missing = Vec::new();
        for (position, from) in from {
            let version = self.shard(self.home(from)).edges_version(read.edge, from);
            match version.and_then(|version| cache.get(read, from, version)) {
                Some(page) => pages[position] = Some(Ok(page)),
                None => missing.push((position, from, version)),
            }
        }
        if missing.is_empty() {
            return 0;
        }
        let asked = missing.iter().map(|(position, from, _)| (*position, *from));
        let statements = self.edge_pages_into(read, asked, pages).await;
        for (position, from, version) in missing {
            if let (Some(Ok(page)), Some(version)) = (&pages[position], version) {
                cache.fill(read, from, version, page);
            }
        }
        statements
    }

    async fn edge_pages_into(
        &self,
        read: &EdgeRead,
        from: impl Iterator<Item = (usize, NodeId)>,
        pages: &mut [Option<Result<Arc<EdgePage>>>],
    ) -> u64 {
        let parts = self.by_node(from, ReadKind::Edges);
        let ask = |part| self.ask(part, ReadKind::Edges, self.shard(part.shard).edges(read, &part.keys));
        let shared = |answer: Vec<Result<EdgePage>>| answer.into_iter().map(|page| page.map(Arc::new)).collect();
        let answers = join_all(parts.iter().map(ask)).await.into_iter().map(shared).collect();
        let statements = parts.len() as u64;
        gather(parts, answers, pages);
        statements
    }

    /// Reads again where the edge that a bare id named is gone: its place follows from the node,
    /// as long as that is there.
    async fn after_a_lost_edge(
        &self,
        read: &EdgeRead,
        to: NodeId,
        from: &[NodeId],
        pages: &mut [Option<Result<Arc<EdgePage>>>],
    ) -> u64 {
        let lost = |page: &Option<Result<Arc<EdgePage>>>| matches!(page, Some(Err(Error::CursorGone { .. })));
        let again: Vec<_> = (0..pages.len()).filter(|position| lost(&pages[*position])).collect();
        if again.is_empty() {
            return 0;
        }
        let Ok(def) = self.schema.edge(read.edge) else {
            // The place of a stored edge is told by nothing but the edge.
            return 0;
        };
        let (mut nodes, statements) = self.nodes(vec![to]).await;
        let sort_key = match nodes.pop() {
            Some(Ok(Some(node))) if node.node_type == def.to => derive::sort_key(def, &node),
            _ => return statements,
        };
        let Ok(sort_key) = sort_key else {
            return statements;
        };
        let read = EdgeRead { after: Some(EdgeAfter::Position { sort_key, to }), ..read.clone() };
        let again = again.into_iter().map(|position| (position, from[position]));
        statements + self.edge_pages(&read, again, pages).await
    }

    async fn edge(&self, edge: EdgeType, from: NodeId, to: Vec<NodeId>) -> Counted<Option<Edge>> {
        if let Err(error) = self.check_edge(edge) {
            return (vec![Err(error); to.len()], 0);
        }
        let mut edges = vec![None; to.len()];
        let home = self.home(from);
        let keys_per_statement = |shard| self.keys_per_statement(shard, ReadKind::Edge);
        let parts = split(to.into_iter().enumerate(), self.shards.len(), |_| home, keys_per_statement);
        let ask = |part| self.ask(part, ReadKind::Edge, self.shard(home).edge(edge, from, &part.keys));
        let answers = join_all(parts.iter().map(ask)).await;
        let statements = parts.len() as u64;
        gather(parts, answers, &mut edges);
        (complete(edges), statements)
    }

    async fn counts(&self, edge: EdgeType, from: Vec<NodeId>) -> Counted<u64> {
        if let Err(error) = self.check_edge(edge) {
            return (vec![Err(error); from.len()], 0);
        }
        let mut counts = vec![None; from.len()];
        let parts = self.by_node(from.into_iter().enumerate(), ReadKind::Counts);
        let ask = |part| self.ask(part, ReadKind::Counts, self.shard(part.shard).counts(edge, &part.keys));
        let answers = join_all(parts.iter().map(ask)).await;
        let statements = parts.len() as u64;
        gather(parts, answers, &mut counts);
        (complete(counts), statements)
    }

    pub(super) async fn find(&self, read: IndexRead, values: &[Value]) -> Counted<IdPage> {
        let kind = match self.check_index(read.index, read.first) {
            Ok(kind) => kind,
            Err(error) => return (vec![Err(error); values.len()], 0),
        };
        if read.first == 0 {
            return (vec![Ok(IdPage::default()); values.len()], 0);
        }
        let mut pages = vec![None; values.len()];
        let mut keys = Vec::with_capacity(values.len());
        for (position, value) in values.iter().enumerate() {
            match IndexKey::new(value) {
                Ok(key) => keys.push((position, key)),
                Err(error) => pages[position] = Some(Err(error)),
            }
        }
        let statements = match kind {
            IndexKind::Equality => self.find_by_value(&read, keys, &mut pages).await,
            IndexKind::Range => self.find_everywhere(&read, keys, &mut pages).await,
        };
        (complete(pages), statements)
    }

    async fn find_by_value(
        &self,
        read: &IndexRead,
        keys: Vec<(usize, IndexKey)>,
        pages: &mut [Option<Result<IdPage>>],
    ) -> u64 {
        let shard_of = |key: &IndexKey| self.map.shard_of(key.virtual_shard());
        let parts = split(keys, self.shards.len(), shard_of, |shard| self.keys_per_statement(shard, ReadKind::Find));
        let ask = |part| self.ask(part, ReadKind::Find, self.shard(part.shard).find(read, &part.keys));
        let answers = join_all(parts.iter().map(ask)).await;
        let statements = parts.len() as u64;
        gather(parts, answers, pages);
        statements
    }

    /// Asks every shard for every value, since entries lie with their nodes, and merges by id.
    async fn find_everywhere(
        &self,
        read: &IndexRead,
        keys: Vec<(usize, IndexKey)>,
        pages: &mut [Option<Result<IdPage>>],
    ) -> u64 {
        let parts = self.on_every_shard(&keys, ReadKind::Find);
        let ask = |part| self.ask(part, ReadKind::Find, self.shard(part.shard).find(read, &part.keys));
        let answers = join_all(parts.iter().map(ask)).await;
        let statements = parts.len() as u64;
        merge_all(parts, answers, pages, |so_far: &mut IdPage, found| {
            so_far.ids.extend(found.ids);
            so_far.has_next |= found.has_next;
        });
        for page in pages.iter_mut().flatten().flatten() {
            page.ids.sort_unstable();
            page.has_next |= page.ids.len() > read.first as usize;
            page.ids.truncate(read.first as usize);
        }
        statements
    }

    /// Asks every shard for every range, since entries lie with their nodes, and merges by value and id.
    async fn scan(&self, read: &ScanRead, ranges: &[ValueRange]) -> Counted<EntryPage> {
        let scan = match self.key_scan(read) {
            Ok(scan) => scan,
            Err(error) => return (vec![Err(error); ranges.len()], 0),
        };
        if read.first == 0 {
            return (vec![Ok(EntryPage::default()); ranges.len()], 0);
        }
        let mut pages = vec![None; ranges.len()];
        let mut keys = Vec::with_capacity(ranges.len());
        for (position, range) in ranges.iter().enumerate() {
            match key_range(range) {
                Ok(range) => keys.push((position, range)),
                Err(error) => pages[position] = Some(Err(error)),
            }
        }
        let parts = self.on_every_shard(&keys, ReadKind::Scan);
        let ask = |part| self.ask(part, ReadKind::Scan, self.shard(part.shard).scan(&scan, &part.keys));
        let answers = join_all(parts.iter().map(ask)).await;
        let statements = parts.len() as u64;
        merge_all(parts, answers, &mut pages, |so_far: &mut KeyPage, found| {
            so_far.entries.extend(found.entries);
            so_far.has_next |= found.has_next;
        });
        let pages = complete(pages).into_iter().map(|page| entry_page(page?, read.first));
        (pages.collect(), statements)
    }

    fn key_scan(&self, read: &ScanRead) -> Result<KeyScan> {
        if self.check_index(read.index, read.first)? != IndexKind::Range {
            let name = self.schema.index_name(read.index);
            return Err(Error::invalid(format!("index {name} finds equal values only; a scan takes a range index")));
        }
        let after = read.after.as_ref().map(|(value, id)| Ok((IndexKey::new(value)?, *id))).transpose()?;
        Ok(KeyScan { index: read.index, first: read.first, after })
    }

    fn on_every_shard<K: Clone>(&self, keys: &[(usize, K)], kind: ReadKind) -> Vec<Part<K>> {
        let keys_per_statement = |shard| self.keys_per_statement(shard, kind);
        let on = |shard| split(keys.iter().cloned(), self.shards.len(), move |_| shard, keys_per_statement);
        self.all_shards().flat_map(on).collect()
    }

    async fn browse(&self, node_type: NodeType, after: Option<NodeId>, first: u32) -> (Result<NodePage>, u64) {
        if let Err(error) = self.schema.node_type(node_type).map(drop).and_then(|()| check_page(first)) {
            return (Err(error), 0);
        }
        if first == 0 {
            return (Ok(NodePage::default()), 0);
        }
        let ask = |shard| async move {
            let page = self.shard(shard).browse(node_type, after, first);
            let statement = debug_span!("statement", kind = "Browse", shard = shard.0, keys = 1);
            self.tasks.at_most(ROUND_DEADLINE, page).instrument(statement).await.unwrap_or_else(|_| Err(late(shard)))
        };
        let pages = join_all(self.all_shards().map(ask)).await;
        let merged = pages.into_iter().collect::<Result<Vec<_>>>().map(|pages| merge_nodes(pages, first));
        (merged, self.shards.len() as u64)
    }

    fn by_node(&self, ids: impl Iterator<Item = (usize, NodeId)>, kind: ReadKind) -> Vec<Part<NodeId>> {
        split(ids, self.shards.len(), |id| self.home(*id), |shard| self.keys_per_statement(shard, kind))
    }

    fn keys_per_statement(&self, shard: ShardIdx, kind: ReadKind) -> usize {
        self.shard(shard).keys_per_statement(kind)
    }

    /// Waits for the answer to a part, up to the deadline of a round.
    async fn ask<K, T>(&self, part: &Part<K>, kind: ReadKind, answer: Answering<'_, Vec<Result<T>>>) -> Vec<Result<T>> {
        let statement = debug_span!("statement", ?kind, shard = part.shard.0, keys = part.keys.len());
        match self.tasks.at_most(ROUND_DEADLINE, answer).instrument(statement).await {
            Ok(results) => results,
            Err(_) => part.keys.iter().map(|_| Err(late(part.shard))).collect(),
        }
    }

    fn check_edge(&self, edge: EdgeType) -> Result<()> {
        if self.schema.stored_target(edge).is_some() {
            return Ok(());
        }
        let def = self.schema.edge(edge)?;
        if !self.with_catalog(|catalog| catalog.edge_ready(edge)) {
            return Err(Error::NotReady { what: format!("edge {}", def.name).into() });
        }
        Ok(())
    }

    fn check_index(&self, index: IndexId, first: u32) -> Result<IndexKind> {
        let def = self.schema.index(index)?;
        check_page(first)?;
        if !self.with_catalog(|catalog| catalog.index_ready(index)) {
            return Err(Error::NotReady { what: format!("index {}", def.name).into() });
        }
        Ok(def.kind)
    }
}

fn late(shard: ShardIdx) -> Error {
    Error::unavailable(format!("shard {} did not answer in time", shard.0))
}

/// Puts together what the shards found for each key. An error of one is the answer: a list with a
/// hole would pass for whole.
fn merge_all<K, T>(
    parts: Vec<Part<K>>,
    answers: Vec<Vec<Result<T>>>,
    pages: &mut [Option<Result<T>>],
    merge: impl Fn(&mut T, T),
) {
    for (part, answer) in parts.into_iter().zip(answers) {
        let mut of_shard: Vec<Option<Result<T>>> = pages.iter().map(|_| None).collect();
        gather(vec![part], vec![answer], &mut of_shard);
        for (page, found) in pages.iter_mut().zip(of_shard) {
            match (page.as_mut(), found) {
                (_, None) | (Some(Err(_)), _) => {}
                (Some(Ok(so_far)), Some(Ok(found))) => merge(so_far, found),
                (_, found) => *page = found,
            }
        }
    }
}

fn key_range(range: &ValueRange) -> Result<KeyRange> {
    match range {
        ValueRange::Between { lower, upper } => KeyRange::between(lower, upper),
        ValueRange::Prefix(prefix) => KeyRange::prefix(prefix),
    }
}

/// The first entries of pages that are each in order.
fn entry_page(page: KeyPage, first: u32) -> Result<EntryPage> {
    let KeyPage { mut entries, mut has_next } = page;
    entries.sort_unstable();
    has_next |= entries.len() > first as usize;
    entries.truncate(first as usize);
    let entries = entries.into_iter().map(|(key, id)| Ok((key.to_value()?, id))).collect::<Result<_>>()?;
    Ok(EntryPage { entries, has_next })
}

/// The first nodes of pages that are each in order, and the errors of that stretch.
fn merge_nodes(pages: Vec<NodePage>, first: u32) -> NodePage {
    let mut merged = NodePage::default();
    let mut rows = Vec::new();
    for page in pages {
        merged.has_next |= page.has_next;
        rows.extend(page.nodes.into_iter().map(|node| (node.id, Ok(node))));
        rows.extend(page.unreadable.into_iter().filter_map(|error| match error {
            Error::Corrupt { node, .. } => Some((node, Err(error))),
            _ => None,
        }));
    }
    rows.sort_unstable_by_key(|(id, _)| *id);
    merged.has_next |= rows.len() > first as usize;
    rows.truncate(first as usize);
    merged.last = rows.last().map(|(id, _)| *id);
    for (_, row) in rows {
        match row {
            Ok(node) => merged.nodes.push(node),
            Err(error) => merged.unreadable.push(error),
        }
    }
    merged
}
