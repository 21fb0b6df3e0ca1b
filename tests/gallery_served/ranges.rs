//! Entities by ranges of an indexed value.

use std::ops::Bound;

use pent::{Cx, RangePage, Scope, Store};
use tests::gallery::generated::{CreateLabelData, CreateRoomData, Label, Room, TABLE, UpdateRoomData};

use super::world::Gallery;

fn names(rooms: &[Room]) -> Vec<&str> {
    rooms.iter().map(Room::name).collect()
}

async fn rooms(gallery: &Gallery) -> Vec<Room> {
    let mut scope = gallery.scope();
    let cx = scope.cx();
    let data = [("a", 2), ("b", -1), ("c", 2), ("d", 1), ("e", 7)].map(|(name, floor)| CreateRoomData {
        name: name.to_owned(),
        floor: Some(floor),
        light: None,
        height: None,
    });
    let created = scope.run(Room::create_many(&cx, data.into())).await;
    created.into_iter().map(|room| room.expect("created")).collect()
}

/// The names of all pages of a range, each of so many.
async fn all(cx: &Cx, range: (Bound<i32>, Bound<i32>), first: u32) -> Vec<String> {
    let (mut found, mut page) = (Vec::new(), Some(RangePage { first, after: None }));
    while let Some(next) = page.take() {
        let listing = Room::find_by_floor_between(cx, range, next).await.expect("it can be read");
        assert!(listing.len() <= first as usize);
        found.extend(listing.iter().map(|room| room.name().to_owned()));
        page = listing.next;
    }
    found
}

#[tokio::test]
async fn a_range_is_read_in_the_order_of_its_values_page_by_page() {
    let gallery = Gallery::open().await;
    rooms(&gallery).await;
    let mut scope = gallery.scope();
    let cx = scope.cx();
    let found = scope.run(Room::find_by_floor_between(&cx, 1..=2, RangePage::default())).await.expect("it can be read");
    assert_eq!(names(&found)[0], "d");
    assert_eq!((found.len(), found.next.is_none()), (3, true));
    for first in [1, 2, 10] {
        let found = scope.run(all(&cx, (Bound::Unbounded, Bound::Excluded(7)), first)).await;
        assert_eq!((found.len(), &*found[0], &*found[1]), (4, "b", "d"), "{first}: {found:?}");
    }
    let none = scope.run(Room::find_by_floor_between(&cx, 3..7, RangePage::default())).await.expect("it can be read");
    assert!(none.is_empty());
}

#[tokio::test]
async fn a_write_is_seen_by_a_range_that_was_read_before() {
    let gallery = Gallery::open().await;
    rooms(&gallery).await;
    let mut scope = gallery.scope();
    let cx = scope.cx();
    let both = scope.run(async {
        let before = Room::find_by_floor_between(&cx, 7.., RangePage::default()).await?;
        let data = CreateRoomData { name: "f".to_owned(), floor: Some(8), light: None, height: None };
        Room::create(&cx, data).await?;
        let change = UpdateRoomData { name: pent::Patch::Set("g".to_owned()), ..UpdateRoomData::default() };
        Room::update(&cx, before[0].id(), change).await?;
        let after = Room::find_by_floor_between(&cx, 7.., RangePage::default()).await?;
        Ok::<_, pent::Error>((before, after))
    });
    let (before, after) = both.await.expect("it can be read");
    assert_eq!((names(&before), names(&after)), (vec!["e"], vec!["g", "f"]));
}

#[tokio::test]
async fn texts_are_found_by_how_they_begin() {
    let gallery = Gallery::open().await;
    let mut scope = gallery.scope();
    let cx = scope.cx();
    let data = ["on oak", "of iron", "on", "On", "o"].map(|text| CreateLabelData {
        text: text.to_owned(),
        subject_id: None,
        previous_id: None,
    });
    scope.run(Label::create_many(&cx, data.into())).await;
    let found = scope.run(Label::find_by_text_prefix(&cx, "on", RangePage::default())).await.expect("it can be read");
    assert_eq!(found.iter().map(Label::text).collect::<Vec<_>>(), ["on", "on oak"]);
    let range = "P".to_owned().."of z".to_owned();
    let found = scope.run(Label::find_by_text_between(&cx, range, RangePage::default())).await;
    assert_eq!(found.expect("it can be read").iter().map(Label::text).collect::<Vec<_>>(), ["o", "of iron"]);
}

/// Ranges of several callers leave together.
#[tokio::test]
async fn ranges_are_read_in_one_round() {
    let gallery = Gallery::open().await;
    rooms(&gallery).await;
    let mut scope = Scope::builder(&Store::new(gallery.kvetch.clone(), &TABLE)).build();
    let cx = scope.cx();
    let both = scope.run(async {
        let read = |range: std::ops::Range<i32>| Room::find_by_floor_between(&cx, range, RangePage::default());
        futures::future::join(read(0..3), read(3..9)).await
    });
    let (low, high) = both.await;
    assert_eq!((low.map(|rooms| rooms.len()).ok(), high.map(|rooms| rooms.len()).ok()), (Some(3), Some(1)));
    // One for the entries, and one for the nodes.
    assert_eq!(scope.stats().rounds.len(), 2);
    let explained = scope.explain();
    assert!(explained.contains("Room.floor"), "{explained}");
}
