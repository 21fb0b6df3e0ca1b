//! A schema in JSON, as `status`, `export` and `init --schema` have it.
//!
//! Four lists, each of which may be left out: `nodeTypes` (`id`, `name`), `edges` (`id`, `name`, `from`, `to`, `key`,
//! `orderBy` or null, `onDelete`: keep, restrict or cascade), `storedEdges` (`id`, `name`, `from`, `to`, `inverse`,
//! `inverseName`), `indexes` (`id`, `name`, `nodeType`, `key`, `kind`: equality or range, `unique`).

use kvetch::{
    DerivedEdge, EdgeType, IndexDef, IndexId, IndexKind, NodeType, NodeTypeDef, OnDelete, Schema, SchemaBuilder,
    StoredEdge,
};
use serde_json::{Value as Json, json};

use super::fields::Fields;

/// The lists of a schema.
pub(crate) const LISTS: [&str; 4] = ["nodeTypes", "edges", "storedEdges", "indexes"];

/// The JSON form of a schema.
pub(crate) fn write(schema: &Schema) -> Json {
    json!({
        "nodeTypes": schema.node_types().map(|def| json!({"id": def.id.0, "name": def.name})).collect::<Json>(),
        "edges": schema.edges().map(edge).collect::<Json>(),
        "storedEdges": schema.stored_edges().map(stored_edge).collect::<Json>(),
        "indexes": schema.indexes().map(index).collect::<Json>(),
    })
}

/// The schema with this JSON form, or why there is none.
pub(crate) fn read(json: &Json) -> Result<Schema, String> {
    let lists = Fields::of(json, &LISTS)?;
    let mut builder = Schema::builder();
    for list in LISTS {
        for (number, json) in lists.list(list)?.iter().enumerate() {
            builder = with(builder, list, json).map_err(|why| format!("{list}[{number}]: {why}"))?;
        }
    }
    builder.build().map_err(|error| error.to_string())
}

/// The first definition that one schema has and another does not have just so.
pub(crate) fn first_difference(of: &Schema, from: &Schema) -> Option<String> {
    let (of, from) = (write(of), write(from));
    LISTS.into_iter().find_map(|list| {
        let (defs, others) = (of[list].as_array()?, from[list].as_array()?);
        let def = defs.iter().find(|def| !others.contains(def))?;
        let other = others.iter().find(|other| other["id"] == def["id"]);
        Some(match other {
            Some(other) => format!("{list} has {def} in one and {other} in the other"),
            None => format!("{list} has {def} in one and nothing under that id in the other"),
        })
    })
}

fn edge(def: &DerivedEdge) -> Json {
    json!({
        "id": def.id.0, "name": def.name, "from": def.from.0, "to": def.to.0, "key": def.key,
        "orderBy": def.order_by, "onDelete": def.on_delete.word(),
    })
}

fn stored_edge(def: &StoredEdge) -> Json {
    json!({
        "id": def.id.0, "name": def.name, "from": def.from.0, "to": def.to.0,
        "inverse": def.inverse.0, "inverseName": def.inverse_name,
    })
}

fn index(def: &IndexDef) -> Json {
    json!({
        "id": def.id.0, "name": def.name, "nodeType": def.node_type.0, "key": def.key,
        "kind": def.kind.word(), "unique": def.unique,
    })
}

fn with(builder: SchemaBuilder, list: &str, json: &Json) -> Result<SchemaBuilder, String> {
    Ok(match list {
        "nodeTypes" => {
            let def = Fields::of(json, &["id", "name"])?;
            builder.node_type(NodeTypeDef { id: NodeType(def.number("id")?), name: def.text("name")?.to_owned() })
        }
        "edges" => builder.edge(read_edge(json)?),
        "storedEdges" => builder.stored_edge(read_stored_edge(json)?),
        _ => builder.index(read_index(json)?),
    })
}

