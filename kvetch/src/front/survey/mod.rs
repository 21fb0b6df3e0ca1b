//! Comparing the store with its nodes, and mending what differs.
//!
//! Each section of the schema is read once: what its nodes say and what is there are added up in buckets of sums,
//! which come to nothing where both are the same rows. Only rows of buckets that do not are
//! compared one by one, by reading the section again, and each one that differs is looked at again
//! before anything is said of it. So memory is bounded, nothing is sorted or written to a disk, and every table is
//! read in the order of its keys.

mod sums;
mod mend;
mod look;
mod counts;
mod walk;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::id::{EdgeType, IndexId, NodeType};
use crate::limits::{VERIFY_CENSUS_DEADLINE, VERIFY_LOOKS, VERIFY_SUSPECTS, WRITE_ANSWER_DEADLINE};
use crate::report::{DriftClass, Position, Report, VerifyOptions};
use crate::schema::Schema;
use crate::shard_map::ShardIdx;

use super::{Kvetch, Store};
use look::{Finding, Suspect, Verdict};
use sums::{Held, Sink, Sums};

/// How often a repair tries what somebody else got ahead of.
const MENDING_ATTEMPTS: u32 = 4;

/// What is read and compared together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    /// Nodes of a type and what follows from them.
    Derived(NodeType),
    /// Both halves of a stored edge.
    Stored(EdgeType),
}

/// The edges and indexes of a section that are to be in step.
#[derive(Debug, Default)]
struct Covered {
    edges: Vec<EdgeType>,
    indexes: Vec<(IndexId, bool)>,
}

/// How many parts a comparison under this schema has.
pub(super) fn parts(schema: &Schema) -> usize {
    sections(schema).len()
}

fn sections(schema: &Schema) -> Vec<Section> {
    let derived = schema.node_types().map(|def| Section::Derived(def.id));
    derived.chain(schema.stored_edges().map(|def| Section::Stored(def.id))).collect()
}

/// A shard that could not be read on the way.
#[derive(Debug)]
struct Lost(ShardIdx, Error);

/// One comparison of the whole store.
struct Survey<'a> {
    store: &'a Arc<Store>,
    mends: bool,
    options: VerifyOptions,
    report: Report,
    suspects: Vec<Suspect>,
    begun: Instant,
    read: u64,
    /// In a mutex, which nobody ever waits for, so that a comparison can be awaited on any thread.
    progress: Mutex<&'a mut (dyn FnMut(&Report) + Send)>,
}

impl Kvetch {
    /// Compares every derived row, and every half of a stored edge, with what the nodes say.
    ///
    /// Others may write meanwhile: what looks wrong is looked at again, together with its node and
    /// intent, before it is reported. Edges and indexes that are still being built are left out. `progress` is told of every
    /// page. A shard that does not answer is named in the report, and the rest is compared.
    pub async fn verify(&self, options: VerifyOptions, mut progress: impl FnMut(&Report) + Send) -> Result<Report> {
        Survey::new(self.store(), false, options, &mut progress).run().await
    }

    /// Finishes pending intents, then does what [`Kvetch::verify`] does and brings what differs back in step, under the
    /// same locks and in the same order with others' writes as any write. Where nothing differs, nothing is written.
    pub async fn repair(&self, options: VerifyOptions, progress: impl FnMut(&Report) + Send) -> Result<Report> {
        self.store().repaired(options, progress).await
    }
}

impl Store {
    pub(super) async fn repaired(
        self: &Arc<Self>,
        options: VerifyOptions,
        mut progress: impl FnMut(&Report) + Send,
    ) -> Result<Report> {
        let mut survey = Survey::new(self, true, options, &mut progress);
        for (shard, error) in self.tasks.run(self.clone().finish_intents()).await? {
            survey.report.lost(shard, error);
        }
        survey.run().await
    }
}

impl<'a> Survey<'a> {
    fn new(
        store: &'a Arc<Store>,
        mends: bool,
        options: VerifyOptions,
        progress: &'a mut (dyn FnMut(&Report) + Send),
    ) -> Self {
        let report = Report { position: options.from, ..Report::default() };
        let (suspects, begun) = (Vec::new(), Instant::now());
        Self { store, mends, options, report, suspects, begun, read: 0, progress: Mutex::new(progress) }
    }

    fn tell(&mut self) {
        self.progress.get_mut().unwrap_or_else(PoisonError::into_inner)(&self.report);
    }

    async fn run(mut self) -> Result<Report> {
        let sections = sections(&self.store.schema);
        let from = self.options.from.map_or(0, |position| position.0);
        if from > sections.len() {
            return Err(Error::invalid(format!("part-{from} lies beyond the end: there are {} parts", sections.len())));
        }
        self.report.parts = sections.len();
        for (number, section) in sections.into_iter().enumerate().skip(from) {
            self.report.position = Some(Position(number));
            self.compare(section).await?;
        }
        self.unknown_types().await;
        self.report.position = None;
        self.tell();
        Ok(self.report)
    }

    /// Nodes of a type that the schema does not have are in no section.
    async fn unknown_types(&mut self) {
        for shard in self.store.all_shards().filter(|shard| self.sees(*shard)).collect::<Vec<_>>() {
            let counting = self.store.shard(shard).census();
            let counted = self.store.tasks.at_most(VERIFY_CENSUS_DEADLINE, counting).await;
            match counted.unwrap_or_else(|_| Err(Error::unavailable("the shard did not count its nodes in time"))) {
                Ok(census) => {
                    let known = |node_type: &NodeType| self.store.schema.node_type(*node_type).is_ok();
                    let unknown = census.nodes.into_iter().filter(|(node_type, _)| !known(node_type));
                    for (node_type, nodes) in unknown.collect::<Vec<_>>() {
                        self.report.cannot_read(Error::UnknownType { node_type, shard: shard.0, nodes });
                    }
                }
                // Everything that the schema has was compared all the same.
                Err(error) => {
                    tracing::warn!(%error, shard = shard.0, "whether there are nodes of other types is not known");
                }
            }
        }
    }

