//! The operations as prepared statements that somebody wrote by hand, for one server and these tables.
//!
//! They do what Kvetch promises of them: a link has two halves and two counts, which change in one transaction; a link
//! of a node that is gone is refused; a node goes with its links. What Kvetch does beyond that they leave out: no write
//! is told from its repetition, no intent is looked for, a link does not raise the version of its node.

use std::hint::black_box;

use kvetch::{Body, NodeId, Timestamp};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Opts, OptsBuilder, Params, Value};
use testkit::Server;

use super::Requester;
use super::loading::{LINKED_BY, LINKS, stored};
use super::mix::Request;
use super::over_kvetch::LIST_LINKS_MAX;
use crate::database;

const LIST: &str = "SELECT to_id, sort_key, props FROM kvetch_edges WHERE edge = 1 AND from_id = ? \
     ORDER BY sort_key DESC, to_id DESC LIMIT ?";

const GET: &str = "SELECT id, type, version, created, updated, body FROM kvetch_nodes WHERE id = ? AND type > 0";

const COUNT: &str = "SELECT count FROM kvetch_counts WHERE edge = 1 AND from_id = ?";

const MULTIGET: &str = "SELECT to_id, sort_key, props FROM kvetch_edges \
     WHERE edge = 1 AND from_id = ? AND to_id IN (?, ?, ?, ?)";

const ALIVE: &str = "SELECT COUNT(*) FROM kvetch_nodes WHERE id IN (?, ?) AND type > 0 LOCK IN SHARE MODE";

/// Both halves: two rows are changed where they are new, four where they were there. One that is there keeps its place.
const PUT: &str = "INSERT INTO kvetch_edges (edge, from_id, to_id, sort_key, props) VALUES (1, ?, ?, ?, ?), \
     (2, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE props = VALUES(props)";

const RAISE: &str = "INSERT INTO kvetch_counts (edge, from_id, count) VALUES (1, ?, 1), (2, ?, 1) \
     ON DUPLICATE KEY UPDATE count = count + 1";

const REMOVE: &str = "DELETE FROM kvetch_edges WHERE (edge = 1 AND from_id = ? AND to_id = ?) \
     OR (edge = 2 AND from_id = ? AND to_id = ?)";

const LOWER: &str = "UPDATE kvetch_counts SET count = count - 1 \
     WHERE (edge = 1 AND from_id = ?) OR (edge = 2 AND from_id = ?)";

const ADD: &str = "INSERT INTO kvetch_nodes (id, type, version, created, updated, body) VALUES (?, 1, 1, ?, ?, ?)";

const UPDATE: &str = "UPDATE kvetch_nodes SET version = version + 1, updated = ?, body = ? WHERE id = ? AND type = 1";

const BURY: &str = "UPDATE kvetch_nodes SET type = -type, version = version + 1, updated = ?, body = NULL \
     WHERE id = ? AND type = 1";

const ENDS: &str = "SELECT to_id FROM kvetch_edges WHERE edge = ? AND from_id = ?";

const REMOVE_OWN: &str = "DELETE FROM kvetch_edges WHERE edge IN (1, 2) AND from_id = ?";

const REMOVE_OWN_COUNTS: &str = "DELETE FROM kvetch_counts WHERE edge IN (1, 2) AND from_id = ?";

/// Other nodes that one statement names.
const OTHERS: usize = 100;

/// A lock that was waited for in vain, a deadlock that was broken up: the transaction begins again.
const GAVE_WAY: [u16; 2] = [1205, 1213];

type Outcome<T> = mysql_async::Result<T>;

/// An edge, and a node, in columns.
type EdgeRow = (Vec<u8>, i64, Option<Vec<u8>>);
type NodeRow = (Vec<u8>, u32, u64, i64, i64, Vec<u8>);

/// One who has a connection of its own.
pub(super) struct ByHand(Conn);

impl ByHand {
    pub(super) async fn connect(server: &Server) -> Self {
        let options =
            OptsBuilder::from_opts(Opts::from_url(&server.url(database::NAME)).expect("the address is valid"));
        let setup = vec!["SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED".to_owned()];
        let options = options.prefer_socket(false).tcp_nodelay(true).stmt_cache_size(64).setup(setup);
        Self(Conn::new(options).await.expect("the server is there"))
    }
}

