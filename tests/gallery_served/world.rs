//! A gallery in memory.

use kvetch::Kvetch;
use pent::{Request, Schema, Scope, Store};
use serde_json::Value;
use tests::gallery::generated::TABLE;

/// A gallery that is empty at first.
#[derive(Debug)]
pub(super) struct Gallery {
    pub(super) kvetch: Kvetch,
    pub(super) schema: Schema,
}

impl Gallery {
    pub(super) async fn open() -> Self {
        let url = "memory:?shards=3".parse().expect("the URL is valid");
        let kvetch = pent::open(&[url], &TABLE).await.expect("a store in memory opens");
        Self { kvetch, schema: Schema::new(&TABLE) }
    }

    pub(super) fn scope(&self) -> Scope {
        Scope::builder(&Store::new(self.kvetch.clone(), &TABLE)).build()
    }

    /// The response to a request.
    pub(super) async fn json(&self, query: &str, variables: Value) -> Value {
        let variables = variables.as_object().cloned().unwrap_or_default();
        let request = Request { query: query.to_owned(), variables, ..Request::default() };
        let response = self.schema.execute(&request, &mut self.scope()).await;
        serde_json::from_slice(&response.body).expect("a response is JSON")
    }

    /// The data of a response that has no errors.
    pub(super) async fn data(&self, query: &str) -> Value {
        let mut response = self.json(query, Value::Null).await;
        assert_eq!(response.get("errors"), None, "{query}: {response:#}");
        response["data"].take()
    }

    /// The message of the one error of a response.
    pub(super) async fn error(&self, query: &str) -> String {
        let response = self.json(query, Value::Null).await;
        response["errors"][0]["message"].as_str().unwrap_or_else(|| panic!("{query}: {response:#}")).to_owned()
    }
}
