//! Pages of edges in memory: fewer statements, and never anything older than the last answered write.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kvetch::{
    Delete, DeleteEdge, EdgePage, EdgeRead, EdgeType, Kvetch, NodeId, Options, Props, PutEdge, Read, Update, Value,
};

use crate::directory::TempDirectory;
use crate::fixture::*;

async fn opened(url: String) -> Kvetch {
    let mut options = Options::default();
    options.cache_bytes = Some(1 << 20);
    let url = url.parse().expect("the address is valid");
    Kvetch::open_with(&[url], schema(), options).await.expect("the store opens")
}

/// A page, and the statements it took.
async fn counted(store: &Kvetch, read: EdgeRead, from: NodeId) -> (EdgePage, u64) {
    let before = pages(store, read.clone(), &[from]).await.remove(0).expect("the edges can be read");
    let round = store.round(vec![Read::Edges { read, from: vec![from] }]).await;
    (before, round.stats.statements)
}

async fn ends_of(store: &Kvetch, edge: EdgeType, from: NodeId) -> Vec<NodeId> {
    let (page, statements) = counted(store, all(edge), from).await;
    assert_eq!(statements, 0, "a page that was just read is known");
    ids_of(&page)
}

#[tokio::test]
async fn a_page_that_is_known_costs_no_statement_until_its_list_changes() {
    let store = opened("memory:?shards=3".to_owned()).await;
    let [ada, bob] = [created(&store, user("ada")).await.id, created(&store, user("bob")).await.id];
    assert!(ends_of(&store, LISTS, ada).await.is_empty());

    let first = created(&store, list(ada, 1)).await.id;
    let second = created(&store, list(ada, 2)).await.id;
    assert_eq!(ends_of(&store, RANKED, ada).await, [first, second]);
    assert_eq!(ends_of(&store, LISTS, ada).await, [first, second]);

    // Its place among them, another list, and then none.
    let update = |set| store.update(Update::new(LIST, first, set));
    update(Props::from([("rank", 3)])).await.expect("the list is updated");
    assert_eq!(ends_of(&store, RANKED, ada).await, [second, first]);
    update(Props::from([("ownerId", Value::Id(bob))])).await.expect("the list is updated");
    assert_eq!(ends_of(&store, RANKED, ada).await, [second]);
    assert_eq!(ends_of(&store, RANKED, bob).await, [first]);
    store.delete(Delete::new(LIST, second)).await.expect("the list is deleted");
    assert!(ends_of(&store, RANKED, ada).await.is_empty());

    // Other pages of the same list are other pages.
    let third = created(&store, list(bob, 1)).await.id;
    assert_eq!(ends_of(&store, RANKED, bob).await, [third, first]);
    let (page, statements) = counted(&store, EdgeRead::new(RANKED, 1), bob).await;
    assert_eq!((ids_of(&page), page.has_next, statements), (vec![third], true, 0));
}

#[tokio::test]
async fn stored_edges_and_their_props_are_seen_at_once_from_both_ends() {
    let store = opened("memory:?shards=3".to_owned()).await;
    let [ada, bob] = [created(&store, user("ada")).await.id, created(&store, user("bob")).await.id];
    for since in 0..5 {
        let props = Props::from([("since", since)]);
        store.put_edge(PutEdge { props, ..PutEdge::new(FOLLOWS, ada, bob) }).await.expect("the edge is put");
        for (edge, from) in [(FOLLOWS, ada), (FOLLOWERS, bob)] {
            let (page, statements) = counted(&store, all(edge), from).await;
            let [edge] = &page.edges[..] else { panic!("one edge, not {page:?}") };
            let found = edge.props.as_ref().expect("it has props").to_props().expect("they can be read");
            assert_eq!((found, statements), (Props::from([("since", since)]), 0));
        }
    }
    store.delete_edge(DeleteEdge::new(FOLLOWS, ada, bob)).await.expect("the edge is deleted");
    assert!(ends_of(&store, FOLLOWS, ada).await.is_empty());
    assert!(ends_of(&store, FOLLOWERS, bob).await.is_empty());
}

#[tokio::test]
async fn a_store_that_is_closed_answers_no_page_that_it_knew() {
    let store = opened("memory:?shards=1".to_owned()).await;
    let ada = created(&store, user("ada")).await.id;
    assert!(ends_of(&store, LISTS, ada).await.is_empty());
    store.clone().close().await.expect("the store closes");
    assert_eq!(store.shards()[0].edges_version(LISTS, ada), None);
}

/// Each reader notes what was answered before it reads, and finds at least that.
async fn readers_see_what_was_answered(store: Kvetch) {
    let owners = [created(&store, user("a")).await.id, created(&store, user("b")).await.id];
    let answered = Arc::new([const { AtomicUsize::new(0) }; 2]);
    let writes: usize = if is_long() { 5_000 } else { 300 };
    let writer = {
        let (store, answered) = (store.clone(), answered.clone());
        tokio::spawn(async move {
            for number in 0..writes {
                created(&store, list(owners[number % 2], 0)).await;
                answered[number % 2].fetch_add(1, Ordering::SeqCst);
            }
        })
    };
    let readers = (0..3).map(|_| {
        let (store, answered) = (store.clone(), answered.clone());
        tokio::spawn(async move {
            let mut seen = [0; 2];
            while seen.iter().sum::<usize>() < writes {
                let floors = answered.each_ref().map(|count| count.load(Ordering::SeqCst));
                let pages = pages(&store, EdgeRead::new(LISTS, 10_000), &owners).await;
                for (place, page) in pages.into_iter().enumerate() {
                    let found = page.expect("the edges can be read").edges.len();
                    let least = floors[place].max(seen[place]);
                    assert!(found >= least, "{found} edges were read after {least} had been answered or read");
                    seen[place] = found;
                }
                tokio::task::yield_now().await;
            }
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        reader.await.expect("no reader panics");
    }
    writer.await.expect("the writer does not panic");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_never_see_fewer_edges_than_were_answered_or_read() {
    readers_see_what_was_answered(opened("memory:?shards=3".to_owned()).await).await;
    let directory = TempDirectory::new();
    let store = opened(format!("file:{}?shards=2", directory.0.display())).await;
    readers_see_what_was_answered(store.clone()).await;
    store.close().await.expect("the store closes");
}
