//! Subscriptions: one response for each event (6.2.3), whatever brings the events.

use pent::{Entity, Error, Scope};
use serde_json::{Value, json};

use super::world::{Dog, Kennel, Nest, Thing, request};

async fn dog(kennel: &Kennel, id: kvetch::NodeId) -> Dog {
    let mut scope = Scope::new(kennel.kvetch.clone());
    let cx = scope.cx();
    scope.run(async { Dog::load(&cx, id).await }).await.expect("it loads").expect("it is there")
}

#[tokio::test]
async fn each_event_is_answered_like_a_query_over_what_it_brings() {
    let (kennel, ids) = Kennel::inhabited().await;
    let query = "subscription Barks($deep: Boolean!) {
        heard: barked { ...dog }
    }
    fragment dog on Dog { name ... on Pet { owner @include(if: $deep) { name cats { __typename } } } }";
    let subscription = kennel.schema.subscribe(&request(query, json!({ "deep": true }))).expect("it is right");
    assert_eq!(subscription.field(), "barked");
    for name in ["Rex", "Max"] {
        kennel.set(1, ids.dog, "name", name.into()).await;
        let mut scope = Scope::new(kennel.kvetch.clone());
        let response = subscription.event(Ok(dog(&kennel, ids.dog).await), &mut scope).await;
        let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
        let owner = json!({ "name": "Ada", "cats": [{ "__typename": "Cat" }] });
        assert_eq!(body, json!({ "data": { "heard": { "name": name, "owner": owner } } }));
        // The owner with its edges, then the cats.
        assert_eq!(scope.stats().rounds.len(), 2);
    }
}

#[tokio::test]
async fn a_response_to_an_event_holds_data_and_errors() {
    let (kennel, ids) = Kennel::inhabited().await;
    kennel.set(1, ids.dog, "name", "".into()).await;
    let subscription = kennel.schema.subscribe(&request("subscription { barked { id growl } }", Value::Null));
    let subscription = subscription.expect("it is right");
    let mut scope = Scope::new(kennel.kvetch.clone());
    let response = subscription.event(Ok(dog(&kennel, ids.dog).await), &mut scope).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    assert_eq!(body["data"]["barked"], json!({ "id": ids.dog.to_string(), "growl": null }));
    assert_eq!(body["errors"][0]["path"], json!(["barked", "growl"]));
    // An event may bring no value but an error, and the next one a value again.
    let response = subscription.event(Err::<Dog, _>(Error::user("LOST", "missed it")), &mut scope).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    assert_eq!((&body["data"], &body["errors"][0]["message"]), (&json!({ "barked": null }), &json!("missed it")));
}

#[tokio::test]
async fn events_may_bring_plain_objects_and_unions() {
    let (kennel, ids) = Kennel::inhabited().await;
    let built =
        kennel.schema.subscribe(&request("subscription { built { value list { valueRequired } } }", Value::Null));
    let built = built.expect("it is right");
    let mut scope = Scope::new(kennel.kvetch.clone());
    let shape = json!({ "value": 1, "list": [{ "value": 2 }, {}] });
    let response = built.event(Ok(Nest::of(&shape)), &mut scope).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    assert_eq!(body["data"], json!({ "built": { "value": 1, "list": [{ "valueRequired": 2 }, null] } }));
    assert_eq!(body["errors"][0]["path"], json!(["built", "list", 1, "valueRequired"]));

    let seen =
        kennel.schema.subscribe(&request("subscription { seen { __typename ... on Dog { barks } } }", Value::Null));
    let seen = seen.expect("it is right");
    let response = seen.event(Ok(Thing::Dog(dog(&kennel, ids.dog).await)), &mut scope).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    assert_eq!(body, json!({ "data": { "seen": { "__typename": "Dog", "barks": true } } }));
}

#[tokio::test]
async fn the_source_of_events_is_told_the_arguments() {
    let kennel = Kennel::open().await;
    let query = "subscription($loud: Boolean) { barked(loud: $loud) { id } }";
    for (variables, expected) in
        [(json!({}), Some(false)), (json!({ "loud": true }), Some(true)), (json!({ "loud": null }), None)]
    {
        let subscription = kennel.schema.subscribe(&request(query, variables)).expect("it is right");
        assert_eq!(subscription.args().get::<Option<bool>>("loud").expect("a Boolean"), expected);
    }
    let refused = kennel.schema.subscribe(&request(query, json!({ "loud": 1 }))).expect_err("1 is no Boolean");
    assert!(!refused.is_executed);
}

#[tokio::test]
async fn a_subscription_has_one_field_at_its_root_and_no_doubt_about_it() {
    let kennel = Kennel::open().await;
    for (query, expected) in [
        ("subscription { barked { id } seen { __typename } }", "only one field"),
        (
            "subscription Both { barked { id } ...more } fragment more on Subscription { other: barked { id } }",
            "Subscription \\\"Both",
        ),
        ("subscription { __typename }", "__typename"),
        ("subscription { barked { id } __typename }", "__typename"),
        ("subscription { barked @skip(if: false) { id } }", "@skip"),
        ("subscription($a: Boolean!) { barked @include(if: $a) { id } }", "@include"),
        ("subscription { ... @include(if: true) { barked { id } } }", "@include"),
        ("subscription { ...root } fragment root on Subscription { barked @skip(if: true) { id } }", "@skip"),
        ("{ people { id } }", "no subscription"),
    ] {
        let refused = kennel.schema.subscribe(&request(query, Value::Null)).expect_err("it is refused");
        let body = String::from_utf8(refused.body).expect("text");
        assert!(body.contains(expected), "{query}: {body}");
    }
    // Fields of one response key are one field, and below the root all is as elsewhere.
    let query = "subscription { barked { id } ... { barked { name @skip(if: true) __typename } } }";
    kennel.schema.subscribe(&request(query, Value::Null)).expect("it is right");
    let refused = kennel.refused("subscription { barked { id } }", Value::Null).await;
    assert!(refused.contains("Schema::subscribe"), "{refused}");
}