    /// Compares a section. A shard that is lost on the way is left out, and the section begun again.
    async fn compare(&mut self, section: Section) -> Result<()> {
        loop {
            let before = self.report.clone();
            let Err(Lost(shard, error)) = self.compare_seen(section).await else {
                return Ok(());
            };
            self.suspects.clear();
            if self.store.tasks.is_closed() {
                return Err(error);
            }
            // What was mended is not found again; what was only found is.
            if !self.mends {
                self.report = before;
            }
            self.report.lost(shard, error);
        }
    }

    async fn compare_seen(&mut self, section: Section) -> std::result::Result<(), Lost> {
        let mut sums = Sink::Sums(Sums::new());
        self.walk(section, &mut sums).await?;
        let Sink::Sums(sums) = sums else { unreachable!("a walk does not change the kind of its sink") };
        for group in sums.differing() {
            let mut held = Sink::Held(Held::new(group));
            self.walk(section, &mut held).await?;
            let Sink::Held(held) = held else { unreachable!("a walk does not change the kind of its sink") };
            // The same row may be held as it is and as it should be.
            let suspects: BTreeSet<Suspect> = held.into_suspects().collect();
            for suspect in suspects {
                self.suspect(suspect).await;
            }
        }
        self.look_at_suspects().await;
        Ok(())
    }

    async fn suspect(&mut self, suspect: Suspect) {
        self.suspects.push(suspect);
        if self.suspects.len() >= VERIFY_SUSPECTS {
            self.look_at_suspects().await;
        }
    }

    /// Looks again at what looked wrong, and mends it if that is wanted.
    async fn look_at_suspects(&mut self) {
        let suspects = std::mem::take(&mut self.suspects);
        let mut found = self.look_again(suspects).await;
        for finding in &found {
            self.report.drift.entry(finding.class).or_default().add(finding.suspect.differing());
        }
        let all = found.len();
        found.retain(|finding| finding.class != DriftClass::ValueShared);
        let shared = all - found.len();
        for attempt in 0..MENDING_ATTEMPTS {
            if !self.mends || found.is_empty() {
                break;
            }
            let tried = std::mem::take(&mut found);
            let fixes = tried.iter().map(|finding| finding.fix.clone()).collect();
            let mending = self.store.tasks.run(self.store.clone().mend(fixes, attempt));
            if !matches!(self.store.tasks.at_most(WRITE_ANSWER_DEADLINE, mending).await, Ok(Ok(()))) {
                self.report.left += tried.len() as u64;
                return;
            }
            for finding in tried {
                match self.look(finding.suspect.clone()).await {
                    Verdict::Fine => *self.report.mended.entry(finding.class).or_default() += 1,
                    Verdict::Differs(still) => found.push(still),
                    Verdict::Pending | Verdict::Unseen | Verdict::Undecided => self.report.left += 1,
                }
            }
        }
        if self.mends {
            self.report.left += (found.len() + shared) as u64;
        }
    }

    async fn look_again(&mut self, suspects: Vec<Suspect>) -> Vec<Finding> {
        let mut found = Vec::new();
        for suspect in suspects {
            match self.look(suspect).await {
                Verdict::Fine => {}
                Verdict::Pending => self.report.pending += 1,
                // Its shard went away after the section was read, which the next section notices.
                Verdict::Unseen | Verdict::Undecided => self.report.undecided += 1,
                Verdict::Differs(finding) => found.push(finding),
            }
        }
        found
    }

    /// A closer look at one row. It is repeated while the node of it is being written.
    async fn look(&self, suspect: Suspect) -> Verdict {
        for attempt in 0..VERIFY_LOOKS {
            match self.store.look_at(&suspect).await {
                Ok(Some(verdict)) => return verdict,
                Ok(None) => drop(self.store.tasks.pause(super::backoff(attempt)).await),
                Err(Error::Unavailable { .. }) => return Verdict::Unseen,
                // It cannot be read, and others can.
                Err(_) => return Verdict::Undecided,
            }
        }
        Verdict::Undecided
    }

    /// What of a section is to be in step. What is being built is not yet.
    fn covered(&self, section: Section) -> Covered {
        let Section::Derived(node_type) = section else { return Covered::default() };
        let schema = &self.store.schema;
        let edges = schema.edges_stored_on(node_type).map(|def| def.id);
        let indexes = schema.indexes_over(node_type).map(|def| (def.id, def.unique));
        Covered {
            edges: edges.filter(|edge| self.store.with_catalog(|catalog| catalog.edge_ready(*edge))).collect(),
            indexes: indexes
                .filter(|(index, _)| self.store.with_catalog(|catalog| catalog.index_ready(*index)))
                .collect(),
        }
    }

    fn sees(&self, shard: ShardIdx) -> bool {
        !self.report.unseen.contains_key(&shard.0)
    }

    /// After every page: tells how far it is, and waits where it goes too fast.
    async fn turned_page(&mut self, rows: usize) -> Result<()> {
        self.read += rows as u64;
        self.tell();
        if let Some(rate) = self.options.rows_per_second {
            let due = Duration::from_secs_f64(self.read as f64 / rate.max(1) as f64);
            let wait = due.saturating_sub(self.begun.elapsed());
            if !wait.is_zero() {
                self.store.tasks.pause(wait).await;
            }
        }
        if self.store.tasks.is_closed() {
            return Err(Error::unavailable("the store is closed"));
        }
        Ok(())
    }
}
