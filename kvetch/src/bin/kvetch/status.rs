//! `kvetch status`: what a store is.

use std::collections::BTreeMap;

use futures::future::join_all;
use kvetch::{Census, Kvetch, NodeType, Readiness, Result as StoreResult, ShardIdx, StoreUrl, VirtualShard};
use serde_json::{Map, Value as Json, json};

use crate::failure::{Answer, Failure};
use crate::json::schema;
use crate::names;
use crate::output::{Output, Table, grouped};
use crate::place;

/// What is said of a store.
struct Status {
    store: Kvetch,
    urls: Vec<String>,
    shards: Vec<StoreResult<Census>>,
}

pub(crate) async fn run(urls: &[StoreUrl], output: &Output) -> Result<Answer, Failure> {
    let store = place::open(urls).await?;
    let shards = join_all(store.shards().iter().map(|shard| shard.census())).await;
    let status = Status { store, urls: place::shown(urls), shards };
    output.answer(|| status.text(), || status.json())?;
    let answer = if status.shards.iter().all(StoreResult::is_ok) { Answer::Yes } else { Answer::No };
    status.store.close().await?;
    Ok(answer)
}

impl Status {
    fn text(&self) -> String {
        let store = &self.store;
        let mut text = format!(
            "store   {}, format {} (kvetch {})\nat      {}\nmap     epoch {}, {} buckets\n\n",
            store.id(),
            Kvetch::FORMAT,
            env!("CARGO_PKG_VERSION"),
            self.urls.join("\n        "),
            store.shard_map().epoch(),
            VirtualShard::COUNT,
        );
        let mut shards = Table::of(["shard", "buckets", "nodes", "deleted", "pending", "fences", "recorded"]);
        let mut unread = String::new();
        for (number, census) in self.shards.iter().enumerate() {
            match census {
                Ok(census) => {
                    let nodes = census.nodes.values().sum();
                    let numbers = [nodes, census.tombstones, census.intents, census.fences, census.recorded];
                    let [nodes, deleted, pending, fences, recorded] = numbers.map(grouped);
                    let buckets = grouped(self.buckets(number).iter().map(|(first, last)| last - first + 1).sum());
                    shards.row([number.to_string(), buckets, nodes, deleted, pending, fences, recorded]);
                }
                Err(error) => unread += &format!("shard {number} was not counted: {error}\n"),
            }
        }
        text += &format!("{shards}{unread}");
        let mut types = Table::of(["type", "name", "nodes"]);
        for (node_type, count) in self.nodes() {
            types.row([node_type.to_string(), names::node_type(store.schema(), node_type), grouped(count)]);
        }
        let mut edges = Table::of(["edge", "name", "from -> to", "follows from", "state"]);
        for (def, state) in store.edge_states() {
            edges.row([
                def.id.to_string(),
                def.name.clone(),
                self.ends(def.from, def.to),
                format!("its {}", def.key),
                state.word().to_owned(),
            ]);
        }
        for def in store.schema().stored_edges() {
            let name = format!("{} / {}", def.name, def.inverse_name);
            let ends = self.ends(def.from, def.to);
            edges.row([format!("{}/{}", def.id, def.inverse), name, ends, "stored".into(), "ready".into()]);
        }
        let mut indexes = Table::of(["index", "name", "over", "kind", "state"]);
        for (def, state) in store.index_states() {
            let over = format!("{}.{}", names::node_type(store.schema(), def.node_type), def.key);
            let kind = if def.unique { "unique".to_owned() } else { def.kind.word().to_owned() };
            indexes.row([def.id.to_string(), def.name.clone(), over, kind, state.word().to_owned()]);
        }
        for table in [types, edges, indexes].iter().filter(|table| !table.is_empty()) {
            text += &format!("\n{table}");
        }
        text
    }

    fn json(&self) -> Json {
        let store = &self.store;
        let shards = self.shards.iter().enumerate().map(|(number, census)| {
            let buckets = json!(self.buckets(number));
            match census {
                Ok(census) => json!({
                    "shard": number, "buckets": buckets, "nodes": by_type(&census.nodes),
                    "tombstones": census.tombstones, "intents": census.intents, "fences": census.fences,
                    "recorded": census.recorded,
                }),
                Err(error) => json!({
                    "shard": number, "buckets": buckets,
                    "error": {"code": error.code(), "message": error.to_string()},
                }),
            }
        });
        let states = |states: Vec<(u32, Readiness)>| {
            states.into_iter().map(|(id, state)| (id.to_string(), json!(state.word()))).collect::<Map<_, _>>()
        };
        json!({
            "store": store.id().to_string(),
            "format": Kvetch::FORMAT,
            "version": env!("CARGO_PKG_VERSION"),
            "urls": self.urls,
            "epoch": store.shard_map().epoch(),
            "shards": shards.collect::<Json>(),
            "nodes": by_type(&self.nodes()),
            "schema": schema::write(store.schema()),
            "states": {
                "edges": states(store.edge_states().into_iter().map(|(def, state)| (def.id.0, state)).collect()),
                "indexes": states(store.index_states().into_iter().map(|(def, state)| (def.id.0, state)).collect()),
            },
        })
    }

    /// The nodes of all shards that were counted, with the types of the schema that have none.
    fn nodes(&self) -> BTreeMap<NodeType, u64> {
        let mut nodes: BTreeMap<NodeType, u64> = self.store.schema().node_types().map(|def| (def.id, 0)).collect();
        for (node_type, count) in self.shards.iter().flatten().flat_map(|census| &census.nodes) {
            *nodes.entry(*node_type).or_default() += count;
        }
        nodes
    }

    /// The stretches of buckets of a shard, each as its first and last.
    fn buckets(&self, shard: usize) -> Vec<(u64, u64)> {
        let map = self.store.shard_map();
        let mut stretches: Vec<(u64, u64)> = Vec::new();
        let all = (0..VirtualShard::COUNT).filter_map(VirtualShard::new);
        for bucket in all.filter(|bucket| map.shard_of(*bucket) == ShardIdx(shard as u16)) {
            let bucket = u64::from(bucket.get());
            match stretches.last_mut() {
                Some((_, last)) if *last + 1 == bucket => *last = bucket,
                _ => stretches.push((bucket, bucket)),
            }
        }
        stretches
    }

    fn ends(&self, from: NodeType, to: NodeType) -> String {
        let schema = self.store.schema();
        format!("{} -> {}", names::node_type(schema, from), names::node_type(schema, to))
    }
}

fn by_type(nodes: &BTreeMap<NodeType, u64>) -> Json {
    nodes.iter().map(|(node_type, count)| (node_type.to_string(), json!(count))).collect::<Map<_, _>>().into()
}
