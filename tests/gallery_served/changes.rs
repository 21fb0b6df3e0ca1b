//! `@subscribeNode` and `@subscribeEdge`: what is written in one scope arrives at subscribers in others, each of whom
//! hears of what they may see.

use std::time::Duration;

use kvetch::{Delete, EdgeType, NodeId, NodeType, Props, Update, Value as Stored};
use pent::{Entity, Scope, Store, http};
use serde_json::{Value, json};
use tests::gallery::custom::Keeper;
use tests::gallery::generated::{
    CreateDoorData, CreatePlaceData, CreateRoomData, CreateSecretData, Door, Place, Room, Secret, TABLE, UpdateRoomData,
};
use tests::server::Server;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::world::Gallery;

/// Long enough for any answer.
const SOON: Duration = Duration::from_secs(20);
/// After how long nothing more is expected.
const QUIET: Duration = Duration::from_millis(200);

/// A gallery with a server for it, to whom keepers say that they are.
struct Open {
    gallery: Gallery,
    server: Server,
}

impl Open {
    async fn new() -> Self {
        let gallery = Gallery::open().await;
        let service = http::Service::new(pent::Schema::new(&TABLE), gallery.kvetch.clone());
        let service = service.scopes(|head, scope| async move {
            Ok(if head.headers.contains_key("x-keeper") { scope.viewer(Keeper) } else { scope })
        });
        Self { gallery, server: Server::of(service.router()).await }
    }

    async fn subscribe(&self, headers: &str, query: &str) -> Subscriber {
        let body = json!({ "query": format!("subscription {{ {query} }}") }).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\naccept: text/event-stream\r\n\
             {headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(self.server.address()).await.expect("it listens");
        stream.write_all(request.as_bytes()).await.expect("it reads");
        Subscriber(BufReader::new(stream).lines())
    }

    fn keepers(&self) -> Scope {
        Scope::builder(&Store::new(self.gallery.kvetch.clone(), &TABLE)).viewer(Keeper).build()
    }

    async fn room(&self, name: &str) -> NodeId {
        let mut scope = self.gallery.scope();
        let cx = scope.cx();
        let data = CreateRoomData { name: name.to_owned(), floor: None, light: None, height: None };
        scope.run(Room::create(&cx, data)).await.expect("created").id()
    }

    async fn rename(&self, room: NodeId, name: &str) {
        let mut scope = self.gallery.scope();
        let cx = scope.cx();
        let data = UpdateRoomData { name: pent::Patch::Set(name.to_owned()), ..UpdateRoomData::default() };
        scope.run(Room::update(&cx, room, data)).await.expect("updated");
    }

    async fn door(&self, room: NodeId) -> NodeId {
        let mut scope = self.gallery.scope();
        let cx = scope.cx();
        scope.run(Door::create(&cx, CreateDoorData { room_id: Some(room) })).await.expect("created").id()
    }

    async fn secret(&self, room: NodeId, text: &str) -> NodeId {
        let mut scope = self.keepers();
        let cx = scope.cx();
        let data = CreateSecretData { text: Some(text.to_owned()), length: None, room_id: Some(room) };
        let created = scope.run(Secret::create(&cx, data)).await;
        created.map_or_else(|error| panic!("{error}"), |secret| secret.id())
    }

    /// Writes past the rules.
    async fn put<const N: usize>(&self, node_type: NodeType, id: NodeId, props: [(&str, Stored); N]) {
        self.gallery.kvetch.update(Update::new(node_type, id, Props::from(props))).await.expect("updated");
    }

    async fn delete(&self, node_type: NodeType, id: NodeId) {
        self.gallery.kvetch.delete(Delete::new(node_type, id)).await.expect("deleted");
    }
}

/// A client that reads server-sent events.
struct Subscriber(Lines<BufReader<TcpStream>>);

impl Subscriber {
    /// The data of the next event; `None` after the last.
    async fn next(&mut self) -> Option<Value> {
        loop {
            let line = self.0.next_line().await.expect("it answers").expect("the connection is not closed");
            if line.starts_with("event: complete") {
                return None;
            }
            if let Some(data) = line.strip_prefix("data: ") {
                let response: Value = serde_json::from_str(data).expect("a response is JSON");
                assert_eq!(response.get("errors"), None, "{response}");
                return response["data"].as_object().and_then(|data| data.values().next()).cloned();
            }
        }
    }

