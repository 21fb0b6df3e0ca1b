//! Opening a store: which shards it has, and whether they are what was expected.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, RwLock};

use futures::future::{join_all, try_join_all};
use tokio::runtime::Handle;

use crate::cache::Caches;
use crate::embedded;
use crate::error::{Error, Result};
use crate::feed::Teller;
use crate::id::{NodeId, NodeType};
use crate::schema::{Catalog, Schema};
use crate::shard::{Place, Shard};
use crate::shard_map::{ShardIdx, ShardMap};
use crate::store_url::{MysqlUrl, StoreUrl};
use crate::value::{Props, Value};

use super::leftovers::Leftovers;
use super::tasks::{Tasks, this_runtime};
use super::upkeep::LastRepair;
use super::{Options, Store};

/// The format of everything stored. It is raised when an older version could no longer read it.
pub(super) const FORMAT: i64 = 1;

const STORE: &str = "store";
const MAP: &str = "map";
pub(super) const SCHEMA: &str = "schema";

/// How far a shard has come with filling in an edge or index.
pub(super) const FILLING: &str = "filling";

type Meta = BTreeMap<String, Props>;

/// What becomes of a place where no store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// A store is made there.
    Made,
    /// It is refused, and left as it is.
    Refused,
}

/// The shards at these addresses, in their order.
pub(super) async fn shards(urls: &[StoreUrl], absent: Absent, runtime: &Handle) -> Result<Vec<Arc<dyn Shard>>> {
    refuse_repeated(urls)?;
    // Each server takes a few round trips: many are asked at once. All of them are waited for, so that after an error
    // none is still being opened.
    let opened = join_all(urls.iter().map(|url| shards_of(url, absent, runtime))).await;
    let opened = opened.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(opened.into_iter().flatten().collect())
}

async fn shards_of(url: &StoreUrl, absent: Absent, runtime: &Handle) -> Result<Vec<Arc<dyn Shard>>> {
    if let StoreUrl::Mysql(url) = url {
        return Ok(vec![mysql_shard(url, absent, runtime).await?]);
    }
    let (url, handle) = (url.clone(), runtime.clone());
    // Opening files waits for the disk.
    let opened = runtime.spawn_blocking(move || match (&url, absent) {
        (StoreUrl::File { directory, shards }, Absent::Made) => embedded::open_directory(directory, *shards, &handle),
        (StoreUrl::File { directory, shards }, Absent::Refused) => embedded::open_existing(directory, *shards, &handle),
        (StoreUrl::Memory { shards }, Absent::Made) => embedded::open_memory(shards.unwrap_or(1), &handle),
        (StoreUrl::Memory { .. }, Absent::Refused) => {
            let reason = "memory holds nothing when it is opened".into();
            Err(Error::NotAStore { place: url.to_string().into(), reason })
        }
        (StoreUrl::Mysql(_), _) => unreachable!("servers were asked above"),
    });
    opened.await.map_err(|error| Error::unavailable(error.to_string()))?
}

#[cfg(feature = "mysql")]
async fn mysql_shard(url: &MysqlUrl, absent: Absent, runtime: &Handle) -> Result<Arc<dyn Shard>> {
    match absent {
        Absent::Made => crate::mysql::open(url, runtime).await,
        Absent::Refused => crate::mysql::open_existing(url, runtime).await,
    }
}

#[cfg(not(feature = "mysql"))]
async fn mysql_shard(url: &MysqlUrl, _: Absent, _: &Handle) -> Result<Arc<dyn Shard>> {
    Err(Error::invalid(format!("`{url}` needs kvetch with its feature `mysql`, which this program was built without")))
}

/// Two shards in one database would write over each other.
fn refuse_repeated(urls: &[StoreUrl]) -> Result<()> {
    let mut places = HashSet::new();
    for url in urls {
        if let StoreUrl::Mysql(server) = url
            && let Some(place) = server.places().find(|place| !places.insert(place.clone()))
        {
            return Err(Error::invalid(format!(
                "the address `mysql://{place}` is given twice; each shard has its own"
            )));
        }
    }
    Ok(())
}

