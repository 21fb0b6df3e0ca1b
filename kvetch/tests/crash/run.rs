//! One run: a process writes and is killed; then everything is checked that was promised.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kvetch::conformance::fixture::*;
use kvetch::conformance::{Call, Instrumented, Layered};
use kvetch::{
    Create, Delete, DriftClass, Kvetch, NodeId, Options, Props, Report, Update, Value, VerifyOptions, shards_at,
};

use crate::child::carry_out;
use crate::damage::damage;
use crate::log::{Issued, Steps, issued, steps};
use crate::oracle::Oracle;
use crate::plan::{Kind, Part, Plan, TASK, Task, url};
use crate::promises::{self, Versions};
use crate::tables;
use crate::workload::{is_named, op};

/// What a run came to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ended {
    /// It was killed at its fail point; else after its last write.
    pub(crate) at_the_point: bool,
    pub(crate) acknowledged: u64,
    /// Writes that were issued and never answered.
    pub(crate) unanswered: u64,
    /// Intents that the crash left.
    pub(crate) intents: u64,
    /// Rows that pending intents named.
    pub(crate) pending: u64,
    pub(crate) drift: BTreeMap<DriftClass, u64>,
}

/// A directory that is removed at the end.
struct Directory(PathBuf);

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a killed process wrote is with the operating system, so that memory does as well as a disk, and faster.
fn place() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

pub(crate) fn run(plan: &Plan) -> Result<Ended, String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let directory = Directory(place().join(format!("kvetch-crash-{}-{number}", std::process::id())));
    let first = if plan.kind.recovers() { Part::Leaves } else { Part::Writes };
    let mut killed = kill(plan, first, &directory.0)?;
    let mut lines = std::mem::take(&mut killed.lines);
    if plan.kind.recovers() {
        if plan.kind == Kind::Repair {
            damage(&directory.0, plan.shards, plan.seed);
        }
        tables::age_attempts(&directory.0, plan.shards);
        killed = kill(plan, Part::Recovers, &directory.0)?;
        lines.append(&mut killed.lines);
    }
    let steps = steps(&lines)?;
    let issued = issued(&steps, plan.seed, plan.kind)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let checked = runtime.block_on(async {
        let mut ended = check(plan, &directory.0, &issued).await?;
        reopens(plan, &directory.0, &steps).await?;
        ended.at_the_point = killed.at_the_point;
        Ok(ended)
    });
    checked.map_err(|what: String| format!("{what}\nagain: KVETCH_CRASH_RUN={plan} cargo test -p kvetch --test crash"))
}

/// What a killed process said.
struct Killed {
    lines: Vec<String>,
    at_the_point: bool,
}

