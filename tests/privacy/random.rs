//! Random stores, asked by everybody: what a viewer gets is what the system gets, without what is hidden.

use kvetch::{Create, NodeId, NodeType, Props, Value, VirtualShard};
use pent::{Request, Schema, Scope, Store};
use serde_json::{Value as Json, json};
use tests::rules::custom::{Journal, Viewer};
use tests::rules::generated::TABLE;

/// How many stores; many more with GRAPHSCALE_LONG=1.
fn stores() -> u64 {
    if std::env::var_os("GRAPHSCALE_LONG").is_some() { 1_000 } else { 10 }
}

/// Everything that can be reached, with ids, and with a kind beside each.
const QUERIES: [&str; 5] = [
    "{ lists { kind: __typename id owner { kind: __typename id name } guest { id lists { kind: __typename id } }
       items { id list { kind: __typename id } } secrets { id } label } }",
    "query($user: UUID!) { user(id: $user) { kind: __typename id lists { kind: __typename id items { id text } }
       openLists { id owner { kind: __typename id } items { id openList { id owner { kind: __typename id } } } } } }",
    "query($openUser: UUID!) { openUser(id: $openUser) { id lists(first: 3) { kind: __typename id name }
       all: lists { kind: __typename id owner { kind: __typename id lists { kind: __typename id } } } } }",
    "{ listsByTopic(topic: \"even\", first: 4) { kind: __typename id topic }
       listBySlug(slug: \"slug 3\") { kind: __typename id slug } }",
    "query($ids: [UUID!]!) { leakedMany(ids: $ids) { kind: __typename id label
       items { list { kind: __typename id } } } }",
];

/// A random store, with what its rules are to come to.
struct Random {
    store: Store,
    users: Vec<(NodeId, bool)>,
    open_users: Vec<NodeId>,
    /// With their owners.
    lists: Vec<(NodeId, Option<NodeId>)>,
}

impl Random {
    async fn make(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let url = format!("memory:?shards={}", random.usize(1..5)).parse().expect("the URL is valid");
        let kvetch = pent::open(&[url], &TABLE).await.expect("a store in memory opens");
        let mut made = Vec::new();
        let mut add = |random: &mut fastrand::Rng, node_type: u32, props: Vec<(&str, Value)>| {
            let shard = VirtualShard::new(random.u16(..VirtualShard::COUNT)).expect("it is below their number");
            let id = NodeId::from_parts(1_767_225_600_000 + made.len() as u64, shard, random.u64(..));
            made.push(Create {
                id: Some(id),
                ..Create::new(NodeType(node_type), props.into_iter().collect::<Props>())
            });
            id
        };
        let text = |text: String| Value::Text(text);
        let users = (0..4).map(|number| {
            let blocked = random.u8(..4) == 0;
            (
                add(&mut random, 1, vec![("name", text(format!("user {number}"))), ("blocked", Value::Bool(blocked))]),
                blocked,
            )
        });
        let users = users.collect::<Vec<_>>();
        let open_users = (0..3).map(|number| add(&mut random, 2, vec![("name", text(format!("open {number}")))]));
        let open_users = open_users.collect::<Vec<_>>();
        let mut lists = Vec::new();
        for number in 0..20 {
            let owner = random.choice(&users).map(|(id, _)| *id).filter(|_| random.u8(..4) > 0);
            let topic = if number % 2 == 0 { "even" } else { "odd" };
            let mut props = vec![("name", text(format!("list {number}"))), ("topic", text(topic.to_owned()))];
            props.push(("slug", text(format!("slug {number}"))));
            props.extend(owner.map(|owner| ("ownerId", Value::Id(owner))));
            props.extend(random.choice(&open_users).map(|guest| ("guestId", Value::Id(*guest))));
            let list = add(&mut random, 3, props);
            lists.push((list, owner));
            let owner = random.choice(&users).expect("there are some").0;
            let name = text(format!("open list {number}"));
            let open_list = add(&mut random, 4, vec![("name", name), ("ownerId", Value::Id(owner))]);
            for item in 0..random.usize(..4) {
                let place = *random.choice(["listId", "keptInId", "openListId"].as_slice()).expect("there are three");
                let end = if place == "openListId" { open_list } else { list };
                add(&mut random, 5, vec![("text", text(format!("item {item}"))), (place, Value::Id(end))]);
            }
        }
        for written in kvetch.create_many(made).await {
            written.expect("a node is created");
        }
        Self { store: Store::new(kvetch, &TABLE), users, open_users, lists }
    }

