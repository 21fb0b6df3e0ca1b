//! Model to Rust text. The only module that names quote, syn and prettyplease; it decides nothing.

mod abstract_type;
mod custom;
mod entity;
mod enumeration;
mod handwritten;
mod input;
mod plain;
mod print;
mod privacy;
mod scalar;
mod subscription;
mod table;
mod words;

use std::panic::resume_unwind;
use std::thread::{self, Scope};

use proc_macro2::TokenStream;

use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::source::SourceFile;
use handwritten::Handwritten;

/// The module's `mod.rs`, written once.
pub(crate) const MODULE: &str = "\
//! The object model of this program: generated types, and the code written by hand beside them.

pub mod custom;
// Its format is the generator's own.
#[rustfmt::skip]
pub mod generated;
";

/// Deeply nested types and default values are printed by recursion; what of it is not needed is never taken.
const STACK: usize = 64 << 20;

/// The whole of `generated.rs`. The table is about half of it, and is printed beside the rest.
pub(crate) fn generated(model: &Model) -> String {
    thread::scope(|scope| {
        let table = beside(scope, || table::module(model));
        let types = beside(scope, || print::items(items(model)));
        print::file(model, &types(), &table())
    })
}

/// The hand-written file as it should be, as [`handwritten::complete`] makes it.
pub(crate) fn complete(model: Option<&Model>, present: Option<&SourceFile>) -> Result<Handwritten, Box<Diagnostic>> {
    thread::scope(|scope| beside(scope, || handwritten::complete(model, present))())
}

/// Prints beside whatever else is printed; where there are no threads, when it is asked for.
fn beside<'s, T: Send + 's>(
    scope: &'s Scope<'s, '_>,
    print: impl Fn() -> T + Copy + Send + 's,
) -> impl FnOnce() -> T + 's {
    let printing = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, print);
    move || printing.map_or_else(|_| print(), |printed| printed.join().unwrap_or_else(|panic| resume_unwind(panic)))
}

/// Everything but the table.
fn items(model: &Model) -> impl Iterator<Item = TokenStream> {
    let scalars = model.scalars.iter().flat_map(|ty| scalar::alias(ty).into_iter().chain(scalar::demand(ty)));
    let enums = model.enums.iter().flat_map(enumeration::items);
    let entities = model.entities.iter().flat_map(entity::items);
    let inputs = model.inputs.iter().flat_map(input::items);
    let plains = model.plains.iter().flat_map(plain::items);
    let abstracts = model.abstracts.iter().flat_map(abstract_type::items);
    let custom = model.owners().into_iter().flat_map(|owner| custom::items(&owner));
    let rules = model.entities.iter().filter(|entity| entity.privacy).map(privacy::rules_trait);
    let types = scalars.chain(enums).chain(entities).chain(inputs).chain(plains).chain(abstracts);
    let subscription = model.subscription_root().into_iter().flat_map(subscription::items);
    types.chain(custom).chain(rules).chain(subscription).chain(table::items())
}
