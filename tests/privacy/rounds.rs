//! What rules cost: nothing is read that follows from a node before it is known that the viewer may see it.

use futures::future::join_all;
use kvetch::{NodeId, Value};
use pent::{Entity, Request};
use serde_json::Value as Json;
use tests::rules::generated::{List, OpenUser, User};

use super::world::{EVERYBODY, Who, World, add, text};

/// Ten lists of five items each, with and without rules, for a user with rules and one without. No list is of both, so
/// that no rule has to load who is not known.
async fn filled() -> World {
    let world = World::new().await;
    world.kvetch.delete(kvetch::Delete::new(kvetch::NodeType(3), world.list)).await.expect("it is there");
    for number in 0..10 {
        for (node_type, item_key) in [(3, "listId"), (4, "openListId")] {
            for (owner_key, owner) in [("ownerId", world.owner), ("guestId", world.open_user)] {
                let name = text(&format!("list {number}"));
                let list = add(&world.kvetch, node_type, [("name", name), (owner_key, Value::Id(owner))]).await;
                for item in 0..5 {
                    let text = text(&format!("item {item}"));
                    add(&world.kvetch, 5, [("text", text), (item_key, Value::Id(list))]).await;
                }
            }
        }
    }
    world
}

/// What a query took, and that its plan said so.
async fn expect_rounds(world: &World, query: &str, rounds: usize) {
    let mut scope = world.scope(Who::Owner);
    let data = world.data(&mut scope, query).await;
    assert!(data.to_string().contains("item 4"), "{data:#}");
    scope.stats().assert_rounds(rounds);
    let request = Request { query: query.to_owned(), ..Request::default() };
    let explanation = world.schema.explain(&request).expect("it has a plan");
    assert_eq!(explanation.rounds.len(), rounds, "{explanation}");
}

#[tokio::test]
async fn the_view_takes_a_round_more_for_each_level_with_rules() {
    let world = filled().await;
    for (query, rounds) in [
        ("query($openUser: UUID!) { openUser(id: $openUser) { openLists { items(first: 5) { text } } } }", 3),
        ("query($owner: UUID!) { user(id: $owner) { openLists { items(first: 5) { text } } } }", 4),
        ("query($openUser: UUID!) { openUser(id: $openUser) { lists { items(first: 5) { text } } } }", 4),
        ("query($owner: UUID!) { user(id: $owner) { lists { items(first: 5) { text } } } }", 5),
    ] {
        expect_rounds(&world, query, rounds).await;
    }
}

/// The system has nobody to wait for.
#[tokio::test]
async fn without_a_viewer_to_judge_the_view_takes_three_rounds() {
    let world = filled().await;
    let mut scope = world.builder(Who::Anonymous).system().build();
    let query = "query($owner: UUID!) { user(id: $owner) { lists { items { text } } } }";
    let data = world.data(&mut scope, query).await;
    assert!(data.to_string().contains("item 4"), "{data:#}");
    scope.stats().assert_rounds(3);
    assert!(world.journal.take().is_empty(), "no rule was asked");
}

#[tokio::test]
async fn an_explanation_says_what_waits_for_rules() {
    let world = World::new().await;
    let query = "query($owner: UUID!) { user(id: $owner) { name openLists { items { text } } } }";
    let request = Request { query: query.to_owned(), ..Request::default() };
    let expected = "query: 4 rounds
  user: User by id; unary; nodes in round 1
    name
    openLists: edge user_open_lists; batch, from nodes; ids in round 2, nodes in 3
      items: edge open_list_items; batch, from ids; ids in round 3, nodes in 4
        text";
    assert_eq!(world.schema.explain(&request).expect("it has a plan").to_string(), expected);
}

/// Loads one by one, as in a loop with `join_all`; and as lists that are asked for side by side.
#[tokio::test]
async fn rules_are_asked_once_for_all_that_is_wanted_at_a_moment() {
    let world = filled().await;
    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    let ids = scope.run(cx.edges(kvetch::EdgeRead::new(kvetch::EdgeType(3), 20), vec![world.open_user])).await;
    let ids: Vec<NodeId> = ids[0].as_ref().expect("read").edges.iter().map(|edge| edge.to).collect();
    assert_eq!(ids.len(), 11);
    world.journal.take();

    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    scope.run(join_all(ids.iter().map(|id| List::load(&cx, *id)))).await;
    assert_eq!(world.journal.take(), ["owner of 11"]);
    // Known by now, on whatever way.
    scope.run(List::browse(&cx, pent::Page::default())).await.expect("read");
    scope.run(List::load_many(&cx, &ids)).await.expect("read");
    assert_eq!(world.journal.take(), ["owner of 10"], "those of the owner that were not asked about");
}

/// Rules are asked before a round leaves, and not with it: one branch waits for rules, the other for the store.
#[tokio::test]
async fn what_follows_from_rules_leaves_with_the_round_of_everything_else() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Owner);
    let query = "query($list: UUID!, $openUser: UUID!) {
        list(id: $list) { items { text } }
        openUser(id: $openUser) { openLists { name } }
    }";
    world.data(&mut scope, query).await;
    // One round more than those three for the owner, at whom a rule looks.
    scope.stats().assert_rounds(4);

    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    let user = async { User::load(&cx, world.owner).await?.expect("it is the viewer").open_lists(&cx, page()).await };
    let open =
        async { OpenUser::load(&cx, world.open_user).await?.expect("it is there").open_lists(&cx, page()).await };
    let (lists, open) = scope.run(futures::future::join(user, open)).await;
    assert!(lists.is_ok() && open.is_ok());
    scope.stats().assert_rounds(2);
}

