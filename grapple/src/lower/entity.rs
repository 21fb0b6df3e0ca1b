//! Entities: what their nodes store, and what can be reached from them.

use super::Report;
use super::abstract_type::names;
use super::catalog::{Catalog, Object, Role, reference_key, stored_key};
use super::default;
use super::edge;
use super::field::{custom, field, only_arguments};
use super::index;
use super::mutation::{Action, Mutations};
use super::number::{Taken, positive};
use super::place::{has_source, source};
use crate::case;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{self, directive};
use crate::model::{Edge, Entity, Field, Finder, Index, Source, StoredValue};
use crate::rust_type::RustType;
use crate::source::Span;
use crate::suggest::nearest;
use crate::type_ref::TypeRef;

/// What a field is to its entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Id,
    Value,
    Reference,
    Edge,
    Custom,
    /// An object or a list of objects, and no directive to say where it comes from.
    Sourceless,
    /// Reported elsewhere.
    Unknown,
}

pub(super) fn member(catalog: &Catalog<'_>, field: &document::Field) -> Member {
    match source(field, Role::Entity).map(|used| used.name.as_str()) {
        Some("genFromStoredId") => Member::Reference,
        Some("edgeToStoredId") => Member::Edge,
        Some(_) => Member::Custom,
        None if has_source(field) => Member::Unknown,
        None if field.name.value == "id" => Member::Id,
        None => match catalog.role(field.ty.value.base()) {
            Role::Scalar | Role::Enum => Member::Value,
            Role::Unknown | Role::Input => Member::Unknown,
            Role::Entity | Role::Plain | Role::Abstract => Member::Sourceless,
            Role::Query | Role::Mutation | Role::Subscription => Member::Sourceless,
        },
    }
}

/// A value that a node of the entity stores, as mutations see it.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The name of the input field for it.
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// The name that it is stored under.
    pub(super) key: String,
    pub(crate) ty: TypeRef,
    /// Whether something is stored when a create leaves it out.
    pub(crate) has_default: bool,
    pub(super) span: Span,
}

/// What a node of an entity stores.
pub(super) fn slots(catalog: &Catalog<'_>, entity: &Object<'_>) -> Vec<Slot> {
    let slot = |field: &document::Field| {
        let (name, ty) = match member(catalog, field) {
            Member::Value => (field.name.value.clone(), field.ty.value.clone()),
            Member::Reference if field.ty.value.is_non_null() => {
                (reference_key(&field.name.value), TypeRef::named("UUID").required())
            }
            Member::Reference => (reference_key(&field.name.value), TypeRef::named("UUID")),
            _ => return None,
        };
        let has_default = directive(&field.directives, "default").is_some();
        let description = field.description.clone();
        Some(Slot { name, description, key: stored_key(field), ty, has_default, span: field.name.span })
    };
    entity.fields.iter().filter_map(slot).collect()
}

pub(super) fn entities(
    catalog: &Catalog<'_>,
    indexes: &[Index],
    edges: &[Edge],
    mutations: &Mutations<'_>,
    report: &mut Report,
) -> Vec<Entity> {
    let mut types = Taken::default();
    // Looked for in the whole schema: what is suggested must not be taken further down.
    let numbers = catalog.objects_of(Role::Entity).filter_map(|object| object.type_id());
    let free = numbers.filter_map(|number| u32::try_from(number.value).ok()).max().unwrap_or(0).saturating_add(1);
    let lower = |object: Object<'_>| {
        let node_type = node_type(&object, free, &mut types, report);
        check_id(&object, report);
        check_stored_names(catalog, &object, report);
        let fields: Vec<Field> =
            object.fields.iter().filter_map(|field| lower_field(catalog, &object, field, edges, report)).collect();
        let data = |action| mutations.data_of(action, object.name()).map(case::type_name);
        Entity {
            name: object.name().to_owned(),
            rust: case::type_name(object.name()),
            description: object.definition.description.clone(),
            node_type: node_type.unwrap_or_default(),
            near: near(catalog, &object, report),
            interfaces: names(&object.definition.implements),
            stored: object.fields.iter().filter_map(|written| stored_value(catalog, written, &fields)).collect(),
            finders: fields.iter().filter_map(|field| finder(catalog, indexes, mutations, &object, field)).collect(),
            fields,
            create: data(Action::Create),
            update: data(Action::Update),
            delete: mutations.find(Action::Delete, object.name()).is_some(),
            privacy: object.directive("privacy").is_some(),
            hooks: object.directive("hooks").is_some(),
        }
    };
    catalog.objects_of(Role::Entity).map(lower).collect()
}

