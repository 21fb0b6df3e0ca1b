//! The tests of grapple, in one binary.

mod broken;
mod command_line;
mod folder;
mod generated;
mod handwritten;
mod many_files;
mod page;
