//! The same queries through a plan, over a table as grapple would write it.

use std::sync::Arc;

use pent::table::{FieldDef, ObjectDef, Source, Table, Type, TypeDef, TypeKind};
use pent::{Call, Column, OutputRef, Plain, Request, Schema, Scope, ToOutput};
use tokio::runtime::Runtime;

use super::data::{DATA, Group, Item, List, Todo, User};

/// Which fields of a plain type stand at which position.
macro_rules! plain {
    ($($type:ident { $($index:literal => $field:ident),* })*) => {$(
        impl ToOutput for $type {
            fn to_output(&self) -> OutputRef<'_> {
                OutputRef::Object(self)
            }
        }

        impl Plain for $type {
            fn field(&self, index: usize) -> OutputRef<'_> {
                match index {
                    $($index => self.$field.to_output(),)*
                    other => pent::output::no_such_field(stringify!($type), other),
                }
            }
        }
    )*};
}

plain! {
    Item { 0 => id, 1 => name, 2 => done, 3 => rank, 4 => score }
    Group { 0 => name, 1 => items }
    User { 0 => name, 1 => lists }
    List { 0 => name, 1 => items }
    Todo { 0 => text }
}

fn items(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |_, _| async { Ok(Arc::clone(&DATA.items)) })
}

fn groups(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |_, _| async { Ok(Arc::clone(&DATA.groups)) })
}

fn user(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |_, _| async { Ok(Arc::clone(&DATA.user)) })
}

const fn field(name: &'static str, ty: Type, source: Source) -> FieldDef {
    FieldDef { name, description: "", deprecated: None, ty, args: &[], source }
}

const fn object(name: &'static str, fields: &'static [FieldDef]) -> TypeDef {
    TypeDef { name, description: "", kind: TypeKind::Object(ObjectDef { node_type: None, interfaces: &[], fields }) }
}

const fn required(ty: &'static Type) -> Type {
    Type::NonNull(ty)
}

const STRING: Type = required(&Type::Named("String"));
const ITEMS: Type = required(&Type::List(&required(&Type::Named("Item"))));

static TABLE: Table = Table {
    query: "Query",
    mutation: None,
    subscription: None,
    types: &[
        object("Group", &[field("name", STRING, Source::Plain(0)), field("items", ITEMS, Source::Plain(1))]),
        object(
            "Item",
            &[
                field("id", STRING, Source::Plain(0)),
                field("name", STRING, Source::Plain(1)),
                field("done", required(&Type::Named("Boolean")), Source::Plain(2)),
                field("rank", required(&Type::Named("Int")), Source::Plain(3)),
                field("score", required(&Type::Named("Float")), Source::Plain(4)),
            ],
        ),
        object(
            "List",
            &[
                field("name", STRING, Source::Plain(0)),
                field("items", required(&Type::List(&required(&Type::Named("Todo")))), Source::Plain(1)),
            ],
        ),
        object(
            "Query",
            &[
                field("items", ITEMS, Source::Custom(items)),
                field("groups", required(&Type::List(&required(&Type::Named("Group")))), Source::Custom(groups)),
                field("user", required(&Type::Named("User")), Source::Custom(user)),
            ],
        ),
        object("Todo", &[field("text", STRING, Source::Plain(0))]),
        object(
            "User",
            &[
                field("name", STRING, Source::Plain(0)),
                field("lists", required(&Type::List(&required(&Type::Named("List")))), Source::Plain(1)),
            ],
        ),
    ],
    edges: &[],
    indexes: &[],
};

pub(crate) struct Planned {
    runtime: Runtime,
    schema: Schema,
    kvetch: kvetch::Kvetch,
    request: Request,
}

impl Planned {
    pub(crate) fn new(query: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let url = "memory:?shards=1".parse().expect("the URL is valid");
        let kvetch = runtime.block_on(pent::open(&[url], &TABLE)).expect("a store in memory opens");
        let request = Request { query: query.to_owned(), ..Request::default() };
        Self { runtime, schema: Schema::new(&TABLE), kvetch, request }
    }

    pub(crate) fn answer(&self) -> Vec<u8> {
        self.execute(&self.request)
    }

    /// The same for another document.
    pub(crate) fn answer_to(&self, query: String) -> Vec<u8> {
        self.execute(&Request { query, ..Request::default() })
    }

    fn execute(&self, request: &Request) -> Vec<u8> {
        let mut scope = Scope::new(self.kvetch.clone());
        self.runtime.block_on(self.schema.execute(request, &mut scope)).body
    }
}
