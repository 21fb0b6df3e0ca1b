//! Methods, media types and parameters.

use serde_json::{Value as Json, json};

use super::todo::todo;

const RESPONSE: &str = "application/graphql-response+json";

#[tokio::test]
async fn a_query_may_be_got_with_everything_in_the_url() {
    let server = todo().await;
    let named = "/graphql?query=query+A{__typename}query+B($n:String!){__type(name:$n){name}}";
    for (target, expected) in [
        ("/graphql?query=%7B__typename%7D".to_owned(), json!({ "__typename": "Query" })),
        (
            "/graphql?query={__typename}&variables=&operationName=&extensions={}&utm=1".to_owned(),
            json!({ "__typename": "Query" }),
        ),
        (format!("{named}&operationName=A"), json!({ "__typename": "Query" })),
        (
            format!("{named}&operationName=B&variables=%7B%22n%22%3A%22TodoUser%22%7D"),
            json!({ "__type": { "name": "TodoUser" } }),
        ),
    ] {
        let answer = server.send("GET", &target, "", "").await;
        assert_eq!((answer.status, &answer.json()["data"]), (200, &expected), "{target}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_is_got_changes_nothing() {
    let server = todo().await;
    let mutation = "/graphql?query=mutation{createTodoUser(data:{name:%22N%22,username:%22ada%22}){todoUser{id}}}";
    for method in ["GET", "HEAD"] {
        for accept in ["", "accept: application/graphql-response+json\r\n"] {
            let answer = server.send(method, mutation, accept, "").await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{}", answer.body);
        }
    }
    let found = server.send("GET", "/graphql?query={todoUserByUsername(username:%22ada%22){id}}", "", "").await;
    assert_eq!(found.body, r#"{"data":{"todoUserByUsername":null}}"#);
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let server = todo().await;
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = server.send(method, "/graphql", "", "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, POST")), "{method}");
        assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "METHOD_NOT_ALLOWED");
    }
}

#[tokio::test]
async fn parameters_that_are_none_are_refused_with_what_is_wrong() {
    let server = todo().await;
    for (target, expected) in [
        ("/graphql", "\"query\" must be a string"),
        ("/graphql?query=", "\"query\" must be a string"),
        ("/graphql?query={a}&variables=%5B%5D", "\"variables\" must be an object"),
        ("/graphql?query={a}&variables=x", "\"variables\" of the URL is not JSON"),
        ("/graphql?query={a}&extensions=1", "\"extensions\" must be an object"),
        ("/graphql?query={a}&query={b}", "The URL has \"query\" twice"),
    ] {
        let answer = server.send("GET", target, "", "").await;
        assert_eq!(answer.status, 400, "{target}: {}", answer.body);
        assert!(answer.message().starts_with(expected), "{target}: {}", answer.body);
    }
    let answer = server.post_of("", r#"{"query": "{ __typename }", "extensions": "x"}"#).await;
    assert_eq!((answer.status, answer.message().as_str()), (400, "\"extensions\" must be an object."));
}

/// The status says what became of a request only in the form that was made for it; proxies answer in JSON, too.
#[tokio::test]
async fn the_status_follows_the_form_of_the_answer() {
    let server = todo().await;
    let queries = [("{ __typename }", 200), ("{", 400), ("{ nothing }", 400), ("query($id: ID!) { __typename }", 400)];
    for (query, status) in queries {
        let body = json!({ "query": query }).to_string();
        let answer = server.post_of(&format!("accept: {RESPONSE}\r\n"), &body).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("application/graphql-response+json; charset=utf-8"))
        );
        assert_eq!(answer.json().get("data").is_some(), status == 200, "{}", answer.body);
        for accept in ["", "accept: application/json\r\n", "accept: */*\r\n"] {
            let answer = server.post_of(accept, &body).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json; charset=utf-8")));
        }
    }
    let refused = server.post_of("accept: text/html\r\n", r#"{"query": "{ __typename }"}"#).await;
    assert_eq!((refused.status, &refused.json()["errors"][0]["extensions"]["code"]), (406, &json!("NOT_ACCEPTABLE")));
}

#[tokio::test]
async fn a_body_in_another_encoding_is_refused() {
    let server = todo().await;
    let answer = server.send("POST", "/graphql", "content-type: application/json; charset=latin1\r\n", "{}").await;
    assert_eq!((answer.status, answer.message().as_str()), (415, "JSON is read as UTF-8, and not as \"latin1\"."));
}

/// A field that fails is no failed request.
#[tokio::test]
async fn a_request_that_ran_is_answered_with_200_whatever_came_of_its_fields() {
    let server = todo().await;
    let body = json!({
        "query": "mutation($id: UUID!) { deleteTodoItem(id: $id) { deletedId } }",
        "variables": { "id": "00000000-0000-4000-8000-000000000000" },
    });
    let answer = server.post_of(&format!("accept: {RESPONSE}\r\n"), &body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["data"]["deleteTodoItem"], Json::Null);
}
