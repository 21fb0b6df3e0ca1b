//! What grapple makes of everything that its language has, compiled and served.

mod scalars;
mod world;
