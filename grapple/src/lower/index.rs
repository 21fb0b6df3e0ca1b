//! Indexes: `@unique` and `@index`.

use xxhash_rust::xxh64::xxh64;

use super::Report;
use super::catalog::{Catalog, Object, Role, stored_key};
use super::entity::{Member, member};
use super::number::{Taken, positive};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Directive, Field, directive};
use crate::model::Index;

/// All indexes, sorted by name.
pub(super) fn indexes(catalog: &Catalog<'_>, report: &mut Report) -> Vec<Index> {
    let mut taken = Taken::default();
    let mut indexes = Vec::new();
    for entity in catalog.objects_of(Role::Entity) {
        for field in entity.fields {
            indexes.extend(index(catalog, &entity, field, &mut taken, report));
        }
    }
    indexes.sort_by(|left, right| left.name.cmp(&right.name));
    indexes
}

/// The index over a field of an entity, of those that are sorted by name.
pub(super) fn find<'i>(indexes: &'i [Index], entity: &str, field: &str) -> Option<&'i Index> {
    let name = name(entity, field);
    indexes.binary_search_by(|index| index.name.cmp(&name)).ok().map(|found| &indexes[found])
}

fn name(entity: &str, field: &str) -> String {
    format!("{entity}.{field}")
}

/// The number of an index that its directive does not give one: a function of what it indexes alone, so that it
/// stays when the schema around it changes. It fits GraphQL's `Int`.
fn derived_id(type_id: i64, key: &str) -> u32 {
    let hash = xxh64(format!("{type_id}/{key}").as_bytes(), 0);
    u32::try_from(hash & 0x7fff_ffff).expect("31 bits fit").max(1)
}

fn index(
    catalog: &Catalog<'_>,
    entity: &Object<'_>,
    field: &Field,
    taken: &mut Taken<u32>,
    report: &mut Report,
) -> Option<Index> {
    let used = index_directive(field, report)?;
    check_kind(catalog, field, used, report)?;
    let key = stored_key(field);
    let name = name(entity.name(), &field.name.value);
    let id = match used.int("id") {
        Some(given) => positive(&given, "an index", report)?,
        None if used.argument("id").is_some() => return None,
        None => derived_id(entity.type_id()?.value, &key),
    };
    if let Some((span, before)) = taken.take(&id, used.span, &name) {
        let free = taken.greatest().map_or(1, |greatest| greatest.saturating_add(1));
        report.push(
            Diagnostic::error(
                Code::IndexIdTwice,
                used.span,
                format!("`{name}` and `{before}` have the index number {id}"),
            )
            .related(span, format!("`{before}` has it first"))
            .help(format!("give this one a number of its own: `@{}(id: {free})`", used.name)),
        );
        return None;
    }
    let is_range = used.word("kind").is_some_and(|kind| kind.value == "RANGE");
    let entity = entity.name().to_owned();
    Some(Index { id, name, entity, key, unique: used.name == "unique", is_range })
}

fn index_directive<'a>(field: &'a Field, report: &mut Report) -> Option<&'a Directive> {
    let unique = directive(&field.directives, "unique");
    let index = directive(&field.directives, "index");
    if let (Some(unique), Some(index)) = (unique, index) {
        report.push(
            Diagnostic::error(
                Code::Contradiction,
                index.span,
                format!("`{}` is both unique and indexed", field.name.value),
            )
            .related(unique.span, "unique by this")
            .help("take `@index` away: a unique value can be looked up already"),
        );
    }
    unique.or(index)
}

/// Only what a node stores as one value has an order and an equality to index by.
fn check_kind(catalog: &Catalog<'_>, field: &Field, used: &Directive, report: &mut Report) -> Option<()> {
    let found = match member(catalog, field) {
        Member::Value if !field.ty.value.is_list() && !is_indexed(catalog, field) => {
            "JSON, which may be a list or an object"
        }
        Member::Value if !field.ty.value.is_list() => return Some(()),
        Member::Unknown => return None,
        Member::Value => "a list",
        Member::Id => "the id, which finds its entity already",
        Member::Reference => "the id of another entity",
        Member::Edge | Member::Custom | Member::Sourceless => "not stored",
    };
    let help = match member(catalog, field) {
        Member::Reference => "list the entities from the other end with `@edgeToStoredId`".to_owned(),
        _ => format!("take `@{}` away, or put it on a stored scalar or enum", used.name),
    };
    let message = format!("`@{}` goes on a stored scalar or enum, and `{}` is {found}", used.name, field.name.value);
    report.push(Diagnostic::error(Code::IndexKind, used.span, message).help(help));
    None
}

fn is_indexed(catalog: &Catalog<'_>, field: &Field) -> bool {
    catalog.scalar(field.ty.value.base()).is_none_or(|scalar| scalar.uses.index)
}

#[cfg(test)]
mod tests {
    use super::derived_id;

    /// The numbers are part of the stored format: they must never change.
    #[test]
    fn derived_numbers_are_golden() {
        assert_eq!(derived_id(100_000, "username"), 784_078_701);
    }
}
