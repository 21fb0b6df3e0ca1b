//! The texts of all statements: of some as a server is given them to prepare, of those that are sent as text with a mark
//! in place of every literal.
//!
//! `KVETCH_WRITE_STATEMENTS=1` writes them down anew.

use std::collections::BTreeSet;
use std::path::Path;

use kvetch::{
    Create, Delete, DeleteEdge, EdgeAfter, EdgeRead, IndexRead, Kvetch, NodeId, Order, Prunable, PrunePage, PutEdge,
    SortRange, Timestamp, Update, VerifyOptions, WriteId,
};

use crate::fixture::*;
use crate::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_texts_of_statements_are_these() {
    let server = Server::start();
    server.execute("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1");
    let names = [server.database(), server.database()];
    let urls = names.each_ref().map(|name| server.address(name));
    Kvetch::open(&urls, schema()).await.unwrap().close().await.unwrap();
    // Whoever made the tables is not needed any more: all that follows is done by a user who could make none.
    let urls = names.each_ref().map(|name| server.address_for_few(name));
    let store = Kvetch::open(&urls, schema()).await.unwrap();
    write_everything(&store).await;
    read_everything(&store).await;
    store.close().await.unwrap();
    let log = |kind: &str| {
        let text = "CONVERT(argument USING utf8mb4)";
        let of_store = "user_host LIKE '%127.0.0.1%'";
        server.execute(&format!("SELECT {text} FROM mysql.general_log WHERE command_type = '{kind}' AND {of_store}"))
    };
    let (prepared, sent) = (log("Prepare"), log("Query"));
    let sent = sent.lines().flat_map(|text| text.split("; ")).map(marked);
    let sent = sent.map(|text| MORE_ROWS.iter().fold(text, |text, more| text.replace(more, "")));
    let sent = sent.filter(|text| !text.starts_with("CREATE TABLE")).map(|text| shortened(&text));
    let texts: BTreeSet<String> = prepared.lines().map(shortened).chain(sent).collect();
    let sometimes = SOMETIMES.iter().map(|text| (*text).to_owned());
    let found = texts.into_iter().chain(sometimes).collect::<BTreeSet<_>>();
    let found = found.into_iter().collect::<Vec<_>>().join("\n") + "\n";
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mysql/statements.sql");
    if std::env::var("KVETCH_WRITE_STATEMENTS").is_ok_and(|write| write == "1") {
        std::fs::write(&golden, &found).expect("the file can be written");
    }
    let expected = std::fs::read_to_string(&golden).expect("the file is there");
    let expected: BTreeSet<&str> = expected.lines().collect();
    let found: BTreeSet<&str> = found.lines().chain(SOMETIMES).collect();
    let new: Vec<&&str> = found.difference(&expected).collect();
    let gone: Vec<&&str> = expected.difference(&found).collect();
    assert!(new.is_empty() && gone.is_empty(), "{} lacks {new:#?} and still has {gone:#?}", golden.display());
}

/// Those that are asked only when things happen at the same time, or when something is to be mended.
const SOMETIMES: [&str; 8] = [
    "DELETE FROM kvetch_fences WHERE source = ? AND version = 0",
    "ROLLBACK",
    "UPDATE kvetch_nodes FORCE INDEX (PRIMARY) SET version = version + ? WHERE id IN (?)",
    "DELETE FROM kvetch_intents WHERE source = ?",
    "SELECT source, version, changes FROM kvetch_intents WHERE source = ? FOR UPDATE",
    "SELECT version FROM kvetch_writes WHERE write_id = ? FOR UPDATE",
    "SELECT version FROM kvetch_fences WHERE source = ? FOR UPDATE",
    "SELECT to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND to_id = ?",
];

/// What names rows beyond the first.
const MORE_ROWS: [&str; 5] = [
    ", (?, ?, ?)",
    ", (?, ?, ?, ?, ?)",
    ", (?, ?, ?, ?, ?, ?)",
    " OR (edge = ? AND from_id = ?)",
    " OR (edge = ? AND from_id = ? AND to_id = ?)",
];

/// What follows the first of the sources whose edges are packed.
const PACKED_SOURCES: &str = " UNION ALL SELECT 1 AS k";

/// Of a list the first key, of a union the first select: how many there are depends on what is asked.
fn shortened(text: &str) -> String {
    let text = &text.replace(PACKED_SOURCES, " UNION ALL (SELECT 1 AS k");
    let first = text.split(" UNION ALL (SELECT 1 AS k").next().unwrap_or(text);
    let union = if first.len() < text.len() { " UNION ALL ..." } else { "" };
    let mut short = first.to_owned();
    while let Some(at) = short.find("?,?").filter(|_| short.contains(" IN (?")) {
        short.replace_range(at..at + 3, "?");
    }
    format!("{short}{union}")
}

