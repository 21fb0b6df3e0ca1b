//! Each limit names itself in the error of a request that passes it, and can be set.

use pent::{Limits, Request, Schema, Scope};
use serde_json::{Value as Json, json};
use tests::library::{LIBRARY, Library};

/// The code and the message of what a document is refused for, or of what failed in it.
async fn refused(limits: Limits, query: &str) -> (String, String) {
    let library = Library::open().await;
    library.add("Dune").await;
    let schema = Schema::with_limits(&LIBRARY, limits);
    let request = Request { query: query.to_owned(), ..Request::default() };
    let response = schema.execute(&request, &mut Scope::new(library.kvetch.clone())).await;
    let body = serde_json::from_slice::<Json>(&response.body).expect("a response is JSON");
    let error = &body["errors"][0];
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    (text(&error["extensions"]["code"]), text(&error["message"]))
}

#[tokio::test]
async fn a_document_that_passes_a_limit_is_told_which() {
    let default = Limits::default();
    for (limits, query, expected) in [
        (
            Limits { tokens: 5, ..default },
            "{ books { title } }",
            "the number of tokens of the document is 6, over the limit of 5",
        ),
        (
            Limits { depth: 1, ..default },
            "{ books { title } }",
            "the depth of its selections is 2, over the limit of 1",
        ),
        (
            Limits { literal_depth: 1, ..default },
            "{ echo(list: [[1]]) }",
            "the depth of its literals is 2, over the limit of 1",
        ),
        (
            Limits { aliases: 1, ..default },
            "{ a: fails b: fails }",
            "the number of its aliases is 2, over the limit of 1",
        ),
        (
            Limits { directives: 0, ..default },
            "{ fails @skip(if: true) }",
            "the number of its directives is 1, over the limit of 0",
        ),
        (
            Limits { fragments: 0, ..default },
            "{ books { ...f } } fragment f on Book { title }",
            "the number of its fragments is 1, over the limit of 0",
        ),
        (Limits { page_rows: 9, ..default }, "{ books(first: 10) { title } }", "first is 10, over the limit of 9"),
    ] {
        assert_eq!(refused(limits, query).await, ("OVER_LIMIT".to_owned(), expected.to_owned()), "{query}");
    }
    let fragments = (0..80).map(|number| format!(" fragment f{number} on Book {{ ...f{} }}", number + 1));
    let deep = format!("{{ books {{ ...f0 }} }} fragment f80 on Book {{ title }}{}", fragments.collect::<String>());
    let (code, message) = refused(default, &deep).await;
    assert_eq!((code.as_str(), message.as_str()), ("OVER_LIMIT", "Document nesting exceeds the limit of 64 levels."));
}

#[tokio::test]
async fn a_body_that_passes_a_limit_is_told_which() {
    let limits = Limits { body_bytes: 1_000, body_values: 20, ..Limits::default() };
    let workshop = super::workshop::Workshop::open(limits).await;
    let long = json!({ "query": format!("{{ number }} #{}", "x".repeat(1_000)) }).to_string();
    let many = json!({ "query": "{ number }", "variables": { "v": vec![0; 20] } }).to_string();
    for (body, expected) in [
        (long, "The body is over the limit of 1000 bytes."),
        (many, "The body has up to 24 values, over the limit of 20."),
    ] {
        let refused = workshop.server.post_of("", &body).await;
        assert_eq!(
            (refused.status, refused.code().as_str(), refused.message().as_str()),
            (413, "OVER_LIMIT", expected)
        );
    }
}
