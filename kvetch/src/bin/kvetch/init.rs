//! `kvetch init`: makes a store.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use kvetch::{Error, Kvetch, Options, Schema, Shard, StoreUrl, existing_shards_at, shards_at};
use serde_json::json;

use crate::arguments::Init;
use crate::failure::{Answer, Failure};
use crate::json::schema;
use crate::output::Output;
use crate::place;

pub(crate) async fn run(urls: &[StoreUrl], arguments: &Init, output: &Output) -> Result<Answer, Failure> {
    let schema = arguments.schema.as_deref().map_or_else(|| Ok(Schema::builder().build()?), read_schema)?;
    refuse_existing(urls).await?;
    let store = Kvetch::open_shards(shards_at(urls).await?, schema).await?;
    let (id, shards) = (store.id(), store.shards().len());
    store.close().await?;
    let text = || {
        let plural = if shards == 1 { "" } else { "s" };
        format!("made store {id} with {shards} shard{plural}\n")
    };
    output.answer(text, || json!({"store": id.to_string(), "shards": shards, "urls": place::shown(urls)}))?;
    Ok(Answer::Yes)
}

fn read_schema(file: &Path) -> Result<Schema, Failure> {
    let invalid = |why: String| Failure::new("invalid_schema", why).of(file.display());
    let text = fs::read_to_string(file).map_err(|error| Failure::from(error).of(file.display()))?;
    let json = serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
    schema::read(&json).map_err(invalid)
}

/// A store that is there is left as it is: it would take a schema that lacks something for one that drops it.
async fn refuse_existing(urls: &[StoreUrl]) -> Result<(), Failure> {
    let shards: Vec<Arc<dyn Shard>> = match existing_shards_at(urls).await {
        Ok(shards) => shards,
        // What else may be wrong with the place, making the store will tell.
        Err(Error::NotAStore { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let mut options = Options::default();
    options.leave_unfinished = true;
    match Kvetch::open_stored(shards, options).await {
        // Its making was interrupted.
        Err(Error::NotAStore { .. }) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(store) => {
            let id = store.id();
            store.close().await?;
            let message = format!("there is a store already, {id}; `kvetch status` says what it is");
            Err(Failure::new("store_exists", message))
        }
    }
}
