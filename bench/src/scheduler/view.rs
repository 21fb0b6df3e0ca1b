//! The todo view as resolvers ask for it: a node, then what it leads to, each by itself.

use std::sync::Arc;

use futures::future::join_all;

use super::backend::USER;

/// A peer's loaders, made for one request.
pub(super) trait Loads {
    async fn node(&self, id: u64) -> u64;
    async fn ends(&self, from: u64) -> Arc<[u64]>;
}

/// The batches that it takes: the user, its edges, the lists, their edges, the items.
pub(super) const BATCHES: u64 = 5;
/// The loads that it makes.
pub(super) const LOADS: u64 = 1 + 1 + 10 + 10 + 50;

/// The user, its lists and their items, added up.
pub(super) async fn todo_view(loads: &impl Loads) -> u64 {
    let user = loads.node(USER).await;
    let lists = loads.ends(USER).await;
    let lists = join_all(lists.iter().map(|list| list_view(loads, *list))).await;
    user + lists.into_iter().sum::<u64>()
}

pub(super) async fn list_view(loads: &impl Loads, list: u64) -> u64 {
    let node = loads.node(list).await;
    let items = loads.ends(list).await;
    let items = join_all(items.iter().map(|item| loads.node(*item))).await;
    node + items.into_iter().sum::<u64>()
}

/// So many loads at once, of so many keys.
pub(super) async fn many(loads: &impl Loads, number: u64, keys: u64) -> u64 {
    join_all((0..number).map(|key| loads.node(key % keys))).await.into_iter().fold(0, u64::wrapping_add)
}
