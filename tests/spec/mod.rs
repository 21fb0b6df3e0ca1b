//! The execution chapter of the GraphQL specification (September 2025), and its hard cases, over a schema that has every
//! kind of type.

mod abstract_types;
mod budget;
mod documents;
mod embedded;
mod fields;
mod inputs;
mod introspection;
mod mutations;
mod nulls;
mod one_of;
mod outputs;
mod random;
mod subscriptions;
mod unary;
mod world;
