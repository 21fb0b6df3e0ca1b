//! Custom fields that get a whole batch, over a table written by hand.

use kvetch::{Create, EdgeType, NodeType, Props};
use pent::privacy::judged;
use pent::table::{
    EdgeDef, FieldDef, InputDef, NodeTypeDef, ObjectDef, OnDelete, PrivacyDef, Source, Table, Type, TypeDef, TypeKind,
};
use pent::{Call, Column, Error, Request, Schema, Scope, Store};
use serde_json::json;
use tests::rules::generated::{List, ListPrivacy, User, UserPrivacy};

use super::world::{EVERYBODY, SLUG, Who, World};

/// The names in capitals, and how many were asked about at once; lists that are called so fail, or are forgotten.
fn shout(call: Call<'_>) -> Column<'_> {
    pent::custom::per_batch(call, |_, _, lists: Vec<List>| async move {
        let count = lists.len();
        let answer = |list: &List| match list.name() {
            "fails" => Err(Error::user("SILENT", "no answer")),
            name => Ok(format!("{} of {count}", name.to_uppercase())),
        };
        lists.iter().take_while(|list| list.name() != "forgotten").map(answer).collect()
    })
}

fn panics(call: Call<'_>) -> Column<'_> {
    pent::custom::per_batch(call, |_, _, _: Vec<List>| async { panic!("on purpose") as Vec<pent::Result<String>> })
}

/// Takes the value of a list that the viewer may not see, as the system.
fn takes(call: Call<'_>) -> Column<'_> {
    pent::custom::per_item(call, |cx, _, _: List| async {
        let set = Props::from([("name", "Taken"), ("slug", SLUG)]);
        cx.system().create(Create::new(NodeType(3), set)).await.map(|_| "taken".to_owned())
    })
}

const fn field(name: &'static str, ty: Type, source: Source) -> FieldDef {
    FieldDef { name, description: "", deprecated: None, ty, args: &[], source }
}

const LIST: Type = Type::Named("List");
const STRING: Type = Type::Named("String");
const LISTS: Type = Type::NonNull(&Type::List(&Type::NonNull(&LIST)));
const UUID: Type = Type::NonNull(&Type::Named("UUID"));
const ID: [InputDef; 1] =
    [InputDef { name: "id", description: "", deprecated: None, ty: UUID, default: None, stored: None }];

static TABLE: Table = Table {
    query: "Query",
    mutation: None,
    subscription: None,
    types: &[
        TypeDef {
            name: "List",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                interfaces: &[],
                node_type: Some(NodeTypeDef {
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
                fields: &[
                    field("name", STRING, Source::Stored { key: "name" }),
                    field("shout", STRING, Source::Custom(shout)),
                    field("panics", STRING, Source::Custom(panics)),
                    field("takes", STRING, Source::Custom(takes)),
                ],
            }),
        },
        TypeDef {
            name: "OpenUser",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                node_type: Some(NodeTypeDef::open(2)),
                interfaces: &[],
                fields: &[field("lists", LISTS, Source::Edge { edge: 3 })],
            }),
        },
        TypeDef {
            name: "Query",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                node_type: None,
                interfaces: &[],
                fields: &[FieldDef { args: &ID, ..field("openUser", Type::Named("OpenUser"), Source::Read) }],
            }),
        },
        TypeDef {
            name: "User",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                interfaces: &[],
                node_type: Some(NodeTypeDef {
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
                fields: &[field("name", STRING, Source::Stored { key: "name" })],
            }),
        },
    ],
    edges: &[EdgeDef {
        id: 3,
        name: "open_user_lists",
        from: "OpenUser",
        to: "List",
        key: "guestId",
        order_by: None,
        on_delete: OnDelete::Keep,
    }],
    indexes: &[],
};

async fn ask(world: &World, who: Who, fields: &str) -> serde_json::Value {
    let store = Store::new(world.kvetch.clone(), &TABLE);
    let scope = Scope::builder(&store).state(world.journal.clone());
    let mut scope = match world.viewer(who) {
        Some(viewer) => scope.viewer(viewer).build(),
        None => scope.build(),
    };
    let query = format!("{{ openUser(id: \"{}\") {{ lists {{ {fields} }} }} }}", world.open_user);
    let response = Schema::new(&TABLE).execute(&Request { query, ..Request::default() }, &mut scope).await;
    serde_json::from_slice(&response.body).expect("a response is JSON")
}

#[tokio::test]
async fn a_custom_field_over_a_batch_gets_what_the_viewer_may_see() {
    let world = World::new().await;
    assert_eq!(world.store.kvetch().schema().edge(EdgeType(3)).map(|edge| &*edge.name).ok(), Some("open_user_lists"));
    for who in EVERYBODY {
        let expected = match who {
            Who::Owner => json!([{ "shout": "GROCERIES of 2" }, { "shout": "OPEN of 2" }]),
            Who::Other | Who::Anonymous => json!([{ "shout": "OPEN of 1" }]),
        };
        let response = ask(&world, who, "shout").await;
        assert_eq!(response, json!({ "data": { "openUser": { "lists": expected } } }), "{who:?}");
    }
}

#[tokio::test]
async fn what_a_batch_fails_for_is_an_error_of_its_own_place() {
    let world = World::new().await;
    for name in ["fails", "more", "forgotten"] {
        let props = [("name", super::world::text(name)), ("guestId", kvetch::Value::Id(world.open_user))];
        super::world::add(&world.kvetch, 3, props).await;
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let response = ask(&world, Who::Anonymous, "name shout").await;
    let said = response["data"]["openUser"]["lists"].as_array().expect("a list").iter();
    let said = said.map(|list| list["shout"].as_str()).collect::<Vec<_>>();
    assert_eq!(said, [Some("OPEN of 4"), None, Some("MORE of 4"), None], "{response:#}");
    let errors = response["errors"].as_array().expect("two errors").iter();
    let errors =
        errors.map(|error| (error["path"][2].clone(), error["extensions"]["code"].clone())).collect::<Vec<_>>();
    assert_eq!(errors, [(json!(1), json!("SILENT")), (json!(3), json!("INTERNAL"))]);

    let response = ask(&world, Who::Anonymous, "name panics").await;
    assert_eq!(response["errors"].as_array().map(Vec::len), Some(4), "{response:#}");
    assert_eq!(response["errors"][0]["message"], "internal error");
}

/// The error named the holder of the value: the context of the system masks nothing, and the client is not the system.
#[tokio::test]
async fn errors_of_the_system_tell_the_client_nothing() {
    let world = World::new().await;
    let response = ask(&world, Who::Anonymous, "takes").await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "DUPLICATE", "{response:#}");
    assert!(!response.to_string().contains(&world.list.to_string()), "{response:#}");

    // A user who is hidden is there, and is no list.
    let query = format!("{{ leaked(id: \"{}\") {{ name }} }}", world.other);
    for (who, code) in [(Who::Other, "WRONG_TYPE"), (Who::Owner, "NOT_FOUND"), (Who::Anonymous, "NOT_FOUND")] {
        let body = world.ask(&mut world.scope(who), &query).await;
        assert!(body.contains(code), "{who:?}: {body}");
    }
}
