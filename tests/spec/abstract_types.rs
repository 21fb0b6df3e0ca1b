//! Interfaces and unions: which fields an object answers, and in how many rounds.

use kvetch::Value as Stored;
use serde_json::{Value, json};

use super::world::{Kennel, request};

#[tokio::test]
async fn an_interface_is_answered_by_the_type_that_the_node_is_of() {
    let (kennel, ids) = Kennel::inhabited().await;
    let query = "query($id: UUID!) { node(id: $id) {
        __typename id
        ... on Named { name }
        ... on Dog { barks }
        ... on Cat { lives }
        ...pet
    } }
    fragment pet on Pet { owner { name } ... on Dog { growl } }";
    for (id, expected) in [
        (ids.dog, json!({ "name": "Rex", "barks": true, "owner": { "name": "Ada" }, "growl": 3 })),
        (ids.cat, json!({ "name": "Tom", "lives": 9, "owner": { "name": "Ada" } })),
        (ids.person, json!({ "name": "Ada" })),
    ] {
        let data = kennel.data(query, json!({ "id": id.to_string() })).await;
        let type_name = if id == ids.dog {
            "Dog"
        } else if id == ids.cat {
            "Cat"
        } else {
            "Person"
        };
        let mut whole = json!({ "__typename": type_name, "id": id.to_string() });
        whole.as_object_mut().expect("an object").extend(expected.as_object().expect("an object").clone());
        assert_eq!(data["node"], whole);
    }
}

#[tokio::test]
async fn a_node_of_another_type_is_an_error_of_the_field() {
    let (kennel, ids) = Kennel::inhabited().await;
    let query = "query($id: UUID!) { pet(id: $id) { name } other: __typename }";
    let response = kennel.json(query, json!({ "id": ids.person.to_string() })).await;
    assert_eq!(response["data"], json!({ "pet": null, "other": "Query" }));
    assert_eq!(response["errors"][0]["extensions"]["code"], "WRONG_TYPE");
    assert_eq!(response["errors"][0]["path"], json!(["pet"]));
    assert!(response["errors"][0]["message"].to_string().contains("is a Person, not a Pet"), "{response:#}");
}

#[tokio::test]
async fn a_reference_and_a_read_of_an_interface_take_a_round_each() {
    let (kennel, ids) = Kennel::inhabited().await;
    let query = format!(
        "{{ node(id: \"{}\") {{ ... on Person {{ favourite {{ __typename name owner {{ id }} }} }} }} }}",
        ids.person
    );
    let (response, stats) = kennel.run(&query, Value::Null).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    assert_eq!(
        body["data"]["node"]["favourite"],
        json!({ "__typename": "Cat", "name": "Tom", "owner": { "id": ids.person.to_string() } })
    );
    // The person, the favourite; its owner is known by then.
    assert_eq!(stats.rounds.len(), 2);
}

#[tokio::test]
async fn parts_of_several_types_share_their_rounds() {
    let kennel = Kennel::open().await;
    for number in 0..10 {
        let name = number.to_string();
        let owner = kennel.add(3, [("name", Stored::from(name.as_str()))]).await;
        let other = kennel.add(3, [("name", Stored::from("other"))]).await;
        let (kind, key) = if number % 2 == 0 { (1, "ownerId") } else { (2, "ownerId") };
        let pet = kennel.add(kind, [("name", name.as_str().into()), (key, other.into())]).await;
        kennel.set(3, owner, "favouriteId", pet.into()).await;
    }
    let query = "{ people { favourite { ... on Dog { owner { name } } ... on Cat { owner { name } name } } } }";
    let (response, stats) = kennel.run(query, Value::Null).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    let favourites = body["data"]["people"].as_array().expect("a list").iter().map(|person| &person["favourite"]);
    let favourites = favourites.filter(|favourite| !favourite.is_null()).cloned().collect::<Vec<_>>();
    let expected = (0..10).map(|number| match number % 2 {
        0 => json!({ "owner": { "name": "other" } }),
        _ => json!({ "owner": { "name": "other" }, "name": number.to_string() }),
    });
    assert_eq!(favourites, expected.collect::<Vec<_>>());
    // People; their favourites of both types. The owners are people that have been read.
    assert_eq!(stats.rounds.len(), 2, "{stats:?}");
}

