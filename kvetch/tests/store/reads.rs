//! What reads answer.

use kvetch::conformance::{Call, Fault};
use kvetch::{Create, NodeId, VirtualShard};

use crate::fixture::*;

#[tokio::test]
async fn a_shard_that_hangs_fails_its_own_keys_at_the_deadline() {
    let (store, faults) = instrumented(&"memory:?shards=2".parse().unwrap()).await;
    let on = |shard: u16| NodeId::from_parts(1, VirtualShard::new(shard * 2048).unwrap(), 1);
    let ada = created(&store, Create { id: Some(on(0)), ..user("ada") }).await;
    faults[1].inject(Call::Nodes, Fault::Hangs);
    // Nothing else waits, so that the clock may run ahead to the deadline.
    tokio::time::pause();
    let answers = nodes(&store, &[on(1), ada.id]).await;
    tokio::time::resume();
    assert_eq!(answers[0].as_ref().unwrap_err().code(), "unavailable");
    assert_eq!(answers[1], Ok(Some(ada)));
    store.close().await.unwrap();
}

/// Reads run on whatever polls them; only writes and deadlines need the runtime of the store.
#[test]
fn a_round_may_be_awaited_outside_the_runtime_of_the_store() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let store = runtime.block_on(memory(3));
    futures::executor::block_on(async {
        let ada = created(&store, user("ada")).await;
        let lists = (0..500).map(|rank| list(ada.id, rank)).collect();
        assert!(store.create_many(lists).await.iter().all(Result::is_ok));
        assert_eq!(ends(&store, LISTS, ada.id).await.len(), 500);
        assert_eq!(browse(&store, LIST, None, 1000).await.nodes.len(), 500);
        store.close().await.unwrap();
    });
}