/// Marks in place of literals.
fn marked(text: &str) -> String {
    let mut marked = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_inside_word = marked.ends_with(|last: char| last.is_alphanumeric() || last == '_' || last == '`');
        let length = if is_inside_word { 0 } else { literal(rest) };
        marked.push(if length > 0 { '?' } else { first });
        rest = &rest[length.max(first.len_utf8())..];
    }
    marked
}

/// How long the literal is that a text begins with, if it does.
fn literal(text: &str) -> usize {
    if text.starts_with("NULL") {
        return 4;
    }
    if let Some(bytes) = text.strip_prefix("x'") {
        return bytes.find('\'').expect("bytes end") + 3;
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    match digits.find(|next: char| !next.is_ascii_digit()).unwrap_or(digits.len()) {
        0 => 0,
        count => text.len() - digits.len() + count,
    }
}

async fn write_everything(store: &Kvetch) {
    let ada = created(store, Create { id: Some(spread(1)), ..user("ada") }).await;
    for number in 2..8 {
        let other = created(store, Create { id: Some(spread(number)), ..user(&format!("user{number}")) }).await;
        let renamed = kvetch::Props::from([("username", format!("other{number}"))]);
        store.update(Update::new(USER, other.id, renamed)).await.unwrap();
        let again = store.create(user(&format!("other{number}"))).await;
        assert_eq!(again.unwrap_err().code(), "duplicate");
    }
    let lists: Vec<NodeId> = (0..3).map(|number| spread(20 + number)).collect();
    for (rank, id) in lists.iter().enumerate() {
        let list = Create { id: Some(*id), write_id: Some(WriteId::generate()), ..list(ada.id, rank as i64) };
        created(store, list.clone()).await;
        created(store, list).await;
        let props = kvetch::Props::from([("since", rank as i64)]);
        store.put_edge(PutEdge { props, ..PutEdge::new(LIKES, ada.id, *id) }).await.unwrap();
    }
    store.delete_edge(DeleteEdge::new(LIKES, ada.id, lists[0])).await.unwrap();
    store.update(Update::new(USER, ada.id, kvetch::Props::from([("username", "lovelace")]))).await.unwrap();
    store.update(Update::new(LIST, lists[0], kvetch::Props::from([("color", "red")]))).await.unwrap();
    store.update(Update::new(LIST, lists[0], kvetch::Props::from([("color", "blue")]))).await.unwrap();
    store.delete(Delete::new(LIST, lists[2])).await.unwrap();
    let refused = store.create(user("lovelace")).await;
    assert_eq!(refused.unwrap_err().code(), "duplicate");
    for shard in store.shards() {
        shard.recount(vec![(LISTS, ada.id), (LISTS, lists[0])]).await.unwrap();
        for what in [Prunable::Fences, Prunable::Writes, Prunable::Tombstones] {
            let before = Timestamp(Timestamp::now().0 + 1_000_000);
            shard.prune(what, before, PrunePage { after: None, first: 10 }).await.unwrap();
        }
    }
}

async fn read_everything(store: &Kvetch) {
    let from: Vec<NodeId> = (0..3).map(spread).collect();
    let read = EdgeRead::new(LISTS, 10);
    let position = Some(EdgeAfter::Position { sort_key: 1, to: spread(1) });
    let range = SortRange { at_least: Some(1), below: Some(9) };
    for order in [Order::Ascending, Order::Descending] {
        for (after, range) in [(None, SortRange::default()), (position, SortRange::default()), (position, range)] {
            pages(store, EdgeRead { after, order, range, ..read.clone() }, &from).await;
        }
        let after = Some(EdgeAfter::Node(spread(20)));
        pages(store, EdgeRead { after, order, ..read.clone() }, &from).await;
    }
    // Few edges of many sources are read by a statement of their own, and are the same.
    let many: Vec<NodeId> = (0..30).map(spread).collect();
    for (edge, first) in [(LISTS, 1), (LISTS, 8), (LIKES, 2)] {
        for order in [Order::Ascending, Order::Descending] {
            let read = EdgeRead { order, ..EdgeRead::new(edge, first) };
            for (from, page) in many.iter().zip(pages(store, read.clone(), &many).await) {
                assert_eq!(page, pages(store, read.clone(), &[*from]).await.remove(0), "{edge} from {from}");
            }
        }
    }
    find_page(store, IndexRead::new(BY_COLOR, 10), "blue".into()).await.unwrap();
    nodes(store, &from).await;
    count(store, LISTS, from[0]).await;
    store.verify(VerifyOptions::default(), |_| {}).await.unwrap();
    store.repair(VerifyOptions::default(), |_| {}).await.unwrap();
    for shard in store.shards() {
        shard.census().await.unwrap();
        shard.tombstones(&from).await;
        shard.tallies(LISTS, &from).await;
        shard.edge_rows(LISTS, None, 10).await.unwrap();
        shard.edge(LISTS, from[0], &from).await;
        shard.recorded(&[WriteId::generate()]).await;
        shard.void(Vec::new()).await.unwrap();
    }
}
