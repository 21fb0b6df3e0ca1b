//! The engine over MySQL servers: one database for each shard.
//!
//! The only module that names mysql_async.
//!
//! Reads are single statements, plain data ([`query::Query`]) that is asked again where that helps. Writes are
//! [`transaction::Work`]: run in one transaction, and run again from the start where the server gave it up or its
//! answer was lost, until a deadline. Writes that wait at the same time share one ([`line`]).

mod failure;
mod query;
mod script;
mod columns;
mod connecting;
mod abandoned;
mod outage;
mod pool;
mod transaction;
mod tables;
mod reads;
mod packed;
mod pages;
mod listing;
mod census;
mod claims;
mod halves;
mod rows;
mod intents;
mod marks;
mod nodes;
mod pair;
mod seen;
mod group;
mod writing;
mod line;
mod meta;
mod prune;
mod shard;

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::error::{Error, Result};
use crate::shard::Shard;
use crate::store_url::MysqlUrl;

use pool::Pool;
use shard::MysqlShard;

/// The shard at an address. Where the database is empty its tables are made.
pub(crate) async fn open(url: &MysqlUrl, runtime: &Handle) -> Result<Arc<dyn Shard>> {
    let pool = Pool::new(url, runtime.clone())?;
    if !tables::are_there(&pool).await? {
        tables::make(&pool).await?;
    }
    Ok(Arc::new(MysqlShard::new(pool, runtime)))
}

/// The shard at an address, if it is there. Nothing is made.
pub(crate) async fn open_existing(url: &MysqlUrl, runtime: &Handle) -> Result<Arc<dyn Shard>> {
    let pool = Pool::new(url, runtime.clone())?;
    if !tables::are_there(&pool).await? {
        let reason = "the database has no tables yet; `kvetch init` makes a store".into();
        return Err(Error::NotAStore { place: url.to_string().into(), reason });
    }
    Ok(Arc::new(MysqlShard::new(pool, runtime)))
}
