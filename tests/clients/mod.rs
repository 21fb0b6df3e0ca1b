//! The clients that people use, against a server of the gallery.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use axum::http::header;
use kvetch::Kvetch;
use pent::http::{ConnectionInit, Pace, Service};
use pent::{Entity, Error, Events, PersistedOperations, Schema};
use tests::gallery::custom::Keeper;
use tests::gallery::generated::{Label, TABLE};
use tests::server::Server;
use tests::sources::workspace;

/// Where the scripts and their packages are.
const FOLDER: &str = "tests/clients";
const INSTALL: &str = "`cargo xtask test` installs what is missing";
/// How long a server waits for the first message of a WebSocket: one of the scripts never sends it.
const INIT: Duration = Duration::from_secs(1);

async fn kvetch() -> Kvetch {
    let url = "memory:?shards=2".parse().expect("the URL is valid");
    pent::open(&[url], &TABLE).await.expect("a store in memory opens")
}

/// A server that knows keepers by their token, from a header or from the first message of a WebSocket, and tells of
/// labels that are put up.
async fn serve(schema: Schema, kvetch: Kvetch) -> Server {
    let events = Events::new().on(
        "labelAdded",
        |cx, _| async move { Ok(cx.written::<Label>()) },
        |cx, id| async move { Label::load(&cx, id).await },
    );
    let service = Service::new(schema, kvetch).events(events).pace(Pace { init: INIT, ..Pace::default() });
    let service = service.scopes(|head, scope| {
        let of_socket = head.extensions.get::<ConnectionInit>().and_then(|init| init.0.get("authorization"));
        let of_socket = of_socket.and_then(|value| value.as_str()).map(str::to_owned);
        let of_header = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = of_socket.or(of_header.map(str::to_owned));
        async move {
            match token.as_deref() {
                None => Ok(scope),
                Some("Bearer keeper") => Ok(scope.viewer(Keeper)),
                Some("Bearer slow") => std::future::pending().await,
                Some("Bearer broken") => Err(Error::internal("the list of keepers is lost")),
                Some(_) => Err(Error::user("BAD_TOKEN", "this token is nobody's")),
            }
        }
    });
    Server::of(service.router()).await
}

/// Runs a script to its end.
///
/// # Panics
/// When Node or a package is missing, or the script fails: what cannot be tested has failed.
async fn run(script: &'static str, server: &Server, further: &[&str]) {
    let folder = workspace().join(FOLDER);
    let packages = folder.join("node_modules/graphql-ws/package.json");
    assert!(packages.is_file(), "the clients are missing: {INSTALL}; by hand: npm ci in {FOLDER}");
    let mut command = Command::new("node");
    command.arg(script).arg(server.url()).args(further).current_dir(folder);
    let ran = tokio::task::spawn_blocking(move || command.output()).await.expect("it does not panic");
    let ran = ran.unwrap_or_else(|error| panic!("node could not be started ({error}): {INSTALL}"));
    let [out, err] = [ran.stdout, ran.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(ran.status.success(), "{script} in {FOLDER} failed:\n{out}\n{err}");
}

#[tokio::test]
async fn apollo_client_asks_and_listens() {
    run("apollo.js", &serve(Schema::new(&TABLE), kvetch().await).await, &[]).await;
}

#[tokio::test]
async fn urql_asks_and_listens() {
    run("urql.js", &serve(Schema::new(&TABLE), kvetch().await).await, &[]).await;
}

#[tokio::test]
async fn graphql_ws_asks_and_listens_and_hears_every_code() {
    run("graphql_ws.js", &serve(Schema::new(&TABLE), kvetch().await).await, &[]).await;
}

#[tokio::test]
async fn graphql_sse_asks_and_listens() {
    run("graphql_sse.js", &serve(Schema::new(&TABLE), kvetch().await).await, &[]).await;
}

/// Relay's compiler reads the schema of a server, and writes the manifest of the only operations that another answers.
#[tokio::test]
async fn relay_compiles_asks_by_ids_and_listens() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("relay-{}", std::process::id()));
    let compiled = folder.to_str().expect("it is UTF-8");
    let kvetch = kvetch().await;
    let open = serve(Schema::new(&TABLE), kvetch.clone()).await;
    run("relay_compile.js", &open, &[compiled]).await;
    let manifest = std::fs::read_to_string(folder.join("operations.json")).expect("the compiler wrote it");
    let operations = PersistedOperations::from_json(&manifest).expect("it is one");
    assert_eq!(operations.len(), 3);
    let schema = Schema::new(&TABLE).with_operations(operations).expect("they fit the schema").only_persisted();
    // What is written by way of the other server is heard of here, too: they are one process.
    run("relay.js", &serve(schema, kvetch).await, &[compiled, &open.url()]).await;
    std::fs::remove_dir_all(&folder).expect("it is ours");
}
