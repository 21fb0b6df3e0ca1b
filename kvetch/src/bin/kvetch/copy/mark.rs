//! How far a copy has come, noted in the store that it goes to.

use std::collections::BTreeMap;

use kvetch::{EdgeType, Kvetch, NodeType, Props, Value};

use crate::failure::Failure;
use crate::merged::{Merged, Nodes};
use crate::sections::Last;

/// The name of the note.
const COPY: &str = "copy";

/// Where to go on. A store that is neither empty nor a copy of this one is refused: what is in it would be mixed with
/// what comes.
pub(super) async fn begun(source: &Kvetch, target: &Kvetch) -> Result<Last, Failure> {
    let meta = target.shards()[0].meta().await?;
    let Some(noted) = meta.get(COPY) else {
        if !is_empty(target).await? {
            let message = "TO is not empty, and no copy of FROM; name a new place, or put the one store into the \
                           other by `kvetch export` and `kvetch import`";
            return Err(Failure::new("not_empty", message));
        }
        note(source, target, Last::Header).await?;
        return Ok(Last::Header);
    };
    if noted.get("source") != Some(&Value::Id(source.id())) {
        let message = "TO is a copy of another store than FROM; name a new place";
        return Err(Failure::new("not_empty", message));
    }
    // What is not understood is looked at again from the beginning.
    Ok(read(noted).unwrap_or(Last::Header))
}

/// Notes that everything up to here is in the copy.
pub(super) async fn note(source: &Kvetch, target: &Kvetch, last: Last) -> Result<(), Failure> {
    let mut props = Props::from([("source", Value::Id(source.id()))]);
    match last {
        Last::Header | Last::End => {}
        Last::Node(node_type, id) => {
            props.insert("nodeType", i64::from(node_type.0));
            props.insert("id", Value::Id(id));
        }
        Last::Edge(edge, (from, sort_key, to)) => {
            props.insert("edge", i64::from(edge.0));
            props.insert("from", Value::Id(from));
            props.insert("sortKey", sort_key);
            props.insert("to", Value::Id(to));
        }
    }
    Ok(target.shards()[0].put_meta(BTreeMap::from([(COPY.to_owned(), props)])).await?)
}

fn read(props: &Props) -> Option<Last> {
    let id = |name| match props.get(name) {
        Some(Value::Id(id)) => Some(*id),
        _ => None,
    };
    let int = |name| match props.get(name) {
        Some(Value::Int(int)) => Some(*int),
        _ => None,
    };
    if let Some(number) = int("nodeType") {
        return Some(Last::Node(NodeType(number.try_into().ok()?), id("id")?));
    }
    let edge = EdgeType(int("edge")?.try_into().ok()?);
    Some(Last::Edge(edge, (id("from")?, int("sortKey")?, id("to")?)))
}

async fn is_empty(store: &Kvetch) -> Result<bool, Failure> {
    for def in store.schema().node_types() {
        if Merged::after(store, Nodes(def.id), None).await?.next().await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}
