//! Which shard holds which buckets.

use crate::error::{Error, Result, within};
use crate::id::VirtualShard;
use crate::limits::SHARDS_MAX;
use crate::value::{Props, Value};

/// The number of a shard in its store, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardIdx(pub u16);

impl ShardIdx {
    /// As a place in a slice.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

/// The map from buckets to shards. It is stored, and every change of it raises its epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardMap {
    epoch: u64,
    shards: usize,
    owners: Vec<ShardIdx>,
}

impl ShardMap {
    /// The map of a new store: each shard holds one stretch of buckets, all about as long.
    pub fn even(shards: usize) -> Result<Self> {
        if shards == 0 {
            return Err(Error::invalid("a store has at least one shard"));
        }
        within("shards of a store", shards, SHARDS_MAX)?;
        let owner = |bucket: usize| ShardIdx((bucket * shards / SHARDS_MAX) as u16);
        Ok(Self { epoch: 1, shards, owners: (0..SHARDS_MAX).map(owner).collect() })
    }

    /// How often the map was made or changed.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// How many shards there are.
    pub fn shards(&self) -> usize {
        self.shards
    }

    /// The shard that holds a bucket.
    pub fn shard_of(&self, bucket: VirtualShard) -> ShardIdx {
        self.owners[usize::from(bucket.get())]
    }

    /// The map as it is stored: stretches of buckets as pairs of the first bucket and its shard.
    pub(crate) fn to_props(&self) -> Props {
        let mut stretches = Vec::new();
        let mut last = None;
        for (bucket, owner) in self.owners.iter().enumerate() {
            if last != Some(owner) {
                stretches.push(Value::List(vec![Value::Int(bucket as i64), Value::Int(i64::from(owner.0))]));
                last = Some(owner);
            }
        }
        Props::from([
            ("epoch", Value::Int(self.epoch as i64)),
            ("shards", Value::Int(self.shards as i64)),
            ("stretches", Value::List(stretches)),
        ])
    }

    /// The map in what was stored.
    pub(crate) fn from_props(props: &Props) -> Result<Self> {
        Self::read(props).ok_or_else(|| Error::corrupt_record("shard map", format!("{props:?}")))
    }

    fn read(props: &Props) -> Option<Self> {
        let (Value::Int(epoch), Value::Int(shards)) = (props.get("epoch")?, props.get("shards")?) else {
            return None;
        };
        let Value::List(stretches) = props.get("stretches")? else {
            return None;
        };
        let shards = usize::try_from(*shards).ok()?;
        let mut owners = Vec::with_capacity(SHARDS_MAX);
        let mut owner = None;
        for stretch in stretches {
            let Value::List(pair) = stretch else {
                return None;
            };
            let [Value::Int(start), Value::Int(shard)] = pair.as_slice() else {
                return None;
            };
            let start = usize::try_from(*start).ok().filter(|start| *start < SHARDS_MAX)?;
            owners.resize(start, owner.unwrap_or(ShardIdx(0)));
            owner = Some(ShardIdx(u16::try_from(*shard).ok()?));
        }
        owners.resize(SHARDS_MAX, owner?);
        let known = owners.iter().all(|owner| owner.get() < shards);
        known.then_some(Self { epoch: u64::try_from(*epoch).ok()?, shards, owners })
    }
}
