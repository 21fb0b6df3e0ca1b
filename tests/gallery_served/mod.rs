//! What grapple makes of everything that its language has, compiled and served.

mod abstract_types;
mod changes;
mod derived;
mod inputs;
mod ranges;
mod rules;
mod scalars;
mod stored;
mod subscriptions;
mod world;
