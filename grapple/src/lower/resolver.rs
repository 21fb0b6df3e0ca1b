//! Names of the functions behind fields written by hand: nobody writes them, so that no schema is refused for one.

use std::collections::BTreeMap;

use crate::case;
use crate::model::{Field, Model, Source};

/// Gives fields functions of their own where two have one: `User.listCount` and `UserList.count`. How many words are
/// the type's tells them apart, in whatever order they stand.
pub(super) fn tell_apart(model: &mut Model) {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for (_, resolver) in resolvers(model) {
        *uses.entry(resolver.clone()).or_default() += 1;
    }
    for (owner, resolver) in resolvers(model) {
        if uses[resolver] > 1 {
            let words = case::snake(&owner).matches('_').count() + 1;
            let name = resolver.trim_start_matches("resolve_");
            *resolver = format!("resolve_{words}_{name}");
        }
    }
}

/// Each with the name of its type.
fn resolvers(model: &mut Model) -> impl Iterator<Item = (String, &mut String)> {
    let entities = model.entities.iter_mut().map(|ty| (&ty.name, &mut ty.fields));
    let roots = model.roots.iter_mut().map(|ty| (&ty.name, &mut ty.fields));
    entities.chain(roots).flat_map(|(owner, fields)| fields.iter_mut().filter_map(|field| resolver(owner, field)))
}

fn resolver<'m>(owner: &str, field: &'m mut Field) -> Option<(String, &'m mut String)> {
    match &mut field.source {
        Source::Custom { resolver } => Some((owner.to_owned(), resolver)),
        _ => None,
    }
}
