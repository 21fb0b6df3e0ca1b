//! The audits of graphql-http: what the specification of GraphQL over HTTP asks of a server.

use std::process::Stdio;

use serde_json::Value as Json;
use tests::sources::workspace;

use super::todo::todo;

/// Where the script and its packages are.
const FOLDER: &str = "tests/http/node";
/// How many there are in the version that the lock file names.
const AUDITS: usize = 61;

#[tokio::test(flavor = "multi_thread")]
async fn the_server_passes_every_audit_of_graphql_over_http() {
    let folder = workspace().join(FOLDER);
    let install = "`cargo xtask test` installs what is missing";
    assert!(
        folder.join("node_modules/graphql-http/package.json").is_file(),
        "graphql-http is missing, whose audits the server has to pass: {install}; by hand: npm ci in {FOLDER}"
    );
    let server = todo().await;
    let mut command = tokio::process::Command::new("node");
    command.arg("audit.js").arg(server.url()).current_dir(folder).stderr(Stdio::inherit());
    let output =
        command.output().await.unwrap_or_else(|error| panic!("node could not be started ({error}): {install}"));
    let output = String::from_utf8(output.stdout).expect("Node writes UTF-8");
    let audits = output.lines().map(|line| serde_json::from_str::<Json>(line).expect("a line of JSON"));
    let audits = audits.collect::<Vec<_>>();
    // Notices and warnings count: what is optional is kept, too.
    let failed = audits.iter().filter(|audit| audit["status"] != "ok").collect::<Vec<_>>();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(audits.len(), AUDITS);
}
