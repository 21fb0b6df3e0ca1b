//! What is stored, under which name, in which order, and what goes along with a deletion.

use kvetch::{NodeId, Value as Stored};
use pent::{Entity, Error, Page, Patch};
use serde_json::{Value, json};
use tests::gallery::generated::{
    CreateDoorData, CreatePlaceData, CreateRoomData, Door, Light, Place, Room, UpdateRoomData,
};

use super::world::Gallery;

fn room(name: &str) -> CreateRoomData {
    CreateRoomData { name: name.to_owned(), floor: None, light: None, height: None }
}

#[tokio::test]
async fn what_a_mutation_leaves_out_gets_its_default() {
    let gallery = Gallery::open().await;
    let selected = "{ room { name floor light tags height } }";
    let create = |data: &str| format!("mutation {{ createRoom(data: {data}) {selected} }}");
    for (data, floor, light, height) in [
        ("{ name: \"a\" }", 1, "NORTH", 3.0),
        ("{ name: \"b\", floor: null, light: null, height: null }", 1, "NORTH", 3.0),
        ("{ name: \"c\", floor: 0, light: NONE, height: 2.5 }", 0, "NONE", 2.5),
    ] {
        let created = gallery.data(&create(data)).await["createRoom"]["room"].take();
        let tags = json!(["new", "white"]);
        let (name, expected) = (
            created["name"].clone(),
            |name: Value| json!({ "name": name, "floor": floor, "light": light, "tags": tags, "height": height }),
        );
        assert_eq!(created, expected(name), "{data}");
    }
}

#[tokio::test]
async fn entities_are_created_and_upserted_with_defaults_and_updated_without() {
    let gallery = Gallery::open().await;
    let mut scope = gallery.scope();
    let cx = scope.cx();
    let made = scope.run(Room::create(&cx, room("a"))).await.expect("created");
    assert_eq!((made.floor(), made.light(), made.height()), (1, Light::North, Some(3.0)));
    assert_eq!(made.tags(), ["new", "white"]);
    let many = scope.run(Room::create_many(&cx, vec![room("b"), CreateRoomData { floor: Some(4), ..room("c") }])).await;
    let floors = many.into_iter().map(|made| made.expect("created").floor()).collect::<Vec<_>>();
    assert_eq!(floors, [1, 4]);
    let upserted = scope.run(Room::upsert_by_name(&cx, CreateRoomData { floor: Some(9), ..room("d") })).await;
    assert_eq!(upserted.map(|made| made.floor()).ok(), Some(9));
    let upserted = scope.run(Room::upsert_by_name(&cx, room("d"))).await.expect("upserted");
    assert_eq!(upserted.floor(), 1, "it has the values that one would have that is created so");

    let change = UpdateRoomData { height: Patch::Clear, ..Default::default() };
    let changed = scope.run(Room::update(&cx, made.id(), change)).await.expect("updated");
    assert_eq!(changed.height(), None);
}

#[tokio::test]
async fn a_field_is_stored_under_the_name_that_is_said_and_known_by_its_own() {
    let gallery = Gallery::open().await;
    let mut scope = gallery.scope();
    let cx = scope.cx();
    let made = scope.run(Room::create(&cx, room("Red"))).await.expect("created");
    let place = CreatePlaceData { rank: Some(7), room_id: made.id() };
    let place = scope.run(Place::create(&cx, place)).await.expect("created");
    let stored = |node: &kvetch::Node, key: &str| node.body.to_props().expect("it can be read").get(key).cloned();
    assert_eq!(stored(made.node(), "title"), Some(Stored::from("Red")));
    assert_eq!(stored(made.node(), "name"), None);
    assert_eq!(stored(place.node(), "room_key"), Some(Stored::from(made.id())));
    assert_eq!((place.room_id(), place.rank()), (made.id(), Some(7)));
    assert_eq!(scope.run(place.room(&cx)).await.expect("it is there").name(), "Red");

    let id = made.id();
    let update = format!("mutation {{ updateRoom(id: \"{id}\", data: {{ name: \"Blue\" }}) {{ room {{ name }} }} }}");
    assert_eq!(gallery.data(&update).await["updateRoom"]["room"]["name"], "Blue");
    let found = gallery.data("{ roomByName(name: \"Blue\") { id places { rank room { name } } } }").await;
    let places = json!([{ "rank": 7, "room": { "name": "Blue" } }]);
    assert_eq!(found["roomByName"], json!({ "id": id.to_string(), "places": places }));
    let clear = format!("mutation {{ updateRoom(id: \"{id}\", data: {{ name: null }}) {{ room {{ name }} }} }}");
    assert_eq!(gallery.error(&clear).await, "Room.name cannot be null");
}

