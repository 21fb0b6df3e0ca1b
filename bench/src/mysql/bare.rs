//! Connections of one's own, and what a statement by hand does with its rows.

use std::fmt::Write as _;

use futures::future::join_all;
use kvetch::NodeId;
use mysql_async::prelude::{FromRow, Queryable};
use mysql_async::{Conn, Opts, OptsBuilder, Params, Value};
use tokio::runtime::Runtime;

/// The connections, each with its statements prepared.
pub(super) struct Bare(Vec<Conn>);

/// A statement and its parameters.
pub(super) type Query = (String, Vec<Value>);

impl Bare {
    pub(super) fn connect(runtime: &Runtime, url: &str, connections: usize) -> Self {
        let options = OptsBuilder::from_opts(Opts::from_url(url).expect("the address is valid"));
        let options = options.prefer_socket(false).tcp_nodelay(true).stmt_cache_size(256);
        let connecting = (0..connections).map(|_| Conn::new(options.clone()));
        let connected = runtime.block_on(join_all(connecting)).into_iter();
        Self(connected.map(|connected| connected.expect("the server is there")).collect())
    }

    /// Runs statements, as many at a time as there are connections, and takes their rows.
    pub(super) async fn rows<T: FromRow + Send + 'static>(&mut self, queries: Vec<Query>) -> Vec<T> {
        if let [query] = &queries[..] {
            return one(&mut self.0[0], query).await;
        }
        let next = std::sync::Mutex::new(queries.iter());
        let work = self.0.iter_mut().map(|connection| async {
            let mut rows: Vec<T> = Vec::new();
            loop {
                let query = next.lock().expect("nobody panics with it").next();
                let Some(query) = query else { return rows };
                rows.extend(one(connection, query).await);
            }
        });
        join_all(work).await.into_iter().flatten().collect()
    }

    pub(super) fn close(self, runtime: &Runtime) {
        for connection in self.0 {
            runtime.block_on(connection.disconnect()).expect("the server is there");
        }
    }
}

async fn one<T: FromRow + Send + 'static>(connection: &mut Conn, (sql, parameters): &Query) -> Vec<T> {
    connection.exec(sql.as_str(), Params::Positional(parameters.clone())).await.expect("the statement runs")
}

/// One list of keys.
pub(super) fn in_list(ids: &[NodeId]) -> Query {
    let marks = vec!["?"; ids.len()].join(",");
    let sql = format!("SELECT id, type, version, created, updated, body FROM kvetch_nodes WHERE id IN ({marks})");
    (sql, ids.iter().map(id).collect())
}

/// A limited select for each list.
pub(super) fn union_all(edge: u32, lists: &[NodeId], first: u32) -> Query {
    let (mut sql, mut parameters) = (String::new(), Vec::new());
    for (number, list) in lists.iter().enumerate() {
        let union = if number == 0 { "" } else { " UNION ALL " };
        let select = "to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? \
             ORDER BY sort_key, to_id LIMIT ?";
        write!(sql, "{union}(SELECT {number} AS k, {select})").expect("text takes text");
        parameters.extend([Value::from(edge), id(list), Value::from(first)]);
    }
    (sql, parameters)
}

/// A sub-select for each edge of a list, each of which packs one row.
pub(super) fn packed(edge: u32, lists: &[NodeId], first: u32) -> Query {
    let places = (0..first).map(|place| {
        format!(
            "(SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges \
             WHERE edge = {edge} AND from_id = lists.id ORDER BY sort_key, to_id LIMIT 1 OFFSET {place})"
        )
    });
    let lists_of = vec!["SELECT CAST(? AS BINARY(16)) AS id"; lists.len()].join(" UNION ALL ");
    let sql = format!("SELECT {} FROM ({lists_of}) AS lists", places.collect::<Vec<_>>().join(", "));
    (sql, lists.iter().map(id).collect())
}

fn id(id: &NodeId) -> Value {
    Value::Bytes(id.as_bytes().to_vec())
}
