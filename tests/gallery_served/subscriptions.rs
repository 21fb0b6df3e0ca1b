//! The subscription root: what is subscribed to, and one response for each event.

use kvetch::NodeId;
use pent::{Error, Request, Response};
use serde_json::{Value, json};
use tests::gallery::generated::{CreateLabelData, Label, Node, Subscription};

use super::world::Gallery;

fn request(query: &str) -> Request {
    Request { query: query.to_owned(), ..Request::default() }
}

fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).expect("a response is JSON")
}

async fn label(gallery: &Gallery, text: &str) -> Label {
    let mut scope = gallery.scope();
    let cx = scope.cx();
    let data = CreateLabelData { text: text.to_owned(), subject_id: None, previous_id: None };
    scope.run(Label::create(&cx, data)).await.expect("created")
}

#[tokio::test]
async fn events_of_a_field_are_answered_with_its_type() {
    let gallery = Gallery::open().await;
    let about = NodeId::from_bytes([7; 16]);
    let query = format!("subscription {{ labelAdded(subject: \"{about}\") {{ text previous {{ id }} }} }}");
    let checked = gallery.schema.subscribe(&request(&query)).expect("it is right");
    let asked = Subscription::try_from(&checked).expect("the table and the types agree");
    assert_eq!(asked, Subscription::LabelAdded { subject: Some(about), words: vec!["a".to_owned()] });

    for text in ["one", "two"] {
        let added = label(&gallery, text).await;
        let response = Subscription::label_added(&checked, Ok(Some(added)), &mut gallery.scope()).await;
        let expected = json!({ "data": { "labelAdded": { "text": text, "previous": null } } });
        assert_eq!(json_of(&response), expected);
    }
    let failed = Err(Error::user("LOST", "missed it"));
    let response = json_of(&Subscription::label_added(&checked, failed, &mut gallery.scope()).await);
    assert_eq!(
        (&response["data"]["labelAdded"], &response["errors"][0]["message"]),
        (&Value::Null, &json!("missed it"))
    );
}

#[tokio::test]
async fn events_may_bring_scalars_and_interfaces() {
    let gallery = Gallery::open().await;
    let closing = gallery.schema.subscribe(&request("subscription { closing }")).expect("it is right");
    assert_eq!(Subscription::try_from(&closing).ok(), Some(Subscription::Closing));
    let response = Subscription::closing(&closing, Ok(true), &mut gallery.scope()).await;
    assert_eq!(json_of(&response), json!({ "data": { "closing": true } }));

    let anything = gallery.schema.subscribe(&request("subscription { anything { __typename } }")).expect("it is right");
    let added = Node::from(label(&gallery, "x").await);
    let response = Subscription::anything(&anything, Ok(Some(added)), &mut gallery.scope()).await;
    assert_eq!(json_of(&response), json!({ "data": { "anything": { "__typename": "Label" } } }));
}
