//! Entities with all of create, read, update and delete: once as a schema, once as structs without GraphQL.

use std::fmt::Write as _;
use std::path::Path;

use grapple::{Directory, SourceFile};

use super::crates::SourceText;

/// What each stores: its name, its type in the schema, and in Rust.
const VALUES: [(&str, &str, &str); 9] = [
    ("name", "String!", "String"),
    ("body", "String", "Option<String>"),
    ("position", "Int!", "i32"),
    ("labels", "[String!]!", "Vec<String>"),
    ("score", "Float", "Option<f64>"),
    ("done", "Boolean!", "bool"),
    ("code", "ID", "Option<String>"),
    ("weight", "Float!", "f64"),
    ("note", "String", "Option<String>"),
];

/// One in so many has a field written by hand.
const CUSTOM_EVERY: usize = 10;

/// The file with what is written by hand.
pub(crate) const GENERATED_CUSTOM: &str = "src/graph/custom.rs";

/// The same of the plain crate.
pub(crate) const PLAIN_CUSTOM: &str = "src/custom.rs";

/// A schema of so many entities with ten fields each: those above, and one that refers to another entity.
fn schema(entities: usize) -> String {
    let mut text = String::new();
    for entity in 0..entities {
        let (node_type, parent) = (entity + 1, entity / 2);
        let crud = "crud: [READ, BROWSE, CREATE, UPDATE, DELETE]";
        let _ = writeln!(text, "type Thing{entity} @pent(typeId: {node_type}, {crud}) {{\n  id: UUID!");
        for (name, ty, _) in VALUES {
            let _ = writeln!(text, "  {name}: {ty}");
        }
        let _ = writeln!(text, "  parent: Thing{parent} @genFromStoredId");
        if entity % CUSTOM_EVERY == 0 {
            text.push_str("  summary: String! @customGen\n");
        }
        text.push_str("}\n\n");
    }
    text
}

/// The crate that grapple generates, with a server for it.
pub(crate) fn generated(name: &str, entities: usize) -> Vec<SourceText> {
    let schema = SourceFile::new("schema.graphql", schema(entities));
    let generated = grapple::generate(schema, &Directory::empty("src/graph")).expect("the schema is right");
    let text = |file: &str| {
        let found = generated.files().iter().find(|written| written.path == Path::new("src/graph").join(file));
        found.map(|file| file.contents.clone()).expect("it is one of the module's")
    };
    vec![
        ("src/lib.rs", "//! The model.\n\npub mod graph;\n".to_owned()),
        ("src/graph/mod.rs", text("mod.rs")),
        ("src/graph/generated.rs", text("generated.rs")),
        (GENERATED_CUSTOM, text("custom.rs")),
        ("src/main.rs", server(&format!("use {name}::graph::generated::TABLE;\n"))),
    ]
}

/// What is written by hand, after so many changes of one function.
///
/// # Panics
/// When the function is not as grapple writes it: what is built again would be what was built before.
pub(crate) fn generated_custom(first: &str, change: usize) -> String {
    let written = format!("Err(::pent::Error::not_written(\"change {change}\"))");
    let changed = first.replacen("Err(::pent::Error::not_written(\"Thing0.summary\"))", &written, 1);
    assert_ne!(changed, first, "there is a function to change");
    changed
}

/// The same structs without GraphQL: those of the entities, of the inputs and of the payloads, with the derives that
/// grapple gives them and serde's in the place of what GraphQL does for them; and the function written by hand. The
/// server is the same, of a schema with nothing in it, so that the same libraries are linked.
pub(crate) fn plain(name: &str, entities: usize, derives: &str) -> Vec<SourceText> {
    let library = "//! The model.\n\npub mod custom;\npub mod model;\n".to_owned();
    let used = format!("use {name}::model as _;\n{EMPTY_TABLE}");
    vec![
        ("src/lib.rs", library),
        ("src/model.rs", structs(entities, derives)),
        (PLAIN_CUSTOM, plain_custom(0)),
        ("src/main.rs", server(&used)),
    ]
}

