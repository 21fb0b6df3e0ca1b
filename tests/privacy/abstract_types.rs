//! Interfaces and unions of types with rules and types without: what a viewer may not see is not there, and its type is
//! not told either.

use std::sync::Arc;

use kvetch::{Node, NodeId};
use pent::privacy::judged;
use pent::table::{
    FieldDef, InputDef, InterfaceDef, InterfaceFieldDef, NodeTypeDef, ObjectDef, PrivacyDef, Source, Table, Type,
    TypeDef, TypeKind,
};
use pent::{Call, Column, OutputRef, Request, Schema, Scope, Store, ToOutput};
use serde_json::{Value, json};
use tests::rules::generated::{List, ListPrivacy, User, UserPrivacy};

use super::world::{EVERYBODY, NAME, Who, World};

/// A node that was read as the system.
#[derive(Debug)]
struct Leaked(Arc<Node>);

impl ToOutput for Leaked {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Node(&self.0)
    }
}

fn leaked(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |cx, args| async move {
        let nodes = cx.system().nodes(args.get::<Vec<NodeId>>("ids")?).await;
        nodes.into_iter().map(|node| Ok(node?.map(Leaked))).collect::<pent::Result<Vec<Option<Leaked>>>>()
    })
}

const STRING: Type = Type::Named("String");
const UUID: Type = Type::NonNull(&Type::Named("UUID"));
const FOUND: Type = Type::Named("Found");

const fn stored(name: &'static str) -> FieldDef {
    field(name, STRING, &[], Source::Stored { key: name })
}

const fn field(name: &'static str, ty: Type, args: &'static [InputDef], source: Source) -> FieldDef {
    FieldDef { name, description: "", deprecated: None, ty, args, source }
}

const fn input(name: &'static str, ty: Type) -> InputDef {
    InputDef { name, description: "", deprecated: None, ty, default: None, stored: None }
}

const fn object(
    name: &'static str,
    node_type: Option<NodeTypeDef>,
    interfaces: &'static [&'static str],
    fields: &'static [FieldDef],
) -> TypeDef {
    TypeDef { name, description: "", kind: TypeKind::Object(ObjectDef { node_type, interfaces, fields }) }
}

static TABLE: Table = Table {
    query: "Query",
    mutation: None,
    subscription: None,
    types: &[
        TypeDef { name: "Found", description: "", kind: TypeKind::Union(&["Item", "List", "OpenUser", "User"]) },
        object(
            "Item",
            Some(NodeTypeDef::open(5)),
            &[],
            &[stored("text"), field("list", FOUND, &[], Source::Reference { key: "listId" })],
        ),
        object(
            "List",
            Some(NodeTypeDef {
                id: 3,
                privacy: Some(PrivacyDef {
                    read: |asked| judged(asked, List::may_read),
                    create: |asked| judged(asked, List::may_create),
                    update: |asked| judged(asked, List::may_update),
                    delete: |asked| judged(asked, List::may_delete),
                    edges: &[],
                }),
                hooks: None,
                creation: None,
            }),
            &["Named"],
            &[stored("name"), field("owner", FOUND, &[], Source::Reference { key: "ownerId" })],
        ),
        TypeDef {
            name: "Named",
            description: "",
            kind: TypeKind::Interface(InterfaceDef {
                interfaces: &[],
                fields: &[InterfaceFieldDef { name: "name", description: "", deprecated: None, ty: STRING, args: &[] }],
            }),
        },
        object("OpenUser", Some(NodeTypeDef::open(2)), &["Named"], &[stored("name")]),
        object(
            "Query",
            None,
            &[],
            &[
                field("named", Type::Named("Named"), &[input("id", UUID)], Source::Read),
                field("item", Type::Named("Item"), &[input("id", UUID)], Source::Read),
                field(
                    "leaked",
                    Type::List(&FOUND),
                    &[input("ids", Type::NonNull(&Type::List(&UUID)))],
                    Source::Custom(leaked),
                ),
            ],
        ),
        object(
            "User",
            Some(NodeTypeDef {
                id: 1,
                privacy: Some(PrivacyDef {
                    read: |asked| judged(asked, User::may_read),
                    create: |asked| judged(asked, User::may_create),
                    update: |asked| judged(asked, User::may_update),
                    delete: |asked| judged(asked, User::may_delete),
                    edges: &[],
                }),
                hooks: None,
                creation: None,
            }),
            &["Named"],
            &[stored("name")],
        ),
    ],
    edges: &[],
    indexes: &[],
};