    /// Reads on to an event like this one.
    async fn hears(&mut self, expected: &Value) {
        let heard = async { while self.next().await.as_ref() != Some(expected) {} };
        timeout(SOON, heard).await.unwrap_or_else(|_| panic!("{expected} does not come"));
    }

    /// Waits until it listens: what was written before that is nothing to it.
    async fn listens<F: Future<Output = ()>>(&mut self, write: impl Fn() -> F) {
        let heard = async {
            loop {
                write().await;
                if self.has_event().await {
                    return;
                }
            }
        };
        timeout(SOON, heard).await.expect("it listens");
    }

    /// Whether an event has come, and not the head of the response alone.
    async fn has_event(&mut self) -> bool {
        loop {
            let Ok(line) = timeout(QUIET, self.0.next_line()).await else { return false };
            if line.expect("it answers").expect("the connection is not closed").starts_with("data: ") {
                return true;
            }
        }
    }

    async fn ends(&mut self) {
        let ended = async { while self.next().await.is_some() {} };
        timeout(SOON, ended).await.expect("it ends");
    }

    async fn is_quiet(&mut self) {
        assert!(!self.has_event().await, "an event came");
    }
}

#[tokio::test]
async fn an_entity_is_told_each_time_that_it_is_written_and_once_when_it_is_gone() {
    let open = Open::new().await;
    let (room, other) = (open.room("one").await, open.room("other").await);
    let mut subscriber = open.subscribe("", &format!("roomChanged(id: \"{room}\") {{ id name }}")).await;
    subscriber.listens(|| open.rename(room, "heard")).await;
    open.rename(other, "more").await;
    for name in ["two", "three"] {
        open.rename(room, name).await;
        subscriber.hears(&json!({ "id": room.to_string(), "name": name })).await;
    }
    open.delete(Room::NODE_TYPE, room).await;
    subscriber.hears(&Value::Null).await;
    subscriber.ends().await;
}

/// It was told of the one that was deleted alone: who had subscribed to what went with it heard nothing, for ever.
#[tokio::test]
async fn what_a_deletion_takes_along_is_gone_for_its_subscribers_too() {
    let open = Open::new().await;
    let room = open.room("one").await;
    let mut scope = open.gallery.scope();
    let cx = scope.cx();
    let place =
        scope.run(Place::create(&cx, CreatePlaceData { rank: None, room_id: room })).await.expect("created").id();
    let mut subscriber = open.subscribe("", &format!("nodeChanged(id: \"{place}\") {{ id }}")).await;
    subscriber.listens(|| open.put(Place::NODE_TYPE, place, [("room_key", Stored::Id(room))])).await;
    open.delete(Room::NODE_TYPE, room).await;
    subscriber.hears(&Value::Null).await;
    subscriber.ends().await;
}

#[tokio::test]
async fn an_entity_may_be_of_any_type_of_an_interface_and_of_no_other() {
    let open = Open::new().await;
    let room = open.room("one").await;
    let mut by_interface = open.subscribe("", &format!("nodeChanged(id: \"{room}\") {{ __typename id }}")).await;
    by_interface.listens(|| open.rename(room, "heard")).await;
    open.rename(room, "again").await;
    by_interface.hears(&json!({ "__typename": "Room", "id": room.to_string() })).await;
    // A door is no room: who asks for a room of that id hears nothing.
    let door = open.door(room).await;
    let mut of_another_type = open.subscribe("", &format!("roomChanged(id: \"{door}\") {{ id }}")).await;
    let mut of_its_type = open.subscribe("", &format!("nodeChanged(id: \"{door}\") {{ id }}")).await;
    let moved = || open.put(Door::NODE_TYPE, door, [("roomId", Stored::Id(room))]);
    of_its_type.listens(moved).await;
    moved().await;
    open.delete(Door::NODE_TYPE, door).await;
    of_its_type.hears(&Value::Null).await;
    of_another_type.is_quiet().await;
}

#[tokio::test]
async fn who_may_not_see_an_entity_hears_nothing_of_it() {
    let open = Open::new().await;
    let room = open.room("one").await;
    let secret = open.secret(room, "one").await;
    let query = format!("nodeChanged(id: \"{secret}\") {{ ... on Secret {{ text }} }}");
    let (mut stranger, mut keeper) =
        (open.subscribe("", &query).await, open.subscribe("x-keeper: 1\r\n", &query).await);
    let write = |text: &'static str| open.put(Secret::NODE_TYPE, secret, [("text", Stored::from(text))]);
    keeper.listens(|| write("heard")).await;
    write("two").await;
    keeper.hears(&json!({ "text": "two" })).await;
    // What was seen and is hidden now is gone, like what is deleted.
    write("sealed").await;
    keeper.hears(&Value::Null).await;
    keeper.ends().await;
    // Who begins when it is hidden hears of it when it is not, and so of its end.
    let mut later = open.subscribe("x-keeper: 1\r\n", &query).await;
    later.is_quiet().await;
    later.listens(|| write("three")).await;
    open.delete(Secret::NODE_TYPE, secret).await;
    later.hears(&Value::Null).await;
    stranger.is_quiet().await;
}

#[tokio::test]
async fn what_comes_into_a_list_and_leaves_it_is_told() {
    let open = Open::new().await;
    let (room, other) = (open.room("one").await, open.room("other").await);
    let query = format!("doorsChanged(id: \"{room}\") {{ added {{ id room {{ name }} }} removed }}");
    let mut subscriber = open.subscribe("", &query).await;
    subscriber.listens(|| async { _ = open.door(room).await }).await;
    open.door(other).await;
    let door = open.door(room).await;
    let added = json!({ "added": { "id": door.to_string(), "room": { "name": "one" } }, "removed": null });
    let removed = json!({ "added": null, "removed": door.to_string() });
    subscriber.hears(&added).await;
    // It moves away, and back, and is deleted.
    for (to, expected) in [(other, &removed), (room, &added)] {
        open.put(Door::NODE_TYPE, door, [("roomId", Stored::Id(to))]).await;
        subscriber.hears(expected).await;
    }
    open.delete(Door::NODE_TYPE, door).await;
    subscriber.hears(&removed).await;
    // Its source goes: so does the list. A door would keep it.
    let doors = open
        .gallery
        .kvetch
        .round(vec![kvetch::Read::Edges { read: kvetch::EdgeRead::new(EdgeType(4), 1_000), from: vec![room] }]);
    let Some(kvetch::Answer::Edges(pages)) = doors.await.answers.pop() else { panic!("edges were asked for") };
    for edge in pages.iter().flatten().flat_map(|page| &page.edges) {
        open.delete(Door::NODE_TYPE, edge.to).await;
    }
    open.delete(Room::NODE_TYPE, room).await;
    subscriber.ends().await;
}

#[tokio::test]
async fn of_a_list_with_rules_each_hears_what_they_may_see() {
    let open = Open::new().await;
    let room = open.room("one").await;
    let known = open.secret(room, "known").await;
    let query = format!("secretsChanged(id: \"{room}\") {{ added {{ text }} removed }}");
    let (mut stranger, mut keeper) =
        (open.subscribe("", &query).await, open.subscribe("x-keeper: 1\r\n", &query).await);
    keeper.listens(|| async { _ = open.secret(room, "heard").await }).await;
    let (sealed, seen) = (open.secret(room, "for now").await, open.secret(room, "seen").await);
    keeper.hears(&json!({ "added": { "text": "seen" }, "removed": null })).await;
    // What was in the list when they came is told, and what has come since.
    for gone in [known, seen] {
        open.delete(Secret::NODE_TYPE, gone).await;
        keeper.hears(&json!({ "added": null, "removed": gone.to_string() })).await;
    }
    // Hidden within the list it is not told of any more, nor is its end.
    open.put(Secret::NODE_TYPE, sealed, [("text", Stored::from("sealed"))]).await;
    let mut later = open.subscribe("x-keeper: 1\r\n", &query).await;
    later.listens(|| async { _ = open.secret(room, "heard").await }).await;
    open.delete(Secret::NODE_TYPE, sealed).await;
    let last = open.secret(room, "last").await;
    loop {
        let heard = timeout(SOON, later.next()).await.expect("it comes").expect("it goes on");
        assert_ne!(heard["removed"], json!(sealed.to_string()), "who never saw it hears that it is gone");
        if heard["added"]["text"] == "last" {
            break;
        }
    }
    open.delete(Secret::NODE_TYPE, last).await;
    later.hears(&json!({ "added": null, "removed": last.to_string() })).await;
    stranger.is_quiet().await;
}
