//! A store with a million nodes and five million edges.

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use kvetch::{
    Create, DerivedEdge, EdgeType, IndexDef, IndexId, IndexKind, Kvetch, NodeId, NodeType, NodeTypeDef, Options, Props,
    Schema, Value,
};
use tokio::runtime::Runtime;

pub(super) const OWNER: NodeType = NodeType(1);
pub(super) const THING: NodeType = NodeType(2);
/// Each thing names one owner in each of these, so that every owner has lists of a hundred.
const EDGES: [(u32, &str); 5] = [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")];
pub(super) const FIRST_EDGE: EdgeType = EdgeType(1);
/// Things of each owner in each list.
const THINGS_PER_OWNER: usize = 100;
const BATCH: usize = 1_000;

pub(super) struct Filled {
    pub(super) runtime: Runtime,
    pub(super) kvetch: Kvetch,
    pub(super) file: PathBuf,
    pub(super) owners: Vec<NodeId>,
    pub(super) things: Vec<NodeId>,
}

impl Filled {
    /// An empty store.
    pub(super) fn make(directory: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let kvetch = runtime.block_on(open(directory, None));
        let file = directory.join("shard-0000.sqlite");
        Self { runtime, kvetch, file, owners: Vec::new(), things: Vec::new() }
    }

    /// Adds things, and owners for them, until there are so many.
    pub(super) fn grow(&mut self, things: usize) {
        let owners = things / THINGS_PER_OWNER - self.owners.len();
        let owners = self.runtime.block_on(create(&self.kvetch, (0..owners).map(|_| owner()).collect()));
        let bar = ProgressBar::new(things as u64).with_message("filling");
        let mut random = fastrand::Rng::with_seed(7);
        while self.things.len() < things {
            let batch = (0..BATCH.min(things - self.things.len())).map(|_| thing(&owners, &mut random)).collect();
            self.things.extend(self.runtime.block_on(create(&self.kvetch, batch)));
            bar.set_position(self.things.len() as u64);
        }
        bar.finish_and_clear();
        self.owners.extend(owners);
    }

    /// The same store with room for every node in its cache.
    pub(super) fn reopen_with_cache(self) -> Self {
        self.reopen(Some(1 << 30), |_| {}).0
    }

    /// The same store, and what somebody else found in it while it was closed here.
    pub(super) fn looked_at<T>(self, look: impl FnOnce(&Path) -> T) -> (Self, T) {
        self.reopen(None, look)
    }

    fn reopen<T>(self, cache_bytes: Option<u64>, meanwhile: impl FnOnce(&Path) -> T) -> (Self, T) {
        let Self { runtime, kvetch, file, owners, things } = self;
        runtime.block_on(kvetch.close()).expect("the store closes");
        let directory = file.parent().expect("the file lies in the directory of the store");
        let found = meanwhile(directory);
        let kvetch = runtime.block_on(open(directory, cache_bytes));
        (Self { runtime, kvetch, file, owners, things }, found)
    }

    pub(super) fn close(self) {
        self.runtime.block_on(self.kvetch.close()).expect("the store closes");
    }
}

/// Opens a store of one shard with five edges and an index.
pub(super) async fn open(directory: &Path, cache_bytes: Option<u64>) -> Kvetch {
    let mut schema = Schema::builder()
        .node_type(NodeTypeDef { id: OWNER, name: "Owner".to_owned() })
        .node_type(NodeTypeDef { id: THING, name: "Thing".to_owned() })
        .index(IndexDef {
            id: IndexId(1),
            name: "Thing.code".to_owned(),
            node_type: THING,
            key: "code".to_owned(),
            kind: IndexKind::Equality,
            unique: false,
        });
    for (id, key) in EDGES {
        schema = schema.edge(DerivedEdge::new(EdgeType(id), format!("owner_to_thing_{key}"), OWNER, THING, key));
    }
    let url = format!("file:{}?shards=1", directory.display()).parse().expect("the URL is valid");
    let mut options = Options::default();
    options.cache_bytes = cache_bytes;
    let schema = schema.build().expect("the schema is consistent");
    Kvetch::open_with(&[url], schema, options).await.expect("the store opens")
}

async fn create(kvetch: &Kvetch, batch: Vec<Create>) -> Vec<NodeId> {
    let written = kvetch.create_many(batch).await;
    written.into_iter().map(|written| written.expect("a node is created").node.id).collect()
}

fn owner() -> Create {
    Create::new(OWNER, Props::from([("name", Value::Text("somebody".to_owned()))]))
}

fn thing(owners: &[NodeId], random: &mut fastrand::Rng) -> Create {
    let mut props = Props::new();
    for (_, key) in EDGES {
        props.insert(key, owners[random.usize(..owners.len())]);
    }
    props.insert("text", "something that has to be done before the end of the week");
    Create::new(THING, props)
}