fn node_type(object: &Object<'_>, free: u32, types: &mut Taken<u32>, report: &mut Report) -> Option<u32> {
    let given = object.type_id()?;
    let number = positive(&given, "a type", report)?;
    if let Some((span, before)) = types.take(&number, given.span, object.name()) {
        report.push(
            Diagnostic::error(Code::TypeIdTwice, given.span, format!("the type number {number} is used twice"))
                .label(format!("for `{}`", object.name()))
                .related(span, format!("for `{before}`"))
                .help(format!("give one of them a number of its own: `@pent(typeId: {free})`")),
        );
    }
    Some(number)
}

/// The name under which the id is stored of the entity that a new one lies beside.
fn near(catalog: &Catalog<'_>, object: &Object<'_>, report: &mut Report) -> Option<String> {
    let named = object.directive("pent")?.text("colocate")?;
    let references = || object.fields.iter().filter(|field| member(catalog, field) == Member::Reference);
    if let Some(field) = references().find(|field| field.name.value == named.value) {
        return Some(stored_key(field));
    }
    let message = format!("`{}` stores no id as `{}` of what it could lie beside", object.name(), named.value);
    let near = nearest(named.value, references().map(|field| field.name.value.as_str()));
    let help = near.map_or_else(
        || "name a field with `@genFromStoredId`".to_owned(),
        |near| format!("did you mean `colocate: \"{near}\"`?"),
    );
    report.push(Diagnostic::error(Code::Colocation, named.span, message).help(help));
    None
}

fn check_id(object: &Object<'_>, report: &mut Report) {
    let wanted = TypeRef::named("UUID").required();
    let help = "write `id: UUID!`: it is the id of the node";
    match object.field("id") {
        None => report.push(
            Diagnostic::error(
                Code::NoId,
                object.definition.name.span,
                format!("the entity `{}` has no id", object.name()),
            )
            .help(help),
        ),
        Some(id) if has_source(id) => report.push(
            Diagnostic::error(Code::NoId, id.name.span, format!("the id of `{}` takes no directive", object.name()))
                .help(help),
        ),
        Some(id) => {
            if id.ty.value != wanted {
                let message = format!("the id of the entity `{}` is of type `{}`", object.name(), id.ty.value);
                report.push(Diagnostic::error(Code::NoId, id.ty.span, message).help(help));
            }
            only_arguments(id, &[], report);
        }
    }
}

fn check_stored_names(catalog: &Catalog<'_>, object: &Object<'_>, report: &mut Report) {
    let mut keys = Taken::default();
    for slot in slots(catalog, object) {
        if let Some((span, _)) = keys.take(&slot.key, slot.span, "") {
            let message = format!("two fields of `{}` are stored under the name `{}`", object.name(), slot.key);
            report.push(
                Diagnostic::error(Code::StoredTwice, slot.span, message)
                    .related(span, "the first one")
                    .help("rename one, or store it under another name; a reference `owner` is stored as `ownerId`"),
            );
        }
    }
}

fn lower_field(
    catalog: &Catalog<'_>,
    object: &Object<'_>,
    written: &document::Field,
    edges: &[Edge],
    report: &mut Report,
) -> Option<Field> {
    match member(catalog, written) {
        Member::Unknown => None,
        Member::Id => Some(field(catalog, written, Source::Id)),
        Member::Custom => custom(catalog, object.name(), written, report),
        Member::Value => {
            only_arguments(written, &[], report);
            Some(field(catalog, written, Source::Stored { key: stored_key(written) }))
        }
        Member::Reference => reference(catalog, written, report),
        Member::Edge => {
            let id = source(written, Role::Entity)?.int("edgeId")?.value;
            let edge = edge::find(edges, id)?;
            Some(field(catalog, written, Source::Edge { edge: edge.id, entity: case::type_name(&edge.to) }))
        }
        Member::Sourceless => {
            report.push(sourceless(catalog, object, written));
            None
        }
    }
}