#[tokio::test]
async fn a_list_is_in_the_order_that_is_said() {
    let gallery = Gallery::open().await;
    let mut scope = gallery.scope();
    let cx = scope.cx();
    let ranks = [Some(3), None, Some(-1), Some(2)];
    let id = scope
        .run(async {
            let id = Room::create(&cx, room("Red")).await?.id();
            for rank in ranks {
                Place::create(&cx, CreatePlaceData { rank, room_id: id }).await?;
            }
            Ok::<NodeId, Error>(id)
        })
        .await
        .expect("created");
    let query = format!("{{ room(id: \"{id}\") {{ places {{ rank }} }} }}");
    let expected = json!([{ "rank": null }, { "rank": -1 }, { "rank": 2 }, { "rank": 3 }]);
    assert_eq!(gallery.data(&query).await["room"]["places"], expected);
}

#[tokio::test]
async fn an_index_for_ranges_finds_one_value_and_can_be_scanned() {
    let gallery = Gallery::open().await;
    for (name, floor) in [("a", 2), ("b", 0), ("c", 2), ("d", 1)] {
        let create =
            format!("mutation {{ createRoom(data: {{ name: \"{name}\", floor: {floor} }}) {{ room {{ id }} }} }}");
        gallery.data(&create).await;
    }
    let found = gallery.data("{ roomsOfFloor(floor: 2) { name } }").await;
    let mut names = found["roomsOfFloor"].as_array().expect("a list").clone();
    names.sort_by_key(|room| room["name"].to_string());
    assert_eq!(names, [json!({ "name": "a" }), json!({ "name": "c" })]);

    let schema = gallery.kvetch.schema();
    let index = schema.indexes().find(|index| index.name == "Room.floor").expect("it is there");
    assert_eq!(index.kind, kvetch::IndexKind::Range);
    let read =
        kvetch::Read::Scan { read: kvetch::ScanRead::new(index.id, 10), ranges: vec![kvetch::ValueRange::all()] };
    let round = gallery.kvetch.round(vec![read]).await;
    let kvetch::Answer::Scan(pages) = &round.answers[0] else { panic!("{:?}", round.answers) };
    let page = pages[0].as_ref().expect("it can be read");
    let floors = page.entries.iter().map(|(floor, _)| floor.clone()).collect::<Vec<_>>();
    assert_eq!(floors, [0, 1, 2, 2].map(Stored::from));
}

#[tokio::test]
async fn a_deletion_takes_along_what_says_so_and_is_refused_by_what_says_that() {
    let gallery = Gallery::open().await;
    let mut scope = gallery.scope();
    let cx = scope.cx();
    let red = scope.run(Room::create(&cx, room("Red"))).await.expect("created").id();
    let blue = scope.run(Room::create(&cx, room("Blue"))).await.expect("created").id();
    let place = CreatePlaceData { rank: None, room_id: red };
    let place = scope.run(Place::create(&cx, place)).await.expect("created").id();
    scope.run(Door::create(&cx, CreateDoorData { room_id: Some(blue) })).await.expect("created");

    let delete = |id: NodeId| format!("mutation {{ deleteRoom(id: \"{id}\") {{ deletedId }} }}");
    assert_eq!(gallery.data(&delete(red)).await["deleteRoom"]["deletedId"], red.to_string());
    let mut scope = gallery.scope();
    let cx = scope.cx();
    assert!(scope.run(Place::load(&cx, place)).await.expect("it can be read").is_none(), "it hung there");
    let refused = gallery.error(&delete(blue)).await;
    assert!(refused.contains("room_to_door_edge"), "{refused}");
    let rooms = scope.run(Room::browse(&cx, Page::default())).await.expect("they can be read");
    assert_eq!(rooms.iter().map(Room::name).collect::<Vec<_>>(), ["Blue"]);
}
