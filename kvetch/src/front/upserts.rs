//! Writing to the node that has a unique value, or making it.

use std::sync::Arc;

use futures::future::join_all;
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::id::{NodeId, WriteId};
use crate::index_key::IndexKey;
use crate::limits::WRITE_DEADLINE;
use crate::read::IndexRead;
use crate::shard::{NodeWrite, WriteOp};
use crate::value::{Props, Value};
use crate::write::{Create, Upsert, Written};

use super::{Store, backoff, creation, node_write};

impl Store {
    /// Looks, then writes on the condition that what was seen still holds; begins again where it
    /// does not. The claim of the value decides between two who would both create.
    pub(super) async fn upsert(self: Arc<Self>, upsert: Upsert) -> Result<Written> {
        let value = self.unique_value(&upsert)?;
        if let Some(write) = self.recorded_anywhere(&upsert, &value).await? {
            return self.one(write).await;
        }
        let deadline = Instant::now() + WRITE_DEADLINE;
        let mut holder = None;
        for attempt in 0.. {
            let found = match holder.take() {
                Some(holder) => self.with_value(&upsert, &value, vec![holder]).await?,
                None => self.found(&upsert, &value).await?,
            };
            let write = Self::write_for(&upsert, &value, found)?;
            let result = self.clone().one(write).await;
            if Instant::now() >= deadline {
                return result;
            }
            match result {
                // Somebody created it, or its entry is not there yet.
                Err(Error::Duplicate { holder: other, index }) if index == self.schema.index_name(upsert.by) => {
                    holder = Some(other);
                }
                Err(Error::NotFound { .. }) => {}
                result => return result,
            }
            tokio::time::sleep(backoff(attempt)).await;
        }
        unreachable!("attempts end at the deadline")
    }

    fn unique_value(&self, upsert: &Upsert) -> Result<Value> {
        let index = self.schema.index(upsert.by)?;
        if !index.unique || index.node_type != upsert.node_type {
            let node_type = self.schema.type_name(upsert.node_type);
            return Err(Error::invalid(format!("{} is no unique index over {node_type}", index.name)));
        }
        match upsert.set.get(&index.key) {
            None | Some(Value::Null) => {
                Err(Error::invalid(format!("an upsert by {} has to set `{}`", index.name, index.key)))
            }
            Some(value) => Ok(value.clone()),
        }
    }

    /// The write that was done under this write id, to be repeated as it was.
    async fn recorded_anywhere(&self, upsert: &Upsert, value: &Value) -> Result<Option<NodeWrite>> {
        let Some(write_id) = upsert.write_id else { return Ok(None) };
        let ids: [WriteId; 1] = [write_id];
        let recorded = join_all(self.all_shards().map(|shard| self.shard(shard).recorded(&ids))).await;
        for outcome in recorded.into_iter().flatten() {
            if let Some(outcome) = outcome? {
                return Self::write_for(upsert, value, Some(outcome.node.id)).map(Some);
            }
        }
        Ok(None)
    }

    async fn found(&self, upsert: &Upsert, value: &Value) -> Result<Option<NodeId>> {
        let (mut pages, _) = self.find(IndexRead::new(upsert.by, 2), std::slice::from_ref(value)).await;
        let page = pages.pop().expect("one value has one page")?;
        self.with_value(upsert, value, page.ids).await
    }

    /// That of the nodes whose body has the value: entries may lag behind.
    async fn with_value(&self, upsert: &Upsert, value: &Value, ids: Vec<NodeId>) -> Result<Option<NodeId>> {
        let (nodes, _) = self.nodes(ids).await;
        let nodes = nodes.into_iter().collect::<Result<Vec<_>>>()?;
        let mut nodes = nodes.into_iter().flatten();
        Ok(nodes.find(|node| self.schema.index_holds(upsert.by, value, node)).map(|node| node.id))
    }

    fn write_for(upsert: &Upsert, value: &Value, found: Option<NodeId>) -> Result<NodeWrite> {
        let Upsert { node_type, set, near, write_id, .. } = upsert.clone();
        match found {
            Some(id) => {
                // It may have given up the value since it was found.
                let found_by = Some((upsert.by, IndexKey::new(value)?));
                let op = WriteOp::Update { set, expected_version: None, found_by };
                Ok(node_write(id, node_type, op, write_id))
            }
            None => {
                let present = set.into_iter().filter(|(_, value)| *value != Value::Null);
                let props = present.collect::<Props>();
                creation(Create { near, write_id, ..Create::new(node_type, props) })
            }
        }
    }

    async fn one(self: Arc<Self>, write: NodeWrite) -> Result<Written> {
        self.write_all(vec![write]).await.pop().expect("there is an outcome for every write")
    }
}
