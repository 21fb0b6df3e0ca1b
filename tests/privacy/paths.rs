//! Every way to the list, in Rust and in GraphQL. What a way leads to is text, which has the list's name if the list
//! was seen.

use futures::future::{BoxFuture, FutureExt};
use kvetch::{
    Create, Delete, EdgeAfter, EdgeRead, EdgeType, IndexId, IndexRead, NodeId, NodeType, Order, Props, Update, Upsert,
    Value,
};
use pent::{Cx, Entity, Page, Patch, Result};
use tests::rules::generated::{CreateListData, Item, List, TABLE, UpdateListData};

use super::world::{NAME, SLUG, TOPIC, World, text};

/// A way in Rust.
pub(super) type Way = for<'a> fn(&'a World, &'a Cx) -> BoxFuture<'a, Result<String>>;

const LIST: NodeType = NodeType(3);
const OPEN_USER_LISTS: EdgeType = EdgeType(3);

fn index(name: &str) -> IndexId {
    let index = TABLE.indexes.iter().find(|index| index.name == name);
    IndexId(index.expect("the table has the index").id)
}

/// The names of the lists that were seen.
fn names<'l>(lists: impl IntoIterator<Item = &'l List>) -> String {
    lists.into_iter().map(List::name).collect::<Vec<_>>().join(", ")
}

/// The name, if these ids are of the list.
fn named(world: &World, ids: impl IntoIterator<Item = NodeId>) -> String {
    let found = ids.into_iter().any(|id| id == world.list);
    if found { NAME.to_owned() } else { String::new() }
}

async fn edges(world: &World, cx: &Cx, read: EdgeRead) -> Result<String> {
    let page = cx.edges(read, vec![world.open_user]).await.remove(0)?;
    Ok(named(world, page.edges.iter().map(|edge| edge.to)))
}

fn page() -> Page {
    Page::default()
}

fn create_data(world: &World, name: &str, slug: &str) -> CreateListData {
    let (name, slug) = (name.to_owned(), Some(slug.to_owned()));
    CreateListData { name, slug, topic: None, owner_id: Some(world.owner), guest_id: None }
}

