//! The front door: splits by the shard map, asks the shards at once, puts answers back in order.

mod tasks;
mod carried;
mod parts;
mod open;
mod reads;
mod claims;
mod deliveries;
mod deletions;
mod leftovers;
mod writes;
mod together;
mod restores;
mod upserts;
mod filling;
mod survey;
mod upkeep;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::future::join_all;

use crate::cache::Caches;
use crate::error::{Error, Result, within};
use crate::feed::{Feed, Teller};
use crate::id::{NodeId, NodeType, Timestamp, VirtualShard, WriteId};
use crate::limits::{WRITE_ANSWER_DEADLINE, WRITE_BATCH_MAX, WRITES_TOGETHER_MAX};
use crate::read::{Read, Round, RoundStats};
use crate::schema::{Building, Catalog, DerivedEdge, IndexDef, Readiness, Schema};
use crate::shard::{NodeWrite, Place, Shard, WriteOp};
use crate::shard_map::{ShardIdx, ShardMap};
use crate::store_url::StoreUrl;
use crate::write::{Create, Delete, DeleteEdge, PutEdge, Update, Upsert, Write, Written};

use leftovers::Leftovers;
use open::Absent;
use tasks::Tasks;
use upkeep::LastRepair;

pub use upkeep::{BackgroundRepair, EndedRepair};

/// An open store. Cheap to clone; all clones are the same store.
///
/// ```
/// use std::sync::Arc;
///
/// use kvetch::{Answer, Create, Kvetch, NodeType, NodeTypeDef, Props, Read, Schema};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kvetch::Result<()> {
/// let user = NodeType(1);
/// let schema = Schema::builder().node_type(NodeTypeDef { id: user, name: "User".into() }).build()?;
/// let store = Kvetch::open(&["memory:?shards=2".parse()?], schema).await?;
///
/// let written = store.create(Create::new(user, Props::from([("name", "Ada")]))).await?;
/// let round = store.round(vec![Read::Nodes { ids: vec![written.node.id] }]).await;
/// assert_eq!(round.answers, [Answer::Nodes(vec![Ok(Some(Arc::new(written.node)))])]);
/// store.close().await
/// # }
/// ```
#[derive(Clone)]
pub struct Kvetch {
    handle: Arc<Handle>,
}

/// The shards at these addresses, not yet opened as a store: for [`Kvetch::open_shards`], with
/// something of one's own around them, and for tools that look below the front door.
pub async fn shards_at(urls: &[StoreUrl]) -> Result<Vec<Arc<dyn Shard>>> {
    open::shards(urls, Absent::Made, &tasks::this_runtime()?).await
}

/// The shards of a store that is there, at these addresses: for [`Kvetch::open_stored`].
///
/// # Errors
/// [`Error::NotAStore`] where there is none; nothing is made, not even a directory.
pub async fn existing_shards_at(urls: &[StoreUrl]) -> Result<Vec<Arc<dyn Shard>>> {
    open::shards(urls, Absent::Refused, &tasks::this_runtime()?).await
}

/// What all clones share; the last one to go tells the tasks to end.
struct Handle {
    store: Arc<Store>,
}

/// What the clones and the tasks of a store share.
struct Store {
    id: NodeId,
    shards: Vec<Arc<dyn Shard>>,
    places: Vec<Place>,
    schema: Schema,
    catalog: RwLock<Catalog>,
    map: Arc<ShardMap>,
    tasks: Tasks,
    leftovers: Leftovers,
    last_repair: LastRepair,
    caches: Option<Caches>,
    teller: Teller,
}

/// How a store is opened.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Options {
    /// How many bytes to keep in memory, of nodes and, where no other process can write to the store, of pages of edges;
    /// `None`, the default, for none. Writes of this process are always seen; those of other processes are not, so leave
    /// it off where there are some.
    pub cache_bytes: Option<u64>,
    /// Leave what earlier runs left as it is: intents are not finished and nothing is filled in, so that the store can
    /// be looked at in the state it was found in. [`Kvetch::repair`] still finishes intents when it is asked to.
    pub leave_unfinished: bool,
    /// Compare everything derived with the nodes every so often, and mend what differs. `None`, the default, leaves
    /// that to [`Kvetch::repair`]. Where several processes have a store open, one of them is enough.
    pub repair: Option<BackgroundRepair>,
}

impl Kvetch {
    /// Opens a store, made where there is none, under this schema.
    ///
    /// The shards of the store are those of the first address, then of the second, and so on,
    /// always in the same order. Writes that were interrupted are finished in the background.
    /// Needs a tokio runtime with its timer, which also runs what the store does on its own.
    pub async fn open(urls: &[StoreUrl], schema: Schema) -> Result<Self> {
        Self::open_with(urls, schema, Options::default()).await
    }

