//! The types of the todo example in async-graphql, served by async-graphql-axum, with its `DataLoader`, made anew for
//! each request: as its documentation has it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use async_graphql::{Context, EmptyMutation, EmptySubscription, Enum, Object, Schema};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::extract::State;
use axum::routing::post;
use axum::{Extension, Router};
use kvetch::{EdgeType, Kvetch, Node, NodeId};
use uuid::Uuid;

use super::loads::{ITEMS, LISTS, PageOf, id, nodes, pages, text};

struct Reads(Kvetch);

impl Loader<NodeId> for Reads {
    type Value = Arc<Node>;
    type Error = Infallible;

    async fn load(&self, keys: &[NodeId]) -> Result<HashMap<NodeId, Arc<Node>>, Infallible> {
        let found = nodes(&self.0, keys).await.into_iter();
        Ok(found.filter_map(|(id, node)| Some((id, node?))).collect())
    }
}

impl Loader<PageOf> for Reads {
    type Value = Arc<[NodeId]>;
    type Error = Infallible;

    async fn load(&self, keys: &[PageOf]) -> Result<HashMap<PageOf, Arc<[NodeId]>>, Infallible> {
        Ok(pages(&self.0, keys).await)
    }
}

type Loads = DataLoader<Reads, HashMapCache>;

async fn node(context: &Context<'_>, id: NodeId) -> Option<Arc<Node>> {
    let Ok(found) = context.data_unchecked::<Loads>().load_one(id).await;
    found
}

async fn listed(
    context: &Context<'_>,
    edge: EdgeType,
    from: NodeId,
    first: Option<i32>,
    after: Option<Uuid>,
) -> Vec<Arc<Node>> {
    let loads = context.data_unchecked::<Loads>();
    let first = u32::try_from(first.unwrap_or(100)).unwrap_or(0);
    let Ok(page) = loads.load_one(PageOf { edge, from, first, after: after.map(of_uuid) }).await;
    let page = page.unwrap_or_default();
    let Ok(mut nodes) = loads.load_many(page.iter().copied()).await;
    page.iter().filter_map(|id| nodes.remove(id)).collect()
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

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum TodoItemStatus {
    Open,
    Completed,
}

#[Object]
impl TodoUser {
    async fn id(&self) -> Uuid {
        uuid_of(&self.0)
    }

    async fn name(&self) -> &str {
        text(&self.0, "name")
    }

    async fn username(&self) -> &str {
        text(&self.0, "username")
    }

    async fn todo_lists(&self, context: &Context<'_>, first: Option<i32>, after: Option<Uuid>) -> Vec<TodoList> {
        listed(context, LISTS, self.0.id, first, after).await.into_iter().map(TodoList).collect()
    }
}

#[Object]
impl TodoList {
    async fn id(&self) -> Uuid {
        uuid_of(&self.0)
    }

    async fn name(&self) -> &str {
        text(&self.0, "name")
    }

    async fn owner(&self, context: &Context<'_>) -> Option<TodoUser> {
        node(context, id(&self.0, "ownerId")?).await.map(TodoUser)
    }

    async fn todo_items(&self, context: &Context<'_>, first: Option<i32>, after: Option<Uuid>) -> Vec<TodoItem> {
        listed(context, ITEMS, self.0.id, first, after).await.into_iter().map(TodoItem).collect()
    }
}

#[Object]
impl TodoItem {
    async fn id(&self) -> Uuid {
        uuid_of(&self.0)
    }

    async fn text(&self) -> &str {
        text(&self.0, "text")
    }

    async fn todo_list(&self, context: &Context<'_>) -> Option<TodoList> {
        node(context, id(&self.0, "todoListId")?).await.map(TodoList)
    }

    async fn status(&self) -> TodoItemStatus {
        match text(&self.0, "status") {
            "OPEN" => TodoItemStatus::Open,
            _ => TodoItemStatus::Completed,
        }
    }
}

struct Query;

#[Object]
impl Query {
    async fn todo_user(&self, context: &Context<'_>, id: Uuid) -> Option<TodoUser> {
        node(context, of_uuid(id)).await.map(TodoUser)
    }

    async fn todo_list(&self, context: &Context<'_>, id: Uuid) -> Option<TodoList> {
        node(context, of_uuid(id)).await.map(TodoList)
    }

    async fn todo_item(&self, context: &Context<'_>, id: Uuid) -> Option<TodoItem> {
        node(context, of_uuid(id)).await.map(TodoItem)
    }
}

type Root = Schema<Query, EmptyMutation, EmptySubscription>;

pub(super) fn router(kvetch: Kvetch) -> Router {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    Router::new().route("/graphql", post(graphql)).layer(Extension(schema)).with_state(kvetch)
}

async fn graphql(
    State(kvetch): State<Kvetch>,
    Extension(schema): Extension<Root>,
    request: GraphQLRequest,
) -> GraphQLResponse {
    let loads = DataLoader::with_cache(Reads(kvetch), tokio::spawn, HashMapCache::default());
    schema.execute(request.into_inner().data(loads)).await.into()
}
