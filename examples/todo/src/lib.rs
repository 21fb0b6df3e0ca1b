//! A todo server: users own lists, lists hold items. The model is `schema.graphql`; `grapple` wrote
//! [`graph::generated`] from it, and [`graph::custom`] is written by hand.

pub mod graph;
pub mod progress;
pub mod seed;