fn read_edge(json: &Json) -> Result<DerivedEdge, String> {
    let def = Fields::of(json, &["id", "name", "from", "to", "key", "orderBy", "onDelete"])?;
    let (from, to) = (NodeType(def.number("from")?), NodeType(def.number("to")?));
    let order_by = def.optional("orderBy").map(|_| def.text("orderBy").map(str::to_owned)).transpose()?;
    let on_delete = match def.optional("onDelete") {
        None => OnDelete::Keep,
        Some(_) => OnDelete::read(def.text("onDelete")?).ok_or("`onDelete` is keep, restrict or cascade")?,
    };
    let edge = DerivedEdge::new(EdgeType(def.number("id")?), def.text("name")?, from, to, def.text("key")?);
    Ok(DerivedEdge { order_by, on_delete, ..edge })
}

fn read_stored_edge(json: &Json) -> Result<StoredEdge, String> {
    let def = Fields::of(json, &["id", "name", "from", "to", "inverse", "inverseName"])?;
    Ok(StoredEdge {
        id: EdgeType(def.number("id")?),
        name: def.text("name")?.to_owned(),
        from: NodeType(def.number("from")?),
        to: NodeType(def.number("to")?),
        inverse: EdgeType(def.number("inverse")?),
        inverse_name: def.text("inverseName")?.to_owned(),
    })
}

fn read_index(json: &Json) -> Result<IndexDef, String> {
    let def = Fields::of(json, &["id", "name", "nodeType", "key", "kind", "unique"])?;
    let unique = def.optional("unique").map_or(Some(false), Json::as_bool).ok_or("`unique` is true or false")?;
    Ok(IndexDef {
        id: IndexId(def.number("id")?),
        name: def.text("name")?.to_owned(),
        node_type: NodeType(def.number("nodeType")?),
        key: def.text("key")?.to_owned(),
        kind: IndexKind::read(def.text("kind")?).ok_or("`kind` is equality or range")?,
        unique,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Json {
        json!({
            "nodeTypes": [{"id": 1, "name": "User"}, {"id": 2, "name": "List"}],
            "edges": [{"id": 1, "name": "lists", "from": 1, "to": 2, "key": "owner", "orderBy": "rank", "onDelete": "cascade"},
                {"id": 2, "name": "others", "from": 1, "to": 2, "key": "other", "orderBy": null, "onDelete": "keep"}],
            "storedEdges": [{"id": 6, "name": "likes", "from": 1, "to": 2, "inverse": 7, "inverseName": "likedBy"}],
            "indexes": [{"id": 1, "name": "byName", "nodeType": 1, "key": "name", "kind": "equality", "unique": true},
                {"id": 2, "name": "byRank", "nodeType": 2, "key": "rank", "kind": "range", "unique": false}],
        })
    }

    #[test]
    fn a_schema_reads_back_as_what_it_was() {
        let schema = read(&full()).expect("it is a schema");
        assert_eq!(write(&schema), full());
        assert_eq!(write(&read(&json!({})).expect("an empty schema is one"))["edges"], json!([]));
    }

    #[test]
    fn a_mistake_in_a_schema_is_named_with_its_place() {
        let check = |pointer: &str, json: Json, expected: &str| {
            let mut schema = full();
            *schema.pointer_mut(pointer).expect("it is there") = json;
            let refused = read(&schema).expect_err("it is wrong");
            assert!(refused.contains(expected), "{refused}");
        };
        check("/edges/1/onDelete", json!("drop"), "edges[1]: `onDelete` is keep, restrict or cascade");
        check(
            "/nodeTypes/0",
            json!({"id": 1, "nmae": "x"}),
            "nodeTypes[0]: the key `nmae` is unknown; the keys are id, name",
        );
        check("/indexes/0/kind", json!(1), "indexes[0]: `kind` is no text");
        check("/edges/0/from", json!(9), "names node type 9");
        check("/storedEdges", json!({}), "`storedEdges` is no list");
    }

    #[test]
    fn two_schemas_are_compared_by_their_definitions() {
        let whole = read(&full()).expect("it is a schema");
        let part = read(&json!({"nodeTypes": [{"id": 1, "name": "User"}]})).expect("it is a schema");
        assert_eq!(first_difference(&part, &whole), None);
        assert!(first_difference(&whole, &part).is_some_and(|difference| difference.starts_with("nodeTypes has")));
    }
}
