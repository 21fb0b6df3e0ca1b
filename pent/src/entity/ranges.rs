//! Reading entities by ranges of an indexed value.

use std::collections::HashMap;
use std::fmt;
use std::ops::{Bound, RangeBounds};

use kvetch::{IndexId, NodeId, ScanRead, Value, ValueRange};

use super::page::Listing;
use super::reads::present;
use super::stored::StoredValue;
use super::{Entity, check_guarded};
use crate::cx::Cx;
use crate::error::Result;

/// Which part of a range to read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RangePage {
    /// At most this many.
    pub first: u32,
    /// Only what follows this place.
    pub after: Option<RangeCursor>,
}

impl Default for RangePage {
    /// The first hundred, as of a list.
    fn default() -> Self {
        Self { first: 100, after: None }
    }
}

/// A place in the order of an index: behind the last entry that was looked at, whether or not its entity was shown. It
/// says nothing of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RangeCursor(Value, NodeId);

impl fmt::Debug for RangeCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangeCursor").finish_non_exhaustive()
    }
}

/// A page of the entities whose indexed value lies in a range, by value, then by id.
///
/// # Errors
/// When a shard could not be read, or the index finds equal values only.
pub async fn find_in_range<T: Entity, V: StoredValue + Clone>(
    cx: &Cx,
    index: IndexId,
    range: impl RangeBounds<V>,
    page: RangePage,
) -> Result<Listing<T, RangePage>> {
    let (lower, upper) = (stored_bound(range.start_bound()), stored_bound(range.end_bound()));
    scan(cx, index, ValueRange::Between { lower, upper }, page).await
}

/// A page of the entities whose indexed text begins with this one, by text, then by id.
///
/// # Errors
/// As [`find_in_range`].
pub async fn find_prefix<T: Entity>(
    cx: &Cx,
    index: IndexId,
    prefix: &str,
    page: RangePage,
) -> Result<Listing<T, RangePage>> {
    scan(cx, index, ValueRange::prefix(prefix), page).await
}

fn stored_bound<V: StoredValue + Clone>(bound: Bound<&V>) -> Bound<Value> {
    bound.cloned().map(StoredValue::to_stored)
}

async fn scan<T: Entity>(cx: &Cx, index: IndexId, range: ValueRange, page: RangePage) -> Result<Listing<T, RangePage>> {
    check_guarded::<T>(cx)?;
    let RangePage { first, after } = page;
    let read = ScanRead { index, first, after: after.map(|RangeCursor(value, id)| (value, id)) };
    let found = cx.entry_page(read, range).await?;
    let values: HashMap<NodeId, &Value> = found.entries.iter().map(|(value, id)| (*id, value)).collect();
    let nodes = cx.nodes(found.entries.iter().map(|(_, id)| *id).collect()).await;
    let holds = |node: &std::sync::Arc<kvetch::Node>| {
        values.get(&node.id).is_some_and(|value| cx.kvetch().schema().index_holds(index, value, node))
    };
    let items = present(nodes, holds)?;
    let last = found.entries.last().filter(|_| found.has_next);
    let next = last.map(|(value, id)| RangePage { first, after: Some(RangeCursor(value.clone(), *id)) });
    Ok(Listing { items, next })
}
