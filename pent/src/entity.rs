//! Typed entities: what generated types are made of, usable without GraphQL.

use std::future::Future;
use std::sync::Arc;

use kvetch::{
    Create, Delete, EdgeAfter, EdgeRead, EdgeType, IndexId, IndexRead, Node, NodeId, NodeType, Props, Update, Value,
    ValueRef,
};

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::input::Patch;

/// A type whose values are nodes of one node type.
pub trait Entity: Sized + Send + Sync + 'static {
    /// Its number in the store.
    const NODE_TYPE: NodeType;
    /// Its name in the schema.
    const NAME: &'static str;
    /// The names under which it stores what is never null.
    const REQUIRED: &'static [&'static str];

    /// Reads the typed values of a node of this type.
    ///
    /// # Errors
    /// When a stored value does not fit its type.
    fn from_node(node: Arc<Node>) -> Result<Self>;

    /// The node it was read from.
    fn node(&self) -> &Arc<Node>;

    /// The entity with an id, or `None`.
    ///
    /// # Errors
    /// [`Error::WrongType`] for an id of another type, and as [`Cx::nodes`].
    fn load(cx: &Cx, id: NodeId) -> impl Future<Output = Result<Option<Self>>> + Send {
        async move {
            let mut nodes = cx.nodes(vec![id]).await;
            nodes.pop().expect("one answer per key")?.map(|node| typed(cx, node)).transpose()
        }
    }

    /// The entities with these ids, in the order asked; `None` for those that are absent.
    ///
    /// # Errors
    /// As [`Entity::load`], for any of them.
    fn load_many(cx: &Cx, ids: &[NodeId]) -> impl Future<Output = Result<Vec<Option<Self>>>> + Send {
        let ids = ids.to_vec();
        async move {
            let nodes = cx.nodes(ids).await.into_iter();
            nodes.map(|node| node?.map(|node| typed(cx, node)).transpose()).collect()
        }
    }

    /// A page of all entities of this type, in id order.
    ///
    /// # Errors
    /// As [`Cx::browse`].
    fn browse(cx: &Cx, page: Page) -> impl Future<Output = Result<Listing<Self>>> + Send {
        async move {
            let listing = cx.browse(Self::NODE_TYPE, page.after, page.first).await?;
            let items = listing.nodes.iter().map(|node| Self::from_node(node.clone())).collect::<Result<_>>()?;
            Ok(Listing { items, next: page.followed_by(listing.next_after) })
        }
    }
}

/// Which part of a list to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Page {
    /// At most this many.
    pub first: u32,
    /// Only what follows this entity.
    pub after: Option<NodeId>,
}

/// A page of a list, as long as its `first` or shorter: what no longer belongs to the list is left out, and the page
/// is not filled up. So only `next` says whether it was the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// The items.
    pub items: Vec<T>,
    /// The page that follows; `None` after the last.
    pub next: Option<Page>,
}

impl<T> std::ops::Deref for Listing<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> IntoIterator for Listing<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl Page {
    /// A page of the same length behind an item, if there is one.
    fn followed_by(self, last: Option<NodeId>) -> Option<Self> {
        last.map(|last| Self { after: Some(last), ..self })
    }
}

impl Default for Page {
    /// The first hundred, as in the schema.
    fn default() -> Self {
        Self { first: 100, after: None }
    }
}

/// A type that is stored as one value of a node's body.
pub trait StoredValue: Sized {
    /// The value to store.
    fn to_stored(self) -> Value;

