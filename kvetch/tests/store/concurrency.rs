//! Many writers at once: afterwards, what is derived says what the nodes say.

use futures::future::join_all;
use kvetch::{
    Create, Delete, DeleteEdge, Error, Kvetch, Node, NodeId, NodeType, Props, PutEdge, Update, Value, VirtualShard,
};

use crate::dice::Dice;
use crate::fixture::*;

const WRITERS: u64 = 12;
const WRITES_EACH: u64 = 60;
const USERS: u64 = 5;
const LISTS_IN_ALL: u64 = 6;
const NAMES: u64 = 4;

fn id(number: u64) -> NodeId {
    let bucket = (number * 1237 % u64::from(VirtualShard::COUNT)) as u16;
    NodeId::from_parts(1000, VirtualShard::new(bucket).expect("it is below 4096"), number)
}

async fn write_at_random(store: Kvetch, seed: u64) {
    let mut dice = Dice(seed);
    for _ in 0..WRITES_EACH {
        let (user, list) = (id(dice.roll(USERS)), id(100 + dice.roll(LISTS_IN_ALL)));
        let (owner, rank) = (Value::Id(id(dice.roll(USERS))), Value::Int(dice.roll(3) as i64));
        let name = Props::from([("username", format!("name{}", dice.roll(NAMES)))]);
        let moved = Props::from([("ownerId", owner), ("rank", rank)]);
        let other = id(dice.roll(USERS));
        let written = match dice.roll(13) {
            0 => store.create(Create { id: Some(user), ..Create::new(USER, name) }).await,
            1 => store.create(Create { id: Some(list), ..Create::new(LIST, moved) }).await,
            2..5 => store.update(Update::new(USER, user, name)).await,
            5 => store.update(Update::new(USER, user, Props::from([("username", Value::Null)]))).await,
            6..8 => store.update(Update::new(LIST, list, moved)).await,
            // Ids of deleted nodes are not given out again, so that most of them live on.
            8 if dice.roll(20) > 0 => continue,
            8 => store.delete(Delete::new(LIST, list)).await,
            9..11 => store.put_edge(PutEdge::new(FOLLOWS, user, other)).await,
            11 => store.put_edge(PutEdge::new(LIKES, user, list)).await,
            12 => store.delete_edge(DeleteEdge::new(FOLLOWS, user, other)).await,
            _ => unreachable!("the dice has 13 sides"),
        };
        match written {
            Ok(written) => assert_eq!(written.pending, 0),
            Err(Error::Exists { .. } | Error::Duplicate { .. }) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn all_of(store: &Kvetch, node_type: NodeType) -> Vec<Node> {
    browse(store, node_type, None, 1000).await.nodes
}

fn stores(node: &Node, key: &str, value: &Value) -> bool {
    node.body.to_props().expect("the body decodes").get(key) == Some(value)
}

#[test]
fn concurrent_writers_leave_edges_counts_and_claims_as_the_nodes_say() {
    let rounds = if is_long() { 100 } else { 1 };
    for round in 0..rounds {
        writers_leave_everything_as_the_nodes_say(round);
    }
}

fn writers_leave_everything_as_the_nodes_say(round: u64) {
    on_every_size(|store| async move {
        let writers = (0..WRITERS).map(|seed| tokio::spawn(write_at_random(store.clone(), seed + round * WRITERS)));
        for writer in join_all(writers).await {
            writer.expect("no writer panics");
        }
        let (users, lists) = (all_of(&store, USER).await, all_of(&store, LIST).await);
        assert!(!users.is_empty() && !lists.is_empty());
        for owner in (0..USERS).map(id) {
            let mut expected: Vec<NodeId> =
                lists.iter().filter(|list| stores(list, "ownerId", &owner.into())).map(|list| list.id).collect();
            expected.sort_unstable();
            for edge in [LISTS, RANKED] {
                let mut found = ends(&store, edge, owner).await;
                found.sort_unstable();
                assert_eq!(found, expected);
                assert_eq!(count(&store, edge, owner).await, expected.len() as u64);
            }
        }
        for (edge, inverse) in [(FOLLOWS, FOLLOWERS), (LIKES, LIKED_BY)] {
            let targets = if edge == FOLLOWS { &users } else { &lists };
            for user in &users {
                let followed = ends(&store, edge, user.id).await;
                assert_eq!(count(&store, edge, user.id).await, followed.len() as u64);
                for target in targets {
                    let back = ends(&store, inverse, target.id).await;
                    assert_eq!(back.contains(&user.id), followed.contains(&target.id), "{} to {}", user.id, target.id);
                    assert_eq!(count(&store, inverse, target.id).await, back.len() as u64);
                }
            }
        }
        for name in (0..NAMES).map(|number| Value::from(format!("name{number}"))) {
            let holders: Vec<NodeId> =
                users.iter().filter(|user| stores(user, "username", &name)).map(|user| user.id).collect();
            assert!(holders.len() <= 1, "{name:?} belongs to {holders:?}");
            assert_eq!(find(&store, BY_USERNAME, name.clone()).await, holders);
            // The claim is as free or as taken as the nodes say.
            let again = store.create(Create::new(USER, Props::from([("username", name)]))).await;
            assert_eq!(
                again.map(drop).map_err(|error| error.code()),
                if holders.is_empty() { Ok(()) } else { Err("duplicate") }
            );
        }
    });
}
