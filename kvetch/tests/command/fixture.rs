//! Stores with something in them, and running the command on them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use kvetch::conformance::fixture::*;
use kvetch::{Create, Delete, Kvetch, NodeId, Props, PutEdge, Timestamp, Update, Value};
use serde_json::Value as Json;

pub(crate) const SHARD_COUNTS: [usize; 2] = [1, 4];

/// A directory for the files of one test, removed at the end.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let path = std::env::temp_dir().join(format!("kvetch-command-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the directory can be made");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The argument of a store in this directory.
    pub(crate) fn store(&self, name: &str) -> String {
        format!("--store=file:{}", self.path(name).display())
    }

    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), text).expect("the file can be written");
        self.named(name)
    }

    pub(crate) fn named(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file is there")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).expect("it was made");
    }
}

/// What a run of the command left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl fmt::Debug for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = |text: &str| text.chars().take(3000).collect::<String>();
        write!(f, "code {}\n{}\n{}", self.code, start(&self.out), start(&self.err))
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The error as programs read it.
    #[track_caller]
    pub(crate) fn error(&self) -> (String, String) {
        assert_eq!((self.code, self.out.as_str()), (2, ""), "{self:?}");
        let json: Json = serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        let text = |key: &str| json["error"][key].as_str().expect("it is there").to_owned();
        (text("code"), text("message"))
    }
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvetch"));
    command.args(arguments).env_remove("KVETCH_STORE").stdin(Stdio::null());
    command
}

pub(crate) fn kvetch(arguments: &[&str]) -> Ran {
    ran(command(arguments).output().expect("the command runs"))
}

/// The same, and it ends with 0.
#[track_caller]
pub(crate) fn succeeds(arguments: &[&str]) -> Ran {
    let ran = kvetch(arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    ran
}

pub(crate) fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("it prints text"),
        err: String::from_utf8(output.stderr).expect("it prints text"),
    }
}

/// Makes a store with nodes of every type, values of every type, both kinds of edges, versions and a deletion.
pub(crate) fn fill(path: &Path, shards: usize) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let url = format!("file:{}?shards={shards}", path.display()).parse().expect("the address is valid");
        let store = Kvetch::open(&[url], schema()).await.expect("the store opens");
        fill_users(&store).await;
        fill_lists(&store).await;
        created(&store, Create { id: Some(spread(300)), ..Create::new(NOTE, of_every_type()) }).await;
        store.close().await.expect("the store closes");
    });
}

async fn fill_users(store: &Kvetch) {
    for number in 0..6 {
        created(store, Create { id: Some(spread(number)), ..user(&format!("user{number}")) }).await;
    }
    for (from, to) in [(0, 1), (0, 2), (3, 4), (5, 5)] {
        let props = Props::from([("since", Value::Timestamp(Timestamp(7))), ("weight", Value::Float(0.1))]);
        let put = PutEdge { props, ..PutEdge::new(FOLLOWS, spread(from), spread(to)) };
        store.put_edge(put).await.expect("the edge is put");
    }
}

async fn fill_lists(store: &Kvetch) {
    for number in 0..12 {
        let mut create = Create { id: Some(spread(100 + number)), ..list(spread(number % 6), number as i64) };
        create.props.insert("color", if number % 2 == 0 { "red" } else { "blue" });
        created(store, create).await;
    }
    let update = Update::new(LIST, spread(103), Props::from([("title", "third")]));
    store.update(update).await.expect("the list is updated");
    let like = PutEdge { sort_key: Some(-3), ..PutEdge::new(LIKES, spread(1), spread(104)) };
    store.put_edge(like).await.expect("the edge is put");
    store.delete(Delete::new(LIST, spread(111))).await.expect("the list is deleted");
}

fn of_every_type() -> Props {
    let list = vec![Value::Int(1), Value::Null, Value::List(Vec::new()), Value::Id(spread(0))];
    Props::from([
        ("bool", Value::Bool(true)),
        ("bytes", Value::Bytes(vec![0, 1, 255])),
        ("float", Value::Float(f64::NAN)),
        ("id", Value::Id(NodeId::from_bytes([3; 16]))),
        ("int", Value::Int(i64::MIN)),
        ("list", Value::List(list)),
        ("listId", Value::Id(spread(100))),
        ("long", Value::Text("many words, and \"quotes\"\n".repeat(300))),
        ("map", Value::Map(Props::from([("$id", Value::Float(-0.0)), ("x", Value::Map(Props::new()))]))),
        ("time", Value::Timestamp(Timestamp(-5))),
    ])
}