fn reference(catalog: &Catalog<'_>, written: &document::Field, report: &mut Report) -> Option<Field> {
    only_arguments(written, &[], report);
    let base = written.ty.value.base();
    match catalog.role(base) {
        Role::Unknown => return None,
        _ if !catalog.possible_entities(base).is_empty() => {}
        role => {
            let message = format!("`{}` stores the id of a `{base}`, which is no entity", written.name.value);
            let help = match catalog.definition(base) {
                Some(_) if role == Role::Abstract => "one of its types at least has to be an entity".to_owned(),
                Some(_) => format!("make it one: `type {base} @pent(typeId: ...)`"),
                None => "take `@genFromStoredId` away: scalars are stored as they are".to_owned(),
            };
            report.push(Diagnostic::error(Code::NotAnEntity, written.ty.span, message).help(help));
            return None;
        }
    }
    if written.ty.value.is_list() {
        let message = format!("`{}` stores one id and cannot be a list", written.name.value);
        let help =
            format!("write `{}: {base} @genFromStoredId`, or list entities with `@edgeToStoredId`", written.name.value);
        report.push(Diagnostic::error(Code::ReferenceShape, written.ty.span, message).help(help));
        return None;
    }
    let source = Source::Reference {
        stored: private_name(&reference_key(&written.name.value)),
        key: stored_key(written),
        entity: case::type_name(base),
        required: written.ty.value.is_non_null(),
        is_abstract: catalog.role(base) == Role::Abstract,
    };
    Some(field(catalog, written, source))
}

fn sourceless(catalog: &Catalog<'_>, object: &Object<'_>, written: &document::Field) -> Diagnostic {
    let (name, base) = (&written.name.value, written.ty.value.base());
    let message = format!("nothing says where `{}.{name}` comes from", object.name());
    let entity = catalog.role(base) == Role::Entity;
    let help = match (entity, written.ty.value.is_list()) {
        (true, true) => format!(
            "write `{name}(first: Int = 100, after: UUID): [{base}!]!\n  @edgeToStoredId(edgeName: \"{}_to_{}_edge\", edgeId: ..., field: \"{}\")`",
            case::snake(object.name()),
            case::snake(base),
            lower_first(object.name()),
        ),
        (_, false) if !catalog.possible_entities(base).is_empty() => {
            format!("store its id: `{name}: {} @genFromStoredId`", written.ty.value)
        }
        _ => format!("write it by hand: `{name}: {} @customGen`", written.ty.value),
    };
    Diagnostic::error(Code::NeedsDirective, written.name.span, message).help(help)
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn stored_value(catalog: &Catalog<'_>, written: &document::Field, fields: &[Field]) -> Option<StoredValue> {
    let field = fields.iter().find(|field| field.name == written.name.value)?;
    let (key, name, ty, docs) = match &field.source {
        Source::Stored { key } => (key, field.name.clone(), field.rust_type.clone(), field.description.clone()),
        Source::Reference { key, required, .. } => {
            let ty = if *required { RustType::NodeId } else { RustType::Option(Box::new(RustType::NodeId)) };
            (key, reference_key(&field.name), ty, None)
        }
        _ => return None,
    };
    let default = default::of(catalog, written);
    let deprecated = field.deprecated.clone();
    let docs = docs.unwrap_or_else(|| match field.source {
        Source::Reference { .. } => format!("The id behind `{}`.", field.name),
        _ => format!("The stored value `{key}`."),
    });
    Some(StoredValue {
        key: key.clone(),
        rust: private_name(&name),
        accessor: case::value_name(&name),
        docs,
        deprecated,
        default,
        ty,
    })
}

/// The name of a private field of an entity's struct; `node` is taken.
fn private_name(key: &str) -> String {
    match case::value_name(key) {
        name if name == "node" => "node_".to_owned(),
        name => name,
    }
}

fn finder(
    catalog: &Catalog<'_>,
    indexes: &[Index],
    mutations: &Mutations<'_>,
    entity: &Object<'_>,
    field: &Field,
) -> Option<Finder> {
    let index = index::find(indexes, entity.name(), &field.name)?;
    let created_by = mutations.data_of(Action::Create, entity.name()).and_then(|data| catalog.input(data));
    let is_given = created_by.is_some_and(|data| data.iter().any(|given| given.name.value == field.name));
    Some(Finder {
        upsert: (index.unique && is_given).then(|| format!("upsert_by_{}", case::snake(&field.name))),
        between: index.is_range.then(|| format!("find_by_{}_between", case::snake(&field.name))),
        prefix: (index.is_range && *field.rust_type.some() == RustType::Text)
            .then(|| format!("find_by_{}_prefix", case::snake(&field.name))),
        rust: format!("find_by_{}", case::snake(&field.name)),
        field: field.name.clone(),
        index: index.id,
        unique: index.unique,
        value: field.rust_type.some().clone(),
    })
}
