//! The schema from end to end, over a store in memory.

use CRATE::graph::generated::TABLE;
use pent::{Request, Schema, Scope};

#[tokio::test]
async fn a_note_is_created_and_read() {
    let url = "memory:?shards=2".parse().expect("the URL is valid");
    let kvetch = pent::open(&[url], &TABLE).await.expect("a store in memory opens");
    let query = "mutation {
        createNote(data: {title: \"first\", text: \"three small words\"}) { note { title wordCount } }
    }";
    let request = Request { query: query.to_owned(), ..Request::default() };
    let response = Schema::new(&TABLE).execute(&request, &mut Scope::new(kvetch)).await;
    assert_eq!(
        String::from_utf8_lossy(&response.body),
        r#"{"data":{"createNote":{"note":{"title":"first","wordCount":3}}}}"#
    );
}