    /// The value stored; `None` is an absent one.
    ///
    /// # Errors
    /// [`Error::Internal`] when another kind of value is stored; [`stored`] says where.
    fn from_stored(stored: Option<ValueRef<'_>>) -> Result<Self>;
}

/// Reads a stored value of a node; used by generated code.
///
/// # Errors
/// [`Error::Unfit`] when it is not of that type, and when the body cannot be read.
pub fn stored<T: StoredValue>(node: &Node, key: &str) -> Result<T> {
    T::from_stored(node.body.get(key)?).map_err(|error| match error {
        Error::Unfit { expected, found, .. } => Error::Unfit { id: node.id, key: key.into(), expected, found },
        other => other,
    })
}

/// The error of a stored value that is not of the expected kind.
pub fn unfit(expected: &str, found: Option<ValueRef<'_>>) -> Error {
    let found = found.map_or("absent".to_owned(), |found| format!("{found:?}"));
    let nowhere = NodeId::from_bytes([0; 16]);
    Error::Unfit { id: nowhere, key: "".into(), expected: expected.into(), found: found.into() }
}

/// Puts one field of an update into what is to be set: nothing when it is kept, null when it is cleared.
pub fn patch<T: StoredValue>(props: &mut Props, key: &str, patch: Patch<T>) {
    match patch {
        Patch::Keep => {}
        Patch::Clear => drop(props.insert(key, Value::Null)),
        Patch::Set(value) => drop(props.insert(key, value.to_stored())),
    }
}

/// The entity with an id that a node is known to store.
///
/// # Errors
/// [`Error::NotFound`] when it is absent, and as [`Entity::load`].
pub async fn load_required<T: Entity>(cx: &Cx, id: NodeId) -> Result<T> {
    T::load(cx, id).await?.ok_or(Error::NotFound { id, expected: T::NAME })
}

/// A page of the entities that store the id of `from`, in the order of the edge.
///
/// # Errors
/// When a shard could not be read.
pub async fn edge_targets<T: Entity>(cx: &Cx, edge: EdgeType, from: NodeId, page: Page) -> Result<Listing<T>> {
    let read = EdgeRead { after: page.after.map(EdgeAfter::Node), ..EdgeRead::new(edge, page.first) };
    let found = cx.edges(read, vec![from]).await.pop().expect("one answer per key")?;
    let nodes = cx.nodes(found.edges.iter().map(|edge| edge.to).collect()).await;
    let holds = |node: &Arc<Node>| cx.kvetch().schema().edge_holds(edge, from, node);
    let last = found.edges.last().filter(|_| found.has_next).map(|edge| edge.to);
    Ok(Listing { items: present(nodes, holds)?, next: page.followed_by(last) })
}

/// How many entries of a unique value are looked at: while a value moves from one entity to another, the entry of
/// the one that had it can stand before that of the one that has it, until what is on its way has arrived.
pub(crate) const UNIQUE_CANDIDATES: u32 = 4;

/// A page of the entities whose indexed value is `value`, in id order.
///
/// # Errors
/// When a shard could not be read.
pub async fn find_all<T: Entity>(cx: &Cx, index: IndexId, value: Value, page: Page) -> Result<Listing<T>> {
    let read = IndexRead { index, first: page.first, after: page.after };
    let found = cx.find(read, vec![value.clone()]).await.pop().expect("one answer per key")?;
    let nodes = cx.nodes(found.ids.clone()).await;
    let items = present(nodes, |node| cx.kvetch().schema().index_holds(index, &value, node))?;
    let last = found.ids.last().filter(|_| found.has_next).copied();
    Ok(Listing { items, next: page.followed_by(last) })
}

/// The entity whose unique value is `value`.
///
/// # Errors
/// When a shard could not be read.
pub async fn find_unique<T: Entity>(cx: &Cx, index: IndexId, value: Value) -> Result<Option<T>> {
    let found = find_all(cx, index, value, Page { first: UNIQUE_CANDIDATES, after: None }).await?;
    Ok(found.into_iter().next())
}

/// Creates an entity.
///
/// # Errors
/// As [`Cx::create`].
pub async fn create<T: Entity>(cx: &Cx, props: Props) -> Result<T> {
    let created = cx.create(Create::new(T::NODE_TYPE, props)).await?;
    T::from_node(Arc::new(created.node))
}

/// Updates the entity with an id; the answer is the entity as it now is.
///
/// # Errors
/// When it would clear what is never null, and as [`Cx::update`].
pub async fn update<T: Entity>(cx: &Cx, id: NodeId, set: Props) -> Result<T> {
    refuse_cleared(T::NAME, T::REQUIRED.iter().copied(), &set)?;
    let updated = cx.update(Update::new(T::NODE_TYPE, id, set)).await?;
    T::from_node(Arc::new(updated.node))
}

/// Deletes the entity with an id; the answer is the entity as it was.
///
/// # Errors
/// As [`Cx::delete`].
pub async fn delete<T: Entity>(cx: &Cx, id: NodeId) -> Result<T> {
    let deleted = cx.delete(Delete::new(T::NODE_TYPE, id)).await?;
    T::from_node(Arc::new(deleted.node))
}

/// Refuses an update that would clear what is never null: nothing could read the entity afterwards.
pub(crate) fn refuse_cleared(
    entity: &'static str,
    required: impl IntoIterator<Item = &'static str>,
    set: &Props,
) -> Result<()> {
    let cleared = required.into_iter().find(|key| matches!(set.get(key), Some(Value::Null)));
    cleared.map_or(Ok(()), |key| Err(Error::user("invalid_argument", format!("{entity}.{key} cannot be null"))))
}

/// Checks the type of a node that was loaded by id.
fn typed<T: Entity>(cx: &Cx, node: Arc<Node>) -> Result<T> {
    if node.node_type == T::NODE_TYPE {
        return T::from_node(node);
    }
    Err(wrong_type(cx, &node, T::NAME))
}

/// The error of a node that is of another type than the one asked for.
pub(crate) fn wrong_type(cx: &Cx, node: &Node, expected: &'static str) -> Error {
    let found = cx.kvetch().schema().node_type(node.node_type);
    let found = found.map_or_else(|_| format!("node of the unknown type {}", node.node_type), |def| def.name.clone());
    Error::WrongType { id: node.id, expected, found: found.into() }
}

/// The entities of a derived list: absent nodes and those that no longer belong there are left out.
fn present<T: Entity>(nodes: Vec<Result<Option<Arc<Node>>>>, holds: impl Fn(&Arc<Node>) -> bool) -> Result<Vec<T>> {
    let nodes = nodes.into_iter().filter_map(Result::transpose);
    nodes.filter(|node| node.as_ref().map_or(true, &holds)).map(|node| T::from_node(node?)).collect()
}

/// The scalars: which kind of value each Rust type is stored as.
macro_rules! scalar {
    ($($type:ty, $name:literal, $kind:ident;)*) => {$(
        impl StoredValue for $type {
            fn to_stored(self) -> Value {
                Value::$kind(self.into())
            }

            fn from_stored(stored: Option<ValueRef<'_>>) -> Result<Self> {
                match stored {
                    Some(ValueRef::$kind(value)) => Self::try_from(value).map_err(|_| unfit($name, stored)),
                    other => Err(unfit($name, other)),
                }
            }
        }
    )*};
}

scalar! {
    bool, "a Boolean", Bool;
    i32, "an Int", Int;
    f64, "a Float", Float;
    String, "a String", Text;
    NodeId, "a UUID", Id;
}

impl<T: StoredValue> StoredValue for Option<T> {
    fn to_stored(self) -> Value {
        self.map_or(Value::Null, T::to_stored)
    }

    fn from_stored(stored: Option<ValueRef<'_>>) -> Result<Self> {
        match stored {
            None | Some(ValueRef::Null) => Ok(None),
            some => T::from_stored(some).map(Some),
        }
    }
}

impl<T: StoredValue> StoredValue for Vec<T> {
    fn to_stored(self) -> Value {
        Value::List(self.into_iter().map(T::to_stored).collect())
    }

    fn from_stored(stored: Option<ValueRef<'_>>) -> Result<Self> {
        match stored {
            Some(ValueRef::List(items)) => items.iter().map(|item| T::from_stored(Some(item?))).collect(),
            other => Err(unfit("a list", other)),
        }
    }
}
