//! Reading a section: all its nodes, and all the rows there are, on every shard that answers.

use crate::change::{Change, Row};
use crate::derive::derive;
use crate::error::{Error, Result};
use crate::id::{EdgeType, IndexId, NodeId, NodeType, Timestamp};
use crate::index_key::{IndexKey, KeyRange};
use crate::limits::{CLAIM_GRACE, ROUND_DEADLINE, VERIFY_PAGE_ROWS};
use crate::listing::EdgeRow;
use crate::read::KeyScan;
use crate::shard::{Answering, route};
use crate::shard_map::ShardIdx;

use super::counts::Counts;
use super::look::{Suspect, source};
use super::sums::{Content, Side, Sink};
use super::{Covered, Lost, Section, Survey};

pub(super) const FIRST: u32 = VERIFY_PAGE_ROWS;

impl Survey<'_> {
    pub(super) async fn walk(&mut self, section: Section, sink: &mut Sink) -> std::result::Result<(), Lost> {
        let covered = self.covered(section);
        for shard in self.store.all_shards() {
            if self.sees(shard) {
                self.walk_shard(section, &covered, shard, sink).await.map_err(|error| Lost(shard, error))?;
            }
        }
        Ok(())
    }

    async fn walk_shard(
        &mut self,
        section: Section,
        covered: &Covered,
        shard: ShardIdx,
        sink: &mut Sink,
    ) -> Result<()> {
        match section {
            Section::Derived(node_type) => {
                self.nodes(node_type, covered, shard, sink).await?;
                for edge in &covered.edges {
                    self.edges(*edge, None, shard, sink).await?;
                }
                for (index, unique) in &covered.indexes {
                    self.entries(*index, shard, sink).await?;
                    if *unique {
                        self.claims(*index, shard, sink).await?;
                    }
                }
            }
            Section::Stored(edge) => {
                let inverse = self.store.schema.stored_edge(edge)?.inverse;
                self.edges(edge, Some((edge, Side::Said)), shard, sink).await?;
                self.edges(inverse, Some((edge, Side::There)), shard, sink).await?;
            }
        }
        Ok(())
    }

    /// What the nodes say.
    async fn nodes(&mut self, node_type: NodeType, covered: &Covered, shard: ShardIdx, sink: &mut Sink) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.page(self.store.shard(shard).browse(node_type, after, FIRST)).await?;
            for node in &page.nodes {
                if self.store.home(node.id) != shard {
                    if sink.is_first() {
                        let reason = format!("it lies on shard {}, where nobody looks for it", shard.0);
                        self.report.cannot_read(Error::Corrupt { node: node.id, reason: reason.into() });
                    }
                    continue;
                }
                match derive(&self.store.schema, None, Some(node)) {
                    Ok(changes) => changes.iter().for_each(|change| self.say(change, covered, sink)),
                    Err(error) if sink.is_first() => self.report.cannot_read(error),
                    Err(_) => {}
                }
            }
            if sink.is_first() {
                self.report.nodes += page.nodes.len() as u64;
                page.unreadable.into_iter().for_each(|error| self.report.cannot_read(error));
            }
            self.turned_page(page.nodes.len()).await?;
            after = page.last;
            if !page.has_next {
                return Ok(());
            }
        }
    }

    fn say(&self, change: &Change, covered: &Covered, sink: &mut Sink) {
        let row = change.row();
        let is_covered = match &row {
            Row::Edge(edge, ..) => covered.edges.contains(edge),
            Row::Entry(index, ..) | Row::Claim(index, ..) => covered.indexes.iter().any(|(id, _)| id == index),
        };
        if is_covered && self.sees(route(&self.store.schema, &self.store.map, change)) {
            let content = match change {
                Change::PutEdge { sort_key, .. } => Content::at(*sort_key),
                _ => Content::NONE,
            };
            sink.take(Side::Said, &row, content, Suspect::Row);
        }
    }

    /// Edges of one type, each source's beside its count; of a stored one, as its half that leads forward
    /// or the one that leads back.
    async fn edges(
        &mut self,
        edge: EdgeType,
        half: Option<(EdgeType, Side)>,
        shard: ShardIdx,
        sink: &mut Sink,
    ) -> Result<()> {
        let mut counts = Counts::of(shard, edge);
        let mut after = None;
        let mut run: Option<(NodeId, i64)> = None;
        loop {
            let page = self.page(self.store.shard(shard).list_edges(edge, after, FIRST)).await?;
            let alive = if half.is_some() { self.alive(shard, &page).await? } else { Vec::new() };
            for row in &page {
                match &mut run {
                    Some((from, edges)) if *from == row.from => *edges += 1,
                    ended => {
                        if let Some(ended) = ended.replace((row.from, 1)).filter(|_| sink.is_first()) {
                            self.compare_count(&mut counts, Some(ended)).await?;
                        }
                    }
                }
                self.there(edge, half, shard, row, &alive, sink).await;
            }
            if sink.is_first() {
                self.report.rows += page.len() as u64;
            }
            self.turned_page(page.len()).await?;
            after = page.last().map(EdgeRow::key);
            if page.len() < FIRST as usize {
                break;
            }
        }
        if sink.is_first() {
            if let Some(ended) = run {
                self.compare_count(&mut counts, Some(ended)).await?;
            }
            self.compare_count(&mut counts, None).await?;
        }
        Ok(())
    }

    async fn there(
        &mut self,
        edge: EdgeType,
        half: Option<(EdgeType, Side)>,
        shard: ShardIdx,
        row: &EdgeRow,
        alive: &[NodeId],
        sink: &mut Sink,
    ) {
        if self.store.home(row.from) != shard {
            if sink.is_first() {
                self.suspect(Suspect::Misplaced(shard, Row::Edge(edge, row.from, row.to))).await;
            }
            return;
        }
        if !self.sees(self.store.home(row.to)) {
            return;
        }
        match half {
            None => {
                let content = Content::at(row.sort_key);
                sink.take(Side::There, &Row::Edge(edge, row.from, row.to), content, Suspect::Row);
            }
            Some((forward, side)) => {
                let (is_alive, props) = (alive.binary_search(&row.from).is_ok(), row.props.as_ref());
                let dead_end = (!is_alive || props.is_err()).then_some(side);
                let props = props.ok().and_then(Option::as_ref);
                let content = Content { sort_key: row.sort_key, props, dead_end };
                let (from, to) = if side == Side::Said { (row.from, row.to) } else { (row.to, row.from) };
                sink.take(side, &Row::Edge(forward, from, to), content, Suspect::Halves);
            }
        }
    }

    /// Those of the sources of a page that are there, sorted.
    async fn alive(&self, shard: ShardIdx, page: &[EdgeRow]) -> Result<Vec<NodeId>> {
        let mut sources: Vec<NodeId> = page.iter().map(|row| row.from).collect();
        sources.dedup();
        let mut alive = Vec::new();
        for ids in sources.chunks(crate::limits::INLINE_KEYS_MAX) {
            for (id, node) in ids.iter().zip(self.in_time(self.store.shard(shard).nodes(ids)).await?) {
                match node {
                    Ok(None) => {}
                    // One that cannot be read is there.
                    Ok(Some(_)) | Err(Error::Corrupt { .. }) => alive.push(*id),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(alive)
    }

    async fn entries(&mut self, index: IndexId, shard: ShardIdx, sink: &mut Sink) -> Result<()> {
        let all = [KeyRange { from: IndexKey::from_bytes(&[]), until: IndexKey::from_bytes(&[u8::MAX]) }];
        let mut scan = KeyScan { index, first: FIRST, after: None };
        loop {
            let mut pages = self.in_time(self.store.shard(shard).scan(&scan, &all)).await?;
            let unanswered = || Err(Error::Engine { reason: "the shard did not answer the range".into() });
            let page = pages.pop().unwrap_or_else(unanswered)?;
            for (value, target) in &page.entries {
                self.row_there(shard, Row::Entry(index, value.clone(), *target), sink).await;
            }
            if sink.is_first() {
                self.report.rows += page.entries.len() as u64;
            }
            self.turned_page(page.entries.len()).await?;
            scan.after = page.entries.last().cloned();
            if !page.has_next {
                return Ok(());
            }
        }
    }

    async fn claims(&mut self, index: IndexId, shard: ShardIdx, sink: &mut Sink) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.page(self.store.shard(shard).list_claims(index, after, FIRST)).await?;
            let now = Timestamp::now();
            for row in &page {
                let held = Row::Claim(index, row.value.clone(), row.holder);
                let old = now.0.saturating_sub(row.claimed.0) > CLAIM_GRACE.as_micros() as i64;
                if row.nonce.is_some() && old && sink.is_first() && self.sees(self.store.home(row.holder)) {
                    self.suspect(Suspect::Attempt(shard, held.clone())).await;
                }
                // What is only attempted is nobody's yet.
                if row.version > 0 || row.nonce.is_none() {
                    self.row_there(shard, held, sink).await;
                }
            }
            if sink.is_first() {
                self.report.rows += page.len() as u64;
            }
            self.turned_page(page.len()).await?;
            after = page.last().map(|row| row.value.clone());
            if page.len() < FIRST as usize {
                return Ok(());
            }
        }
    }

    /// An entry or a claim that is there.
    async fn row_there(&mut self, shard: ShardIdx, row: Row, sink: &mut Sink) {
        if route(&self.store.schema, &self.store.map, &Change::removal_of(row.clone())) != shard {
            if sink.is_first() {
                self.suspect(Suspect::Misplaced(shard, row)).await;
            }
        } else if self.sees(self.store.home(source(&row))) {
            sink.take(Side::There, &row, Content::NONE, Suspect::Row);
        }
    }

    pub(super) async fn page<T>(&self, answering: Answering<'_, Result<T>>) -> Result<T> {
        self.in_time(answering).await.flatten()
    }

    async fn in_time<T>(&self, answering: Answering<'_, T>) -> Result<T> {
        let late = |_| Error::unavailable("the shard did not answer in time");
        self.store.tasks.at_most(ROUND_DEADLINE, answering).await.map_err(late)
    }
}
