//! What clients learn of errors, and how somebody finds the rest.

use std::collections::BTreeSet;

use pent::{Limits, Schema};
use serde_json::json;
use tests::sources::{read, sources};

use super::workshop::{WORKSHOP, Workshop};

#[tokio::test]
async fn what_is_not_for_clients_is_masked_with_the_name_of_the_request() {
    let workshop = Workshop::open(Limits::default()).await;
    for (query, code) in [("{ secret number }", "INTERNAL"), ("{ panics number }", "INTERNAL")] {
        let body = json!({ "query": query }).to_string();
        let answer = workshop.server.post_of("x-request-id: order-66\r\n", &body).await;
        let error = &answer.json()["errors"][0];
        assert_eq!(error["message"], "internal error");
        assert_eq!(error["extensions"], json!({ "code": code, "requestId": "order-66" }), "{query}");
        // A field that failed, by itself or with a panic, is null, and the others are there.
        assert_eq!(answer.json()["data"]["number"], 7);
        assert!(!answer.body.contains("swordfish"), "{}", answer.body);
    }
    let told = workshop.ask("{ told }").await;
    let error = &told.json()["errors"][0];
    assert_eq!((&error["message"], &error["extensions"]), (&json!("the shop is closed"), &json!({ "code": "CLOSED" })));
}

#[tokio::test]
async fn every_answer_has_the_name_of_its_request() {
    let workshop = Workshop::open(Limits::default()).await;
    let body = r#"{"query": "{ number }"}"#;
    for (headers, expected) in [("x-request-id: a:1/b\r\n", Some("a:1/b")), ("x-request-id: a b\r\n", None), ("", None)]
    {
        let first = workshop.server.post_of(headers, body).await;
        let second = workshop.server.post_of(headers, body).await;
        let ids = [first.header("x-request-id").expect("one"), second.header("x-request-id").expect("one")];
        match expected {
            Some(expected) => assert_eq!(ids, [expected; 2]),
            None => assert!(ids[0] != ids[1] && ids[0].len() == 36, "{ids:?}"),
        }
    }
    for (method, target) in [("GET", "/graphql"), ("PUT", "/graphql"), ("POST", "/graphql")] {
        let refused = workshop.server.send(method, target, "x-request-id: r1\r\n", "").await;
        assert!(refused.status >= 400);
        assert_eq!(refused.header("x-request-id"), Some("r1"), "{method}");
    }
}

#[tokio::test]
async fn a_server_that_is_being_written_tells_everything() {
    let kvetch = pent::open(&["memory:".parse().expect("the URL is valid")], &WORKSHOP).await.expect("it opens");
    let schema = Schema::new(&WORKSHOP).verbose_errors();
    let server = tests::server::Server::of(pent::http::Service::new(schema, kvetch).router()).await;
    let answer = server.post_of("", r#"{"query": "{ secret }"}"#).await;
    assert_eq!(answer.message(), "the password is swordfish");
}

#[tokio::test]
async fn a_schema_may_answer_nothing_about_itself() {
    let kvetch = pent::open(&["memory:".parse().expect("the URL is valid")], &WORKSHOP).await.expect("it opens");
    let schema = Schema::new(&WORKSHOP).without_introspection();
    let server = tests::server::Server::of(pent::http::Service::new(schema, kvetch).router()).await;
    for query in [
        "{ __schema { queryType { name } } }",
        "{ number ...f } fragment f on Query { __type(name: \"Query\") { name } }",
    ] {
        let refused = server.post_of("", &json!({ "query": query }).to_string()).await;
        assert_eq!(refused.code(), "INTROSPECTION_DISABLED", "{query}");
        assert_eq!(refused.json().get("data"), None);
    }
    assert_eq!(server.post_of("", r#"{"query": "{ __typename }"}"#).await.body, r#"{"data":{"__typename":"Query"}}"#);
}

/// Programs decide by codes. One that is not on the page is one that nobody knows of.
#[test]
fn every_code_is_on_the_page() {
    let page = read("docs/server.md");
    let mut codes = BTreeSet::new();
    for (name, path) in [("kvetch", "error.rs"), ("pent", "error.rs")] {
        let all = sources(name);
        let source = all.iter().find(|source| source.path == path).expect("errors are there");
        let of_match = source.lines.iter().skip_while(|line| !line.contains("pub fn code(&self)"));
        let of_match = of_match.take_while(|line| !line.contains("pub fn is_"));
        codes.extend(
            of_match
                .filter_map(|line| line.split_once("=> \""))
                .filter_map(|(_, rest)| rest.split('"').next())
                .map(str::to_uppercase),
        );
    }
    for source in sources("pent") {
        let code = source.lines.iter().take_while(|line| !line.starts_with("#[cfg(test)]"));
        let code = code.map(|line| line.trim()).collect::<Vec<_>>().join("");
        for begin in ["ErrorEntry::request(\"", "Refusal::new(StatusCode::", "Error::user(\""] {
            for (at, _) in code.match_indices(begin) {
                let text = code[at..].split('"').nth(1).expect("a code is a text");
                codes.insert(text.to_uppercase());
            }
        }
    }
    // Of commands, which have no clients.
    for of_command in ["NO_PLAN", "UNREADABLE", "INVALID_MANIFEST", "INVALID_SETTINGS"] {
        codes.remove(of_command);
    }
    assert!(codes.len() > 40, "{codes:?}");
    let missing = codes.iter().filter(|code| !page.contains(&format!("`{code}`"))).collect::<Vec<_>>();
    assert!(missing.is_empty(), "docs/server.md lacks {missing:?}");
}
