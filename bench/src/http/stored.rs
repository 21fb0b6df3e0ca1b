//! The data that all serve: users of the todo example with ten lists of five items.

use std::path::Path;

use kvetch::{Kvetch, NodeId, Options};
use serde_json::json;
use todo::graph::generated::TABLE;
use todo::seed::{Amount, seed};

const AMOUNT: Amount = Amount { users: 200, lists: 10, items: 5 };
/// Room for every node.
const CACHE_BYTES: u64 = 256 << 20;

/// The view, for one of the users.
pub(super) const VIEW: &str = "query View($id: UUID!) { \
    todoUser(id: $id) { name todoLists(first: 10) { name todoItems(first: 5) { text } } } }";

/// A store that nobody has open, and what to ask it.
pub(super) struct Stored {
    bodies: Vec<Vec<u8>>,
}

impl Stored {
    pub(super) fn fill(directory: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let users = runtime.block_on(async {
            let kvetch = open(directory).await;
            let seeded = seed(&kvetch, AMOUNT, 1, |_| ()).await.expect("the store is empty");
            kvetch.close().await.expect("the store closes");
            seeded.users
        });
        Self { bodies: users.iter().map(body).collect() }
    }

    /// A request for each user.
    pub(super) fn bodies(&self) -> &[Vec<u8>] {
        &self.bodies
    }
}

/// The body of a request for the view of a user.
pub(super) fn body(user: &NodeId) -> Vec<u8> {
    json!({ "query": VIEW, "variables": { "id": user.to_string() } }).to_string().into_bytes()
}

/// Opens the store with a cache that has room for all of it.
pub(super) async fn open(directory: &Path) -> Kvetch {
    let url = format!("file:{}?shards=1", directory.join("store").display()).parse().expect("the URL is valid");
    let mut options = Options::default();
    options.cache_bytes = Some(CACHE_BYTES);
    pent::open_with(&[url], &TABLE, options).await.expect("the store opens")
}