/// The derives of serde, to be added to others.
pub(crate) const SERDE: &str = ", serde::Serialize, serde::Deserialize";

/// What is written by hand, after so many changes of it.
pub(crate) fn plain_custom(change: usize) -> String {
    format!(
        "//! Written by hand.\n\nuse crate::model::Thing0;\n\nimpl Thing0 {{\n    \
        pub async fn summary(&self) -> Result<String, String> {{\n        \
        Err(format!(\"change {change} of {{}}\", self.name))\n    }}\n}}\n"
    )
}

fn structs(entities: usize, derives: &str) -> String {
    let mut text = "//! The structs.\n\n/// An id, as wide as Kvetch's.\npub type Id = u128;\n\n".to_owned();
    for entity in 0..entities {
        let mut item = |name: String, more: &str, fields: &[(String, String)]| {
            let _ = writeln!(text, "#[derive(Debug, Clone{more}{derives})]\npub struct {name} {{");
            for (name, ty) in fields {
                let _ = writeln!(text, "    pub {name}: {ty},");
            }
            text.push_str("}\n\n");
        };
        let values = |wrap: &dyn Fn(&str) -> String| {
            let values = VALUES.iter().map(|(name, _, ty)| ((*name).to_owned(), wrap(ty)));
            values.chain([("parent_id".to_owned(), wrap("Option<Id>"))]).collect::<Vec<_>>()
        };
        let same = values(&|ty| ty.to_owned());
        let entity_fields: Vec<_> = std::iter::once(("id".to_owned(), "Id".to_owned())).chain(same.clone()).collect();
        item(format!("Thing{entity}"), "", &entity_fields);
        item(format!("CreateThing{entity}Data"), ", PartialEq", &same);
        item(format!("UpdateThing{entity}Data"), ", PartialEq, Default", &values(&|ty| format!("Option<{ty}>")));
        let thing = [("thing".to_owned(), format!("Option<Thing{entity}>"))];
        item(format!("CreateThing{entity}Payload"), "", &thing);
        item(format!("UpdateThing{entity}Payload"), "", &thing);
        item(format!("DeleteThing{entity}Payload"), "", &[("deleted_id".to_owned(), "Option<Id>".to_owned())]);
    }
    text
}

/// A table of nothing, for a crate without a schema.
const EMPTY_TABLE: &str = r#"use pent::table::{ObjectDef, Table, TypeDef, TypeKind};

static TABLE: Table = Table {
    query: "Query",
    mutation: None,
    subscription: None,
    types: &[TypeDef {
        name: "Query",
        description: "",
        kind: TypeKind::Object(ObjectDef { node_type: None, interfaces: &[], fields: &[] }),
    }],
    edges: &[],
    indexes: &[],
};
"#;

/// A server of a table.
fn server(table: &str) -> String {
    format!(
        r#"//! The server.

use kvetch::StoreUrl;
use pent::{{Error, Result, Schema, http}};
{table}
#[tokio::main]
async fn main() -> Result<()> {{
    let store: StoreUrl = "memory:".parse()?;
    let kvetch = pent::open(&[store], &TABLE).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(Error::internal)?;
    let router = http::Service::new(Schema::new(&TABLE), kvetch.clone()).router();
    let stop = async {{ drop(tokio::signal::ctrl_c().await) }};
    http::serve(listener, router, stop).await.map_err(Error::internal)?;
    Ok(kvetch.close().await?)
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first change took the place of what the others looked for, so that nothing was changed any more.
    #[test]
    fn each_change_is_one() {
        let files = generated("generated", 1);
        let custom = files.iter().find(|(path, _)| *path == GENERATED_CUSTOM).map(|(_, text)| text);
        let custom = custom.expect("it has a field written by hand");
        let texts = [custom.clone(), generated_custom(custom, 1), generated_custom(custom, 2)];
        assert!(texts[0] != texts[1] && texts[1] != texts[2] && texts[0] != texts[2]);
        assert_ne!(plain_custom(1), plain_custom(2));
    }
}