/// Starts a process and ends it with SIGKILL when it says that its moment has come. What it said before counts.
fn kill(plan: &Plan, part: Part, directory: &Path) -> Result<Killed, String> {
    let task = Task { plan: plan.clone(), part, directory: directory.to_owned() };
    let mut command = Command::new(std::env::current_exe().map_err(|error| error.to_string())?);
    command.args(["the_process_that_is_killed", "--exact", "--nocapture", "--test-threads=1"]);
    command.env(TASK, task.to_text()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("no process: {error}"))?;
    let out = child.stdout.take().expect("its output is a pipe");
    let (mut lines, mut moment) = (Vec::new(), None);
    for line in BufReader::new(out).lines() {
        let line = line.map_err(|error| error.to_string())?;
        // The test harness begins a line of its own.
        let Some((_, said)) = line.split_once('@') else { continue };
        if matches!(said, "hit" | "end") {
            moment.get_or_insert(said == "hit");
            // On Unix this is SIGKILL. The pipe is read on to its end.
            child.kill().map_err(|error| error.to_string())?;
        } else {
            lines.push(said.to_owned());
        }
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    match moment {
        Some(at_the_point) => Ok(Killed { lines, at_the_point }),
        None => Err(format!("{plan}: the process ended by itself: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

async fn check(plan: &Plan, directory: &Path, issued: &[Issued]) -> Result<Ended, String> {
    // A new store need not have all its files when it is killed. Whoever opens it next goes on making it.
    let mut options = Options::default();
    options.leave_unfinished = true;
    let (store, layers) = open(plan, directory, options).await?;
    let is_damaged = plan.kind == Kind::Repair || plan.seed.is_multiple_of(3);
    if is_damaged && plan.kind != Kind::Repair {
        damage(directory, plan.shards, plan.seed);
    }
    tables::age_attempts(directory, plan.shards);

    let found = tables::read(directory, plan.shards).map_err(|error| error.to_string())?;
    let oracle = Oracle::new(&found);
    let versions = if plan.kind == Kind::Repair { Versions::RaisedByRepair } else { Versions::OfWrites };
    promises::check(issued, &oracle, versions).map_err(|what| format!("after the kill: {what}"))?;
    let expected = oracle.compare();
    // Intents name all that is missing after a crash; only these two are left to a repair.
    let left_by_crashes = [DriftClass::AttemptStale, DriftClass::HalfDangling];
    if !is_damaged && expected.drift.keys().any(|class| !left_by_crashes.contains(class)) {
        return Err(format!("the crash left drift that no intent names: {expected:?}"));
    }
    let report = verified(&store).await?;
    if (classes(&report), report.pending) != (expected.drift.clone(), expected.pending) {
        return Err(format!("verify does not name the drift: {expected:?} is there, it says {report:?}"));
    }
    if report.undecided > 0 || !report.unreadable.is_empty() || !report.unseen.is_empty() {
        return Err(format!("verify did not see everything: {report:?}"));
    }
    let intents = oracle.intents() as u64;

    let repaired = store.repair(VerifyOptions::default(), |_| {}).await.map_err(|error| error.to_string())?;
    if repaired.left > 0 {
        return Err(format!("the repair left something: {repaired:?}, of {report:?}"));
    }
    let mended = tables::read(directory, plan.shards).map_err(|error| error.to_string())?;
    let oracle = Oracle::new(&mended);
    let left = oracle.compare();
    if !left.drift.is_empty() || left.pending > 0 || oracle.intents() > 0 {
        return Err(format!("{left:?} and {} intents are left after {repaired:?}", oracle.intents()));
    }
    promises::check(issued, &oracle, Versions::RaisedByRepair).map_err(|what| format!("after the repair: {what}"))?;
    // A deletion finds what goes with it by its edges, some of which the damage may have taken.
    if plan.kind == Kind::Delete && !is_damaged {
        promises::nobody_stays_behind(&oracle)?;
    }
    second_repair_writes_nothing(plan, directory, &store, &layers).await?;
    store.close().await.map_err(|error| error.to_string())?;
    let acknowledged = issued.iter().filter(|write| write.version().is_some()).count() as u64;
    let unanswered = issued.iter().filter(|write| write.may_be_there()).count() as u64 - acknowledged;
    let (pending, drift) = (expected.pending, expected.drift);
    Ok(Ended { at_the_point: false, acknowledged, unanswered, intents, pending, drift })
}

async fn second_repair_writes_nothing(
    plan: &Plan,
    directory: &Path,
    store: &Kvetch,
    layers: &[Arc<Instrumented>],
) -> Result<(), String> {
    layers.iter().for_each(|layer| drop(layer.take_calls()));
    let before = tables::dump(directory, plan.shards).map_err(|error| error.to_string())?;
    let report = store.repair(VerifyOptions::default(), |_| {}).await.map_err(|error| error.to_string())?;
    if !report.is_clean() || report.pending > 0 {
        return Err(format!("a second repair found something: {report:?}"));
    }
    let calls: Vec<(Call, usize)> = layers.iter().flat_map(|layer| layer.take_calls()).collect();
    let writes: Vec<&(Call, usize)> = calls.iter().filter(|(call, _)| changes_something(*call)).collect();
    if !writes.is_empty() {
        return Err(format!("a second repair wrote: {writes:?}"));
    }
    if before != tables::dump(directory, plan.shards).map_err(|error| error.to_string())? {
        return Err("a second repair changed tables".into());
    }
    Ok(())
}

fn changes_something(call: Call) -> bool {
    use Call::*;
    matches!(call, Write | WriteTogether | Apply | Settle | Claim | Release | Void | Recount | PutMeta)
}

/// The store opens as ever, is in step, and takes writes; a value that nobody has can be taken.
async fn reopens(plan: &Plan, directory: &Path, steps: &Steps) -> Result<(), String> {
    let (store, _) = open(plan, directory, Options::default()).await?;
    let text = |error: kvetch::Error| format!("after the repair: {error}");
    let report = verified(&store).await?;
    if !report.is_clean() {
        return Err(format!("the store is not in step when it is opened again: {report:?}"));
    }
    if is_named(plan.seed) {
        nothing_is_done_twice(plan, directory, &store, steps).await?;
    }
    for number in 0..3 {
        let name: Value = format!("m{number}").into();
        let is_free = find(&store, BY_USERNAME, name.clone()).await.is_empty();
        let created = store.create(Create::new(USER, Props::from([("username", name)]))).await;
        match (created, is_free) {
            (Ok(created), true) => {
                let id = created.node.id;
                let renamed = Props::from([("username", format!("new{number}"))]);
                store.update(Update::new(USER, id, renamed)).await.map_err(text)?;
                store.delete(Delete::new(USER, id)).await.map_err(text)?;
            }
            (Err(error), false) if error.code() == "duplicate" => {}
            (other, _) => return Err(format!("a name is free: {is_free}, and creating says {other:?}")),
        }
    }
    store.close().await.map_err(text)
}

/// Every write that was acknowledged is sent again under its write id: it is answered as before, and changes nothing.
async fn nothing_is_done_twice(plan: &Plan, directory: &Path, store: &Kvetch, steps: &Steps) -> Result<(), String> {
    let versions = || -> Result<Vec<(NodeId, u64)>, String> {
        let tables = tables::read(directory, plan.shards).map_err(|error| error.to_string())?;
        Ok(tables.iter().flat_map(|tables| &tables.nodes).map(|(id, node)| (*id, node.version)).collect())
    };
    let before = versions()?;
    for ((task, step), outcomes) in steps {
        let Some(outcomes) = outcomes else { continue };
        if outcomes.iter().all(|outcome| outcome.contains(':')) {
            let again = carry_out(store, op(plan.seed, plan.kind, *task, *step)).await;
            if again != *outcomes {
                return Err(format!("step {step} of task {task} was answered {outcomes:?}, and sent again {again:?}"));
            }
        }
    }
    if before != versions()? {
        return Err("writes that were sent again under their write ids were done again".into());
    }
    Ok(())
}

async fn verified(store: &Kvetch) -> Result<Report, String> {
    store.verify(VerifyOptions::default(), |_| {}).await.map_err(|error| error.to_string())
}

fn classes(report: &Report) -> BTreeMap<DriftClass, u64> {
    report.drift.iter().map(|(class, drift)| (*class, drift.count)).collect()
}

async fn open(plan: &Plan, directory: &Path, options: Options) -> Result<(Kvetch, Vec<Arc<Instrumented>>), String> {
    let text = |error: kvetch::Error| format!("the store does not open: {error}");
    let shards = shards_at(&[url(directory, plan.shards)]).await.map_err(text)?;
    let layers: Vec<Arc<Instrumented>> = shards.iter().map(|_| Arc::default()).collect();
    let around = shards.into_iter().zip(&layers).map(|(shard, layer)| Layered::around(shard, layer.clone()));
    let store = Kvetch::open_shards_with(around.collect(), schema(), options).await.map_err(text)?;
    Ok((store, layers))
}
