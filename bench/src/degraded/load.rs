//! Requests, each to one shard.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use kvetch::{
    Answer, Create, DerivedEdge, EdgeRead, EdgeType, Kvetch, NodeId, NodeType, NodeTypeDef, Props, Read, Schema,
    Update, Value, VirtualShard,
};
use tokio::sync::Notify;

use super::{BROKEN, SERVERS};

const OWNER: NodeType = NodeType(1);
const THING: NodeType = NodeType(2);
const THINGS: EdgeType = EdgeType(1);

/// Owners on each shard, and things of each of them.
const OWNERS: u64 = 100;
const THINGS_EACH: u64 = 20;
/// Things that are read in one request, and edges.
const PAGE: usize = 5;
/// One request in so many is a write.
const WRITE_EVERY: u64 = 10;
/// Requesters without a pause, of the healthy shards.
const REQUESTERS: usize = 8;
/// The time between two requests to the broken one, whether those before it are answered or not.
const BROKEN_EVERY: Duration = Duration::from_millis(4);

pub(super) fn schema() -> Schema {
    Schema::builder()
        .node_type(NodeTypeDef { id: OWNER, name: "Owner".to_owned() })
        .node_type(NodeTypeDef { id: THING, name: "Thing".to_owned() })
        .edge(DerivedEdge::new(THINGS, "things", OWNER, THING, "ownerId"))
        .build()
        .expect("the schema is valid")
}

/// The store, and what is known of it.
pub(super) struct Load {
    store: Kvetch,
    asked: Arc<AtomicU64>,
    under_way: Arc<AtomicUsize>,
    idle: Arc<Notify>,
}

impl Load {
    /// Fills all shards. Each thing lies with its owner.
    pub(super) async fn fill(store: &Kvetch) -> Self {
        for shard in 0..SERVERS {
            let owners =
                (0..OWNERS).map(|owner| Create { id: Some(id(shard, owner)), ..Create::new(OWNER, Props::new()) });
            let things = (0..OWNERS * THINGS_EACH).map(|number| {
                let props = Props::from([("ownerId", Value::Id(id(shard, number % OWNERS))), ("rank", Value::Int(0))]);
                Create { id: Some(thing(shard, number)), ..Create::new(THING, props) }
            });
            for batch in [owners.collect::<Vec<_>>(), things.collect()] {
                let created = store.create_many(batch).await;
                created.into_iter().for_each(|created| drop(created.expect("all shards are there")));
            }
        }
        Self { store: store.clone(), asked: Arc::default(), under_way: Arc::default(), idle: Arc::default() }
    }

    /// Makes so many requests to healthy shards while the broken one is asked as well, and returns the p99 of them in
    /// milliseconds.
    pub(super) async fn run(&self, requests: usize) -> f64 {
        let broken = tokio::spawn(ask_steadily(
            self.store.clone(),
            self.asked.clone(),
            self.under_way.clone(),
            self.idle.clone(),
        ));
        let healthy = (0..SERVERS).filter(|shard| *shard != BROKEN).collect::<Vec<_>>();
        let requesters = (0..REQUESTERS).map(|requester| {
            let (store, shard) = (self.store.clone(), healthy[requester % healthy.len()]);
            tokio::spawn(async move {
                let mut random = fastrand::Rng::with_seed(requester as u64);
                let mut times = Vec::with_capacity(requests / REQUESTERS);
                for number in 0..requests / REQUESTERS {
                    let start = Instant::now();
                    assert!(request(&store, shard, number as u64, &mut random).await, "a healthy shard fails");
                    times.push(start.elapsed().as_secs_f64() * 1e3);
                }
                times
            })
        });
        let times = join_all(requesters.collect::<Vec<_>>()).await;
        broken.abort();
        let mut times: Vec<f64> = times.into_iter().flat_map(|times| times.expect("a requester ends")).collect();
        times.sort_by(f64::total_cmp);
        times[(times.len() - 1) * 99 / 100]
    }

    /// How often the broken shard was asked.
    pub(super) fn asked_broken(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Waits until no request to the broken shard is under way.
    pub(super) async fn ended(&self) {
        while self.under_way.load(Ordering::SeqCst) > 0 {
            self.idle.notified().await;
        }
    }
}

/// Asks the broken shard until it is aborted. What was asked goes on to its end.
async fn ask_steadily(store: Kvetch, asked: Arc<AtomicU64>, under_way: Arc<AtomicUsize>, idle: Arc<Notify>) {
    let mut every = tokio::time::interval(BROKEN_EVERY);
    loop {
        every.tick().await;
        let number = asked.fetch_add(1, Ordering::Relaxed);
        let (store, under_way, idle) = (store.clone(), under_way.clone(), idle.clone());
        under_way.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            // Whether it is answered is not what is measured.
            let _ = request(&store, BROKEN, number, &mut fastrand::Rng::with_seed(number)).await;
            under_way.fetch_sub(1, Ordering::SeqCst);
            idle.notify_one();
        });
    }
}

/// One request, and whether all of it was answered.
async fn request(store: &Kvetch, shard: usize, number: u64, random: &mut fastrand::Rng) -> bool {
    let of = random.u64(..OWNERS);
    if number.is_multiple_of(WRITE_EVERY) {
        let set = Props::from([("rank", Value::Int(number as i64))]);
        return store.update(Update::new(THING, thing(shard, of), set)).await.is_ok();
    }
    let ids = (0..PAGE as u64).map(|step| thing(shard, of + step * OWNERS)).collect();
    let read = EdgeRead::new(THINGS, PAGE as u32);
    let round = store.round(vec![Read::Nodes { ids }, Read::Edges { read, from: vec![id(shard, of)] }]).await;
    round.answers.iter().all(|answer| match answer {
        Answer::Nodes(nodes) => nodes.iter().all(|node| matches!(node, Ok(Some(_)))),
        Answer::Edges(pages) => pages.iter().all(|page| page.as_ref().is_ok_and(|page| page.edges.len() == PAGE)),
        _ => false,
    })
}

/// An id on a shard of an even map.
fn id(shard: usize, number: u64) -> NodeId {
    let bucket = (shard * usize::from(VirtualShard::COUNT) / SERVERS + 100) as u16;
    NodeId::from_parts(1_000, VirtualShard::new(bucket).expect("it is below 4096"), number)
}

fn thing(shard: usize, number: u64) -> NodeId {
    id(shard, 1_000 + number)
}
