//! The types of the todo example in juniper, served by juniper_axum, with loaders of the crate `dataloader` that are
//! made anew for each request: as the documentation of each has it.

use std::collections::HashMap;
use std::sync::Arc;

use ::dataloader::BatchFn;
use ::dataloader::cached::Loader;
use axum::extract::State;
use axum::routing::post;
use axum::{Extension, Router};
use futures::future::join_all;
use juniper::{EmptyMutation, EmptySubscription, GraphQLEnum, RootNode, graphql_object};
use juniper_axum::extract::JuniperRequest;
use juniper_axum::response::JuniperResponse;
use kvetch::{EdgeType, Kvetch, Node, NodeId};
use uuid::Uuid;

use super::loads::{ITEMS, LISTS, PageOf, id, nodes, pages, text};

struct Nodes(Kvetch);
struct Pages(Kvetch);

impl BatchFn<NodeId, Option<Arc<Node>>> for Nodes {
    async fn load(&mut self, keys: &[NodeId]) -> HashMap<NodeId, Option<Arc<Node>>> {
        nodes(&self.0, keys).await
    }
}

impl BatchFn<PageOf, Arc<[NodeId]>> for Pages {
    async fn load(&mut self, keys: &[PageOf]) -> HashMap<PageOf, Arc<[NodeId]>> {
        pages(&self.0, keys).await
    }
}

/// What a request has.
struct Context {
    nodes: Loader<NodeId, Option<Arc<Node>>, Nodes>,
    pages: Loader<PageOf, Arc<[NodeId]>, Pages>,
}

impl juniper::Context for Context {}

impl Context {
    fn over(kvetch: &Kvetch) -> Self {
        Self { nodes: Loader::new(Nodes(kvetch.clone())), pages: Loader::new(Pages(kvetch.clone())) }
    }

    async fn node(&self, id: NodeId) -> Option<Arc<Node>> {
        self.nodes.load(id).await
    }

    async fn listed(&self, edge: EdgeType, from: NodeId, first: Option<i32>, after: Option<Uuid>) -> Vec<Arc<Node>> {
        let first = u32::try_from(first.unwrap_or(100)).unwrap_or(0);
        let page = self.pages.load(PageOf { edge, from, first, after: after.map(of_uuid) }).await;
        let nodes = join_all(page.iter().map(|id| self.node(*id))).await;
        nodes.into_iter().flatten().collect()
    }
}

fn of_uuid(id: Uuid) -> NodeId {
    NodeId::from_bytes(id.into_bytes())
}

fn uuid_of(node: &Node) -> Uuid {
    Uuid::from_bytes(*node.id.as_bytes())
}

struct TodoUser(Arc<Node>);
struct TodoList(Arc<Node>);
struct TodoItem(Arc<Node>);

#[derive(GraphQLEnum)]
enum TodoItemStatus {
    Open,
    Completed,
}

#[graphql_object(context = Context)]
impl TodoUser {
    fn id(&self) -> Uuid {
        uuid_of(&self.0)
    }

    fn name(&self) -> &str {
        text(&self.0, "name")
    }

    fn username(&self) -> &str {
        text(&self.0, "username")
    }

    async fn todo_lists(&self, context: &Context, first: Option<i32>, after: Option<Uuid>) -> Vec<TodoList> {
        context.listed(LISTS, self.0.id, first, after).await.into_iter().map(TodoList).collect()
    }
}

#[graphql_object(context = Context)]
impl TodoList {
    fn id(&self) -> Uuid {
        uuid_of(&self.0)
    }

    fn name(&self) -> &str {
        text(&self.0, "name")
    }

    async fn owner(&self, context: &Context) -> Option<TodoUser> {
        context.node(id(&self.0, "ownerId")?).await.map(TodoUser)
    }

    async fn todo_items(&self, context: &Context, first: Option<i32>, after: Option<Uuid>) -> Vec<TodoItem> {
        context.listed(ITEMS, self.0.id, first, after).await.into_iter().map(TodoItem).collect()
    }
}

#[graphql_object(context = Context)]
impl TodoItem {
    fn id(&self) -> Uuid {
        uuid_of(&self.0)
    }

    fn text(&self) -> &str {
        text(&self.0, "text")
    }

    async fn todo_list(&self, context: &Context) -> Option<TodoList> {
        context.node(id(&self.0, "todoListId")?).await.map(TodoList)
    }

    fn status(&self) -> TodoItemStatus {
        match text(&self.0, "status") {
            "OPEN" => TodoItemStatus::Open,
            _ => TodoItemStatus::Completed,
        }
    }
}

struct Query;

#[graphql_object(context = Context)]
impl Query {
    async fn todo_user(context: &Context, id: Uuid) -> Option<TodoUser> {
        context.node(of_uuid(id)).await.map(TodoUser)
    }

    async fn todo_list(context: &Context, id: Uuid) -> Option<TodoList> {
        context.node(of_uuid(id)).await.map(TodoList)
    }

    async fn todo_item(context: &Context, id: Uuid) -> Option<TodoItem> {
        context.node(of_uuid(id)).await.map(TodoItem)
    }
}

type Schema = RootNode<Query, EmptyMutation<Context>, EmptySubscription<Context>>;

pub(super) fn router(kvetch: Kvetch) -> Router {
    let schema = Arc::new(Schema::new(Query, EmptyMutation::new(), EmptySubscription::new()));
    Router::new().route("/graphql", post(graphql)).layer(Extension(schema)).with_state(kvetch)
}

async fn graphql(
    State(kvetch): State<Kvetch>,
    Extension(schema): Extension<Arc<Schema>>,
    JuniperRequest(request): JuniperRequest,
) -> JuniperResponse {
    JuniperResponse(request.execute(&*schema, &Context::over(&kvetch)).await)
}
