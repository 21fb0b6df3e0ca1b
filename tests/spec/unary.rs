//! What is one value for a whole batch is worked out once (5.2 of the design: unary and batch).

use std::sync::atomic::Ordering;

use kvetch::Value as Stored;
use serde_json::{Value, json};

use super::world::{Kennel, MOTTOS, READS};

#[tokio::test]
async fn a_field_that_knows_no_parent_runs_once_for_all_and_so_does_what_is_below_it() {
    let kennel = Kennel::open().await;
    let person = kennel.add(3, [("name", Stored::from("Ada"))]).await;
    for number in 0..20 {
        kennel.add(1, [("name", Stored::from(number.to_string())), ("ownerId", person.into())]).await;
    }
    let query = "query($of: UUID) { people { dogs { ... on Dog { name motto(of: $of) { name cats { name } } } } } }";
    let (response, stats) = kennel.run(query, json!({ "of": person.to_string() })).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    let dogs = body["data"]["people"][0]["dogs"].as_array().expect("a list");
    assert_eq!(dogs.len(), 20);
    assert!(dogs.iter().all(|dog| dog["motto"] == json!({ "name": "Ada", "cats": [] })), "{body:#}");
    assert_eq!(MOTTOS.swap(0, Ordering::Relaxed), 1);
    // People; their dogs' edges; the dogs, and meanwhile the cats of the motto, whose person is known.
    assert_eq!(stats.rounds.len(), 3);

    let response = kennel.json(query, Value::Null).await;
    assert_eq!(response["data"]["people"][0]["dogs"][7], json!({ "name": "7", "motto": null }));
    let paths = response["errors"].as_array().expect("a list").iter().map(|error| error["path"].clone());
    assert_eq!(
        paths.collect::<Vec<_>>(),
        (0..20).map(|dog| json!(["people", 0, "dogs", dog, "motto"])).collect::<Vec<_>>()
    );
    assert_eq!(MOTTOS.swap(0, Ordering::Relaxed), 1);

    // Nobody is there to be told.
    kennel.data("{ dogByName(name: \"-\") { ... on Dog { motto { name } } } }", Value::Null).await;
    assert_eq!(MOTTOS.swap(0, Ordering::Relaxed), 0);
}

#[tokio::test]
async fn arguments_are_read_once_for_a_batch() {
    let kennel = Kennel::open().await;
    let person = kennel.add(3, [("name", Stored::from("Ada"))]).await;
    for number in 0..20 {
        kennel.add(1, [("name", Stored::from(number.to_string())), ("ownerId", person.into())]).await;
    }
    let query = "{ people { dogs { ... on Dog { a: called(by: \"!\") b: called(by: \"?\") } } } }";
    let data = kennel.data(query, Value::Null).await;
    assert_eq!(data["people"][0]["dogs"][19], json!({ "a": "19!", "b": "19?" }));
    assert_eq!(READS.swap(0, Ordering::Relaxed), 2);
}

#[tokio::test]
async fn reads_that_follow_from_arguments_alone_are_made_once_wherever_they_stand() {
    let kennel = Kennel::open().await;
    let person = kennel.add(3, [("name", Stored::from("Ada"))]).await;
    let other = kennel.add(3, [("name", Stored::from("Bob"))]).await;
    for number in 0..20 {
        kennel.add(1, [("name", Stored::from(number.to_string())), ("ownerId", person.into())]).await;
    }
    let query = "query($id: UUID!) { node(id: $id) { ... on Person { dogs { ... on Dog {
        name stranger(id: $id) { name } everybody(first: 2) { name }
    } } } } }";
    let (response, stats) = kennel.run(query, json!({ "id": person.to_string() })).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    let expected =
        json!({ "name": "19", "stranger": { "name": "Ada" }, "everybody": [{ "name": "Ada" }, { "name": "Bob" }] });
    assert_eq!(body["data"]["node"]["dogs"][19], expected, "{other}: {body:#}");
    // The person; the edges; the dogs, and meanwhile everybody.
    assert_eq!(stats.rounds.len(), 3);
    assert_eq!(
        stats.rounds[2].reads.iter().filter(|read| &*read.operation == "browse").map(|read| read.keys).sum::<u64>(),
        1
    );
}

#[tokio::test]
async fn a_function_that_answers_too_little_harms_those_that_go_without() {
    let kennel = Kennel::open().await;
    let person = kennel.add(3, [("name", Stored::from("Ada"))]).await;
    for number in 0..2 {
        kennel.add(1, [("name", Stored::from(number.to_string())), ("ownerId", person.into())]).await;
    }
    let query = "{ people { dogs { ... on Dog { few { ... on Robot { name } } } } } }";
    let response = kennel.json(query, Value::Null).await;
    assert_eq!(response["data"]["people"][0]["dogs"], json!([{ "few": { "name": "R2" } }, { "few": null }]));
    assert_eq!(response["errors"][0]["path"], json!(["people", 0, "dogs", 1, "few"]));
}
