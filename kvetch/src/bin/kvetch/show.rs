//! `kvetch show`: one node with all that follows from it.

mod edges;

use std::sync::Arc;

use kvetch::{
    Answer as Read, Intent, Kvetch, Node, NodeId, Read as Reading, Result as StoreResult, Schema, StoreUrl, Tombstone,
    Value,
};
use serde_json::{Value as Json, json};

use crate::arguments::Show;
use crate::failure::{Answer, Failure};
use crate::json::value;
use crate::names;
use crate::output::{Output, WIDTH, cut, moment};
use crate::place;

use edges::Edges;

/// What stands at an id.
struct Shown {
    id: NodeId,
    shard: usize,
    pending: Option<Intent>,
    found: Found,
}

enum Found {
    Node { node: Node, edges: Vec<Edges> },
    Deleted(Tombstone),
    Nothing,
}

pub(crate) async fn run(urls: &[StoreUrl], arguments: &Show, output: &Output) -> Result<Answer, Failure> {
    let store = place::open(urls).await?;
    let shown = look(&store, arguments).await?;
    output.answer(|| shown.text(store.schema()), || shown.json(store.schema()))?;
    store.close().await?;
    Ok(if matches!(shown.found, Found::Node { .. }) { Answer::Yes } else { Answer::No })
}

async fn look(store: &Kvetch, arguments: &Show) -> Result<Shown, Failure> {
    let id = arguments.id;
    let shard = store.shard_map().shard_of(id.virtual_shard()).get();
    let found = match node(store, id).await? {
        Some(node) => Found::Node { edges: edges::of(store, &node, arguments.edges).await, node },
        None => {
            let tombstone = store.shards()[shard].tombstones(&[id]).await.pop().transpose()?.flatten();
            tombstone.map_or(Found::Nothing, Found::Deleted)
        }
    };
    Ok(Shown { id, shard, pending: pending(store, shard, id).await?, found })
}

async fn node(store: &Kvetch, id: NodeId) -> StoreResult<Option<Node>> {
    let answer = store.round(vec![Reading::Nodes { ids: vec![id] }]).await.answers.pop();
    let Some(Read::Nodes(mut nodes)) = answer else { unreachable!("nodes were asked for") };
    Ok(nodes.pop().expect("one node was asked for")?.map(Arc::unwrap_or_clone))
}

/// Intents are listed in the order of their nodes, so that the one after the id before is the node's or another's.
async fn pending(store: &Kvetch, shard: usize, id: NodeId) -> StoreResult<Option<Intent>> {
    let before = u128::from_be_bytes(*id.as_bytes()).checked_sub(1);
    let before = before.map(|number| NodeId::from_bytes(number.to_be_bytes()));
    let page = store.shards()[shard].intents(before, 1).await?;
    match page.unreadable.into_iter().find(|(unreadable, ..)| *unreadable == id) {
        Some((.., error)) => Err(error),
        None => Ok(page.intents.into_iter().find(|intent| intent.source == id)),
    }
}

/// An index entry that a node has.
struct Entry<'a> {
    index: &'a kvetch::IndexDef,
    value: Value,
}

fn entries<'a>(schema: &'a Schema, node: &Node) -> Vec<Entry<'a>> {
    let over = schema.indexes().filter(|def| def.node_type == node.node_type);
    let entries = over.filter_map(|index| {
        let value = node.body.get(&index.key).ok()??.to_value().ok()?;
        (value != Value::Null).then_some(Entry { index, value })
    });
    entries.collect()
}

impl Shown {
    fn text(&self, schema: &Schema) -> String {
        let place = format!("shard {}, bucket {}", self.shard, self.id.virtual_shard());
        let mut text = match &self.found {
            Found::Nothing => {
                format!("node {} is not there, and was not deleted in the last 30 days\n  {place}\n", self.id)
            }
            Found::Deleted(tombstone) => format!(
                "node {} was deleted\n  it was a {}; deleted at version {}, {}\n  {place}\n",
                self.id,
                names::node_type(schema, tombstone.node_type),
                tombstone.version,
                moment(tombstone.deleted)
            ),
            Found::Node { node, .. } => format!(
                "{} {}\n  version {}\n  created {}\n  updated {}\n  {place}\n",
                names::node_type(schema, node.node_type),
                node.id,
                node.version,
                moment(node.created),
                moment(node.updated)
            ),
        };
        if let Some(intent) = &self.pending {
            text += &format!(
                "  pending: {} changes of version {} on other shards\n",
                intent.changes.len() + intent.unfinished.len(),
                intent.version
            );
        }
        if let Found::Node { node, edges } = &self.found {
            text += &props_text(node);
            for (title, to_it) in [("edges from it", false), ("edges to it", true)] {
                let lines: String = edges.iter().filter(|edges| edges.to_it == to_it).map(Edges::text).collect();
                if !lines.is_empty() {
                    text += &format!("\n{title}\n{lines}");
                }
            }
            let lines: String = entries(schema, node).iter().map(Entry::text).collect();
            if !lines.is_empty() {
                text += &format!("\nindex entries\n{lines}");
            }
        }
        text
    }

    fn json(&self, schema: &Schema) -> Json {
        let pending = self.pending.as_ref().map(|intent| {
            json!({"version": intent.version, "changes": intent.changes.len(), "unfinished": intent.unfinished.len()})
        });
        let mut json = json!({
            "node": self.id.to_string(),
            "state": match &self.found {
                Found::Node { .. } => "there",
                Found::Deleted(_) => "deleted",
                Found::Nothing => "absent",
            },
            "shard": self.shard,
            "bucket": self.id.virtual_shard().get(),
            "pending": pending,
        });
        let type_json = |id: kvetch::NodeType| json!({"id": id.0, "name": names::node_type(schema, id)});
        match &self.found {
            Found::Nothing => {}
            Found::Deleted(tombstone) => {
                json["type"] = type_json(tombstone.node_type);
                json["version"] = json!(tombstone.version);
                json["deleted"] = json!(tombstone.deleted.0);
            }
            Found::Node { node, edges } => {
                json["type"] = type_json(node.node_type);
                json["version"] = json!(node.version);
                json["created"] = json!(node.created.0);
                json["updated"] = json!(node.updated.0);
                json["props"] = node.body.to_props().map_or(Json::Null, |props| value::write_props(&props));
                let side = |to_it| edges.iter().filter(|edges| edges.to_it == to_it).map(Edges::json).collect::<Json>();
                json["edgesFrom"] = side(false);
                json["edgesTo"] = side(true);
                json["entries"] = entries(schema, node).iter().map(Entry::json).collect();
            }
        }
        json
    }
}

impl Entry<'_> {
    fn text(&self) -> String {
        let unique = if self.index.unique { " (unique)" } else { "" };
        cut(&format!("  {}{unique}  {}", self.index.name, value::write(&self.value)), WIDTH) + "\n"
    }

    fn json(&self) -> Json {
        json!({
            "index": self.index.id.0, "name": self.index.name, "unique": self.index.unique,
            "value": value::write(&self.value),
        })
    }
}

fn props_text(node: &Node) -> String {
    let props = match node.body.to_props() {
        Ok(props) => props,
        Err(error) => return format!("\nprops cannot be read: {error}\n"),
    };
    let widest = props.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0).min(WIDTH / 3);
    let line =
        |(key, of_key): (&String, &Value)| cut(&format!("  {key:<widest$}  {}", value::write(of_key)), WIDTH) + "\n";
    let lines: String = props.iter().map(line).collect();
    if lines.is_empty() { "\nno props\n".to_owned() } else { format!("\nprops\n{lines}") }
}
