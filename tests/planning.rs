//! What is known of an operation before it runs: its explanation, and operations that are persisted.

use kvetch::{Kvetch, StoreUrl};
use pent::{PersistedOperations, Request, Schema, Scope, assert_plan};
use serde_json::{Value, json};
use tests::server::Server;
use todo::graph::generated::TABLE;

const VIEW: &str = "query($id: UUID!, $open: Boolean!) {
  todoUser(id: $id) { todoLists { todoItems(first: 5) { text @include(if: $open) } } }
  allTodoItems(first: 3) { todoList { owner { name } } }
}";

fn request(query: &str) -> Request {
    Request { query: query.to_owned(), ..Request::default() }
}

async fn memory() -> Kvetch {
    let url: StoreUrl = "memory:?shards=2".parse().expect("the URL is valid");
    pent::open(&[url], &TABLE).await.expect("a store in memory opens")
}

#[test]
fn a_plan_is_explained_as_text_and_as_a_table_of_its_rounds() {
    let explanation = Schema::new(&TABLE).explain(&request(VIEW)).expect("it has a plan");
    assert_eq!(
        explanation.to_string(),
        "query: 3 rounds
  todoUser: TodoUser by id; unary; nodes in round 1
    todoLists: edge user_to_list_edge; batch, from ids; ids in round 1, nodes in 2
      todoItems: edge list_to_item_edge; batch, from ids; ids in round 2, nodes in 3
        text, when $open
  allTodoItems: all TodoItem; unary; nodes in round 1
    todoList: TodoList by stored todoListId; batch, from nodes; nodes in round 2
      owner: TodoUser by stored ownerId; batch, from nodes; nodes in round 3
        name"
    );
    assert_eq!(
        explanation.rounds_over(4),
        "at most 18 statements over 4 shards, when the keys of a shard fit into one
  round 1   nodes                                                         1
            edges user_to_list_edge                                       1
            browse TodoItem                                               4
  round 2   nodes                                                         4
            edges list_to_item_edge                                       4
  round 3   nodes                                                         4
"
    );
}

#[test]
fn a_plan_is_explained_as_json() {
    let query = "{ todoUserByUsername(username: \"ada\") { name } }";
    let explanation = Schema::new(&TABLE).explain(&request(query)).expect("it has a plan");
    assert_eq!(
        explanation.to_json(8),
        json!({
            "operation": "query",
            "shards": 8,
            "rounds": [
                {
                    "reads": [{ "what": "find by index TodoUser.username", "keys": 1, "statementsAtMost": 1 }],
                    "statementsAtMost": 1,
                },
                { "reads": [{ "what": "nodes", "keys": 4, "statementsAtMost": 4 }], "statementsAtMost": 4 },
            ],
            "fields": [{
                "key": "todoUserByUsername",
                "step": {
                    "what": "TodoUser by index TodoUser.username",
                    "runsOver": "unary",
                    "idsInRound": 1,
                    "nodesInRound": 2,
                },
                "fields": [{ "key": "name" }],
            }],
        })
    );
}

#[test]
fn reads_of_one_kind_are_explained_once() {
    let aliases = "{ a: allTodoUsers(first: 2) { name } b: allTodoUsers(first: 2) { username } \
         c: allTodoUsers(first: 3) { name } one: todoItem(id: \"00000000-0000-4000-8000-000000000000\") { text } \
         two: todoItem(id: \"00000000-0000-4000-8000-000000000001\") { text } }";
    let explanation = Schema::new(&TABLE).explain(&request(aliases)).expect("it has a plan");
    let reads = explanation.rounds[0].reads.iter().map(|read| (read.what.as_str(), read.statements_at_most(16)));
    assert_eq!(reads.collect::<Vec<_>>(), [("browse TodoUser", 16), ("browse TodoUser", 16), ("nodes", 2)]);
}

/// Statements that were promised at most are what a request takes at most.
#[tokio::test]
async fn no_request_takes_more_statements_than_its_plan_says() {
    let kvetch = memory().await;
    let amount = todo::seed::Amount { users: 3, lists: 4, items: 5 };
    let seeded = todo::seed::seed(&kvetch, amount, 1, |_| {}).await.expect("the store takes it");
    let schema = Schema::new(&TABLE);
    for query in [
        VIEW,
        "query($id: UUID!) { todoUser(id: $id) { todoLists { owner { todoLists(first: 1) { name } } } } }",
        "{ allTodoUsers { todoLists { todoItems { todoList { owner { name } } } } } }",
        "{ todoUserByUsername(username: \"nobody\") { todoLists { name } } }",
    ] {
        let variables = json!({ "id": seeded.users[0].to_string(), "open": true });
        let Value::Object(variables) = variables else { unreachable!("it is an object") };
        let request = Request { variables, ..request(query) };
        let mut scope = Scope::new(kvetch.clone());
        let response = schema.execute(&request, &mut scope).await;
        assert!(!response.has_errors, "{}", String::from_utf8_lossy(&response.body));
        let explanation = schema.explain(&request).expect("it has a plan");
        let stats = scope.stats();
        assert!(stats.rounds.len() <= explanation.rounds.len(), "{explanation}\n{}", scope.explain());
        for (measured, planned) in stats.rounds.iter().zip(&explanation.rounds) {
            let statements = measured.statements;
            assert!(statements <= planned.statements_at_most(2), "{query}\n{}", scope.explain());
        }
    }
}

