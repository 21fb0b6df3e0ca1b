//! The example from end to end: generated code, planner, storage, HTTP.

use kvetch::Kvetch;
use serde_json::{Value, json};
use tests::server::Server;
use todo::graph::generated::TABLE;
use todo::seed::{Amount, Seeded, seed};

const VIEW: &str = "query($id: UUID!) {
    todoUser(id: $id) { name todoLists(first: 10) { name todoItems(first: 5) { text } } }
}";

/// A server over a store in memory.
struct Todo {
    server: Server,
    kvetch: Kvetch,
}

impl Todo {
    async fn start(shards: usize) -> Self {
        let url = format!("memory:?shards={shards}").parse().expect("the URL is valid");
        let kvetch = pent::open(&[url], &TABLE).await.expect("a store in memory opens");
        Self { server: Server::start(&TABLE, kvetch.clone()).await, kvetch }
    }

    async fn seeded(shards: usize, users: usize) -> (Self, Seeded) {
        let todo = Self::start(shards).await;
        let seeded = seed(&todo.kvetch, Amount { users, lists: 10, items: 5 }, 1, |_| ()).await.expect("it is empty");
        (todo, seeded)
    }

    /// The whole response, with explanations.
    async fn ask(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let (status, body) = self.server.post("x-graphscale-explain: 1\r\n", &body).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).expect("the body is JSON")
    }

    /// The data of a response without errors.
    async fn data(&self, query: &str, variables: Value) -> Value {
        let mut response = self.ask(query, variables).await;
        assert_eq!(response.get("errors"), None, "{response:#}");
        response["data"].take()
    }

    async fn create_user(&self, username: &str) -> String {
        let query = "mutation($u: String!) { createTodoUser(data: {name: \"N\", username: $u}) { todoUser { id } } }";
        id(&self.data(query, json!({ "u": username })).await["createTodoUser"]["todoUser"])
    }

    async fn create_list(&self, owner: &str, name: &str) -> String {
        let query = "mutation($o: UUID!, $n: String!) {
            createTodoList(data: {name: $n, ownerId: $o}) { todoList { id } }
        }";
        id(&self.data(query, json!({ "o": owner, "n": name })).await["createTodoList"]["todoList"])
    }

    async fn create_item(&self, list: &str, text: &str) -> String {
        let query = "mutation($l: UUID!, $t: String!) {
            createTodoItem(data: {text: $t, todoListId: $l, status: OPEN}) { todoItem { id } }
        }";
        id(&self.data(query, json!({ "l": list, "t": text })).await["createTodoItem"]["todoItem"])
    }

    /// The texts of a list's items in order, and the number that storage keeps of them.
    async fn items(&self, list: &str) -> (Vec<String>, u64) {
        let query = "query($id: UUID!) { todoList(id: $id) { todoItems { text } } }";
        let data = self.data(query, json!({ "id": list })).await;
        let items = data["todoList"]["todoItems"].as_array().expect("a list").iter();
        let texts = items.map(|item| item["text"].as_str().expect("a text").to_owned());
        let from = vec![list.parse().expect("an id")];
        let counts = kvetch::Read::Counts { edge: kvetch::EdgeType(10001), from };
        let answer = self.kvetch.round(vec![counts]).await.answers.pop();
        let Some(kvetch::Answer::Counts(mut counts)) = answer else { panic!("{answer:?}") };
        (texts.collect(), counts.pop().expect("one answer per key").expect("the shard answers"))
    }
}