/// The store on these shards. A new one is written down; an old one is compared with what was asked. Without a schema
/// it is opened under the one that it remembers.
pub(super) async fn store(shards: Vec<Arc<dyn Shard>>, schema: Option<Schema>, options: &Options) -> Result<Store> {
    let tasks = Tasks::new(this_runtime()?);
    let map = ShardMap::even(shards.len())?;
    let metas = try_join_all(shards.iter().map(|shard| shard.meta())).await?;
    // A new store is written down on the first shard last: without that it never came to be.
    let (id, map, schema, catalog) = if !metas[0].is_empty() {
        let (id, map) = check_shards(&metas)?;
        let stored = stored_catalog(&metas[0])?;
        match schema {
            Some(schema) => {
                let catalog = adopt(&shards, &stored, &schema).await?;
                (id, map, schema, catalog)
            }
            None => (id, map, stored.schema()?, stored),
        }
    } else if let Some(schema) = schema {
        check_new(&shards, &metas).await?;
        let catalog = Catalog::default().adopt(&schema, |_| false)?;
        let id = write_down(&shards, &map, &catalog).await?;
        (id, map, schema, catalog)
    } else {
        return Err(Error::NotAStore { place: "shard 0".into(), reason: "no store was made there yet".into() });
    };
    let map = Arc::new(map);
    let place = |here| Place { schema: schema.clone(), map: map.clone(), here: ShardIdx(here) };
    let places = (0..shards.len()).map(|here| place(here as u16)).collect();
    let caches = options.cache_bytes.map(Caches::new);
    Ok(Store {
        id,
        shards,
        places,
        schema,
        catalog: RwLock::new(catalog),
        map,
        tasks,
        leftovers: Leftovers::default(),
        last_repair: LastRepair::default(),
        caches,
        teller: Teller::default(),
    })
}

/// Checks that what these shards hold, if anything, is a creation of this very store that was interrupted. Addresses
/// in another order would otherwise make a new store of an old one.
async fn check_new(shards: &[Arc<dyn Shard>], metas: &[Meta]) -> Result<()> {
    for (number, (shard, meta)) in shards.iter().zip(metas).enumerate().filter(|(_, (_, meta))| !meta.is_empty()) {
        let stranger = || Error::NotAStore {
            place: format!("shard {number}").into(),
            reason: "it belongs to a store whose first shard is missing; give the addresses in the store's own order"
                .into(),
        };
        let place = meta.get(STORE).and_then(|identity| identity.get("shard"));
        let map = meta.get(MAP).map(ShardMap::from_props).transpose()?;
        let catalog = meta.get(SCHEMA).map(Catalog::from_props).transpose()?;
        let (Some(map), Some(catalog)) = (map, catalog) else { return Err(stranger()) };
        let types = catalog.node_types().collect();
        let is_unused = populated(std::slice::from_ref(shard), types).await?.is_empty();
        if place != Some(&Value::Int(number as i64)) || map.shards() != shards.len() || !is_unused {
            return Err(stranger());
        }
    }
    Ok(())
}

async fn write_down(shards: &[Arc<dyn Shard>], map: &ShardMap, catalog: &Catalog) -> Result<NodeId> {
    let store = NodeId::generate();
    for (number, shard) in shards.iter().enumerate().rev() {
        let identity = Props::from([
            ("format", Value::Int(FORMAT)),
            ("id", Value::Id(store)),
            ("shard", Value::Int(number as i64)),
        ]);
        let meta = [(STORE, identity), (MAP, map.to_props()), (SCHEMA, catalog.to_props())];
        shard.put_meta(meta.into_iter().map(|(key, props)| (key.to_owned(), props)).collect()).await?;
    }
    Ok(store)
}

