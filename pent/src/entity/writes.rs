//! Writing entities. All of it passes the privacy rules and hooks of their types.

use std::sync::Arc;

use kvetch::{Create, Delete, IndexId, NodeId, Props, Update, Upsert, Value, Written};

use super::{Entity, check_guarded};
use crate::cx::Cx;
use crate::error::{Error, Result};

/// Creates an entity.
///
/// # Errors
/// As [`Cx::create`].
pub async fn create<T: Entity>(cx: &Cx, props: Props) -> Result<T> {
    check_guarded::<T>(cx)?;
    entity(cx.create(creation::<T>(props)).await?)
}

/// Creates many entities at once: one answer for each, in their order. One that fails harms no other.
pub async fn create_many<T: Entity>(cx: &Cx, props: Vec<Props>) -> Vec<Result<T>> {
    if let Err(error) = check_guarded::<T>(cx) {
        return props.iter().map(|_| Err(error.clone())).collect();
    }
    let creates = props.into_iter().map(creation::<T>).collect();
    cx.create_many(creates).await.into_iter().map(|written| entity(written?)).collect()
}

/// Updates the entity with an id; the answer is the entity as it now is.
///
/// # Errors
/// When it would clear what is never null, and as [`Cx::update`].
pub async fn update<T: Entity>(cx: &Cx, id: NodeId, set: Props) -> Result<T> {
    check_guarded::<T>(cx)?;
    refuse_cleared(T::NAME, required::<T>(), &set)?;
    entity(cx.update(Update::new(T::NODE_TYPE, id, set)).await?)
}

/// Updates the entity that has a unique value, or creates it where none has; the answer is the entity as it now is.
/// `set` holds the unique value, and everything that a new entity needs.
///
/// # Errors
/// When something that is never null is null or missing, and as [`Cx::upsert`].
pub async fn upsert<T: Entity>(cx: &Cx, by: IndexId, set: Props) -> Result<T> {
    check_guarded::<T>(cx)?;
    let set = match T::CREATION {
        Some(def) => def.completed(set),
        None => set,
    };
    refuse_cleared(T::NAME, required::<T>(), &set)?;
    let near = T::CREATION.and_then(|def| def.near(&set));
    entity(cx.upsert(Upsert { near, ..Upsert::new(T::NODE_TYPE, by, set) }).await?)
}

/// Deletes the entity with an id; the answer is the entity as it was.
///
/// # Errors
/// As [`Cx::delete`].
pub async fn delete<T: Entity>(cx: &Cx, id: NodeId) -> Result<T> {
    check_guarded::<T>(cx)?;
    entity(cx.delete(Delete::new(T::NODE_TYPE, id)).await?)
}

/// A node to be created, with what its type adds.
fn creation<T: Entity>(props: Props) -> Create {
    match T::CREATION {
        Some(def) => def.create(T::NODE_TYPE, props),
        None => Create::new(T::NODE_TYPE, props),
    }
}

/// What is never null, by the names it is stored under, which are all that a type tells of it.
fn required<T: Entity>() -> impl Iterator<Item = (&'static str, &'static str)> {
    T::REQUIRED.iter().map(|key| (*key, *key))
}

/// Refuses an update that would clear what is never null: nothing could read the entity afterwards. What is `required`
/// has the name it is stored under, and the one that whoever writes it knows.
pub(crate) fn refuse_cleared(
    entity: &'static str,
    required: impl IntoIterator<Item = (&'static str, &'static str)>,
    set: &Props,
) -> Result<()> {
    let cleared = required.into_iter().find(|(key, _)| matches!(set.get(key), Some(Value::Null)));
    cleared.map_or(Ok(()), |(_, name)| Err(Error::user("invalid_argument", format!("{entity}.{name} cannot be null"))))
}

fn entity<T: Entity>(written: Written) -> Result<T> {
    T::from_node(Arc::new(written.node))
}
