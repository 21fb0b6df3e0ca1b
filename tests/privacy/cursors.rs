//! Pages over lists of which a viewer sees a part: not filled up, and going on behind what is hidden.

use kvetch::{EdgeType, NodeId, Value};
use pent::{Cursor, Entity, Page, Result};
use serde_json::json;
use tests::rules::generated::List;

use super::world::{Who, World, add, text};

/// Six lists of an open user: the owner's and nobody's in turn. The names in order.
async fn mixed() -> World {
    let world = World::new().await;
    for number in 0..6 {
        let mut props = vec![("name", text(&number.to_string())), ("guestId", Value::Id(world.open_user))];
        props.extend((number % 2 == 0 || number > 3).then_some(("ownerId", Value::Id(world.owner))));
        add(&world.kvetch, 3, props).await;
        // New ids are in order to the millisecond only, and so is the creation of what the edge is ordered by.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    world
}

/// The names on each page, until there is none.
async fn pages(world: &World, who: Who, first: u32) -> Vec<Vec<String>> {
    let mut scope = world.scope(who);
    let cx = scope.cx();
    let read = async {
        let (mut pages, mut next) = (Vec::new(), Some(Page { first, after: None }));
        while let Some(page) = next {
            let lists = pent::edge_targets::<List>(&cx, EdgeType(3), world.open_user, page).await?;
            pages.push(lists.iter().map(|list| list.name().to_owned()).collect());
            next = lists.next;
        }
        Result::<_>::Ok(pages)
    };
    scope.run(read).await.expect("all pages are read")
}

#[tokio::test]
async fn a_page_is_not_filled_up_and_the_next_one_follows_what_was_looked_at() {
    let world = mixed().await;
    let owner = pages(&world, Who::Owner, 2).await;
    assert_eq!(owner, [vec!["Groceries", "Open"], vec!["0", "1"], vec!["2", "3"], vec!["4", "5"]]);
    // The last page has nothing to show, and the one that leads there did not say so.
    let nothing: Vec<&str> = Vec::new();
    assert_eq!(pages(&world, Who::Other, 2).await, [vec!["Open"], vec!["1"], vec!["3"], nothing]);
}

#[tokio::test]
async fn a_listing_of_all_entities_goes_on_behind_what_is_hidden() {
    let world = mixed().await;
    let mut scope = world.scope(Who::Anonymous);
    let cx = scope.cx();
    let read = async {
        let (mut seen, mut count, mut next) = (Vec::new(), 0, Some(Page { first: 1, after: None }));
        while let Some(page) = next {
            let lists = List::browse(&cx, page).await?;
            seen.extend(lists.iter().map(|list| list.name().to_owned()));
            (count, next) = (count + 1, lists.next);
        }
        seen.sort();
        Result::<_>::Ok((seen, count))
    };
    let (seen, count) = scope.run(read).await.expect("all pages are read");
    assert_eq!(seen, ["1", "3", "Open"]);
    assert_eq!(count, 8, "one for each list, hidden or not");
}

/// Where a page ends says nothing of what is there.
#[tokio::test]
async fn a_cursor_shows_nothing() {
    let world = mixed().await;
    let mut scope = world.scope(Who::Anonymous);
    let cx = scope.cx();
    let page = Page { first: 1, after: None };
    let lists = scope.run(pent::edge_targets::<List>(&cx, EdgeType(3), world.open_user, page)).await.expect("read");
    assert!(lists.items.is_empty());
    let next = lists.next.expect("more follow");
    assert_eq!(format!("{:?}", next.after), "Some(Cursor { .. })");
}

#[tokio::test]
async fn a_page_may_start_after_an_entity_that_the_viewer_may_see() {
    let world = mixed().await;
    let query = "query($openUser: UUID!) { openUser(id: $openUser) { lists { id name } } }";
    let data = world.data(&mut world.scope(Who::Other), query).await;
    let second = data["openUser"]["lists"][1].clone();
    assert_eq!(second["name"], json!("1"));
    let query = query.replace("lists", &format!("lists(after: {})", second["id"]));
    let data = world.data(&mut world.scope(Who::Other), &query).await;
    assert_eq!(data["openUser"]["lists"][0]["name"], json!("3"));
}

#[tokio::test]
async fn an_entity_that_one_names_is_a_place_too() {
    let world = mixed().await;
    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    let page = Page { first: 1, after: Some(Cursor::from(world.list)) };
    let lists = scope.run(pent::edge_targets::<List>(&cx, EdgeType(3), world.open_user, page)).await.expect("read");
    assert_eq!(lists[0].name(), "Open");
}

/// A page that began anywhere would tell with a few dozen questions where the next hidden list is: its id, and when it
/// was made.
#[tokio::test]
async fn a_page_of_all_entities_starts_after_one_that_is_shown_and_nowhere_else() {
    let world = mixed().await;
    let [before, hidden] = [NodeId::from_bytes([0; 16]), world.list];
    for after in [before, hidden, world.item] {
        for field in ["lists(first: 1, AFTER)", "listsByTopic(topic: \"food\", first: 1, AFTER)"] {
            let field = field.replace("AFTER", &format!("after: \"{after}\""));
            let body = world.ask(&mut world.scope(Who::Other), &format!("{{ {field} {{ id }} }}")).await;
            assert!(body.contains("CURSOR_GONE"), "{field}: {body}");
        }
    }
}

/// What a page starts after is read together with the page.
#[tokio::test]
async fn a_cursor_takes_no_round_of_its_own() {
    let world = mixed().await;
    let seen = world.data(&mut world.scope(Who::Owner), "{ lists(first: 1) { id } }").await["lists"][0]["id"].take();
    for query in
        ["{ lists(AFTER) { name } }", "query($openUser: UUID!) { openUser(id: $openUser) { lists(AFTER) { name } } }"]
    {
        let mut rounds = Vec::new();
        for place in ["first: 100".to_owned(), format!("after: {seen}")] {
            let mut scope = world.scope(Who::Owner);
            world.data(&mut scope, &query.replace("AFTER", &place)).await;
            rounds.push(scope.stats().rounds.len());
        }
        assert_eq!(rounds[0], rounds[1], "{query}");
    }
}
