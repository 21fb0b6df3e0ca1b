//! The same queries through juniper and async-graphql, each as its documentation has it.

use std::sync::LazyLock;

use juniper::{EmptyMutation, EmptySubscription, RootNode, ValidatedOperation, Variables, graphql_object};
use tokio::runtime::Runtime;

use super::data::{DATA, Group, Item, User};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().expect("a runtime on the current thread"));

/// juniper's root.
pub(crate) struct JuniperQuery;

#[graphql_object]
impl JuniperQuery {
    async fn items() -> &'static [Item] {
        &DATA.items
    }

    async fn groups() -> &'static [Group] {
        &DATA.groups
    }

    async fn user() -> &'static User {
        &DATA.user
    }
}

type JuniperRoot = RootNode<JuniperQuery, EmptyMutation, EmptySubscription>;

pub(crate) struct Juniper {
    root: JuniperRoot,
}

pub(crate) struct JuniperOperation<'a> {
    operation: ValidatedOperation<'a, JuniperQuery, EmptyMutation, EmptySubscription>,
}

impl Juniper {
    pub(crate) fn new() -> Self {
        Self { root: RootNode::new(JuniperQuery, EmptyMutation::new(), EmptySubscription::new()) }
    }

    pub(crate) fn prepare<'a>(&'a self, query: &'a str) -> JuniperOperation<'a> {
        JuniperOperation { operation: ValidatedOperation::new(query, None, &self.root).expect("the query is valid") }
    }
}

impl JuniperOperation<'_> {
    pub(crate) fn answer(&self) -> Vec<u8> {
        let result = RUNTIME.block_on(self.operation.execute(&Variables::new(), &()));
        serde_json::to_vec(&juniper::http::GraphQLResponse::from_result(result)).expect("a response is JSON")
    }
}

/// async-graphql's root.
pub(crate) struct AsyncGraphqlQuery;

#[async_graphql::Object]
impl AsyncGraphqlQuery {
    async fn items(&self) -> &[Item] {
        &DATA.items
    }

    async fn groups(&self) -> &[Group] {
        &DATA.groups
    }

    async fn user(&self) -> &User {
        &DATA.user
    }
}

pub(crate) struct AsyncGraphql {
    schema: async_graphql::Schema<AsyncGraphqlQuery, async_graphql::EmptyMutation, async_graphql::EmptySubscription>,
    query: String,
    document: async_graphql::parser::types::ExecutableDocument,
}

impl AsyncGraphql {
    pub(crate) fn new(query: &str) -> Self {
        let document = async_graphql::parser::parse_query(query).expect("the query is valid");
        let empty = (async_graphql::EmptyMutation, async_graphql::EmptySubscription);
        let schema = async_graphql::Schema::new(AsyncGraphqlQuery, empty.0, empty.1);
        Self { schema, query: query.to_owned(), document }
    }

    pub(crate) fn answer(&self) -> Vec<u8> {
        let mut request = async_graphql::Request::new(self.query.as_str());
        request.set_parsed_query(self.document.clone());
        let response = RUNTIME.block_on(self.schema.execute(request));
        serde_json::to_vec(&response).expect("a response is JSON")
    }
}
