//! Interfaces and unions as generated code has them.

use kvetch::NodeId;
use pent::{AnyEntity, Entity, Error, Page};
use serde_json::{Value, json};
use tests::gallery::generated::{
    CreateLabelData, CreatePaintingData, CreateSculptureData, Label, Node, Painting, Sculpture, Titled,
};

use super::world::Gallery;

/// A painting, a sculpture, and a label for each; the second label follows the first.
struct Hung {
    painting: NodeId,
    sculpture: NodeId,
    labels: [NodeId; 2],
}

async fn hung(gallery: &Gallery) -> Hung {
    let mut scope = gallery.scope();
    let cx = scope.cx();
    scope
        .run(async {
            let painting = CreatePaintingData {
                title: "Noon".to_owned(),
                acquired: kvetch::Timestamp(0),
                made: None,
                notes: None,
                views: 0,
                price: None,
                offers: None,
            };
            let painting = Painting::create(&cx, painting).await?.id();
            let sculpture = CreateSculptureData { title: "Bird".to_owned(), weight: Some(1.5) };
            let sculpture = Sculpture::create(&cx, sculpture).await?.id();
            let label = |text: &str, subject, previous| CreateLabelData {
                text: text.to_owned(),
                subject_id: Some(subject),
                previous_id: previous,
            };
            let first = Label::create(&cx, label("of paint", painting, Some(painting))).await?.id();
            let second = Label::create(&cx, label("of stone", sculpture, Some(first))).await?.id();
            Ok::<_, Error>(Hung { painting, sculpture, labels: [first, second] })
        })
        .await
        .expect("hung")
}

#[tokio::test]
async fn an_interface_is_read_by_id_and_followed_by_stored_id() {
    let gallery = Gallery::open().await;
    let hung = hung(&gallery).await;
    let node = "__typename id ... on Titled { title } ... on Label { text subject { title } previous { __typename } }";
    for (id, expected) in [
        (hung.painting, json!({ "__typename": "Painting", "title": "Noon" })),
        (hung.sculpture, json!({ "__typename": "Sculpture", "title": "Bird" })),
        (
            hung.labels[1],
            json!({
                "__typename": "Label", "text": "of stone", "subject": { "title": "Bird" },
                "previous": { "__typename": "Label" },
            }),
        ),
    ] {
        let mut data = gallery.data(&format!("{{ node(id: \"{id}\") {{ {node} }} }}")).await["node"].take();
        assert_eq!(data.as_object_mut().and_then(|node| node.remove("id")), Some(json!(id.to_string())));
        assert_eq!(data, expected);
    }
    let label = format!("{{ titled(id: \"{}\") {{ title }} }}", hung.labels[0]);
    assert!(gallery.error(&label).await.contains("is a Label, not a Titled"));
}

#[tokio::test]
async fn edges_lead_back_along_an_id_that_may_be_of_several_types() {
    let gallery = Gallery::open().await;
    let hung = hung(&gallery).await;
    for (id, text) in [(hung.painting, "of paint"), (hung.sculpture, "of stone")] {
        let query = format!("{{ titled(id: \"{id}\") {{ labels {{ text }} }} }}");
        assert_eq!(gallery.data(&query).await["titled"]["labels"], json!([{ "text": text }]));
    }
}

#[tokio::test]
async fn a_union_holds_entities_and_plain_objects() {
    let gallery = Gallery::open().await;
    let hung = hung(&gallery).await;
    let query = "{ works(posters: [\"Open\"]) {
        __typename ... on Painting { title half } ... on Poster { text of { __typename id } } ... on Sculpture { weight }
    } }";
    let expected = json!([
        { "__typename": "Painting", "title": "Noon", "half": null },
        { "__typename": "Poster", "text": "Open", "of": { "__typename": "Painting", "id": hung.painting.to_string() } },
        { "__typename": "Sculpture", "weight": 1.5 },
    ]);
    assert_eq!(gallery.data(query).await["works"], expected);
}

#[tokio::test]
async fn enums_load_entities_of_all_their_types_and_of_no_other() {
    let gallery = Gallery::open().await;
    let hung = hung(&gallery).await;
    let mut scope = gallery.scope();
    let cx = scope.cx();
    let ids = [hung.sculpture, hung.painting, NodeId::from_bytes([0; 16]), hung.sculpture];
    let titled = scope.run(Titled::load_many(&cx, &ids)).await.expect("they can be read");
    let [Some(Titled::Sculpture(_)), Some(Titled::Painting(painting)), None, Some(Titled::Sculpture(_))] = &titled[..]
    else {
        panic!("{titled:?}")
    };
    assert_eq!(painting.title(), "Noon");
    assert_eq!(scope.stats().rounds.len(), 1, "one round for all types");
    let node = scope.run(Node::load(&cx, hung.labels[0])).await.expect("it can be read").expect("it is there");
    assert_eq!(node.node().map(|node| node.id), Some(hung.labels[0]));
    let refused = scope.run(Titled::load(&cx, hung.labels[0])).await.expect_err("a label has no title");
    assert!(matches!(refused, Error::WrongType { expected: "Titled", .. }), "{refused}");

    let labels = scope.run(Label::load_all(&cx, &hung.labels)).await.expect("they are there");
    let subject = scope.run(labels[0].subject(&cx)).await.expect("it can be read");
    let Some(Titled::Painting(painting)) = subject else { panic!("{subject:?}") };
    let of_painting = scope.run(painting.labels(&cx, Page::default())).await.expect("they can be read");
    assert_eq!(of_painting.iter().map(Label::id).collect::<Vec<_>>(), [hung.labels[0]]);
}

#[tokio::test]
async fn introspection_tells_what_an_interface_and_a_union_may_be() {
    let gallery = Gallery::open().await;
    let query = "{ titled: __type(name: \"Titled\") {
        kind description interfaces { name } possibleTypes { name }
        fields(includeDeprecated: true) { name description deprecationReason args { name defaultValue } }
    } work: __type(name: \"Work\") { kind description possibleTypes { name } } }";
    let data = gallery.data(query).await;
    let names = |value: &Value| {
        let all = value.as_array().expect("a list").iter();
        all.map(|item| item["name"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((&data["titled"]["kind"], &data["work"]["kind"]), (&json!("INTERFACE"), &json!("UNION")));
    assert_eq!(data["titled"]["description"], "What has a title.");
    assert_eq!(names(&data["titled"]["interfaces"]), ["Node"]);
    assert_eq!(names(&data["titled"]["possibleTypes"]), ["Painting", "Sculpture"]);
    assert_eq!(names(&data["work"]["possibleTypes"]), ["Painting", "Poster", "Sculpture"]);
    let fields = data["titled"]["fields"].as_array().expect("a list");
    let labels = fields.iter().find(|field| field["name"] == "labels").expect("it is there");
    assert_eq!(labels["args"][0], json!({ "name": "first", "defaultValue": "100" }));
    assert_eq!(labels["description"], "What is written beside it.");
    let old = fields.iter().find(|field| field["name"] == "oldTitle").expect("it is there");
    assert_eq!(old["deprecationReason"], "it has one");
}