#[tokio::test]
async fn an_edge_and_a_find_of_an_interface_know_their_type_and_start_as_early_as_others() {
    let (kennel, ids) = Kennel::inhabited().await;
    let query = format!(
        "{{ node(id: \"{}\") {{ ... on Person {{
            dogs {{ __typename ... on Dog {{ barks }} ... on Cat {{ lives }} }}
            cats {{ __typename ... on Dog {{ barks }} ... on Cat {{ lives }} }}
        }} }} dogByName(name: \"Rex\") {{ __typename id }} }}",
        ids.person
    );
    let (response, stats) = kennel.run(&query, Value::Null).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    assert_eq!(body["data"]["node"]["dogs"], json!([{ "__typename": "Dog", "barks": true }]));
    assert_eq!(body["data"]["node"]["cats"], json!([{ "__typename": "Cat", "lives": 9 }]));
    assert_eq!(body["data"]["dogByName"], json!({ "__typename": "Dog", "id": ids.dog.to_string() }));
    assert_eq!(stats.rounds.len(), 3);
}

#[tokio::test]
async fn a_union_of_entities_and_plain_objects_keeps_the_order_of_its_items() {
    let (kennel, _) = Kennel::inhabited().await;
    let query = "query($names: [String!]!) { things(names: $names) {
        __typename
        ... on Robot { name maker { name dogs { name } } }
        ... on Pet { title: name }
        ... on Cat { lives owner { name } }
    } }";
    let names = ["robot", "cat", "nothing", "dog", "robot", "cat"];
    let data = kennel.data(query, json!({ "names": names })).await;
    let robot = json!({ "__typename": "Robot", "name": "R2", "maker": { "name": "Ada", "dogs": [{ "name": "Rex" }] } });
    let cat = json!({ "__typename": "Cat", "title": "Tom", "lives": 9, "owner": { "name": "Ada" } });
    let dog = json!({ "__typename": "Dog", "title": "Rex" });
    assert_eq!(data["things"], json!([robot, cat, null, dog, robot, cat]));
}

#[tokio::test]
async fn a_value_that_is_none_of_the_possible_types_is_an_error_of_its_own_item() {
    let (kennel, _) = Kennel::inhabited().await;
    let names = json!({ "names": ["dog", "person", "stranger", "nobody", "robot"] });
    let query = "query($names: [String!]!) { things(names: $names) { __typename ... on Named { name } } }";
    let response = kennel.json(query, names).await;
    assert_eq!(
        response["data"]["things"],
        json!([{ "__typename": "Dog", "name": "Rex" }, null, null, null, { "__typename": "Robot", "name": "R2" }])
    );
    let paths = response["errors"].as_array().expect("a list").iter().map(|error| error["path"].clone());
    assert_eq!(paths.collect::<Vec<_>>(), [1, 2, 3].map(|index| json!(["things", index])));
    assert_eq!(response["errors"][0]["extensions"]["code"], "WRONG_TYPE");
    // What custom code does wrong is for the log.
    assert_eq!(response["errors"][1]["message"], "internal error");
}

#[tokio::test]
async fn fields_of_an_interface_are_those_of_each_object() {
    let (kennel, _) = Kennel::inhabited().await;
    let query = "query($names: [String!]!) { named(names: $names) { name again: name ... on Node { id } } }";
    let data = kennel.data(query, json!({ "names": ["person", "robot", "dog"] })).await;
    let keys = data["named"].as_array().expect("a list").iter();
    let keys = keys.map(|item| item.as_object().expect("an object").keys().cloned().collect::<Vec<_>>());
    assert_eq!(
        keys.collect::<Vec<_>>(),
        [vec!["name", "again", "id"], vec!["name", "again"], vec!["name", "again", "id"]]
    );
}

