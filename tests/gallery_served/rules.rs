//! Rules and hooks of a type that is reached by an interface, and whose values have defaults.

use kvetch::NodeId;
use pent::{AnyEntity, Request, Scope, Store};
use serde_json::{Value, json};
use tests::gallery::custom::Keeper;
use tests::gallery::generated::{CreateSecretData, Node, Secret, TABLE};

use super::world::Gallery;

async fn secret(gallery: &Gallery) -> NodeId {
    let mut scope = Scope::builder(&Store::new(gallery.kvetch.clone(), &TABLE)).viewer(Keeper).build();
    let cx = scope.cx();
    scope
        .run(Secret::create(&cx, CreateSecretData { text: None, length: None, room_id: None }))
        .await
        .expect("created")
        .id()
}

async fn answer(gallery: &Gallery, scope: &mut Scope, query: &str) -> Value {
    let request = Request { query: query.to_owned(), ..Request::default() };
    serde_json::from_slice(&gallery.schema.execute(&request, scope).await.body).expect("a response is JSON")
}

#[tokio::test]
async fn a_hook_sees_the_defaults_of_what_is_created() {
    let gallery = Gallery::open().await;
    let mut scope = Scope::builder(&Store::new(gallery.kvetch.clone(), &TABLE)).viewer(Keeper).build();
    let create = "mutation { createSecret(data: {}) { secret { text length } } }";
    let created = answer(&gallery, &mut scope, create).await;
    assert_eq!(created["data"]["createSecret"]["secret"], json!({ "text": "hush", "length": 4 }));
}

#[tokio::test]
async fn an_entity_that_is_hidden_is_absent_by_an_interface_too() {
    let gallery = Gallery::open().await;
    let id = secret(&gallery).await;
    let query =
        format!("{{ node(id: \"{id}\") {{ __typename ... on Secret {{ text }} }} secret(id: \"{id}\") {{ text }} }}");
    let hidden = json!({ "data": { "node": null, "secret": null } });
    assert_eq!(answer(&gallery, &mut gallery.scope(), &query).await, hidden);
    let store = Store::new(gallery.kvetch.clone(), &TABLE);
    let mut keepers = Scope::builder(&store).viewer(Keeper).build();
    let seen = answer(&gallery, &mut keepers, &query).await;
    assert_eq!(seen["data"]["node"], json!({ "__typename": "Secret", "text": "hush" }));

    let mut scope = gallery.scope();
    let cx = scope.cx();
    assert!(scope.run(Node::load(&cx, id)).await.expect("it can be read").is_none());
    let mut keepers = Scope::builder(&store).viewer(Keeper).build();
    let cx = keepers.cx();
    let seen = keepers.run(Node::load(&cx, id)).await.expect("it can be read");
    assert_eq!(seen.and_then(|node| node.node().map(|node| node.id)), Some(id));
}

#[tokio::test]
async fn a_scope_that_knows_no_rules_is_not_asked_for_an_interface_that_has_some() {
    let gallery = Gallery::open().await;
    let id = secret(&gallery).await;
    let mut scope = Scope::new(gallery.kvetch.clone());
    let cx = scope.cx();
    let refused = scope.run(Node::load(&cx, id)).await.expect_err("it would show what is hidden");
    assert!(refused.to_string().contains("Scope::builder"), "{refused}");
}