    /// The same with options.
    pub async fn open_with(urls: &[StoreUrl], schema: Schema, options: Options) -> Result<Self> {
        Self::open_shards_with(shards_at(urls).await?, schema, options).await
    }

    /// Opens a store on shards of any engine.
    pub async fn open_shards(shards: Vec<Arc<dyn Shard>>, schema: Schema) -> Result<Self> {
        Self::open_shards_with(shards, schema, Options::default()).await
    }

    /// The same with options.
    pub async fn open_shards_with(shards: Vec<Arc<dyn Shard>>, schema: Schema, options: Options) -> Result<Self> {
        Ok(Self::started(open::store(shards, Some(schema), &options).await?, options))
    }

    /// Opens a store that is there, under the schema it remembers: what [`Kvetch::schema`] then says. For tools that
    /// are not built for one store.
    ///
    /// # Errors
    /// [`Error::NotAStore`] where there is none yet; nothing is made.
    pub async fn open_stored(shards: Vec<Arc<dyn Shard>>, options: Options) -> Result<Self> {
        Ok(Self::started(open::store(shards, None, &options).await?, options))
    }

    fn started(store: Store, options: Options) -> Self {
        let store = Arc::new(store);
        if !options.leave_unfinished {
            store.tasks.spawn(store.clone().finish_leftovers());
            store.tasks.spawn(store.clone().fill_in());
            store.tasks.spawn(store.clone().prune_now_and_then());
        }
        if let Some(repair) = options.repair {
            store.tasks.spawn(store.clone().repair_now_and_then(repair));
        }
        Self { handle: Arc::new(Handle { store }) }
    }

    /// Answers all these reads together, in their order.
    ///
    /// The shards are asked at the same time, and the slowest sets the pace. A shard that does
    /// not answer within [`crate::limits::ROUND_DEADLINE`] fails its own keys only.
    pub async fn round(&self, reads: Vec<Read>) -> Round {
        let answers = join_all(reads.into_iter().map(|read| self.store().answer(read))).await;
        let mut stats = RoundStats::default();
        let answers = answers.into_iter().map(|(answer, cost)| {
            stats.statements += cost.statements;
            stats.keys += cost.keys;
            answer
        });
        Round { answers: answers.collect(), stats }
    }

    /// Creates a node.
    pub async fn create(&self, create: Create) -> Result<Written> {
        self.write(self.checked(Write::Create(create))?).await
    }

    /// Creates many nodes, each as [`Kvetch::create`] would, with the commits shared. One that
    /// fails harms no other.
    pub async fn create_many(&self, creates: Vec<Create>) -> Vec<Result<Written>> {
        self.write_each(creates.into_iter().map(|create| self.checked(Write::Create(create))).collect()).await
    }

    /// Changes a node: merges what is set into its props.
    pub async fn update(&self, update: Update) -> Result<Written> {
        self.write(self.checked(Write::Update(update))?).await
    }

    /// Changes the node that has a unique value, or creates it. [`Written::node`] has version 1 if it
    /// was created.
    pub async fn upsert(&self, upsert: Upsert) -> Result<Written> {
        self.schema().node_type(upsert.node_type)?;
        self.in_time(self.store().clone().upsert(upsert)).await.flatten()
    }

    /// Deletes a node, its stored edges and what is derived from it. What happens to nodes that
    /// store its id, the edges that follow from those ids say ([`crate::OnDelete`]).
    pub async fn delete(&self, delete: Delete) -> Result<Written> {
        self.write(self.checked(Write::Delete(delete))?).await
    }

    /// Makes a stored edge, or replaces the props of one that is there. Counts as a write of the
    /// node it leads from.
    pub async fn put_edge(&self, edge: PutEdge) -> Result<Written> {
        self.write(self.checked(Write::PutEdge(edge))?).await
    }

    /// Makes many stored edges, each as [`Kvetch::put_edge`] would, with the commits shared. One
    /// that fails harms no other.
    pub async fn put_edges(&self, edges: Vec<PutEdge>) -> Vec<Result<Written>> {
        self.write_each(edges.into_iter().map(|edge| self.checked(Write::PutEdge(edge))).collect()).await
    }

    /// Removes a stored edge.
    pub async fn delete_edge(&self, edge: DeleteEdge) -> Result<Written> {
        self.write(self.checked(Write::DeleteEdge(edge))?).await
    }

