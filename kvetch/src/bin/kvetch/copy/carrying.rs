//! Reading the one store and filling the other, at the same time.

use futures::future::try_join;
use kvetch::{EdgeRow, EdgeToRestore, EdgeType, Error, Kvetch, Node, Props};

use crate::failure::Failure;
use crate::merged::{Edges, Listing, Merged, Nodes};
use crate::output::{Output, grouped};
use crate::progress::Progress;
use crate::restoring::{Batch, Restoring};
use crate::sections::{Last, Section, after};
use crate::tally::Tally;

use super::mark;

/// Batches after which it is noted how far the copy has come: what an interruption makes the next run look at again.
const BATCHES_PER_NOTE: u32 = 16;

/// Puts everything that comes after the last thing in the copy.
pub(super) async fn carry(source: &Kvetch, target: &Kvetch, last: Last, output: &Output) -> Result<Tally, Failure> {
    let progress = Progress::begin(*output, nodes_of(source, output).await);
    let into = Restoring::into(target, "copy".into(), output);
    let mut carrying = Carrying { source, into, progress, unnoted: 0 };
    let carried = carrying.sections(after(source.schema(), last)).await;
    let tally = carrying.into.tally;
    carried.map_err(|failure| tally.add_to(failure))?;
    Ok(tally)
}

/// How many nodes there are, where somebody watches.
async fn nodes_of(source: &Kvetch, output: &Output) -> Option<u64> {
    if !Progress::is_drawn(*output) {
        return None;
    }
    let mut nodes = 0;
    for shard in source.shards() {
        nodes += shard.census().await.ok()?.nodes.values().sum::<u64>();
    }
    Some(nodes)
}

struct Carrying<'a> {
    source: &'a Kvetch,
    into: Restoring<'a>,
    progress: Progress,
    /// Batches since it was noted how far this is.
    unnoted: u32,
}

/// What a type of rows is to a copy.
trait Carried: Listing {
    /// Adds a row to what is to be put.
    fn add(&self, row: Self::Row, batch: &mut Batch) -> Result<(), Error>;

    fn reached(&self, key: Self::Key) -> Last;
}

impl Carried for Nodes {
    fn add(&self, node: Node, batch: &mut Batch) -> Result<(), Error> {
        batch.nodes.push((None, node));
        Ok(())
    }

    fn reached(&self, key: Self::Key) -> Last {
        Last::Node(self.0, key)
    }
}

impl Carried for Edges {
    fn add(&self, row: EdgeRow, batch: &mut Batch) -> Result<(), Error> {
        batch.edges.push((None, restorable(self.0, row)?));
        Ok(())
    }

    fn reached(&self, key: Self::Key) -> Last {
        Last::Edge(self.0, key)
    }
}

fn restorable(edge: EdgeType, row: EdgeRow) -> Result<EdgeToRestore, Error> {
    let props = row.props?.map_or_else(|| Ok(Props::new()), |body| body.to_props())?;
    Ok(EdgeToRestore { edge, from: row.from, to: row.to, sort_key: row.sort_key, props })
}

impl Carrying<'_> {
    async fn sections(&mut self, sections: Vec<Section>) -> Result<(), Failure> {
        for section in sections {
            match section {
                Section::Nodes(node_type, after) => self.section(Nodes(node_type), Nodes(node_type), after).await?,
                Section::Edges(edge, after) => self.section(Edges(edge), Edges(edge), after).await?,
            }
        }
        Ok(())
    }

    async fn section<L: Carried>(&mut self, rows: L, listing: L, after: Option<L::Key>) -> Result<(), Failure> {
        let mut merged = Merged::after(self.source, listing, after).await?;
        let mut read = Read::next(&mut merged, &rows).await?;
        loop {
            for error in read.unreadable {
                self.into.tally.unreadable += 1;
                self.into.output.report("left out", &error);
            }
            let Some(key) = read.last else { return Ok(()) };
            // The next rows are read while these are put.
            let put = async { self.into.put(read.batch).await };
            let ((), next) = try_join(put, Read::next(&mut merged, &rows)).await?;
            self.noted(rows.reached(key)).await?;
            read = next;
        }
    }

    async fn noted(&mut self, last: Last) -> Result<(), Failure> {
        let seen = self.into.tally.seen;
        self.progress
            .at(seen.nodes, || format!("copying: {} nodes, {} stored edges", grouped(seen.nodes), grouped(seen.edges)));
        self.unnoted += 1;
        if self.unnoted == BATCHES_PER_NOTE {
            self.unnoted = 0;
            mark::note(self.source, self.into.store, last).await?;
        }
        Ok(())
    }
}

/// Rows that were read to be put together.
struct Read<Key> {
    batch: Batch,
    /// The key of the last row; none at the end.
    last: Option<Key>,
    unreadable: Vec<Error>,
}

impl<Key> Read<Key> {
    async fn next<L: Carried<Key = Key>>(merged: &mut Merged<'_, L>, rows: &L) -> Result<Self, Failure> {
        let mut read = Self { batch: Batch::default(), last: None, unreadable: Vec::new() };
        while !read.batch.is_full() {
            let Some(row) = merged.next().await? else { break };
            read.last = Some(L::key(&row));
            if let Err(error) = rows.add(row, &mut read.batch) {
                read.unreadable.push(error);
            }
        }
        read.unreadable.extend(merged.take_unreadable());
        Ok(read)
    }
}
