//! Writing to the node that has a unique value, or making it.

use std::sync::Arc;
use std::time::Duration;

use kvetch::{Create, IndexRead, Node, Update, Upsert, Value, Written};

use super::Cx;
use super::writes::ATTEMPTS;
use crate::error::{Error, Result};

/// How many entries of a unique value are looked at: while a value moves from one node to another, the entry of the one
/// that had it can stand before that of the one that has it, until what is on its way has arrived.
pub(crate) const UNIQUE_CANDIDATES: u32 = 4;

/// How long a write waits for what another one has under way, more with each attempt.
const PAUSE: Duration = Duration::from_millis(1);

impl Cx {
    /// Changes the node that has a unique value, or creates it, and forgets what was known of what it changes. The
    /// rules and hooks are those of an update or of a creation, whichever it comes to.
    ///
    /// # Errors
    /// As [`kvetch::Kvetch::upsert`], [`Cx::update`] and [`Cx::create`]. A value of a node that the viewer may not see
    /// is taken.
    pub async fn upsert(&self, upsert: Upsert) -> Result<Written> {
        let written = self.upserted(upsert).await;
        self.seen_of(vec![written]).await.remove(0)
    }

    async fn upserted(&self, upsert: Upsert) -> Result<Written> {
        let kvetch = self.shared.kvetch()?.clone();
        let index = kvetch.schema().index(upsert.by)?;
        let value = upsert.set.get(&index.key).filter(|value| **value != Value::Null).cloned();
        let is_unique = index.unique && index.node_type == upsert.node_type;
        let (true, Some(value), Some(_)) = (is_unique, value, self.guarded(upsert.node_type)) else {
            // Nothing is in its way, or the store says what is wrong with it.
            let kvetch = kvetch.clone();
            return self.write(async move { kvetch.upsert(upsert).await }).await;
        };
        for attempt in 1.. {
            let holder = self.holder(&upsert, &value).await?;
            // Who may not see the holder is answered as who creates is, down to what the rules say of that.
            let seen = self.shown(vec![Ok(holder.clone())]).await.remove(0)?;
            let is_hidden = holder.is_some() && seen.is_none();
            let written = match seen {
                Some(holder) => self.update_of(&upsert, &value, &holder).await,
                None => self.creation_of(&upsert).await,
            };
            match written {
                Err(error) if attempt < ATTEMPTS && !is_hidden && is_overtaken(&error, &index.name) => {
                    // The entry of who has got ahead may still be on its way.
                    kvetch.pause(PAUSE * attempt).await;
                }
                written => return written,
            }
        }
        unreachable!("attempts end at their limit")
    }

    /// The node that has the value, whoever may see it.
    async fn holder(&self, upsert: &Upsert, value: &Value) -> Result<Option<Arc<Node>>> {
        let system = self.system();
        let read = IndexRead::new(upsert.by, UNIQUE_CANDIDATES);
        let page = system.id_page(read, value.clone()).await?;
        let nodes = system.nodes(page.ids.clone()).await.into_iter().collect::<Result<Vec<_>>>()?;
        let schema = self.kvetch().schema();
        Ok(nodes.into_iter().flatten().find(|node| schema.index_holds(upsert.by, value, node)))
    }

    async fn update_of(&self, upsert: &Upsert, value: &Value, holder: &Node) -> Result<Written> {
        let Upsert { node_type, set, write_id, .. } = upsert.clone();
        let update = Update { write_id, ..Update::new(node_type, holder.id, set) };
        let schema = self.kvetch().schema();
        self.updated_where(update, |node| schema.index_holds(upsert.by, value, node)).await
    }

    async fn creation_of(&self, upsert: &Upsert) -> Result<Written> {
        let Upsert { node_type, set, near, write_id, .. } = upsert.clone();
        let props = set.into_iter().filter(|(_, value)| *value != Value::Null).collect();
        self.created(Create { near, write_id, ..Create::new(node_type, props) }).await
    }
}

/// Whether somebody else has taken the value, or given it up, since it was looked for.
fn is_overtaken(error: &Error, index: &str) -> bool {
    match error {
        Error::Taken { index: taken, is_pending: false } => **taken == *index,
        Error::Storage(error) => match &**error {
            kvetch::Error::Duplicate { index: taken, .. } => **taken == *index,
            error => error.is_not_found(),
        },
        _ => false,
    }
}
