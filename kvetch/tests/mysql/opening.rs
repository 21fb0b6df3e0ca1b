//! Opening what is there, and what is not.

use std::time::{Duration, Instant};

use kvetch::{
    Create, Error, IndexDef, IndexId, IndexKind, Kvetch, NodeTypeDef, Props, Schema, StoreUrl, existing_shards_at,
};

use crate::fixture::*;
use crate::server::{Server, shared};

const BY_NAME_TOO: IndexId = IndexId(99);

/// A schema with an index that the store has not seen yet, and without most else.
fn with_another_index() -> Schema {
    let of_type = |id, name: &str| NodeTypeDef { id, name: name.into() };
    let index = IndexDef {
        id: BY_NAME_TOO,
        name: "byNameToo".into(),
        node_type: USER,
        key: "username".into(),
        kind: IndexKind::Range,
        unique: false,
    };
    let schema = Schema::builder().node_type(of_type(USER, "User")).node_type(of_type(LIST, "List")).index(index);
    schema.build().expect("the schema is valid")
}

async fn refused(url: StoreUrl) -> Error {
    Kvetch::open(&[url], schema()).await.expect_err("no store opens there")
}

#[tokio::test]
async fn a_store_that_was_closed_opens_as_it_was_by_a_user_with_few_rights() {
    let server = shared();
    let names = [server.database(), server.database()];
    let urls = names.each_ref().map(|name| server.address(name));
    let store = Kvetch::open(&urls, schema()).await.unwrap();
    let ada = created(&store, user("ada")).await;
    store.close().await.unwrap();
    let as_few = names.each_ref().map(|name| server.address_for_few(name));
    let store = Kvetch::open(&as_few, schema()).await.unwrap();
    assert_eq!(node(&store, ada.id).await.as_ref(), Some(&ada));
    store.create(Create::new(LIST, Props::new())).await.unwrap();
    store.close().await.unwrap();
    // A schema that has more needs no more tables: what is new is filled in.
    let store = Kvetch::open(&as_few, with_another_index()).await.unwrap();
    let begun = Instant::now();
    while !store.building().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it is still being filled in");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(find(&store, BY_NAME_TOO, "ada").await, [ada.id]);
    store.close().await.unwrap();
    // It could not have made them.
    let error = refused(server.address_for_few(&server.database())).await.to_string();
    assert!(error.contains("kvetch init"), "{error}");
}

#[tokio::test]
async fn what_stands_in_the_way_is_said_without_secrets() {
    let server = shared();
    server.execute("CREATE DATABASE IF NOT EXISTS other; CREATE TABLE IF NOT EXISTS other.orders (id INT)");
    let host = server.host();
    for (url, code, why) in [
        (format!("mysql://root:wrong@{host}/other"), "engine", "check the user and the password"),
        (format!("mysql://nobody:secret@{host}/other"), "engine", "check the user and the password"),
        (server.url("nothing"), "engine", "make the database on the server"),
        (server.url("other"), "not_a_store", "it has a table `orders` and no kvetch_meta"),
        ("mysql://root:secret@127.0.0.1:1/todo".to_owned(), "unavailable", "mysql://root@127.0.0.1:1/todo"),
    ] {
        let error = refused(url.parse().expect("the address is valid")).await;
        let text = format!("{error} {error:?}");
        assert_eq!(error.code(), code, "{text}");
        assert!(text.contains(why) && !text.contains("secret") && !text.contains("wrong@"), "{text}");
    }
}

#[tokio::test]
async fn nothing_is_made_where_an_existing_store_is_asked_for() {
    let url = shared().databases(1).remove(0);
    let error = existing_shards_at(std::slice::from_ref(&url)).await.err().unwrap();
    assert!(matches!(&error, Error::NotAStore { .. }), "{error}");
    Kvetch::open(std::slice::from_ref(&url), schema()).await.unwrap().close().await.unwrap();
    assert_eq!(existing_shards_at(&[url]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn addresses_in_another_order_or_twice_are_refused() {
    let mut urls = shared().databases(2);
    Kvetch::open(&urls, schema()).await.unwrap().close().await.unwrap();
    urls.swap(0, 1);
    let error = Kvetch::open(&urls, schema()).await.err().unwrap();
    assert_eq!(error.code(), "not_a_store", "{error}");
    urls[0] = urls[1].clone();
    let error = Kvetch::open(&urls, schema()).await.err().unwrap();
    assert!(error.to_string().contains("is given twice"), "{error}");
}

#[tokio::test]
async fn making_a_store_that_was_interrupted_goes_on() {
    let server = shared();
    let name = server.database();
    let url = server.address(&name);
    server.execute(&format!("CREATE TABLE {name}.kvetch_fences (source BINARY(16) NOT NULL, version BIGINT NOT NULL, raised BIGINT NOT NULL, PRIMARY KEY (source))"));
    Kvetch::open(std::slice::from_ref(&url), schema()).await.unwrap().close().await.unwrap();
    server.execute(&format!("DROP TABLE {name}.kvetch_claims"));
    let error = Kvetch::open(&[url], schema()).await.err().unwrap().to_string();
    assert!(error.contains("its table kvetch_claims is gone"), "{error}");
}

/// One of two servers is down or read-only: the other is used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_endpoints_one_that_takes_writes_is_used() {
    let (first, second) = (Server::start(), shared());
    let name = second.database();
    first.execute(&format!("CREATE DATABASE {name}"));
    // A user who could write to a read-only server all the same.
    let admin = "CREATE USER admin@'127.0.0.1'; GRANT ALL ON *.* TO admin@'127.0.0.1'";
    for server in [&first, second] {
        server.execute(admin);
    }
    let both = format!("mysql://admin@{}/{name}?endpoints={}", first.host(), second.host()).parse().unwrap();
    first.execute("SET GLOBAL read_only = 1");
    let store = Kvetch::open(&[both], schema()).await.unwrap();
    let ada = created(&store, user("ada")).await;
    assert_eq!(node(&store, ada.id).await, Some(ada));
    assert_eq!(second.execute(&format!("SELECT COUNT(*) FROM {name}.kvetch_nodes")).trim(), "1");
    assert_eq!(first.execute(&format!("SHOW TABLES IN {name}")), "");
    store.close().await.unwrap();
}