    /// Whether the rules let a viewer see an entity of this kind, said without asking them.
    fn is_shown(&self, kind: &str, id: &str, viewer: Option<Viewer>) -> bool {
        if kind == "User" {
            return viewer.is_some_and(|viewer| viewer.user.to_string() == id);
        }
        let (_, owner) = self.lists.iter().find(|(list, _)| list.to_string() == id).expect("it was made here");
        let Some(owner) = owner else { return true };
        let is_blocked = self.users.iter().any(|(user, blocked)| user == owner && *blocked);
        !is_blocked && viewer.is_some_and(|viewer| viewer.user == *owner)
    }

    /// What is left of a response.
    fn without_hidden(&self, value: &Json, viewer: Option<Viewer>) -> Json {
        match value {
            Json::Array(items) => {
                let shown = items.iter().filter(|item| !self.hides(item, viewer));
                shown.map(|item| self.without_hidden(item, viewer)).collect()
            }
            Json::Object(fields) => fields
                .iter()
                .map(|(name, field)| {
                    let kept = if name == "secrets" && !viewer.is_some_and(|viewer| viewer.is_keeper) {
                        json!([])
                    } else if self.hides(field, viewer) {
                        Json::Null
                    } else {
                        self.without_hidden(field, viewer)
                    };
                    (name.clone(), kept)
                })
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }

    fn hides(&self, value: &Json, viewer: Option<Viewer>) -> bool {
        let (kind, id) = (value.get("kind").and_then(Json::as_str), value.get("id").and_then(Json::as_str));
        kind.zip(id).is_some_and(|(kind, id)| !self.is_shown(kind, id, viewer))
    }
}

#[tokio::test]
async fn what_a_viewer_gets_is_what_there_is_without_what_is_hidden() {
    let schema = Schema::new(&TABLE);
    let mut requests = 0;
    for seed in 0..stores() {
        let random = Random::make(seed).await;
        let mut viewers = vec![None];
        viewers.extend(random.users.iter().map(|(user, _)| Some(Viewer { user: *user, is_keeper: seed % 2 == 0 })));
        for query in QUERIES {
            for viewer in &viewers {
                // A user who asks asks for themselves, and nobody for anybody.
                let user = viewer.map_or(random.users[0].0, |viewer| viewer.user);
                let all = json!({
                    "user": user.to_string(),
                    "openUser": random.open_users[0].to_string(),
                    "ids": random.lists.iter().map(|(list, _)| list.to_string()).collect::<Vec<_>>(),
                });
                let variables = all.as_object().expect("an object was written").clone();
                let request = Request { query: query.to_owned(), variables, ..Request::default() };
                let scope = Scope::builder(&random.store).state(Journal::default());
                let mut of_system = scope.clone().system().build();
                let mut of_viewer = match viewer {
                    Some(viewer) => scope.viewer(*viewer).build(),
                    None => scope.build(),
                };
                let system = json_of(&schema, &request, &mut of_system).await;
                let found = json_of(&schema, &request, &mut of_viewer).await;
                assert_eq!(system.get("errors"), None, "{system:#}");
                assert_eq!(found, random.without_hidden(&system, *viewer), "seed {seed}, {viewer:?}, {query}");
                let predicted = schema.explain(&request).expect("it has a plan").rounds.len() as u64;
                // The owners of lists, which a rule loads, come on top: at most once for each selection of entities
                // with rules.
                let levels = query.matches("__typename").count() as u64;
                let rounds = of_viewer.stats().rounds.len() as u64;
                assert!(rounds <= predicted + levels, "{rounds} rounds, predicted {predicted}: {query}");
                requests += 1;
            }
        }
    }
    eprintln!("{requests} requests of viewers over {} random stores, compared with what they may see", stores());
}

async fn json_of(schema: &Schema, request: &Request, scope: &mut Scope) -> Json {
    serde_json::from_slice(&schema.execute(request, scope).await.body).expect("a response is JSON")
}
