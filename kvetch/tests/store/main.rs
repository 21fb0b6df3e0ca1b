//! What a store promises, on 1, 3 and 16 shards.

mod dice;
mod cached_pages;
mod caching;
mod carried;
mod broken;
mod conformance;
mod concurrency;
mod directory;
mod filling;
mod fixture;
mod formats;
mod intents;
mod missing_files;
mod model;
mod opening;
mod quiet;
mod reads;
mod stalls;
mod unique;
mod verify;
mod verify_beside_writers;
