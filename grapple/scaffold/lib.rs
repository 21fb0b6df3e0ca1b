//! The model is `schema.graphql`; `grapple generate` writes [`graph::generated`] from it, and [`graph::custom`] is
//! written by hand.

pub mod graph;
