//! Who may see and change what, on every path.

mod abstract_types;
mod batches;
mod cursors;
mod failures;
mod matrix;
mod paths;
mod random;
mod rounds;
mod serving;
mod world;
mod writes;
