//! Counts beside the edges that they count, in one merge of two tables.

use std::collections::VecDeque;

use crate::error::Result;
use crate::id::{EdgeType, NodeId};
use crate::shard_map::ShardIdx;

use super::Survey;
use super::look::Suspect;
use super::walk::FIRST;

/// Counts of one type of edges on one shard, read ahead beside the edges.
pub(super) struct Counts {
    shard: ShardIdx,
    edge: EdgeType,
    ahead: VecDeque<(NodeId, i64)>,
    after: Option<NodeId>,
    at_end: bool,
}

impl Counts {
    pub(super) fn of(shard: ShardIdx, edge: EdgeType) -> Self {
        Self { shard, edge, ahead: VecDeque::new(), after: None, at_end: false }
    }
}

impl Survey<'_> {
    /// Compares counts up to a source that has so many edges, or all that are left.
    pub(super) async fn compare_count(&mut self, counts: &mut Counts, found: Option<(NodeId, i64)>) -> Result<()> {
        loop {
            if counts.ahead.is_empty() && !counts.at_end {
                self.read_ahead(counts).await?;
            }
            let wrong = match (counts.ahead.front().copied(), found) {
                (None, None) => return Ok(()),
                (Some((from, count)), Some((found, edges))) if from == found => {
                    counts.ahead.pop_front();
                    if count != edges {
                        self.suspect(Suspect::Count(counts.shard, counts.edge, from)).await;
                    }
                    return Ok(());
                }
                (Some((from, _)), None) => from,
                (Some((from, _)), Some((found, _))) if from < found => from,
                (_, Some((found, _))) => {
                    self.suspect(Suspect::Count(counts.shard, counts.edge, found)).await;
                    return Ok(());
                }
            };
            counts.ahead.pop_front();
            self.suspect(Suspect::Count(counts.shard, counts.edge, wrong)).await;
        }
    }

    async fn read_ahead(&mut self, counts: &mut Counts) -> Result<()> {
        let shard = self.store.shard(counts.shard);
        let page = self.page(shard.list_counts(counts.edge, counts.after, FIRST)).await?;
        counts.after = page.last().map(|(from, _)| *from);
        counts.at_end = page.len() < FIRST as usize;
        self.report.rows += page.len() as u64;
        self.turned_page(page.len()).await?;
        counts.ahead = page.into();
        Ok(())
    }
}
