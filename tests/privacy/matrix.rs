//! Every way to a list, for its owner, for another viewer and for nobody in particular.

use futures::future::join_all;
use kvetch::Options;
use pent::Scope;

use super::paths::{QUERIES, WAYS};
use super::world::{EVERYBODY, NAME, Who, World, came_to};

/// What is known already when somebody asks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Known {
    Nothing,
    /// The scope has loaded everything, as the system.
    ToTheScope,
    /// The store keeps nodes in memory, and another viewer has seen all that there is to see.
    ToTheStore,
}

const KNOWN: [Known; 3] = [Known::Nothing, Known::ToTheScope, Known::ToTheStore];

const ALL: &str = "query($openUser: UUID!, $item: UUID!, $list: UUID!) {
    openUser(id: $openUser) { lists { name label items { list { name } } } }
    item(id: $item) { list { name } }
    list(id: $list) { name secrets { text } }
    lists { name } listBySlug(slug: \"groceries\") { name } listsByTopic(topic: \"food\") { name }
}";

impl Known {
    async fn world(self) -> World {
        let mut options = Options::default();
        options.cache_bytes = (self == Self::ToTheStore).then_some(1 << 20);
        let world = World::with(options).await;
        if self == Self::ToTheStore {
            for who in [Who::Owner, Who::Other, Who::Owner] {
                world.ask(&mut world.scope(who), ALL).await;
            }
        }
        world
    }

    async fn prepare(self, world: &World, scope: &mut Scope) {
        if self == Self::ToTheScope {
            let system = scope.cx().system();
            let ways = join_all(WAYS.iter().filter(|(name, ..)| reads(name)).map(|(_, way, _)| way(world, &system)));
            scope.run(ways).await;
        }
    }
}

/// Whether a way leaves everything as it is.
fn reads(name: &str) -> bool {
    !["create", "update", "give", "upsert", "delete"].iter().any(|word| name.starts_with(word))
}

#[tokio::test]
async fn no_way_in_rust_leads_to_what_a_viewer_may_not_see() {
    for known in KNOWN {
        let shared = known.world().await;
        for (name, way, expected) in WAYS {
            for (who, expected) in EVERYBODY.into_iter().zip(expected) {
                let own = if reads(name) { None } else { Some(known.world().await) };
                let world = own.as_ref().unwrap_or(&shared);
                let mut scope = world.scope(who);
                known.prepare(world, &mut scope).await;
                let cx = scope.cx();
                let outcome = scope.run(way(world, &cx)).await;
                assert_eq!(came_to(&outcome), *expected, "{name} by {who:?}, known {known:?}: {outcome:?}");
                let said = outcome.unwrap_or_else(|error| format!("{error} {error:?}"));
                assert_eq!(said.contains(NAME), *expected == "seen", "{name} by {who:?}, known {known:?}: {said}");
            }
        }
    }
}

#[tokio::test]
async fn no_query_shows_what_a_viewer_may_not_see() {
    for known in KNOWN {
        let shared = known.world().await;
        for (name, query, expected) in QUERIES {
            for (who, expected) in EVERYBODY.into_iter().zip(expected) {
                let own = if query.starts_with("mutation") { Some(known.world().await) } else { None };
                let world = own.as_ref().unwrap_or(&shared);
                let mut scope = world.scope(who);
                known.prepare(world, &mut scope).await;
                let body = world.ask(&mut scope, query).await;
                let response: serde_json::Value = serde_json::from_str(&body).expect("a response is JSON");
                let found = match response["errors"][0]["extensions"]["code"].as_str() {
                    Some(code) => code.to_owned(),
                    None => came_to(&Ok(response["data"].to_string())),
                };
                assert_eq!(found, *expected, "{name} by {who:?}, known {known:?}: {body}");
                // Beside an error, too.
                assert_eq!(body.contains(NAME), *expected == "seen", "{name} by {who:?}, known {known:?}: {body}");
            }
        }
    }
}

/// One row at a time, each viewer in a scope of its own, the owner in between.
#[tokio::test]
async fn another_viewer_is_judged_anew_over_the_same_store() {
    let world = Known::ToTheStore.world().await;
    for who in [Who::Owner, Who::Other, Who::Owner, Who::Anonymous, Who::Owner] {
        let body = world.ask(&mut world.scope(who), "query($list: UUID!) { list(id: $list) { name } }").await;
        assert_eq!(came_to(&Ok(body.clone())), if who == Who::Owner { "seen" } else { "nothing" }, "{who:?}: {body}");
    }
}

/// Whatever is said of the list to who may not see it is said of an id that nobody has.
#[tokio::test]
async fn a_hidden_list_and_an_absent_one_are_answered_alike() {
    for who in [Who::Other, Who::Anonymous] {
        for (name, way, _) in WAYS.iter().filter(|(name, ..)| names_the_list(name)) {
            let (hidden, mut absent) = (World::new().await, World::new().await);
            let list = hidden.list;
            absent.kvetch.delete(kvetch::Delete::new(kvetch::NodeType(3), absent.list)).await.expect("it is there");
            absent.list = kvetch::NodeId::generate();
            let mut said = Vec::new();
            for world in [&hidden, &absent] {
                let mut scope = world.scope(who);
                let cx = scope.cx();
                let outcome = scope.run(way(world, &cx)).await;
                let text = outcome.unwrap_or_else(|error| format!("{}: {error}", error.code()));
                said.push(text.replace(&world.list.to_string(), "ID"));
            }
            assert_eq!(said[0], said[1], "{name} by {who:?}, {list}");
        }
    }
}

fn names_the_list(name: &str) -> bool {
    let others = ["create", "upsert", "reference", "count of edges to"];
    !others.iter().any(|word| name.starts_with(word))
}
