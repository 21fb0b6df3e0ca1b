//! A store with somebody's list in it, and scopes for who asks.

use kvetch::{Create, Kvetch, NodeId, NodeType, Options, Props, Value};
use pent::{Request, Result, Schema, Scope, ScopeBuilder, Store};
use serde_json::json;
use tests::rules::custom::{Journal, Viewer};
use tests::rules::generated::TABLE;

/// The name of the list that is not everybody's: who reads it anywhere has seen the list.
pub(super) const NAME: &str = "Groceries";
/// Its unique value.
pub(super) const SLUG: &str = "groceries";
/// Its indexed value.
pub(super) const TOPIC: &str = "food";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Owner,
    Other,
    Anonymous,
}

pub(super) const EVERYBODY: [Who; 3] = [Who::Owner, Who::Other, Who::Anonymous];

/// One user's list, with an item and a secret, also reachable from an open user; and a list of nobody's.
pub(super) struct World {
    pub(super) kvetch: Kvetch,
    pub(super) store: Store,
    pub(super) schema: Schema,
    pub(super) journal: Journal,
    pub(super) owner: NodeId,
    pub(super) other: NodeId,
    pub(super) open_user: NodeId,
    pub(super) list: NodeId,
    pub(super) item: NodeId,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(super) async fn with(options: Options) -> Self {
        let url = "memory:?shards=3".parse().expect("the URL is valid");
        let kvetch = pent::open_with(&[url], &TABLE, options).await.expect("a store in memory opens");
        let owner = add(&kvetch, 1, [("name", text("Ada")), ("blocked", Value::Bool(false))]).await;
        let other = add(&kvetch, 1, [("name", text("Grace")), ("blocked", Value::Bool(false))]).await;
        let open_user = add(&kvetch, 2, [("name", text("Hedy"))]).await;
        let named = [("name", text(NAME)), ("slug", text(SLUG)), ("topic", text(TOPIC))];
        let ends = [("ownerId", Value::Id(owner)), ("guestId", Value::Id(open_user))];
        let list = add(&kvetch, 3, named.into_iter().chain(ends)).await;
        let open = [("name", text("Open")), ("topic", text(TOPIC)), ("guestId", Value::Id(open_user))];
        add(&kvetch, 3, open).await;
        let item = add(&kvetch, 5, [("text", text("Milk")), ("listId", Value::Id(list))]).await;
        add(&kvetch, 5, [("text", text("Chocolate")), ("keptInId", Value::Id(list))]).await;
        let (store, schema) = (Store::new(kvetch.clone(), &TABLE), Schema::new(&TABLE));
        Self { kvetch, store, schema, journal: Journal::default(), owner, other, open_user, list, item }
    }

    pub(super) fn viewer(&self, who: Who) -> Option<Viewer> {
        match who {
            Who::Owner => Some(Viewer { user: self.owner, is_keeper: false }),
            Who::Other => Some(Viewer { user: self.other, is_keeper: true }),
            Who::Anonymous => None,
        }
    }

    pub(super) fn builder(&self, who: Who) -> ScopeBuilder {
        let scope = Scope::builder(&self.store).state(self.journal.clone());
        match self.viewer(who) {
            Some(viewer) => scope.viewer(viewer),
            None => scope,
        }
    }

    pub(super) fn scope(&self, who: Who) -> Scope {
        self.builder(who).build()
    }

    /// Runs a request; the response as text.
    pub(super) async fn ask(&self, scope: &mut Scope, query: &str) -> String {
        let request = Request { query: query.to_owned(), variables: self.variables(), ..Request::default() };
        let body = self.schema.execute(&request, scope).await.body;
        String::from_utf8(body).expect("JSON is UTF-8")
    }

    /// The same with what has been read by it.
    pub(super) async fn data(&self, scope: &mut Scope, query: &str) -> serde_json::Value {
        let body = self.ask(scope, query).await;
        let mut response: serde_json::Value = serde_json::from_str(&body).expect("a response is JSON");
        assert_eq!(response.get("errors"), None, "{query}: {response:#}");
        response["data"].take()
    }

    /// What there is to ask for, by name.
    fn variables(&self) -> serde_json::Map<String, serde_json::Value> {
        let all = json!({
            "owner": self.owner.to_string(),
            "openUser": self.open_user.to_string(),
            "list": self.list.to_string(),
            "item": self.item.to_string(),
        });
        all.as_object().expect("an object was written").clone()
    }
}

/// Adds a node; its id.
pub(super) async fn add(
    kvetch: &Kvetch,
    node_type: u32,
    props: impl IntoIterator<Item = (&'static str, Value)>,
) -> NodeId {
    let props = props.into_iter().collect::<Props>();
    kvetch.create(Create::new(NodeType(node_type), props)).await.expect("a node is created").node.id
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// What an outcome comes to: whether the list was seen, or the code of an error.
pub(super) fn came_to(outcome: &Result<String>) -> String {
    match outcome {
        Ok(text) if text.contains(NAME) => "seen".to_owned(),
        Ok(_) => "nothing".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}