/// Checks that these are all the shards of one store, in their order, and returns its id and its map.
fn check_shards(metas: &[Meta]) -> Result<(NodeId, ShardMap)> {
    let mut first = None;
    for (number, meta) in metas.iter().enumerate() {
        let place = || format!("shard {number}").into();
        let stranger = |reason: &str| Error::NotAStore { place: place(), reason: reason.into() };
        let identity = meta.get(STORE).ok_or_else(|| stranger("it says nothing of itself"))?;
        match identity.get("format") {
            Some(Value::Int(FORMAT)) => {}
            Some(Value::Int(found)) => {
                return Err(Error::NewerFormat { found: *found, supported: FORMAT });
            }
            _ => return Err(stranger("it names no format")),
        }
        if *first.get_or_insert(identity.get("id")) != identity.get("id") {
            return Err(stranger("it belongs to another store than shard 0"));
        }
        if identity.get("shard") != Some(&Value::Int(number as i64)) {
            return Err(stranger(&format!("it is shard {:?} of its store", identity.get("shard"))));
        }
    }
    let Some(Some(Value::Id(id))) = first else {
        return Err(Error::corrupt_record("identity", "it names no id"));
    };
    let map = metas[0].get(MAP).ok_or_else(|| Error::corrupt_record("shard map", "it is not there"))?;
    let map = ShardMap::from_props(map)?;
    if map.shards() != metas.len() {
        return Err(Error::ShardCount { stored: map.shards(), asked: metas.len() });
    }
    check_maps(metas, &map)?;
    Ok((*id, map))
}

/// Checks that all shards know the same map. One that was put back from before a change of it holds nodes that others
/// own by now, and lacks some that it owns.
fn check_maps(metas: &[Meta], map: &ShardMap) -> Result<()> {
    for (number, meta) in metas.iter().enumerate() {
        let found = meta.get(MAP).ok_or_else(|| Error::corrupt_record("shard map", "it is not there"))?;
        let found = ShardMap::from_props(found)?;
        if found.epoch() != map.epoch() {
            return Err(Error::ShardMapEpoch { shard: number as u16, found: found.epoch(), expected: map.epoch() });
        }
        if found != *map {
            let reason = format!("shard {number} has another map than shard 0, of the same epoch {}", map.epoch());
            return Err(Error::corrupt_record("shard map", reason));
        }
    }
    Ok(())
}

fn stored_catalog(meta: &Meta) -> Result<Catalog> {
    let stored = meta.get(SCHEMA).ok_or_else(|| Error::corrupt_record("schema", "it is not there"))?;
    Catalog::from_props(stored)
}

/// Compares the schema with what the store remembers, and remembers what is new.
async fn adopt(shards: &[Arc<dyn Shard>], stored: &Catalog, schema: &Schema) -> Result<Catalog> {
    let populated = populated(shards, stored.first_seen(schema)).await?;
    let adopted = stored.adopt(schema, |node_type| populated.contains(&node_type))?;
    if adopted != *stored {
        // What was dropped meanwhile missed writes, so that filling in begins again.
        remember(shards, [(SCHEMA, adopted.to_props()), (FILLING, Props::new())]).await?;
    }
    Ok(adopted)
}

/// Writes something down on every shard. The first, which is the one that is asked, comes last: where this is
/// interrupted before it, it is done again.
pub(super) async fn remember<const N: usize>(shards: &[Arc<dyn Shard>], entries: [(&str, Props); N]) -> Result<()> {
    let entries: Meta = entries.into_iter().map(|(key, props)| (key.to_owned(), props)).collect();
    let (first, others) = shards.split_first().expect("a store has a shard");
    try_join_all(others.iter().map(|shard| shard.put_meta(entries.clone()))).await?;
    first.put_meta(entries).await
}

/// Those of the types that the store has nodes of.
async fn populated(shards: &[Arc<dyn Shard>], types: HashSet<NodeType>) -> Result<HashSet<NodeType>> {
    let mut populated = HashSet::new();
    for node_type in types {
        let pages = join_all(shards.iter().map(|shard| shard.browse(node_type, None, 1))).await;
        let pages = pages.into_iter().collect::<Result<Vec<_>>>()?;
        if pages.iter().any(|page| page.last.is_some()) {
            populated.insert(node_type);
        }
    }
    Ok(populated)
}
