//! Annotated GraphQL schema in, Rust out.