fn id(object: &Value) -> String {
    object["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn the_todo_view_is_three_rounds_and_the_same_json_on_any_number_of_shards() {
    let mut answers = Vec::new();
    for shards in [1, 4, 16] {
        let (todo, seeded) = Todo::seeded(shards, 20).await;
        let response = todo.ask(VIEW, json!({ "id": seeded.users[7].to_string() })).await;
        let measured = &response["extensions"]["graphscale"];
        assert_eq!(measured["rounds"], 3, "{measured:#}");
        // The user and its edges; ten lists and their edges; fifty items.
        assert_eq!(measured["keys"], 1 + 1 + 10 + 10 + 50);
        assert_eq!(response["data"]["todoUser"]["todoLists"][9]["todoItems"].as_array().map(Vec::len), Some(5));
        answers.push(response["data"].to_string());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn the_number_of_rounds_does_not_change_with_the_number_of_rows() {
    let mut measured = Vec::new();
    for users in [5, 50] {
        let (todo, seeded) = Todo::seeded(4, users).await;
        let one = todo.ask(VIEW, json!({ "id": seeded.users[0].to_string() })).await;
        let all =
            todo.ask("{ allTodoUsers { todoLists { todoItems { todoList { owner { name } } } } } }", Value::Null).await;
        measured.push((
            one["extensions"]["graphscale"]["rounds"].clone(),
            all["extensions"]["graphscale"]["rounds"].clone(),
        ));
    }
    assert_eq!(measured[0], measured[1]);
    assert_eq!(measured[0].0, 3);
}

#[tokio::test]
async fn the_explanation_predicts_what_happens() {
    let (todo, seeded) = Todo::seeded(3, 2).await;
    let response = todo.ask(VIEW, json!({ "id": seeded.users[0].to_string() })).await;
    let explained = &response["extensions"]["graphscale"];
    let plan = &explained["plan"];
    assert_eq!((&plan["operation"], &plan["shards"]), (&json!("query"), &json!(3)));
    assert_eq!(plan["rounds"].as_array().map(Vec::len), explained["rounds"].as_u64().map(|rounds| rounds as usize));
    let lists = &plan["fields"][0]["fields"][1];
    let step = json!({
        "what": "edge user_to_list_edge", "runsOver": "ids", "idsInRound": 1, "nodesInRound": 2
    });
    assert_eq!((&lists["key"], &lists["step"]), (&json!("todoLists"), &step));
    let at_most = plan["rounds"].as_array().expect("rounds are listed").iter();
    let at_most = at_most.map(|round| round["statementsAtMost"].as_u64().expect("a number")).sum::<u64>();
    assert!(explained["statements"].as_u64().is_some_and(|sent| sent <= at_most), "{explained:#}");
}

#[tokio::test]
async fn the_explanation_has_the_statistics_whole() {
    let (todo, seeded) = Todo::seeded(3, 2).await;
    let response = todo.ask(VIEW, json!({ "id": seeded.users[0].to_string() })).await;
    let explained = &response["extensions"]["graphscale"];
    for (part, of) in [("reads", "rounds"), ("rules", "rules")] {
        assert_eq!(explained[part], explained["stats"][of], "{part}");
    }
    assert!(explained["stats"]["rounds"][0].is_object(), "{explained:#}");
}

#[tokio::test]
async fn moving_an_item_moves_its_edge_and_both_counts() {
    for shards in [1, 16] {
        let todo = Todo::start(shards).await;
        let user = todo.create_user("ada").await;
        let (from, to) = (todo.create_list(&user, "from").await, todo.create_list(&user, "to").await);
        let item = todo.create_item(&from, "moves").await;
        todo.create_item(&from, "stays").await;
        let query = "mutation($id: UUID!, $l: UUID!) {
            updateTodoItem(id: $id, data: {todoListId: $l}) { todoItem { text todoList { name todoItems { text } } } }
        }";
        let moved = todo.data(query, json!({ "id": item, "l": to })).await;
        let expected = json!({ "text": "moves", "todoList": { "name": "to", "todoItems": [{ "text": "moves" }] } });
        assert_eq!(moved["updateTodoItem"]["todoItem"], expected);
        assert_eq!(todo.items(&from).await, (vec!["stays".to_owned()], 1));
        assert_eq!(todo.items(&to).await, (vec!["moves".to_owned()], 1));
    }
}

#[tokio::test]
async fn deleting_an_item_removes_it_from_its_list() {
    for shards in [1, 16] {
        let todo = Todo::start(shards).await;
        let user = todo.create_user("ada").await;
        let list = todo.create_list(&user, "list").await;
        let item = todo.create_item(&list, "goes").await;
        todo.create_item(&list, "stays").await;
        let query = "mutation($id: UUID!) { deleteTodoItem(id: $id) { deletedId } }";
        let deleted = todo.data(query, json!({ "id": item })).await;
        assert_eq!(deleted["deleteTodoItem"]["deletedId"], json!(item));
        assert_eq!(todo.items(&list).await, (vec!["stays".to_owned()], 1));
        let gone = todo.data("query($id: UUID!) { todoItem(id: $id) { text } }", json!({ "id": item })).await;
        assert_eq!(gone, json!({ "todoItem": null }));
    }
}

#[tokio::test]
async fn deleting_a_user_as_an_item_is_refused_before_anything_is_written() {
    let todo = Todo::start(4).await;
    let user = todo.create_user("ada").await;
    let list = todo.create_list(&user, "list").await;
    let query = "mutation($id: UUID!) { deleteTodoItem(id: $id) { deletedId } }";
    let refused = todo.ask(query, json!({ "id": user })).await;
    assert_eq!(refused["data"], json!({ "deleteTodoItem": null }));
    assert_eq!(refused["errors"][0]["extensions"]["code"], "WRONG_TYPE");
    let query = "query($id: UUID!) { todoUser(id: $id) { username todoLists { id } } byName: todoUserByUsername(username: \"ada\") { id } }";
    let expected =
        json!({ "todoUser": { "username": "ada", "todoLists": [{ "id": list }] }, "byName": { "id": user } });
    assert_eq!(todo.data(query, json!({ "id": user })).await, expected);
}

#[tokio::test]
async fn a_user_is_found_by_the_new_name_and_not_by_the_old() {
    let todo = Todo::start(4).await;
    let user = todo.create_user("ada").await;
    let query =
        "mutation($id: UUID!) { updateTodoUser(id: $id, data: {username: \"grace\"}) { todoUser { username } } }";
    todo.data(query, json!({ "id": user })).await;
    let query =
        "{ old: todoUserByUsername(username: \"ada\") { id } new: todoUserByUsername(username: \"grace\") { id } }";
    assert_eq!(todo.data(query, Value::Null).await, json!({ "old": null, "new": { "id": user } }));
    // The old name is free again, and the new one is taken.
    todo.create_user("ada").await;
    let query = "mutation { createTodoUser(data: {name: \"N\", username: \"grace\"}) { todoUser { id } } }";
    let refused = todo.ask(query, Value::Null).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "DUPLICATE", "{refused:#}");
}

#[tokio::test]
async fn the_custom_field_and_the_custom_mutation_work_together() {
    let (todo, seeded) = Todo::seeded(3, 2).await;
    let list = seeded.first_lists[1].to_string();
    let query = "query($id: UUID!) { todoList(id: $id) { openItemCount todoItems { status } } }";
    let before = todo.data(query, json!({ "id": list })).await;
    let open =
        before["todoList"]["todoItems"].as_array().expect("a list").iter().filter(|item| item["status"] == "OPEN");
    assert_eq!(before["todoList"]["openItemCount"], open.count());
    assert_ne!(before["todoList"]["openItemCount"], 0);
    let query = "mutation($id: UUID!) { completeList(data: {todoListId: $id}) { todoList { openItemCount } } }";
    let completed = todo.data(query, json!({ "id": list })).await;
    assert_eq!(completed, json!({ "completeList": { "todoList": { "openItemCount": 0 } } }));
}

#[tokio::test]
async fn what_a_deleted_user_owned_is_not_shown_from_it() {
    let (todo, seeded) = Todo::seeded(4, 1).await;
    let user = seeded.users[0].to_string();
    todo.data("mutation($id: UUID!) { deleteTodoUser(id: $id) { deletedId } }", json!({ "id": user })).await;
    let query = "query($u: UUID!, $l: UUID!) { todoUser(id: $u) { name } todoList(id: $l) { name owner { name } } }";
    let data = todo.data(query, json!({ "u": user, "l": seeded.first_lists[0].to_string() })).await;
    assert_eq!(data["todoUser"], Value::Null);
    assert_eq!(data["todoList"]["owner"], Value::Null);
}

#[tokio::test]
async fn browsing_pages_through_all_users_in_the_order_of_their_ids() {
    let (todo, seeded) = Todo::seeded(4, 25).await;
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let query = "query($after: UUID) { allTodoUsers(first: 10, after: $after) { id } }";
        let page = todo.data(query, json!({ "after": after })).await;
        let ids = page["allTodoUsers"].as_array().expect("a list").iter().map(id).collect::<Vec<_>>();
        let Some(last) = ids.last() else { break };
        after = json!(last);
        seen.extend(ids);
    }
    let mut expected = seeded.users.iter().map(ToString::to_string).collect::<Vec<_>>();
    expected.sort();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn lists_page_by_the_id_of_their_last_entry() {
    let (todo, seeded) = Todo::seeded(3, 1).await;
    let query = "query($id: UUID!, $after: UUID) { todoUser(id: $id) { todoLists(first: 4, after: $after) { id } } }";
    let mut seen = 0;
    let mut after = Value::Null;
    for expected in [4, 4, 2, 0] {
        let page = todo.data(query, json!({ "id": seeded.users[0].to_string(), "after": after })).await;
        let lists = page["todoUser"]["todoLists"].as_array().expect("a list");
        assert_eq!(lists.len(), expected);
        after = lists.last().map_or(Value::Null, |list| list["id"].clone());
        seen += lists.len();
    }
    assert_eq!(seen, 10);
}

#[tokio::test]
async fn the_server_answers_bad_requests_and_stays_up() {
    let todo = Todo::start(1).await;
    for (body, expected) in [
        ("", "not JSON"),
        ("[]", "array of requests is empty"),
        ("1", "JSON object"),
        ("{}", "query"),
        ("{\"query\": 1}", "query"),
        ("{\"query\": \"{ __typename }\", \"variables\": []}", "variables"),
        ("{\"query\": \"{ __typename }\", \"operationName\": 1}", "operationName"),
    ] {
        let (status, answer) = todo.server.post("", body).await;
        assert_eq!(status, 400, "{body}: {answer}");
        assert!(answer.contains(expected), "{expected} in {answer}");
    }
    for id in ["", "x", "0-0", "00000000-0000-0000-0000-00000000000g"] {
        let refused = todo.ask(VIEW, json!({ "id": id })).await;
        assert!(refused.get("data").is_none() && refused["errors"].to_string().contains("UUID"), "{refused:#}");
    }
    let missing = todo.data(VIEW, json!({ "id": "00000000-0000-4000-8000-000000000000" })).await;
    assert_eq!(missing, json!({ "todoUser": null }));
}

/// A web page may send text or a form to a server on the same machine without asking first; only for JSON does
/// its browser ask. What the body holds is no reason to read it.
#[tokio::test]
async fn only_what_says_that_it_is_json_is_read() {
    let todo = Todo::start(1).await;
    let body = r#"{"query": "{ __typename }"}"#;
    for sent in ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=UTF-8"] {
        let (status, answer) = todo.server.post_as(&format!("content-type: {sent}\r\n"), body).await;
        assert_eq!((status, answer.as_str()), (200, r#"{"data":{"__typename":"Query"}}"#), "{sent}");
    }
    for sent in ["text/plain", "text/plain; application/json", "application/x-www-form-urlencoded", "application/jsonx"]
    {
        let (status, answer) = todo.server.post_as(&format!("content-type: {sent}\r\n"), body).await;
        assert_eq!(status, 415, "{sent}: {answer}");
        assert!(refusal(&answer).contains("-H 'content-type: application/json'"), "{answer}");
    }
    let (status, answer) = todo.server.post_as("", body).await;
    assert_eq!(status, 415, "{answer}");
}

/// The limit used to answer in plain text, which no GraphQL client reads.
#[tokio::test]
async fn a_body_over_the_limit_is_refused_in_json() {
    let todo = Todo::start(1).await;
    let (status, answer) = todo.server.post("", &" ".repeat(pent::Limits::default().body_bytes + 1)).await;
    assert_eq!(status, 413, "{answer}");
    assert_eq!(refusal(&answer), "The body is over the limit of 2097152 bytes.");
}

#[tokio::test]
async fn an_empty_operation_name_is_none() {
    let todo = Todo::start(1).await;
    let (_, answer) = todo.server.post("", r#"{"query": "query A { __typename }", "operationName": ""}"#).await;
    assert_eq!(answer, r#"{"data":{"__typename":"Query"}}"#);
}

/// The message of a response that is one error of the request as a whole.
fn refusal(answer: &str) -> String {
    let answer: Value = serde_json::from_str(answer).expect("a refusal is JSON");
    answer["errors"][0]["message"].as_str().expect("an error has a message").to_owned()
}

#[tokio::test]
async fn introspection_answers_beside_data() {
    let (todo, seeded) = Todo::seeded(2, 1).await;
    let query = "query($id: UUID!) {
        __schema { queryType { name } mutationType { name } subscriptionType { name } }
        __type(name: \"TodoItemStatus\") { kind enumValues { name } }
        browse: __type(name: \"TodoUser\") { fields { name args { name defaultValue } } description }
        todoUser(id: $id) { todoLists(first: 1) { __typename } }
    }";
    let data = todo.data(query, json!({ "id": seeded.users[0].to_string() })).await;
    assert_eq!(
        data["__schema"],
        json!({ "queryType": { "name": "Query" }, "mutationType": { "name": "Mutation" }, "subscriptionType": null })
    );
    assert_eq!(data["__type"], json!({ "kind": "ENUM", "enumValues": [{ "name": "OPEN" }, { "name": "COMPLETED" }] }));
    assert_eq!(data["browse"]["description"], "Someone who keeps lists.");
    assert_eq!(data["browse"]["fields"][3]["args"][0], json!({ "name": "first", "defaultValue": "100" }));
    assert_eq!(data["todoUser"], json!({ "todoLists": [{ "__typename": "TodoList" }] }));
}

#[tokio::test]
async fn seeding_twice_writes_the_same_and_is_refused_in_one_store() {
    let (first, one) = Todo::seeded(1, 3).await;
    let (second, other) = Todo::seeded(16, 3).await;
    assert_eq!((&one.users, &one.first_items), (&other.users, &other.first_items));
    let query = "{ allTodoUsers { id name username todoLists { name todoItems { id text status } } } }";
    assert_eq!(first.data(query, Value::Null).await, second.data(query, Value::Null).await);
    let again = seed(&first.kvetch, Amount { users: 3, lists: 10, items: 5 }, 1, |_| ()).await;
    assert!(again.expect_err("the ids are taken").is_conflict());
}

/// The batches were cut between users only, so one user with many lists was one batch and one step of progress.
#[tokio::test]
async fn seeding_writes_in_batches_however_much_belongs_to_one_user() {
    let todo = Todo::start(1).await;
    let batches = std::cell::RefCell::new(Vec::new());
    let amount = Amount { users: 1, lists: 15, items: 150 };
    let seeded =
        seed(&todo.kvetch, amount, 1, |written| batches.borrow_mut().push(written)).await.expect("it is empty");
    assert_eq!(batches.into_inner(), [1000, 1000, 266]);
    let query = "query($id: UUID!) { todoUser(id: $id) { todoLists { todoItems(first: 200) { id } } } }";
    let data = todo.data(query, json!({ "id": seeded.users[0].to_string() })).await;
    let lists = data["todoUser"]["todoLists"].as_array().expect("a list");
    let items = lists.iter().map(|list| list["todoItems"].as_array().expect("a list").len()).collect::<Vec<_>>();
    assert_eq!(items, [150; 15]);
}

/// Ids of examples are written down in the README and in notes, and measurements compare what they measured.
#[tokio::test]
async fn a_seed_writes_the_same_ids_times_and_values_in_every_version() {
    let (todo, seeded) = Todo::seeded(1, 2).await;
    let (user, item) = (seeded.users[1], seeded.first_items[1]);
    assert_eq!(user.to_string(), "019b76da-a83e-8ae6-afd4-241446f29e79");
    assert_eq!(item.to_string(), "019b76da-a840-8802-b117-340dc14672f1");
    let answer = todo.kvetch.round(vec![kvetch::Read::Nodes { ids: vec![item] }]).await.answers.pop();
    let Some(kvetch::Answer::Nodes(mut nodes)) = answer else { panic!("{answer:?}") };
    let node = nodes.pop().expect("one answer per key").expect("the shard answers").expect("it is there");
    assert_eq!(node.created.0, 1_767_225_600_064_000);
    let query = "query($id: UUID!) {
        todoUser(id: $id) { username todoLists(first: 1) { name todoItems(first: 1) { text status } } }
    }";
    let data = todo.data(query, json!({ "id": user.to_string() })).await;
    let item = json!({ "text": "Plan the neighbours", "status": "OPEN" });
    let expected = json!({ "username": "lynn-000001-13f3", "todoLists": [{ "name": "Garden", "todoItems": [item] }] });
    assert_eq!(data["todoUser"], expected);
}

/// These numbers overflowed.
#[tokio::test]
async fn more_than_can_be_seeded_is_refused() {
    let todo = Todo::start(1).await;
    for (users, lists, items) in [(4_611_686_018_427_387_904, 10, 5), (1, usize::MAX, 1), (100_000_000, 1, 0)] {
        let refused = seed(&todo.kvetch, Amount { users, lists, items }, 1, |_| ()).await.expect_err("it is too much");
        assert!(refused.to_string().contains("more than 100000000 nodes"), "{refused}");
    }
}
