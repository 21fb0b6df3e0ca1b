//! The command, on stores of this engine: `init`, and `copy` between engines and numbers of shards.

use std::process::{Command, Stdio};
use std::time::Duration;

use kvetch::{Kvetch, Props, PutEdge, StoreUrl};
use serde_json::{Value as Json, json};

use crate::directory::TempDirectory;
use crate::fixture::*;
use crate::server::{Server, shared};

/// Lists of the store that is copied: enough for a copy to be killed on the way.
const LISTS_IN_ALL: i64 = 3_000;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvetch"));
    command.args(arguments).env_remove("KVETCH_STORE").stdin(Stdio::null());
    command
}

/// What the command says, as JSON; it ends with 0.
fn said(arguments: &[&str]) -> Json {
    let output = command(&[arguments, &["--json"]].concat()).output().expect("the command runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints text");
    let (code, out, err) = (output.status.code(), text(output.stdout), text(output.stderr));
    assert_eq!(code, Some(0), "{arguments:?}: {out}{err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

/// The addresses of a store on new databases.
fn place(server: &Server, shards: usize) -> String {
    let urls = (0..shards).map(|_| server.url(&server.database()));
    urls.collect::<Vec<_>>().join(",")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_is_carried_to_servers_and_back_to_a_file() {
    let directories = [TempDirectory::new(), TempDirectory::new()];
    let (from, back) = (directories[0].url(3).to_string(), directories[1].url(4).to_string());
    let store = Kvetch::open(&[from.parse().expect("the address is valid")], schema()).await.expect("it opens");
    let ada = created(&store, user("ada")).await.id;
    let lists = store.create_many((0..LISTS_IN_ALL).map(|rank| list(ada, rank)).collect()).await;
    let lists = lists.into_iter().map(|written| written.expect("it is created").node.id).collect::<Vec<_>>();
    let likes = lists[..100]
        .iter()
        .map(|list| PutEdge { props: Props::from([("since", 7i64)]), ..PutEdge::new(LIKES, ada, *list) });
    store.put_edges(likes.collect()).await.into_iter().for_each(|put| drop(put.expect("it is put")));
    store.close().await.expect("it closes");
    let (two, three) = (place(shared(), 2), place(shared(), 3));
    tokio::task::spawn_blocking(move || {
        carried(&from, &two, true);
        carried(&two, &three, false);
        carried(&three, &back, false);
        let rows = |place: &str| {
            let stores = place.split(',').map(|url| format!("--store={url}")).collect::<Vec<_>>();
            let arguments = std::iter::once("verify").chain(stores.iter().map(String::as_str)).collect::<Vec<_>>();
            let report = said(&arguments);
            assert_eq!(report["clean"], json!(true), "{report}");
            report["rows"].clone()
        };
        let before = rows(&from);
        for place in [&two, &three, &back] {
            assert_eq!(rows(place), before, "{place}");
        }
    })
    .await
    .expect("copies are the same");
}

/// Copies a store, killed on the way at first, and checks what the command found when it compared the two.
fn carried(from: &str, to: &str, is_killed: bool) {
    if is_killed {
        let mut copying = command(&["copy", from, to]);
        let mut child = copying.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the command runs");
        std::thread::sleep(Duration::from_millis(400));
        let _ = child.kill();
        child.wait().expect("it ends");
    }
    let copy = said(&["copy", from, to]);
    let same = json!({"same": LISTS_IN_ALL + 101, "missing": 0, "onlyInCopy": 0, "differing": 0, "examples": []});
    assert_eq!((&copy["compared"], &copy["clean"], &copy["same"]), (&same, &json!(true), &json!(true)), "{copy}");
}

/// `init` makes the tables; then a server opens the store as somebody who could not have made them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn init_makes_what_nobody_else_has_to() {
    let names = [shared().database(), shared().database()];
    let urls = names.each_ref().map(|name| format!("--store={}", shared().url(name)));
    let made = tokio::task::spawn_blocking(move || said(&["init", &urls[0], &urls[1]])).await.expect("it is made");
    assert_eq!(made["shards"], json!(2), "{made}");
    assert!(!made.to_string().contains("secret"), "{made}");
    let urls: Vec<StoreUrl> = names.iter().map(|name| shared().address_for_few(name)).collect();
    let store = Kvetch::open(&urls, schema()).await.expect("the store opens");
    for written in store.create_many((0..10).map(|number| user(&format!("user{number}"))).collect()).await {
        written.expect("it is created");
    }
    assert_eq!(browse(&store, USER, None, 100).await.nodes.len(), 10);
    store.close().await.expect("it closes");
}
