//! Annotated GraphQL schema in, Rust out.
//!
//! A schema is read ([`SchemaFiles`]), checked whole, and becomes three files of a module: `generated.rs`, which
//! is rewritten on every run, and `mod.rs` and `custom.rs`, which belong to whoever writes them by hand and are
//! only created or appended to. Every mistake is found in one run and answered by a [`Diagnostic`] with a place
//! and a way out; as long as there is one, nothing is written.
//!
//! ```
//! use grapple::{Directory, SourceFile};
//!
//! let schema = SourceFile::new("schema.graphql", r#"
//!     type Query { author(id: UUID!): Author @readPent }
//!     type Author @pent(typeId: 1) { id: UUID!  name: String! }
//! "#);
//! let generated = grapple::generate(schema, &Directory::empty("src/graph"))?;
//! assert!(generated.files()[0].contents.contains("pub struct Author"));
//! # Ok::<(), grapple::Diagnostics>(())
//! ```
//!
//! The way of a schema: `sdl` reads text into a document, `sugar` adds what stands for more, `lower` understands it
//! into a model and holds all the rules, `emit` prints the model and decides nothing, `directory` writes.

// Words that all parts share.
mod case;
mod code;
mod source;
mod suggest;
mod type_ref;

// What the parts hand to each other.
mod diagnostic;
mod document;
mod rust_type;
mod shape;

mod scalar;

mod model;

// The way of a schema.
mod sdl;

mod lower;

// What clients and stored data see of it.
mod client;
mod print;
mod stored;

mod sugar;
mod schema;
mod lock;

mod seal;
mod emit;

mod directory;

mod generate;

pub use code::Code;
pub use diagnostic::{Diagnostic, Diagnostics, Label, Severity};
pub use directory::{Change, Directory, File};
pub use generate::{Generated, generate};
pub use lock::{Accepted, LockFile};
pub use schema::{Schema, expand};
pub use shape::{Kind, Shape};
pub use source::{Position, SchemaFiles, SourceFile, Span};
pub use stored::{StoredType, StoredValue};
