//! What `@pent(crud:)` stands for, and entities that lie beside others.

use kvetch::NodeId;
use serde_json::{Value, json};
use tests::gallery::generated::{CreateNoteData, CreateVisitorData, Note, Visitor};

use super::world::Gallery;

#[tokio::test]
async fn an_entity_is_read_listed_created_updated_and_deleted_by_what_is_derived() {
    let gallery = Gallery::open().await;
    let create = "mutation { createVisitor(data: { name: \"Ada\" }) { visitor { id name visits guide { id } } } }";
    let mut ada = gallery.data(create).await["createVisitor"]["visitor"].take();
    let id = ada["id"].as_str().expect("an id").to_owned();
    assert_eq!(ada, json!({ "id": id, "name": "Ada", "visits": 1, "guide": null }));
    let update = format!(
        "mutation {{ updateVisitor(id: \"{id}\", data: {{ visits: 2, guideId: \"{id}\" }}) {{ visitor {{ visits }} }} }}"
    );
    assert_eq!(gallery.data(&update).await["updateVisitor"]["visitor"]["visits"], 2);
    ada["visits"] = json!(2);
    ada["guide"] = json!({ "id": id });
    let visitor = "id name visits guide { id }";
    let read = format!("{{ visitor(id: \"{id}\") {{ {visitor} }} visitors(first: 5) {{ {visitor} }} }}");
    assert_eq!(gallery.data(&read).await, json!({ "visitor": ada, "visitors": [ada] }));
    let delete = format!("mutation {{ deleteVisitor(id: \"{id}\") {{ deletedId }} }}");
    assert_eq!(gallery.data(&delete).await["deleteVisitor"]["deletedId"], id);
    assert_eq!(gallery.data("{ visitors { id } }").await["visitors"], json!([]));
}

#[tokio::test]
async fn introspection_shows_what_is_derived_like_what_is_written() {
    let gallery = Gallery::open().await;
    let query = "{ create: __type(name: \"CreateVisitorData\") { inputFields { name description type { kind name } } }
        update: __type(name: \"UpdateVisitorData\") { inputFields { name type { kind } } }
        note: __type(name: \"UpdateNoteData\") { name } }";
    let data = gallery.data(query).await;
    let fields = data["create"]["inputFields"].as_array().expect("a list");
    let told = fields.iter().map(|field| (field["name"].as_str(), field["type"]["kind"].as_str())).collect::<Vec<_>>();
    let some = |name: &'static str, kind: &'static str| (Some(name), Some(kind));
    assert_eq!(told, [some("name", "NON_NULL"), some("visits", "SCALAR"), some("guideId", "SCALAR")]);
    assert_eq!(fields[0]["description"], "What we call them.");
    let update = data["update"]["inputFields"].as_array().expect("a list");
    assert!(update.iter().all(|field| field["type"]["kind"] == "SCALAR"), "{update:?}");
    assert_eq!(data["note"], Value::Null, "a note is only created");
}

#[tokio::test]
async fn an_entity_lies_beside_the_one_that_it_names() {
    let gallery = Gallery::open().await;
    let mut scope = gallery.scope();
    let cx = scope.cx();
    for name in ["Ada", "Bob", "Eve"] {
        let visitor = CreateVisitorData { name: name.to_owned(), visits: None, guide_id: None };
        let visitor = scope.run(Visitor::create(&cx, visitor)).await.expect("created");
        let data = CreateNoteData { text: "fine".to_owned(), visitor_id: Some(visitor.id()) };
        let by_type = scope.run(Note::create(&cx, data)).await.expect("created").id();
        let create = format!(
            "mutation {{ createNote(data: {{ text: \"well\", visitorId: \"{}\" }}) {{ note {{ id visitor {{ name }} }} }} }}",
            visitor.id()
        );
        let note = gallery.data(&create).await["createNote"]["note"].take();
        assert_eq!(note["visitor"]["name"], name);
        let by_mutation: NodeId = note["id"].as_str().expect("text").parse().expect("an id");
        for id in [by_type, by_mutation] {
            assert_eq!(id.virtual_shard(), visitor.id().virtual_shard());
        }
    }
    let alone = CreateNoteData { text: "alone".to_owned(), visitor_id: None };
    let alone = scope.run(Note::create(&cx, alone)).await.expect("created");
    assert_eq!(alone.visitor_id(), None);
}
