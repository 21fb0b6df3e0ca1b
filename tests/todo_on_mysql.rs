//! The example over two MySQL servers, with no change to its code, and what is left of it while one of them is down.

use std::time::{Duration, Instant};

use kvetch::{NodeId, StoreUrl};
use serde_json::{Value, json};
use testkit::{Options, Server as Database};
use tests::server::Server;
use todo::graph::generated::TABLE;
use todo::seed::{Amount, Seeded, seed};

const VIEW: &str = "query($id: UUID!) {
    todoUser(id: $id) { name todoLists(first: 10) { name todoItems(first: 5) { text } } }
}";

/// A request is answered within its deadline, which is 10 s, on a busy machine too.
const ANSWERED: Duration = Duration::from_secs(13);

async fn ask(server: &Server, query: &str, variables: Value) -> Value {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let (status, body) = server.post("x-graphscale-explain: 1\r\n", &body).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).expect("the body is JSON")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_example_serves_from_two_servers_and_from_one_while_the_other_is_down() {
    let databases = [Database::start(&Options::default()), Database::start(&Options::default())];
    let address = |database: &Database| -> StoreUrl {
        database.create_database("todo");
        database.url("todo").parse().expect("the address is valid")
    };
    let kvetch = pent::open(&databases.each_ref().map(address), &TABLE).await.expect("the store opens");
    let amount = Amount { users: 20, lists: 10, items: 5 };
    let Seeded { users, .. } = seed(&kvetch, amount, 1, |_| ()).await.expect("it is empty");
    let server = Server::start(&TABLE, kvetch.clone()).await;

    let response = ask(&server, VIEW, json!({ "id": users[7].to_string() })).await;
    assert_eq!(response["errors"], Value::Null, "{response:#}");
    assert_eq!(response["extensions"]["graphscale"]["rounds"], 3, "{response:#}");
    assert_eq!(response["data"]["todoUser"]["todoLists"][9]["todoItems"].as_array().map(Vec::len), Some(5));

    // One user of each shard, in one request.
    let on_shard = |shard: u16| -> NodeId {
        let at = |user: &&NodeId| kvetch.shard_map().shard_of(user.virtual_shard()).0 == shard;
        *users.iter().find(at).expect("of twenty users some are on each shard")
    };
    let both =
        "query($here: UUID!, $there: UUID!) { here: todoUser(id: $here) { id } there: todoUser(id: $there) { id } }";
    let variables = json!({ "here": on_shard(0).to_string(), "there": on_shard(1).to_string() });
    databases[1].kill();
    let begun = Instant::now();
    let response = ask(&server, both, variables.clone()).await;
    assert!(begun.elapsed() < ANSWERED, "{:?}", begun.elapsed());
    assert_eq!(response["data"], json!({ "here": { "id": on_shard(0).to_string() }, "there": null }), "{response:#}");
    let errors = response["errors"].as_array().expect("the field of the other shard is an error");
    assert_eq!((errors.len(), &errors[0]["path"]), (1, &json!(["there"])), "{response:#}");
    assert_eq!(errors[0]["extensions"]["code"], "UNAVAILABLE", "{response:#}");

    databases[1].restart();
    let response = ask(&server, both, variables).await;
    assert_eq!(response["errors"], Value::Null, "{response:#}");
    kvetch.close().await.expect("it closes");
}