impl Requester for ByHand {
    async fn request(&mut self, request: Request) -> usize {
        loop {
            match self.attempt(&request).await {
                Ok(found) => return found,
                Err(Error::Server(error)) if GAVE_WAY.contains(&error.code) => {
                    self.0.query_drop("ROLLBACK").await.expect("a transaction can be rolled back");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

impl ByHand {
    async fn attempt(&mut self, request: &Request) -> Outcome<usize> {
        let now = Value::from(Timestamp::now().0);
        Ok(match request {
            Request::GetLinkList { from } => {
                let rows: Vec<EdgeRow> = self.0.exec(LIST, (from.as_bytes(), LIST_LINKS_MAX)).await?;
                black_box(checked(rows)).len()
            }
            Request::GetNode { id } => {
                let row: Option<NodeRow> = self.0.exec_first(GET, (id.as_bytes(),)).await?;
                usize::from(black_box(row.map(|row| Body::from_stored(&row.5).expect("it is whole"))).is_some())
            }
            Request::CountLink { from } => {
                let count: Option<u64> = self.0.exec_first(COUNT, (from.as_bytes(),)).await?;
                usize::from(black_box(count).is_some_and(|count| count > 0))
            }
            Request::MultigetLink { from, to } => {
                let parameters = std::iter::once(from).chain(to).map(id).collect();
                let rows: Vec<EdgeRow> = self.0.exec(MULTIGET, Params::Positional(parameters)).await?;
                black_box(checked(rows)).len()
            }
            Request::UpdateNode { id: node, props } => {
                self.0.exec_drop(UPDATE, (now, stored(props), node.as_bytes())).await?;
                self.0.affected_rows() as usize
            }
            Request::AddNode { props } => {
                let node = NodeId::generate();
                self.0.exec_drop(ADD, (node.as_bytes(), &now, &now, stored(props))).await?;
                1
            }
            Request::PutLink { from, to, props } => self.put_link(*from, *to, &stored(props), now).await?,
            Request::DeleteLink { from, to } => self.delete_link(*from, *to).await?,
            Request::DeleteNode { id } => self.delete_node(*id, now).await?,
        })
    }

    async fn put_link(&mut self, from: NodeId, to: NodeId, props: &[u8], now: Value) -> Outcome<usize> {
        self.0.query_drop("START TRANSACTION").await?;
        let alive: Option<u64> = self.0.exec_first(ALIVE, (from.as_bytes(), to.as_bytes())).await?;
        if alive != Some(if from == to { 1 } else { 2 }) {
            self.0.query_drop("ROLLBACK").await?;
            return Ok(0);
        }
        let (from, to) = (id(&from), id(&to));
        let props = Value::from(props);
        let halves = [&from, &to, &now, &props, &to, &from, &now, &props].map(Value::clone);
        self.0.exec_drop(PUT, Params::Positional(halves.into())).await?;
        if self.0.affected_rows() == 2 {
            self.0.exec_drop(RAISE, (from, to)).await?;
        }
        self.0.query_drop("COMMIT").await?;
        Ok(1)
    }

    async fn delete_link(&mut self, from: NodeId, to: NodeId) -> Outcome<usize> {
        let (from, to) = (id(&from), id(&to));
        self.0.query_drop("START TRANSACTION").await?;
        self.0.exec_drop(REMOVE, (&from, &to, &to, &from)).await?;
        let is_there = self.0.affected_rows() == 2;
        if is_there {
            self.0.exec_drop(LOWER, (from, to)).await?;
        }
        self.0.query_drop("COMMIT").await?;
        Ok(usize::from(is_there))
    }

    async fn delete_node(&mut self, node: NodeId, now: Value) -> Outcome<usize> {
        self.0.query_drop("START TRANSACTION").await?;
        self.0.exec_drop(BURY, (now, node.as_bytes())).await?;
        let is_there = self.0.affected_rows() == 1;
        if is_there {
            for (edge, back) in [(LINKS, LINKED_BY), (LINKED_BY, LINKS)] {
                let others: Vec<Vec<u8>> = self.0.exec(ENDS, (edge.0, node.as_bytes())).await?;
                for others in others.chunks(OTHERS) {
                    self.remove_other_halves(back.0, others, &id(&node)).await?;
                }
            }
            self.0.exec_drop(REMOVE_OWN, (node.as_bytes(),)).await?;
            self.0.exec_drop(REMOVE_OWN_COUNTS, (node.as_bytes(),)).await?;
        }
        self.0.query_drop("COMMIT").await?;
        Ok(usize::from(is_there))
    }

    async fn remove_other_halves(&mut self, edge: u32, others: &[Vec<u8>], node: &Value) -> Outcome<()> {
        let marks = vec!["?"; others.len()].join(",");
        let others = others.iter().map(|other| Value::Bytes(other.clone()));
        let parameters = std::iter::once(Value::from(edge)).chain(others).collect::<Vec<_>>();
        let halves = parameters.iter().chain([node]).map(Value::clone).collect();
        let remove = format!("DELETE FROM kvetch_edges WHERE edge = ? AND from_id IN ({marks}) AND to_id = ?");
        self.0.exec_drop(remove, Params::Positional(halves)).await?;
        let lower = format!("UPDATE kvetch_counts SET count = count - 1 WHERE edge = ? AND from_id IN ({marks})");
        self.0.exec_drop(lower, Params::Positional(parameters)).await
    }
}

/// The props of links, checked as Kvetch does it.
fn checked(rows: Vec<EdgeRow>) -> Vec<(Vec<u8>, i64, Option<Body>)> {
    let edge = |(to, sort_key, props): EdgeRow| {
        (to, sort_key, props.map(|props| Body::from_stored(&props).expect("the props are whole")))
    };
    rows.into_iter().map(edge).collect()
}

fn id(id: &NodeId) -> Value {
    Value::Bytes(id.as_bytes().to_vec())
}