async fn ask(world: &World, who: Who, query: String) -> Value {
    let store = Store::new(world.kvetch.clone(), &TABLE);
    let scope = Scope::builder(&store).state(world.journal.clone());
    let mut scope = match world.viewer(who) {
        Some(viewer) => scope.viewer(viewer).build(),
        None => scope.build(),
    };
    let response = Schema::new(&TABLE).execute(&Request { query, ..Request::default() }, &mut scope).await;
    serde_json::from_slice(&response.body).expect("a response is JSON")
}

#[tokio::test]
async fn a_read_of_an_interface_is_absent_for_those_who_may_not_see_it() {
    let world = World::new().await;
    for who in EVERYBODY {
        let query = format!(
            "{{ named(id: \"{}\") {{ __typename name ... on List {{ owner {{ ... on Named {{ name }} }} }} }} }}",
            world.list
        );
        let expected = match who {
            Who::Owner => json!({ "__typename": "List", "name": NAME, "owner": { "name": "Ada" } }),
            Who::Other | Who::Anonymous => Value::Null,
        };
        assert_eq!(ask(&world, who, query).await, json!({ "data": { "named": expected } }), "{who:?}");
    }
}

#[tokio::test]
async fn a_reference_to_a_union_is_null_for_those_who_may_not_see_what_is_there() {
    let world = World::new().await;
    for who in EVERYBODY {
        let query = format!("{{ item(id: \"{}\") {{ text list {{ __typename }} }} }}", world.item);
        let expected = match who {
            Who::Owner => json!({ "__typename": "List" }),
            Who::Other | Who::Anonymous => Value::Null,
        };
        let expected = json!({ "data": { "item": { "text": "Milk", "list": expected } } });
        assert_eq!(ask(&world, who, query).await, expected, "{who:?}");
    }
}

#[tokio::test]
async fn a_list_of_a_union_leaves_out_what_is_hidden() {
    let world = World::new().await;
    let ids = [world.list, world.open_user, world.owner, world.other, world.item].map(|id| format!("\"{id}\""));
    for who in EVERYBODY {
        let query = format!(
            "{{ leaked(ids: [{}]) {{ __typename ... on Named {{ name }} ... on Item {{ text }} }} }}",
            ids.join(", ")
        );
        let open = json!({ "__typename": "OpenUser", "name": "Hedy" });
        let item = json!({ "__typename": "Item", "text": "Milk" });
        let user = |name: &str| json!({ "__typename": "User", "name": name });
        let expected = match who {
            Who::Owner => json!([{ "__typename": "List", "name": NAME }, open, user("Ada"), item]),
            Who::Other => json!([open, user("Grace"), item]),
            Who::Anonymous => json!([open, item]),
        };
        assert_eq!(ask(&world, who, query).await, json!({ "data": { "leaked": expected } }), "{who:?}");
    }
}

/// Of what somebody may not see, even that it is of another type would be news.
#[tokio::test]
async fn the_type_of_what_is_hidden_is_not_told() {
    let world = World::new().await;
    for who in EVERYBODY {
        // A list is no item, and a user neither.
        for id in [world.list, world.other] {
            let response = ask(&world, who, format!("{{ item(id: \"{id}\") {{ text }} }}")).await;
            let is_seen = match who {
                Who::Owner => id == world.list,
                Who::Other => id == world.other,
                Who::Anonymous => false,
            };
            assert_eq!(response["data"], json!({ "item": null }));
            assert_eq!(response.get("errors").is_some(), is_seen, "{who:?}: {response:#}");
        }
    }
}