/// The ways in Rust, with what they lead to for the owner, another viewer, and nobody in particular.
pub(super) const WAYS: &[(&str, Way, [&str; 3])] = &[
    (
        "load",
        |world, cx| async { Ok(names(&List::load(cx, world.list).await?)) }.boxed(),
        ["seen", "nothing", "nothing"],
    ),
    (
        "load_many",
        |world, cx| async { Ok(names(List::load_many(cx, &[world.list, world.list]).await?.iter().flatten())) }.boxed(),
        ["seen", "nothing", "nothing"],
    ),
    (
        "load_present",
        |world, cx| async { Ok(names(&List::load_present(cx, &[world.list]).await?)) }.boxed(),
        ["seen", "nothing", "nothing"],
    ),
    (
        "load_all",
        |world, cx| async { Ok(names(&List::load_all(cx, &[world.list]).await?)) }.boxed(),
        ["seen", "not_found", "not_found"],
    ),
    (
        "load as something else",
        |world, cx| async { Ok(format!("{:?}", Item::load(cx, world.list).await?)) }.boxed(),
        ["wrong_type", "nothing", "nothing"],
    ),
    (
        "nodes",
        |world, cx| async { Ok(named(world, cx.nodes(vec![world.list]).await.remove(0)?.map(|node| node.id))) }.boxed(),
        ["seen", "nothing", "nothing"],
    ),
    (
        "nodes from a task",
        |world, cx| {
            let (list, inner) = (world.list, cx.clone());
            let task = cx.spawn(async move { List::load(&inner, list).await });
            async move { Ok(names(&task.await??)) }.boxed()
        },
        ["seen", "nothing", "nothing"],
    ),
    (
        "edge, typed",
        |world, cx| {
            async {
                let lists = pent::edge_targets::<List>(cx, OPEN_USER_LISTS, world.open_user, page()).await?;
                assert!(lists.iter().any(|list| list.name() == "Open"), "the list of nobody's is shown");
                Ok(names(&lists.items))
            }
            .boxed()
        },
        ["seen", "nothing", "nothing"],
    ),
    (
        "edge from a user with rules",
        |world, cx| {
            async {
                let lists = pent::edge_targets::<List>(cx, EdgeType(1), world.owner, page()).await?;
                Ok(names(&lists.items))
            }
            .boxed()
        },
        ["seen", "nothing", "nothing"],
    ),
    (
        "edge, oldest first",
        |world, cx| edges(world, cx, EdgeRead::new(OPEN_USER_LISTS, 10)).boxed(),
        ["seen", "nothing", "nothing"],
    ),
    (
        "edge, newest first",
        |world, cx| {
            let newest = EdgeRead { order: Order::Descending, ..EdgeRead::new(OPEN_USER_LISTS, 10) };
            edges(world, cx, newest).boxed()
        },
        ["seen", "nothing", "nothing"],
    ),
    (
        "single edge",
        |world, cx| edges(world, cx, EdgeRead::new(OPEN_USER_LISTS, 1)).boxed(),
        ["seen", "nothing", "nothing"],
    ),
    (
        "edge, after a cursor",
        |world, cx| {
            async {
                let after = Some(EdgeAfter::Node(world.list));
                let read = EdgeRead { after, ..EdgeRead::new(OPEN_USER_LISTS, 10) };
                cx.edges(read, vec![world.open_user]).await.remove(0)?;
                Ok(NAME.to_owned())
            }
            .boxed()
        },
        ["seen", "cursor_gone", "cursor_gone"],
    ),
    (
        "edge from the list",
        |world, cx| {
            async {
                let page = cx.edges(EdgeRead::new(EdgeType(5), 10), vec![world.list]).await.remove(0)?;
                Ok(if page.edges.is_empty() { String::new() } else { NAME.to_owned() })
            }
            .boxed()
        },
        ["seen", "nothing", "nothing"],
    ),
    (
        "edge from the list that only keepers may follow",
        |world, cx| {
            async {
                let page = cx.edges(EdgeRead::new(EdgeType(6), 10), vec![world.list]).await.remove(0)?;
                Ok(if page.edges.is_empty() { String::new() } else { NAME.to_owned() })
            }
            .boxed()
        },
        // The owner is no keeper, and the keeper may not see the list.
        ["nothing", "nothing", "nothing"],
    ),
    (
        "count of edges to lists",
        |world, cx| {
            async { Ok(format!("{NAME} {}", cx.counts(OPEN_USER_LISTS, vec![world.open_user]).await.remove(0)?)) }
                .boxed()
        },
        ["uncounted", "uncounted", "uncounted"],
    ),
    (
        "count of edges from the list",
        |world, cx| {
            async {
                let count = cx.counts(EdgeType(5), vec![world.list]).await.remove(0)?;
                Ok(if count > 0 { NAME.to_owned() } else { String::new() })
            }
            .boxed()
        },
        ["seen", "nothing", "nothing"],
    ),
    (
        "reference",
        |world, cx| {
            async {
                let item = Item::load(cx, world.item).await?.expect("items are everybody's");
                Ok(names(&item.list(cx).await?))
            }
            .boxed()
        },
        ["seen", "nothing", "nothing"],
    ),
    (
        "required reference",
        |world, cx| async { Ok(names([&pent::load_required::<List>(cx, world.list).await?])) }.boxed(),
        ["seen", "not_found", "not_found"],
    ),
    (
        "unique find",
        |_, cx| async { Ok(names(&List::find_by_slug(cx, SLUG).await?)) }.boxed(),
        ["seen", "nothing", "nothing"],
    ),
    (
        "find",
        |_, cx| async { Ok(names(&List::find_by_topic(cx, TOPIC, page()).await?.items)) }.boxed(),
        ["seen", "nothing", "nothing"],
    ),
    (
        "find, ids",
        |world, cx| {
            async {
                let read = IndexRead::new(index("List.topic"), 10);
                let found = cx.find(read, vec![text("nothing"), text(TOPIC)]).await.remove(1)?;
                Ok(named(world, found.ids.iter().copied()))
            }
            .boxed()
        },
        ["seen", "nothing", "nothing"],
    ),
    (
        "browse",
        |_, cx| async { Ok(names(&List::browse(cx, page()).await?.items)) }.boxed(),
        ["seen", "nothing", "nothing"],
    ),
    (
        "browse, after the list",
        |world, cx| {
            async {
                List::browse(cx, Page { after: Some(world.list.into()), ..page() }).await?;
                Ok(NAME.to_owned())
            }
            .boxed()
        },
        ["seen", "cursor_gone", "cursor_gone"],
    ),
    (
        "find, after the list",
        |world, cx| {
            async {
                List::find_by_topic(cx, TOPIC, Page { after: Some(world.list.into()), ..page() }).await?;
                Ok(NAME.to_owned())
            }
            .boxed()
        },
        ["seen", "cursor_gone", "cursor_gone"],
    ),
    (
        "browse, nodes",
        |world, cx| {
            async { Ok(named(world, cx.browse(LIST, None, 10).await?.nodes.iter().map(|node| node.id))) }.boxed()
        },
        ["seen", "nothing", "nothing"],
    ),
    (
        "create what is the owner's",
        |world, cx| async { Ok(names([&List::create(cx, create_data(world, NAME, "new")).await?])) }.boxed(),
        ["seen", "unseen", "forbidden"],
    ),
    (
        "create with the value of the list",
        |world, cx| async { Ok(names([&List::create(cx, create_data(world, NAME, SLUG)).await?])) }.boxed(),
        // That a unique value is taken cannot be kept from who may create.
        ["duplicate", "duplicate", "forbidden"],
    ),
    (
        "create many",
        |world, cx| {
            async {
                let data = ["one", "two"].map(|slug| create_data(world, NAME, slug).into_props());
                let created =
                    pent::create_many::<List>(cx, data.into()).await.into_iter().collect::<Result<Vec<_>>>()?;
                Ok(names(&created))
            }
            .boxed()
        },
        ["seen", "unseen", "forbidden"],
    ),
    (
        "update",
        |world, cx| {
            async {
                let data = UpdateListData { name: Patch::Set(format!("{NAME}!")), ..UpdateListData::default() };
                Ok(names([&List::update(cx, world.list, data).await?]))
            }
            .boxed()
        },
        ["seen", "not_found", "not_found"],
    ),
    (
        "update at another version",
        |world, cx| {
            async {
                let set = Props::from([("name", "New")]);
                let update = Update { expected_version: Some(7), ..Update::new(LIST, world.list, set) };
                Ok(format!("{:?}", cx.update(update).await?))
            }
            .boxed()
        },
        ["conflict", "not_found", "not_found"],
    ),
    (
        "update as something else",
        |world, cx| {
            async {
                let update = Update::new(NodeType(5), world.list, Props::from([("text", "New")]));
                Ok(format!("{:?}", cx.update(update).await?))
            }
            .boxed()
        },
        ["wrong_type", "not_found", "not_found"],
    ),
    (
        "give away",
        |world, cx| {
            async {
                let data = UpdateListData { owner_id: Patch::Set(world.other), ..UpdateListData::default() };
                Ok(names([&List::update(cx, world.list, data).await?]))
            }
            .boxed()
        },
        // It is somebody else's from then on.
        ["unseen", "not_found", "not_found"],
    ),
    (
        "upsert",
        |world, cx| async { Ok(names([&List::upsert_by_slug(cx, create_data(world, NAME, SLUG)).await?])) }.boxed(),
        ["seen", "duplicate", "forbidden"],
    ),
    (
        "upsert of a new value",
        |world, cx| {
            async {
                let props = create_data(world, NAME, "new").into_props();
                Ok(format!("{:?}", cx.upsert(Upsert::new(LIST, index("List.slug"), props)).await?.node.body))
            }
            .boxed()
        },
        ["seen", "unseen", "forbidden"],
    ),
    (
        "delete",
        |world, cx| async { Ok(names([&List::delete(cx, world.list).await?])) }.boxed(),
        ["seen", "not_found", "not_found"],
    ),
    (
        "delete as something else",
        |world, cx| async { Ok(format!("{:?}", cx.delete(Delete::new(NodeType(5), world.list)).await?)) }.boxed(),
        ["wrong_type", "not_found", "not_found"],
    ),
    (
        "create near the list",
        |world, cx| {
            async {
                let props = Props::from([("text", Value::Text(NAME.to_owned()))]);
                let create = Create { near: Some(world.list), ..Create::new(NodeType(5), props) };
                Ok(format!("{:?}", cx.create(create).await?.node.body))
            }
            .boxed()
        },
        // An id says where it lies, whether or not something is there.
        ["seen", "seen", "seen"],
    ),
];

