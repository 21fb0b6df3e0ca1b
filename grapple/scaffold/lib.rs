//! The model is `schema.graphql`; `grapple generate` writes [`graph::generated`] from it, and [`graph::custom`] is
//! written by hand.

pub mod graph;

/// Who asks, where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// What they are called.
    pub name: String,
}
