//! The explorer: its modules in Node, and the page in a browser.

use std::process::Command;

use kvetch::Kvetch;
use pent::Schema;
use pent::http::Service;
use tests::server::Server;
use tests::sources::workspace;
use todo::graph::generated::TABLE;
use todo::seed::{Amount, seed};

/// Where the scripts and their packages are.
const FOLDER: &str = "tests/browser";
/// The variable that names a browser, and the one that is taken without.
const CHROMIUM: (&str, &str) = ("GRAPHSCALE_CHROMIUM", "/usr/bin/chromium");
const INSTALL: &str = "`cargo xtask test` installs what is missing";

async fn kvetch() -> Kvetch {
    let url = "memory:?shards=2".parse().expect("the URL is valid");
    let kvetch = pent::open(&[url], &TABLE).await.expect("a store in memory opens");
    let amount = Amount { users: 5, lists: 10, items: 5 };
    seed(&kvetch, amount, 1, |_| ()).await.expect("it is empty");
    kvetch
}

/// Runs Node in the folder of the scripts.
///
/// # Panics
/// When Node is missing or what it runs fails: what cannot be tested has failed.
fn node(arguments: &[&str]) {
    let ran = Command::new("node").args(arguments).current_dir(workspace().join(FOLDER)).output();
    let ran = ran.unwrap_or_else(|error| panic!("node could not be started ({error}): {INSTALL}"));
    let [out, err] = [ran.stdout, ran.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(ran.status.success(), "node {arguments:?} in {FOLDER} failed:\n{out}\n{err}");
}

#[test]
fn the_modules_of_the_explorer_complete_check_and_lay_out_documents() {
    node(&["--test"]);
}

/// Every step of a person who tries it, in light and dark, on a wide page and on a narrow one, with every other host
/// out of reach: the script says which.
#[tokio::test]
async fn the_explorer_works_in_a_browser() {
    let packages = workspace().join(FOLDER).join("node_modules/playwright-core/package.json");
    assert!(packages.is_file(), "playwright-core is missing: {INSTALL}; by hand: npm ci in {FOLDER}");
    let chromium = std::env::var(CHROMIUM.0).unwrap_or_else(|_| CHROMIUM.1.to_owned());
    assert!(std::path::Path::new(&chromium).exists(), "there is no Chromium at {chromium}: {INSTALL}");
    let service = Service::new(Schema::new(&TABLE), kvetch().await).explain().explorer(true);
    let server = Server::of(service.router()).await;
    let address = format!("http://{}/", server.address());
    let script = tokio::task::spawn_blocking(move || node(&["explorer.js", &address]));
    script.await.expect("the script ends well");
}

#[tokio::test]
async fn a_service_has_no_pages_unless_it_is_made_to() {
    let kvetch = kvetch().await;
    let service = |kvetch: &Kvetch| Service::new(Schema::new(&TABLE), kvetch.clone());
    let server = Server::of(service(&kvetch).router()).await;
    for path in ["/", "/graphiql", "/explorer/app.js"] {
        assert_eq!(server.get(path).await.0, 404, "{path}");
    }
    let server = Server::of(service(&kvetch).explorer(true).router()).await;
    for path in ["/", "/graphiql", "/explorer/app.js"] {
        assert_eq!(server.get(path).await.0, 200, "{path}");
    }
}
