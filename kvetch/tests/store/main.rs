//! What a store promises, on 1, 3 and 16 shards.

mod fixture;
mod formats;
mod model;
mod reads;
mod writes;