fn page() -> pent::Page {
    pent::Page::default()
}

/// The rule loads the owners of lists, whom the viewer may not see: rules read as the system.
#[tokio::test]
async fn what_rules_load_is_batched_and_passes_no_rules() {
    let world = World::new().await;
    let blocked = add(&world.kvetch, 1, [("name", text("B")), ("blocked", Value::Bool(true))]).await;
    for owner in [blocked, world.other, world.owner] {
        for _ in 0..3 {
            add(&world.kvetch, 3, [("name", text("L")), ("ownerId", Value::Id(owner))]).await;
        }
    }
    let mut scope = world.scope(Who::Other);
    let data = world.data(&mut scope, "{ lists { name } }").await;
    assert_eq!(data["lists"].as_array().map(Vec::len), Some(4), "its own three, and that of nobody's: {data}");
    // The page, then the owners of all lists in it.
    scope.stats().assert_rounds(2);
    assert_eq!(scope.stats().rounds[1].reads[0].keys, 3);
    assert_eq!(world.journal.take(), ["owner of 8"], "the three of the blocked were decided before");
}

#[tokio::test]
async fn what_rules_were_asked_is_explained() {
    let world = filled().await;
    let mut scope = world.scope(Who::Other);
    let query =
        "query($openUser: UUID!) { openUser(id: $openUser) { lists { name secrets { text } } } lists { name } }";
    world.data(&mut scope, query).await;
    let stats = scope.stats();
    let rules = stats.rules.iter().map(|rules| (&*rules.of, [rules.asked, rules.keys, rules.missing, rules.failed]));
    // All of a moment at once, those twice that two fields lead to.
    let expected = [("of List", [32, 21, 10, 0]), ("of List for list_secrets", [11, 11, 0, 0])];
    assert_eq!(rules.collect::<Vec<_>>(), expected, "{stats}");
    let explained = scope.explain();
    let at = explained.find("between rounds\n  rules of List        ").expect("a line for the lists");
    assert!(explained[at..].contains("  rules of List for list_secrets"), "{explained}");
    assert_eq!(stats.to_json()["rules"][0]["of"], "of List");
    // Everybody's own numbers.
    assert!(world.scope(Who::Anonymous).stats().rules.is_empty());
}

#[tokio::test]
async fn what_a_rule_has_said_holds_until_something_is_written() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Other);
    let cx = scope.cx();
    let list = world.list;
    let seen = scope.run(async {
        let before = List::load(&cx, list).await?;
        let again = List::load(&cx, list).await?;
        let noted = world.journal.take();
        // Somebody gives it to the viewer, in the same scope.
        let set = kvetch::Props::from([("ownerId", Value::Id(world.other))]);
        cx.system().update(kvetch::Update::new(kvetch::NodeType(3), list, set)).await?;
        let after = List::load(&cx, list).await?;
        Ok::<_, pent::Error>((before.is_some(), again.is_some(), noted, after.is_some()))
    });
    let (before, again, noted, after) = seen.await.expect("all is read");
    assert_eq!((before, again, after), (false, false, true));
    assert_eq!(noted, ["owner of 1"]);
}

/// What is written need not be what is judged: a rule may have looked at anything.
#[tokio::test]
async fn a_write_to_what_a_rule_has_looked_at_has_it_asked_again() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    let work = async {
        let before = List::load(&cx, world.list).await?;
        let set = kvetch::Props::from([("blocked", true)]);
        cx.system().update(kvetch::Update::new(kvetch::NodeType(1), world.owner, set)).await?;
        let after = List::load(&cx, world.list).await?;
        Ok::<_, pent::Error>((before.is_some(), after.is_some()))
    };
    assert_eq!(scope.run(work).await.expect("all is read"), (true, false));
}

/// The node that a write answers is known: it is not read again for what follows from it.
#[tokio::test]
async fn edges_of_what_a_write_answers_take_their_own_round_alone() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Owner);
    let query = "mutation($owner: UUID!) {
        createList(data: {name: \"new\", ownerId: $owner}) { list { name items { text } } }
    }";
    let data = world.data(&mut scope, query).await;
    assert_eq!(data["createList"]["list"]["items"], serde_json::json!([]));
    // The rule looks at the owner; then the edges.
    scope.stats().assert_rounds(2);
    let reads = scope.stats().rounds.iter().flat_map(|round| &round.reads).map(|read| read.keys).sum::<u64>();
    assert_eq!(reads, 2, "{}", scope.explain());
}

/// Hidden entities are not counted in what a client sees, and their fields are not run.
#[tokio::test]
async fn nothing_is_read_below_what_is_hidden() {
    let world = filled().await;
    for who in EVERYBODY {
        let mut scope = world.scope(who);
        let query = "query($owner: UUID!) { user(id: $owner) { name lists { label items { text } } } }";
        let data = world.data(&mut scope, query).await;
        if who == Who::Owner {
            continue;
        }
        assert_eq!(data["user"], Json::Null);
        scope.stats().assert_rounds(1);
    }
}