#[test]
fn the_rounds_of_a_plan_are_checked_in_a_line() {
    let schema = Schema::new(&TABLE);
    assert_plan!(schema, VIEW, rounds <= 3);
    assert_plan!(schema, "{ __typename }", rounds == 0);
}

#[test]
#[should_panic(expected = "the plan takes 3 rounds, and not < 3:\nquery: 3 rounds\n  todoUser")]
fn more_rounds_than_expected_are_shown_with_their_plan() {
    assert_plan!(Schema::new(&TABLE), VIEW, rounds < 3);
}

#[test]
#[should_panic(expected = "the document has no plan: 1:3: ")]
fn a_document_without_a_plan_is_no_plan_of_few_rounds() {
    assert_plan!(Schema::new(&TABLE), "{ nothing }", rounds <= 3);
}

fn manifest() -> PersistedOperations {
    PersistedOperations::from_json(r#"{ "one": "{ __typename }", "two": "{ again: __typename }" }"#)
        .expect("the manifest is well formed")
}

async fn ask(schema: &Schema, kvetch: &Kvetch, request: &Request) -> String {
    let mut scope = Scope::new(kvetch.clone());
    String::from_utf8(schema.execute(request, &mut scope).await.body).expect("a response is UTF-8")
}

#[tokio::test]
async fn a_persisted_operation_is_asked_for_by_its_id() {
    let kvetch = memory().await;
    let schema = Schema::new(&TABLE).with_operations(manifest()).expect("both fit the schema");
    let by_id = |id: &str, query: &str| Request { document_id: Some(id.to_owned()), ..request(query) };
    let one = r#"{"data":{"__typename":"Query"}}"#;
    let two = r#"{"data":{"again":"Query"}}"#;
    let unknown =
        r#"{"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}"#;
    for (request, expected) in [
        (by_id("one", ""), one),
        (by_id("two", ""), two),
        (by_id("two", "{ __typename }"), two),
        (by_id("three", ""), unknown),
        (by_id("three", "{ __typename }"), one),
        (request("{ __typename }"), one),
    ] {
        assert_eq!(ask(&schema, &kvetch, &request).await, expected, "{request:?}");
    }
    let only = schema.only_persisted();
    let refused = r#"{"errors":[{"message":"Only persisted operations are answered here.","extensions":{"code":"OPERATION_NOT_PERSISTED"}}]}"#;
    for (request, expected) in [
        (by_id("one", ""), one),
        (request("{ __typename }"), one),
        (request("{ other: __typename }"), refused),
        // Its text is as good as its id, whatever id comes with it.
        (by_id("three", "{ __typename }"), one),
        (by_id("three", "{ other: __typename }"), unknown),
    ] {
        assert_eq!(ask(&only, &kvetch, &request).await, expected, "{request:?}");
    }
}

/// A client that is older than the schema fails when the server starts, and not for its users.
#[test]
fn a_persisted_operation_that_does_not_fit_the_schema_is_found_at_once() {
    let manifest = r#"{ "fits": "{ __typename }", "old": "{\n  todoUser { gone }\n  nothing\n}" }"#;
    let operations = PersistedOperations::from_json(manifest).expect("the manifest is well formed");
    let error = Schema::new(&TABLE).with_operations(operations).expect_err("one does not fit").to_string();
    assert!(error.starts_with("the persisted operation \"old\" does not fit the schema:\n"), "{error}");
    assert!(error.contains("\n2:14: ") && error.contains("\n3:3: "), "{error}");
}

#[tokio::test]
async fn over_http_the_id_stands_where_either_kind_of_client_puts_it() {
    let schema = Schema::new(&TABLE).with_operations(manifest()).expect("both fit the schema");
    let server = Server::of(pent::http::Service::new(schema, memory().await).router()).await;
    for (body, expected) in [
        (r#"{"documentId": "one"}"#, r#"{"data":{"__typename":"Query"}}"#),
        (r#"{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "two"}}}"#, r#"{"data":{"again":"Query"}}"#),
        (r#"{"query": null, "documentId": "two"}"#, r#"{"data":{"again":"Query"}}"#),
    ] {
        assert_eq!(server.post("", body).await, (200, expected.to_owned()), "{body}");
    }
    let (status, answer) = server.post("", r#"{"documentId": 1}"#).await;
    assert!(status == 400 && answer.contains("must be a string"), "{status} {answer}");
}
