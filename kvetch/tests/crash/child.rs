//! The process that is killed. It says what it does on its standard output, a line for each write before it is
//! issued and after it is acknowledged, and asks to be killed.

use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures::future::join_all;
use kvetch::conformance::fixture::*;
use kvetch::conformance::{Layered, on_reaching_fail_points};
use kvetch::{Claim, IndexKey, Kvetch, Nonce, Options, Result, Shard, VerifyOptions, Write, Written, shards_at};

use crate::plan::{Kind, Part, TASK, Task, url};
use crate::seam::Seam;
use crate::workload::{FILLING, FILLING_STEPS, Op, STEPS, TASKS, op};

/// How long writers are at work who may have to wait for what never comes.
const SHORT: Duration = Duration::from_millis(250);

/// Fail points count from the moment that this is set.
static ARMED: AtomicBool = AtomicBool::new(false);

/// Does what the environment says, if it says anything. Does not return then.
pub(crate) fn run_if_asked() {
    let Some(task) = std::env::var(TASK).ok().and_then(|text| Task::from_text(&text)) else { return };
    die_at(task.plan.point, task.plan.nth);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        match task.part {
            Part::Writes | Part::Leaves => write(&task).await,
            Part::Recovers => recover(&task).await,
        }
        say("end");
        park();
    });
}

/// One line to whoever watches. Not buffered: what was said is known whatever happens next.
fn say(line: &str) {
    let line = format!("@{line}\n");
    let mut out = std::io::stdout().lock();
    // Nobody listens any more when the test was interrupted; then this process has to end too.
    if out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(1);
    }
}

fn park() -> ! {
    loop {
        std::thread::park_timeout(Duration::from_secs(60));
    }
}

/// At the n-th reaching of the point the thread that reaches it stops, and this process asks for its SIGKILL. Every other
/// time the other threads first get a moment: whoever was told too early that something is done says so now.
fn die_at(point: &'static str, nth: u64) {
    let left = AtomicU64::new(nth);
    on_reaching_fail_points(move |reached| {
        if reached == point && ARMED.load(Ordering::SeqCst) && left.fetch_sub(1, Ordering::SeqCst) == 1 {
            if nth.is_multiple_of(2) {
                std::thread::sleep(Duration::from_millis(3));
            }
            say("hit");
            park();
        }
    });
}

async fn layered(task: &Task) -> Result<(Vec<Arc<dyn Shard>>, Arc<Seam>)> {
    let seam = Arc::new(Seam::default());
    let shards = shards_at(&[url(&task.directory, task.plan.shards)]).await?;
    let around = |shard| Layered::around(shard, seam.clone());
    Ok((shards.into_iter().map(around).collect(), seam))
}

async fn write(task: &Task) {
    let plan = &task.plan;
    ARMED.store(plan.kind == Kind::Open, Ordering::SeqCst);
    let (shards, seam) = layered(task).await.expect("the shards open");
    let store = Kvetch::open_shards(shards, schema()).await.expect("the store opens");
    for step in 0..FILLING_STEPS {
        one(&store, plan.seed, plan.kind, FILLING, step).await;
    }
    if plan.point.starts_with("void") || plan.point.starts_with("release") || plan.kind == Kind::Repair {
        leave_attempts(&store, task).await;
    }
    seam.keeps_back.store(task.part == Part::Leaves, Ordering::SeqCst);
    ARMED.store(task.part == Part::Writes, Ordering::SeqCst);
    // While nothing is delivered, some wait for values that others give up: they are killed while they do.
    let patience = if task.part == Part::Leaves { SHORT } else { Duration::MAX };
    drop(tokio::time::timeout(patience, write_all(&store, task, 0..TASKS)).await);
}

async fn write_all(store: &Kvetch, task: &Task, numbers: Range<u64>) {
    let tasks = numbers.map(|number| {
        let (store, plan) = (store.clone(), task.plan.clone());
        tokio::spawn(async move {
            for step in 0..STEPS {
                one(&store, plan.seed, plan.kind, number, step).await;
            }
        })
    });
    for ended in join_all(tasks).await {
        ended.expect("no writer panics");
    }
}

/// Attempts to claim values, by writers who went away long ago.
async fn leave_attempts(store: &Kvetch, task: &Task) {
    for number in 0..8 {
        let value = IndexKey::new(&format!("m{number}").into()).expect("a text can be indexed");
        let shard = store.shard_map().shard_of(value.virtual_shard());
        let holder = spread(900 + number);
        let claim = Claim { index: BY_USERNAME, value, holder, nonce: Nonce::from_bytes([number as u8 + 1; 16]) };
        drop(store.shards()[shard.get()].claim(vec![claim]).await);
    }
    crate::tables::age_attempts(&task.directory, task.plan.shards);
}

async fn one(store: &Kvetch, seed: u64, kind: Kind, task: u64, step: u64) {
    say(&format!("b {task} {step}"));
    let outcomes = carry_out(store, op(seed, kind, task, step)).await;
    say(&format!("a {task} {step} {}", outcomes.join(" ")));
}

/// Asks for what a step says, and returns what each write was answered: its version and node, or why it was refused.
pub(crate) async fn carry_out(store: &Kvetch, op: Op) -> Vec<String> {
    let outcomes = match op {
        Op::One(write) => vec![write_one(store, write).await],
        Op::Creates(creates) => store.create_many(creates).await,
        Op::Edges(edges) => store.put_edges(edges).await,
        Op::Upsert(upsert) => vec![store.upsert(upsert).await],
        Op::Together(writes, write_id) => {
            let count = writes.len();
            match store.write_together(writes, write_id).await {
                Ok(written) => written.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error); count],
            }
        }
    };
    let text = |outcome: &Result<Written>| match outcome {
        Ok(written) => format!("{}:{}", written.node.version, written.node.id),
        Err(error) => error.code().to_owned(),
    };
    outcomes.iter().map(text).collect()
}

async fn write_one(store: &Kvetch, write: Write) -> Result<Written> {
    match write {
        Write::Create(create) => store.create(create).await,
        Write::Update(update) => store.update(update).await,
        Write::Delete(delete) => store.delete(delete).await,
        Write::PutEdge(edge) => store.put_edge(edge).await,
        Write::DeleteEdge(edge) => store.delete_edge(edge).await,
    }
}

async fn recover(task: &Task) {
    let (shards, _) = layered(task).await.expect("the shards open");
    ARMED.store(true, Ordering::SeqCst);
    let mut options = Options::default();
    options.leave_unfinished = task.plan.kind == Kind::Repair;
    let store = Kvetch::open_shards_with(shards, schema(), options).await.expect("the store opens");
    if task.plan.kind == Kind::Repair {
        drop(store.repair(VerifyOptions::default(), |_| {}).await);
    }
    if task.plan.kind == Kind::Leftovers {
        // Leftovers are finished in the background, while others write again.
        drop(tokio::time::timeout(SHORT, write_all(&store, task, TASKS..TASKS + 2)).await);
    }
    for _ in 0..200 {
        let left = join_all(store.shards().iter().map(|shard| shard.intents(None, 1))).await;
        if left.iter().all(|page| page.as_ref().is_ok_and(|page| page.last.is_none())) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