/// The ways in GraphQL.
pub(super) const QUERIES: &[(&str, &str, [&str; 3])] = &[
    ("root field", "query($list: UUID!) { list(id: $list) { name } }", ["seen", "nothing", "nothing"]),
    (
        "root field of another type",
        "query($list: UUID!) { item(id: $list) { text } }",
        ["WRONG_TYPE", "nothing", "nothing"],
    ),
    ("browse", "{ lists { name } }", ["seen", "nothing", "nothing"]),
    ("unique find", "{ listBySlug(slug: \"groceries\") { name } }", ["seen", "nothing", "nothing"]),
    ("find", "{ listsByTopic(topic: \"food\") { name } }", ["seen", "nothing", "nothing"]),
    (
        "nested list",
        "query($openUser: UUID!) { openUser(id: $openUser) { lists { name } } }",
        ["seen", "nothing", "nothing"],
    ),
    (
        "nested list after the list",
        "query($openUser: UUID!, $list: UUID!) { openUser(id: $openUser) { lists(after: $list) { name } } }",
        ["nothing", "CURSOR_GONE", "CURSOR_GONE"],
    ),
    (
        "browse after the list",
        "query($list: UUID!) { lists(after: $list) { id } }",
        ["nothing", "CURSOR_GONE", "CURSOR_GONE"],
    ),
    (
        "find after the list",
        "query($list: UUID!) { listsByTopic(topic: \"food\", after: $list) { id } }",
        ["nothing", "CURSOR_GONE", "CURSOR_GONE"],
    ),
    (
        "nested list of a user with rules",
        "query($owner: UUID!) { user(id: $owner) { lists { name } } }",
        ["seen", "nothing", "nothing"],
    ),
    ("nullable reference", "query($item: UUID!) { item(id: $item) { list { name } } }", ["seen", "nothing", "nothing"]),
    (
        "what is below the list",
        "query($list: UUID!) { list(id: $list) { items { list { name } } } }",
        ["seen", "nothing", "nothing"],
    ),
    (
        "an edge that only keepers may follow",
        "query($list: UUID!) { list(id: $list) { secrets { keptIn { name } } } }",
        ["nothing", "nothing", "nothing"],
    ),
    ("custom field", "query($list: UUID!) { list(id: $list) { label } }", ["seen", "nothing", "nothing"]),
    (
        "custom field in a list",
        "query($openUser: UUID!) { openUser(id: $openUser) { lists { label } } }",
        ["seen", "nothing", "nothing"],
    ),
    ("custom root field", "query($list: UUID!) { leaked(id: $list) { name } }", ["seen", "nothing", "nothing"]),
    (
        "custom root field over a source",
        "query($list: UUID!) { leakedBySource(id: $list) { name } again: leakedBySource(id: $list) { name } }",
        ["seen", "nothing", "nothing"],
    ),
    (
        "custom list",
        "query($list: UUID!) { leakedMany(ids: [$list, $list]) { name label items { text } } }",
        ["seen", "nothing", "nothing"],
    ),
    (
        "custom plain object",
        "query($list: UUID!) { leakedPair(id: $list) { left { name } right { name } number } }",
        ["seen", "nothing", "nothing"],
    ),
    (
        "payload of a create",
        "mutation($owner: UUID!) { createList(data: {name: \"Groceries\", ownerId: $owner}) { list { name } } }",
        ["seen", "nothing", "FORBIDDEN"],
    ),
    (
        "payload of an update",
        "mutation($list: UUID!) { updateList(id: $list, data: {slug: \"new\"}) { list { name } } }",
        ["seen", "NOT_FOUND", "NOT_FOUND"],
    ),
    (
        "update as something else",
        "mutation($list: UUID!) { updateItem(id: $list, data: {text: \"new\"}) { item { text } } }",
        ["WRONG_TYPE", "NOT_FOUND", "NOT_FOUND"],
    ),
    (
        "payload of a delete",
        "mutation($list: UUID!) { deleteList(id: $list) { deletedId } }",
        ["nothing", "NOT_FOUND", "NOT_FOUND"],
    ),
    (
        "what follows a write",
        "mutation($item: UUID!) { updateItem(id: $item, data: {text: \"new\"}) { item { list { name } } } }",
        ["seen", "nothing", "nothing"],
    ),
];
