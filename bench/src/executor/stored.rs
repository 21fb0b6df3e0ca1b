//! The same items out of a store: written from the bytes that it keeps.

use std::path::Path;

use futures::future::join_all;
use kvetch::{Create, Kvetch, NodeId, NodeType, Options, Props, Value};
use pent::table::{
    EdgeDef, FieldDef, InputDef, Literal, NodeTypeDef, ObjectDef, OnDelete, Source, Table, Type, TypeDef, TypeKind,
};
use pent::{Limits, Request, Schema, Scope};
use tokio::runtime::Runtime;

use super::data::DATA;

const LIST: NodeType = NodeType(1);
const ITEM: NodeType = NodeType(2);
/// Items of each list: as many as a page may have.
pub(super) const ITEMS: usize = 10_000;
/// Creations that are asked for at once.
const BATCH: usize = 2_000;
/// Room for every node.
const CACHE_BYTES: u64 = 2 << 30;
/// More than any of these queries reads or writes: what rows cost is to be seen, not where a limit is.
fn limits() -> Limits {
    Limits {
        rows: u64::MAX,
        planned_rows: u64::MAX,
        response_bytes: usize::MAX,
        page_rows: ITEMS as u32,
        ..Limits::default()
    }
}

const REQUIRED_STRING: Type = Type::NonNull(&Type::Named("String"));
const FIRST: InputDef = InputDef {
    name: "first",
    description: "",
    deprecated: None,
    ty: Type::Named("Int"),
    default: Some(Literal::Int(100)),
    stored: None,
};

const fn stored(name: &'static str, ty: Type) -> FieldDef {
    // The numbers of items stand where clients expect an id, as in the typed data.
    FieldDef { name, description: "", deprecated: None, ty, args: &[], source: Source::Stored { key: name } }
}

const fn listing(name: &'static str, ty: Type, source: Source) -> FieldDef {
    FieldDef { name, description: "", deprecated: None, ty, args: &[FIRST], source }
}

const fn entity(name: &'static str, id: u32, fields: &'static [FieldDef]) -> TypeDef {
    let node_type = Some(NodeTypeDef { id, privacy: None, hooks: None, creation: None });
    TypeDef { name, description: "", kind: TypeKind::Object(ObjectDef { node_type, interfaces: &[], fields }) }
}

static TABLE: Table = Table {
    query: "Query",
    mutation: None,
    subscription: None,
    types: &[
        entity(
            "Item",
            ITEM.0,
            &[
                stored("id", REQUIRED_STRING),
                stored("name", REQUIRED_STRING),
                stored("done", Type::NonNull(&Type::Named("Boolean"))),
                stored("rank", Type::NonNull(&Type::Named("Int"))),
                stored("score", Type::NonNull(&Type::Named("Float"))),
            ],
        ),
        entity(
            "List",
            LIST.0,
            &[listing(
                "items",
                Type::NonNull(&Type::List(&Type::NonNull(&Type::Named("Item")))),
                Source::Edge { edge: 1 },
            )],
        ),
        TypeDef {
            name: "Query",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                node_type: None,
                interfaces: &[],
                fields: &[listing(
                    "lists",
                    Type::NonNull(&Type::List(&Type::NonNull(&Type::Named("List")))),
                    Source::Browse,
                )],
            }),
        },
    ],
    edges: &[EdgeDef {
        id: 1,
        name: "list_to_item",
        from: "List",
        to: "Item",
        key: "listId",
        order_by: None,
        on_delete: OnDelete::Keep,
    }],
    indexes: &[],
};

/// A store with lists of ten thousand items.
pub(super) struct Stored {
    runtime: Runtime,
    kvetch: Kvetch,
    schema: Schema,
}

impl Stored {
    pub(super) fn with_lists(directory: &Path, lists: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let url = format!("file:{}?shards=1", directory.display()).parse().expect("the URL is valid");
        let mut options = Options::default();
        options.cache_bytes = Some(CACHE_BYTES);
        let kvetch = runtime.block_on(pent::open_with(&[url], &TABLE, options)).expect("a store opens");
        runtime.block_on(fill(&kvetch, lists));
        Self { runtime, kvetch, schema: Schema::with_limits(&TABLE, limits()) }
    }

    /// The body of a response over so many lists.
    pub(super) fn answer(&self, lists: usize) -> Vec<u8> {
        let query = format!("{{ lists(first: {lists}) {{ items(first: {ITEMS}) {{ id name done rank score }} }} }}");
        let mut scope = Scope::new(self.kvetch.clone());
        let response = self.runtime.block_on(self.schema.execute(&Request { query, ..Request::default() }, &mut scope));
        assert!(!response.has_errors, "{}", String::from_utf8_lossy(&response.body[..response.body.len().min(500)]));
        response.body
    }

    pub(super) fn close(self) {
        self.runtime.block_on(self.kvetch.close()).expect("the store closes");
    }
}

async fn fill(kvetch: &Kvetch, lists: usize) {
    for _ in 0..lists {
        let list = kvetch.create(Create::new(LIST, Props::new())).await.expect("a list is created").node.id;
        let batches = (0..ITEMS).step_by(BATCH).map(|start| kvetch.create_many(items(list, start)));
        let written = join_all(batches).await;
        written.into_iter().flatten().for_each(|written| drop(written.expect("an item is created")));
    }
}

fn items(list: NodeId, start: usize) -> Vec<Create> {
    let item = |number: usize| {
        let item = &DATA.items[number];
        let props = Props::from([
            ("listId", Value::from(list)),
            ("id", Value::from(item.id.as_str())),
            ("name", Value::from(item.name.as_str())),
            ("done", Value::from(item.done)),
            ("rank", Value::from(i64::from(item.rank))),
            ("score", Value::from(item.score)),
        ]);
        Create::new(ITEM, props)
    };
    (start..start + BATCH).map(item).collect()
}
