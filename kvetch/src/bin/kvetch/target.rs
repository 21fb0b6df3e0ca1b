//! The store that an import or a copy goes to.

use kvetch::{Error, Kvetch, Options, Schema, StoreUrl, existing_shards_at};

use crate::failure::Failure;
use crate::json::schema;

/// Opens the store, or makes it under the schema of what comes. A store that was made without a schema takes that one
/// too; any other has to agree with it.
pub(crate) async fn open(urls: &[StoreUrl], exported: &Schema) -> Result<Kvetch, Failure> {
    let shards = match existing_shards_at(urls).await {
        Ok(shards) => shards,
        // What else may be wrong with the place, making the store tells.
        Err(Error::NotAStore { .. }) => return Ok(Kvetch::open(urls, exported.clone()).await?),
        Err(error) => return Err(error.into()),
    };
    let store = match Kvetch::open_stored(shards.clone(), Options::default()).await {
        // Its making was interrupted.
        Err(Error::NotAStore { .. }) => return Ok(Kvetch::open_shards(shards, exported.clone()).await?),
        opened => opened?,
    };
    let is_empty = store.schema().node_types().next().is_none();
    let difference = schema::first_difference(exported, store.schema());
    match difference {
        None => Ok(store),
        Some(_) if is_empty => {
            // Closing ends the shards, so that they are opened again.
            store.close().await?;
            drop(shards);
            Ok(Kvetch::open(urls, exported.clone()).await?)
        }
        Some(difference) => {
            store.close().await?;
            let message = format!(
                "the schemas of what comes and of the store differ: {difference}; take a new store, or open this \
                 one with the program that has the schema of what comes first"
            );
            Err(Failure::new("schema_contradicts", message))
        }
    }
}