    /// Does writes to nodes of one virtual shard together, in their order: all of them or none, with
    /// the error of one that failed. Each sees those before it.
    ///
    /// Nodes that are created without a place go to the virtual shard of the others. The write id is that of
    /// the whole; the writes have none of their own.
    pub async fn write_together(&self, writes: Vec<Write>, write_id: Option<WriteId>) -> Result<Vec<Written>> {
        within("writes that are done together", writes.len(), WRITES_TOGETHER_MAX)?;
        let mut place = writes.iter().find_map(placed).or(write_id.map(|write_id| write_id.virtual_shard()));
        let place = *place.get_or_insert_with(VirtualShard::random);
        let writes = writes.into_iter().enumerate().map(|(number, write)| {
            let mut write = self.checked(in_place(write, place))?;
            if write.write_id.is_some() {
                return Err(Error::invalid("writes that are done together have one write id"));
            }
            if write.id.virtual_shard() != place {
                return Err(Error::invalid("writes that are done together lie in one virtual shard"));
            }
            write.write_id = write_id.map(|write_id| write_id.of_part(number));
            Ok(write)
        });
        let writes = writes.collect::<Result<Vec<_>>>()?;
        self.in_time(self.store().clone().write_together(writes)).await.flatten()
    }

    /// The version of the format that this library stores things in. It reads older ones, and refuses newer ones.
    pub const FORMAT: i64 = open::FORMAT;

    /// The id that the store got when it was made, the same on all its shards.
    pub fn id(&self) -> NodeId {
        self.store().id
    }

    /// The schema the store was opened under.
    pub fn schema(&self) -> &Schema {
        &self.store().schema
    }

    /// The edges and indexes that were added to a store with data and are still being filled in.
    /// Reading them is the error [`Error::NotReady`] until they are.
    pub fn building(&self) -> Vec<Building> {
        self.store().with_catalog(Catalog::building)
    }

    /// Every derived edge that the store has been told of, with the state of its rows; also those that its schema has
    /// dropped since.
    pub fn edge_states(&self) -> Vec<(DerivedEdge, Readiness)> {
        self.store().with_catalog(|catalog| catalog.edge_states().cloned().collect())
    }

    /// The same for indexes.
    pub fn index_states(&self) -> Vec<(IndexDef, Readiness)> {
        self.store().with_catalog(|catalog| catalog.index_states().cloned().collect())
    }

    /// The map from buckets to shards.
    pub fn shard_map(&self) -> &ShardMap {
        &self.store().map
    }

    /// The shards, for tools that look below the front door.
    pub fn shards(&self) -> &[Arc<dyn Shard>] {
        &self.store().shards
    }

    /// What this process writes to the store from now on, as it is written.
    ///
    /// ```
    /// # use kvetch::{Create, Fed, Kvetch, NodeType, NodeTypeDef, Props, Schema};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> kvetch::Result<()> {
    /// # let user = NodeType(1);
    /// # let schema = Schema::builder().node_type(NodeTypeDef { id: user, name: "User".into() }).build()?;
    /// # let store = Kvetch::open(&["memory:".parse()?], schema).await?;
    /// let mut feed = store.feed();
    /// let written = store.create(Create::new(user, Props::from([("name", "Ada")]))).await?;
    /// let Some(Fed::Commit(commit)) = feed.next().await else { panic!("it was a write") };
    /// assert_eq!((commit.node_type, commit.node), (user, written.node.id));
    /// # Ok(())
    /// # }
    /// ```
    pub fn feed(&self) -> Feed {
        self.store().teller.feed()
    }

    /// Finishes what was begun and closes the store for all clones.
    pub async fn close(self) -> Result<()> {
        self.store().tasks.finish().await;
        self.store().teller.close();
        let closed = join_all(self.store().shards.iter().map(|shard| shard.close())).await;
        closed.into_iter().collect()
    }

    fn store(&self) -> &Arc<Store> {
        &self.handle.store
    }

    async fn write(&self, write: NodeWrite) -> Result<Written> {
        let mut written = self.write_all(vec![write]).await;
        written.pop().expect("there is an outcome for every write")
    }

    /// Writes in tasks of the store's own: a caller who goes away loses the answer, and the
    /// write is done or not done all the same.
    async fn write_all(&self, mut writes: Vec<NodeWrite>) -> Vec<Result<Written>> {
        let mut written = Vec::with_capacity(writes.len());
        while !writes.is_empty() {
            let rest = writes.split_off(writes.len().min(WRITE_BATCH_MAX));
            written.extend(self.write_batch(std::mem::replace(&mut writes, rest)).await);
        }
        written
    }

    async fn write_batch(&self, writes: Vec<NodeWrite>) -> Vec<Result<Written>> {
        let count = writes.len();
        let written = self.in_time(self.store().clone().write_all(writes)).await;
        written.unwrap_or_else(|error| vec![Err(error); count])
    }

