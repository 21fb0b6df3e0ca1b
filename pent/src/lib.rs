//! Typed entities, exact batching and planned GraphQL execution.
