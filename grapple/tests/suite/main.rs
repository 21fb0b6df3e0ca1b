//! The tests of grapple, in one binary.

mod broken;
mod command_line;
mod dev;
mod dice;
mod folder;
mod generated;
mod handwritten;
mod lock;
mod many_files;
mod mutated;
mod page;
mod random_edits;
mod scaffold;
mod sugar;
