//! Scopes over MySQL that another executor polls, on threads that are inside the runtime of the store.

use std::thread;

use futures::executor::block_on;
use kvetch::NodeId;
use pent::{Request, Schema, Scope};
use serde_json::{Map, Value, json};
use testkit::{Options, Server as Database};
use todo::graph::generated::TABLE;
use todo::seed::{Amount, seed};
use tokio::runtime::Builder;

const VIEW: &str =
    "query($id: UUID!) { todoUser(id: $id) { name todoLists(first: 10) { todoItems(first: 5) { text } } } }";

/// Each thread opens connections, asks several rounds, writes, and reads what it wrote: nothing of it is polled by tokio.
#[test]
fn any_executor_reads_from_mysql_inside_the_runtime_of_the_store() {
    let database = Database::start(&Options::default());
    database.create_database("todo");
    let url = database.url("todo").parse().expect("the address is valid");
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime starts");
    let kvetch = runtime.block_on(pent::open(&[url], &TABLE)).expect("the store opens");
    let amount = Amount { users: 8, lists: 10, items: 5 };
    let users = runtime.block_on(seed(&kvetch, amount, 1, |_| ())).expect("it is empty").users;
    let schema = Schema::new(&TABLE);
    let ask = |query: &str, variables: &Value| {
        let variables: Map<_, _> = variables.as_object().expect("it is an object").clone();
        let mut scope = Scope::new(kvetch.clone());
        let request = Request { query: query.to_owned(), variables, ..Request::default() };
        let response = block_on(schema.execute(&request, &mut scope));
        let body: Value = serde_json::from_slice(&response.body).expect("a response is JSON");
        assert_eq!(body.get("errors"), None, "{body}");
        (body["data"].clone(), scope.stats())
    };
    let views = |user: NodeId| {
        let _inside = runtime.enter();
        for round in 0..5 {
            let (view, stats) = ask(VIEW, &json!({ "id": user.to_string() }));
            stats.assert_rounds(3);
            assert_eq!(view["todoUser"]["todoLists"][9]["todoItems"].as_array().map(Vec::len), Some(5));
            let rename = "mutation($id: UUID!, $name: String) { updateTodoUser(id: $id, data: {name: $name}) { todoUser { name } } }";
            let name = format!("round {round}");
            let (renamed, _) = ask(rename, &json!({ "id": user.to_string(), "name": name }));
            assert_eq!(renamed["updateTodoUser"]["todoUser"]["name"], name);
        }
    };
    let views = &views;
    thread::scope(|scope| users.iter().for_each(|user| drop(scope.spawn(move || views(*user)))));
    runtime.block_on(kvetch.close()).expect("it closes");
}