    async fn in_time<T: Send + 'static>(&self, write: impl Future<Output = T> + Send + 'static) -> Result<T> {
        let tasks = &self.store().tasks;
        let late = |_| Err(Error::unavailable("a write was not answered in time and may still be done"));
        tasks.at_most(WRITE_ANSWER_DEADLINE, tasks.run(write)).await.unwrap_or_else(late)
    }

    /// Does those of the writes that are valid, and answers all of them.
    async fn write_each(&self, checked: Vec<Result<NodeWrite>>) -> Vec<Result<Written>> {
        let valid = checked.iter().filter_map(|write| write.as_ref().ok()).cloned().collect();
        let mut written = self.write_all(valid).await.into_iter();
        let mut answer =
            |write: Result<NodeWrite>| write.and_then(|_| written.next().expect("there is an outcome for every write"));
        checked.into_iter().map(&mut answer).collect()
    }

    /// The write, if the schema knows what it is about.
    fn checked(&self, write: Write) -> Result<NodeWrite> {
        let write = match write {
            Write::Create(create) => creation(create)?,
            Write::Update(write) => update(write),
            Write::Delete(Delete { node_type, id, expected_version, write_id }) => {
                node_write(id, node_type, WriteOp::Delete { expected_version }, write_id)
            }
            Write::PutEdge(PutEdge { edge, from, to, props, sort_key, write_id }) => {
                let node_type = self.schema().stored_edge(edge)?.from;
                node_write(from, node_type, WriteOp::PutEdge { edge, to, sort_key, props }, write_id)
            }
            Write::DeleteEdge(DeleteEdge { edge, from, to, write_id }) => {
                let node_type = self.schema().stored_edge(edge)?.from;
                node_write(from, node_type, WriteOp::DeleteEdge { edge, to }, write_id)
            }
        };
        self.schema().node_type(write.node_type)?;
        if matches!(write.op, WriteOp::Delete { .. }) {
            self.store().check_deletable(write.node_type)?;
        }
        Ok(write)
    }
}

fn node_write(id: NodeId, node_type: NodeType, op: WriteOp, write_id: Option<WriteId>) -> NodeWrite {
    NodeWrite { id, node_type, op, now: Timestamp::now(), write_id, claims: Vec::new() }
}

fn update(update: Update) -> NodeWrite {
    let Update { node_type, id, set, expected_version, write_id } = update;
    node_write(id, node_type, WriteOp::Update { set, expected_version, found_by: None }, write_id)
}

fn creation(create: Create) -> Result<NodeWrite> {
    let Create { node_type, id, near, props, created, write_id } = create;
    if id.is_some() && near.is_some() {
        return Err(Error::invalid("a node is created with an id or near another node, not both"));
    }
    let created = created.unwrap_or_else(Timestamp::now);
    let id = id.unwrap_or_else(|| new_id(near, write_id, created));
    Ok(node_write(id, node_type, WriteOp::Create { props, created, restored: None }, write_id))
}

/// Where a write has to happen; nowhere in particular for a new node that names no place.
fn placed(write: &Write) -> Option<VirtualShard> {
    let id = match write {
        Write::Create(create) => create.id.or(create.near)?,
        Write::Update(update) => update.id,
        Write::Delete(delete) => delete.id,
        Write::PutEdge(edge) => edge.from,
        Write::DeleteEdge(edge) => edge.from,
    };
    Some(id.virtual_shard())
}

/// The write, with an id in this place if it creates a node that names none.
fn in_place(write: Write, place: VirtualShard) -> Write {
    match write {
        Write::Create(create) if create.id.is_none() && create.near.is_none() => {
            let created = create.created.unwrap_or_else(Timestamp::now);
            Write::Create(Create { id: Some(NodeId::generate_at(created, place)), ..create })
        }
        write => write,
    }
}

impl fmt::Debug for Kvetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kvetch").field("shards", &self.store().shards).finish_non_exhaustive()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.store.tasks.close();
    }
}

impl Store {
    fn shard(&self, shard: ShardIdx) -> &dyn Shard {
        &*self.shards[shard.get()]
    }

    /// Asks the catalog of this moment.
    fn with_catalog<T>(&self, ask: impl FnOnce(&Catalog) -> T) -> T {
        ask(&self.catalog.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn home(&self, id: NodeId) -> ShardIdx {
        self.map.shard_of(id.virtual_shard())
    }

    fn all_shards(&self) -> impl Iterator<Item = ShardIdx> + use<> {
        (0..self.shards.len()).map(|shard| ShardIdx(shard as u16))
    }
}

/// A new id: beside another node, or where a repetition of the same write would look, or anywhere.
fn new_id(near: Option<NodeId>, write_id: Option<WriteId>, created: Timestamp) -> NodeId {
    let place = near.map(|near| near.virtual_shard()).or(write_id.map(|write_id| write_id.virtual_shard()));
    NodeId::generate_at(created, place.unwrap_or_else(VirtualShard::random))
}

/// The wait before the next attempt: longer each time, up to a bound.
fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(2 << attempt.min(9))
}