#[tokio::test]
async fn fragments_that_can_never_apply_are_refused() {
    let kennel = Kennel::open().await;
    let id = "id: \"00000000-0000-4000-8000-000000000000\"";
    for (query, expected) in [
        (format!("{{ dog({id}) {{ ... on Cat {{ lives }} }} }}"), "Cat"),
        (format!("{{ pet({id}) {{ ... on Robot {{ name }} }} }}"), "Robot"),
        (format!("{{ pet({id}) {{ ...person }} }} fragment person on Person {{ name }}"), "Person"),
        ("{ things(names: []) { ... on Person { name } } }".to_owned(), "Person"),
        ("{ things(names: []) { name } }".to_owned(), "name"),
        (format!("{{ node({id}) {{ name }} }}"), "name"),
        (format!("{{ pet({id}) }}"), "pet"),
    ] {
        let messages = kennel.refused(&query, Value::Null).await;
        assert!(messages.contains(expected), "{query}: {messages}");
    }
}

/// Each level multiplied the plan by the number of types that an interface has.
#[tokio::test]
async fn interfaces_below_interfaces_are_planned_once_for_all_types() {
    let (kennel, ids) = Kennel::inhabited().await;
    let levels = 14;
    let query = format!(
        "{{ pet(id: \"{}\") {{ {} name {} }} }}",
        ids.cat,
        "owner { favourite { ".repeat(levels),
        "} }".repeat(levels)
    );
    let mut value = &kennel.data(&query, Value::Null).await["pet"];
    for _ in 0..levels {
        value = &value["owner"]["favourite"];
    }
    assert_eq!(value["name"], "Tom");
}

#[tokio::test]
async fn a_fragment_on_an_interface_under_a_condition_merges_with_one_on_an_object() {
    let (kennel, ids) = Kennel::inhabited().await;
    let query = "query($id: UUID!, $no: Boolean!) { node(id: $id) {
        ... on Pet @skip(if: $no) { owner { id } }
        ... on Dog { owner { name } }
        ... on Cat @include(if: $no) { name }
    } }";
    for (no, id, expected) in [
        (false, ids.dog, json!({ "owner": { "id": ids.person.to_string(), "name": "Ada" } })),
        (true, ids.dog, json!({ "owner": { "name": "Ada" } })),
        (false, ids.cat, json!({ "owner": { "id": ids.person.to_string() } })),
        (true, ids.cat, json!({ "name": "Tom" })),
    ] {
        let data = kennel.data(query, json!({ "id": id.to_string(), "no": no })).await;
        assert_eq!(data["node"], expected);
    }
}

#[tokio::test]
async fn explanations_name_the_types_and_predict_the_rounds() {
    let (kennel, ids) = Kennel::inhabited().await;
    let person = ids.person;
    for (query, expected) in [
        (format!("{{ node(id: \"{person}\") {{ ... on Person {{ favourite {{ name }} }} }} }}"), 2),
        // The dogs' edges start from a node whose type is not known before.
        (format!("{{ node(id: \"{person}\") {{ ... on Person {{ dogs {{ id }} }} }} }}"), 3),
        ("{ dogByName(name: \"Rex\") { owner { name } } }".to_owned(), 3),
    ] {
        let request = request(&query, Value::Null);
        let (_, stats) = kennel.run(&query, Value::Null).await;
        let explanation = kennel.schema.explain(&request).expect("it has a plan");
        assert_eq!(explanation.rounds.len() as u64, expected, "{explanation}");
        assert_eq!(stats.rounds.len() as u64, expected, "{query}");
    }
    let request = request("{ things(names: []) { ... on Cat { owner { name } } __typename } }", Value::Null);
    let explained = kennel.schema.explain(&request).expect("it has a plan").to_string();
    for line in ["... on Cat", "... on Dog", "... on Robot", "Person by stored ownerId"] {
        assert!(explained.contains(line), "{line} in {explained}");
    }
}
