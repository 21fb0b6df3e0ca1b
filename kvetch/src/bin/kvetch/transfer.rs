//! The format of an export: JSON lines.
//!
//! A header, then one line for each node, one for each stored edge, and a trailer with their numbers, by which a
//! file that was cut is known. Nodes are in the order of their types and ids, edges in that of their types, sources,
//! sort keys and targets, whatever the number of shards: equal stores give equal lines. `docs/operations.md` has an
//! example of each line.

mod lines;

use kvetch::{Body, EdgeRow, EdgeToRestore, EdgeType, Kvetch, Node, NodeId, NodeType, Props, Schema, Timestamp};
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::json::fields::Fields;
use crate::json::{schema, value};

pub(crate) use lines::{Lines, TextLine};

const FORMAT: &str = "kvetch-export";

/// Raised when an older version of this command could no longer read what is written.
const VERSION: u64 = 1;

const CONSISTENCY: &str = "each node is as it was at one moment between the beginning and the end of the export, and \
    each stored edge likewise; they are not all of the same moment";

/// The first line.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) store: NodeId,
    pub(crate) schema: Schema,
}

/// How many nodes and edges there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) nodes: u64,
    pub(crate) edges: u64,
    /// What is not among them because it could not be read.
    pub(crate) unreadable: u64,
}

/// A line after the first.
#[derive(Debug)]
pub(crate) enum Line {
    Node(Node),
    Edge(EdgeToRestore),
    /// Something that could not be read when the export was written.
    Unreadable,
    End(Totals),
}

/// The header of an export that begins now.
pub(crate) fn header_line(store: &Kvetch) -> Json {
    let map = store.shard_map();
    json!({
        "format": FORMAT,
        "version": VERSION,
        "store": store.id().to_string(),
        "begun": Timestamp::now().0,
        "consistency": CONSISTENCY,
        "map": {"epoch": map.epoch(), "shards": map.shards()},
        "schema": schema::write(store.schema()),
    })
}

/// The line of a node. Times are microseconds since 1970.
pub(crate) fn node_line(node: &Node) -> Result<Json, kvetch::Error> {
    Ok(json!({
        "node": node.id.to_string(), "type": node.node_type.0, "version": node.version, "created": node.created.0,
        "updated": node.updated.0, "props": value::write_props(&node.body.to_props()?),
    }))
}

/// The line of a stored edge.
pub(crate) fn edge_line(edge: EdgeType, row: &EdgeRow) -> Result<Json, kvetch::Error> {
    let props = row.props.clone()?.map_or_else(|| Ok(Props::new()), |body| body.to_props())?;
    Ok(json!({
        "edge": edge.0, "from": row.from.to_string(), "to": row.to.to_string(), "sortKey": row.sort_key,
        "props": value::write_props(&props),
    }))
}

/// The line that stands for what could not be read. It lets an export that is gone on with know of it.
pub(crate) fn unreadable_line(error: &kvetch::Error) -> Json {
    json!({"unreadable": {"code": error.code(), "message": error.to_string()}})
}

/// The last line.
pub(crate) fn end_line(totals: Totals) -> Json {
    json!({"end": {"nodes": totals.nodes, "edges": totals.edges, "unreadable": totals.unreadable}})
}

/// Whether this may be the beginning of a first line that was cut.
pub(crate) fn may_begin_header(text: &[u8]) -> bool {
    let header = format!(r#"{{"format":"{FORMAT}","#);
    let both = header.len().min(text.len());
    text[..both] == header.as_bytes()[..both]
}

/// The header in the first line.
pub(crate) fn read_header(text: &[u8]) -> Result<Header, Failure> {
    let json: Json = serde_json::from_slice(text).map_err(|_| no_export())?;
    if json["format"].as_str() != Some(FORMAT) {
        return Err(no_export());
    }
    match json["version"].as_u64() {
        Some(VERSION) => {}
        Some(version) if version > VERSION => {
            let message = format!(
                "the export has format {version}, and this version reads formats up to {VERSION}; use the `kvetch` \
                 that wrote it, or a newer one"
            );
            return Err(Failure::new("newer_format", message));
        }
        _ => return Err(bad("the header names no version")),
    }
    let store =
        json["store"].as_str().and_then(|id| id.parse().ok()).ok_or_else(|| bad("the header names no store"))?;
    let schema = schema::read(&json["schema"]).map_err(|why| bad(format!("the schema of the header: {why}")))?;
    Ok(Header { store, schema })
}

/// What a line after the first says.
pub(crate) fn read(text: &[u8]) -> Result<Line, Failure> {
    let json: Json = serde_json::from_slice(text).map_err(|error| bad(format!("it is no JSON: {error}")))?;
    let kind = ["node", "edge", "unreadable", "end"].into_iter().find(|key| json.get(key).is_some());
    match kind {
        Some("node") => read_node(&json).map(Line::Node),
        Some("edge") => read_edge(&json).map_err(bad).map(Line::Edge),
        Some("unreadable") => Ok(Line::Unreadable),
        Some(_) => read_end(&json["end"]).map_err(bad).map(Line::End),
        None => Err(bad("it is neither a node nor an edge nor the end")),
    }
}

fn read_node(json: &Json) -> Result<Node, Failure> {
    let (node, props) = read_all_but_body(json).map_err(bad)?;
    Ok(node(Body::from_props(&props)?))
}

/// The node, once it has a body.
fn read_all_but_body(json: &Json) -> Result<(impl FnOnce(Body) -> Node, Props), String> {
    let fields = Fields::of(json, &["node", "type", "version", "created", "updated", "props"])?;
    let (id, node_type, version) = (fields.id("node")?, NodeType(fields.number("type")?), fields.count("version")?);
    let (created, updated) = (Timestamp(fields.signed("created")?), Timestamp(fields.signed("updated")?));
    let props = value::read_props(fields.json("props")?)?;
    Ok((move |body| Node { id, node_type, version, created, updated, body }, props))
}

fn read_edge(json: &Json) -> Result<EdgeToRestore, String> {
    let fields = Fields::of(json, &["edge", "from", "to", "sortKey", "props"])?;
    Ok(EdgeToRestore {
        edge: EdgeType(fields.number("edge")?),
        from: fields.id("from")?,
        to: fields.id("to")?,
        sort_key: fields.signed("sortKey")?,
        props: value::read_props(fields.json("props")?)?,
    })
}

fn read_end(json: &Json) -> Result<Totals, String> {
    let fields = Fields::of(json, &["nodes", "edges", "unreadable"])?;
    let (nodes, edges, unreadable) = (fields.count("nodes")?, fields.count("edges")?, fields.count("unreadable")?);
    Ok(Totals { nodes, edges, unreadable })
}

fn bad(why: impl Into<String>) -> Failure {
    Failure::new("bad_input", why)
}

pub(crate) fn no_export() -> Failure {
    bad("it is no export: it does not begin with the header that `kvetch export` writes")
}
