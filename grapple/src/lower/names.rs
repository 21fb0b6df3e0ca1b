//! Names of the generated Rust: two of the schema must not become one there.

use super::Report;
use super::catalog::{Catalog, reference_key};
use super::number::Taken;
use crate::case;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::Kind;
use crate::model::{Entity, Field, Model, Root, ScalarMeaning, Source};
use crate::source::Span;

/// The names of one Rust namespace.
struct Namespace<'r> {
    taken: Taken<String>,
    report: &'r mut Report,
}

impl<'r> Namespace<'r> {
    fn new(report: &'r mut Report) -> Self {
        Self { taken: Taken::default(), report }
    }

    fn claim(&mut self, rust: &str, span: Span, what: &str) {
        if let Some((before_span, before)) = self.taken.take(&rust.to_owned(), span, what) {
            // Two of one name in the schema have been reported as that.
            if before == what {
                return;
            }
            self.report.push(
                Diagnostic::error(
                    Code::RustNameTwice,
                    span,
                    format!("{what} and {before} both become `{rust}` in Rust"),
                )
                .related(before_span, "the other one")
                .help("rename one of the two"),
            );
        }
    }
}

pub(super) fn check(catalog: &Catalog<'_>, model: &Model, report: &mut Report) {
    let places = Places { catalog };
    check_types(&places, model, report);
    check_functions(&places, model, report);
    for entity in &model.entities {
        check_methods(&places, entity, report);
    }
    for ty in &model.plains {
        let mut fields = Namespace::new(report);
        ty.fields
            .iter()
            .for_each(|field| fields.claim(&field.rust, places.member(&ty.name, &field.name), &quoted(&field.name)));
    }
    for ty in &model.inputs {
        let mut fields = Namespace::new(report);
        ty.fields
            .iter()
            .for_each(|field| fields.claim(&field.rust, places.member(&ty.name, &field.name), &quoted(&field.name)));
    }
    for ty in &model.enums {
        let mut values = Namespace::new(report);
        ty.values
            .iter()
            .for_each(|value| values.claim(&value.rust, places.member(&ty.name, &value.name), &quoted(&value.name)));
    }
    if let Some(root) = model.subscription_root() {
        check_subscription(&places, root, report);
    }
    for owner in model.owners() {
        for field in owner.custom_fields() {
            let mut args = Namespace::new(report);
            for argument in &field.args {
                let span = places.argument(owner.name, &field.name, &argument.name);
                args.claim(&argument.rust, span, &format!("the argument `{}`", argument.name));
            }
        }
    }
}

fn check_types(places: &Places<'_>, model: &Model, report: &mut Report) {
    let mut types = Namespace::new(report);
    let named = model.enums.iter().map(|ty| (&ty.name, &ty.rust));
    let named = named.chain(model.entities.iter().map(|ty| (&ty.name, &ty.rust)));
    let named = named.chain(model.inputs.iter().map(|ty| (&ty.name, &ty.rust)));
    let named = named.chain(model.plains.iter().map(|ty| (&ty.name, &ty.rust)));
    let named = named.chain(model.abstracts.iter().map(|ty| (&ty.name, &ty.rust)));
    for (name, rust) in named {
        types.claim(rust, places.ty(name), &quoted(name));
    }
    for scalar in &model.scalars {
        if let ScalarMeaning::Own { rust, .. } = &scalar.meaning {
            types.claim(rust, places.ty(&scalar.name), &quoted(&scalar.name));
        }
    }
    for entity in model.entities.iter().filter(|entity| entity.privacy) {
        let what = format!("the trait of the rules of `{}`", entity.name);
        types.claim(&entity.privacy_trait(), places.ty(&entity.name), &what);
    }
    if let Some(root) = model.subscription_root() {
        types.claim(&root.rust, places.ty(&root.name), &quoted(&root.name));
    }
    for owner in model.owners() {
        let span = places.ty(owner.name);
        if !owner.has_value {
            types.claim(owner.rust, span, &quoted(owner.name));
        }
        types.claim(&owner.trait_name(), span, &format!("the trait of `{}`", owner.name));
    }
}

fn check_functions(places: &Places<'_>, model: &Model, report: &mut Report) {
    let mut functions = Namespace::new(report);
    for owner in model.owners() {
        for field in owner.custom_fields() {
            if let Source::Custom { resolver } = &field.source {
                functions.claim(
                    resolver,
                    places.member(owner.name, &field.name),
                    &format!("`{}.{}`", owner.name, field.name),
                );
            }
        }
    }
}

/// A field of the subscription root is a variant, and a function; its arguments are the fields of the variant.
fn check_subscription(places: &Places<'_>, root: &Root, report: &mut Report) {
    let place = |field: &Field| places.member(&root.name, &field.name);
    let mut variants = Namespace::new(report);
    for field in &root.fields {
        variants.claim(&case::type_name(&field.name), place(field), &quoted(&field.name));
    }
    let mut functions = Namespace::new(report);
    for field in &root.fields {
        functions.claim(&field.rust, place(field), &quoted(&field.name));
    }
    for field in &root.fields {
        let mut args = Namespace::new(report);
        for argument in &field.args {
            let span = places.argument(&root.name, &field.name, &argument.name);
            args.claim(&argument.rust, span, &format!("the argument `{}`", argument.name));
        }
    }
}

fn check_methods(places: &Places<'_>, entity: &Entity, report: &mut Report) {
    let mut methods = Namespace::new(report);
    let span = |field: &Field| places.member(&entity.name, &field.name);
    for field in &entity.fields {
        // Two values that are stored under one name have been reported.
        let is_stored_once = |key: &str| entity.stored.iter().filter(|value| value.key == key).count() == 1;
        if let Source::Reference { key, .. } = &field.source
            && is_stored_once(key)
        {
            let id = case::value_name(&reference_key(&field.name));
            methods.claim(&id, span(field), &format!("the id of `{}`", field.name));
        }
        methods.claim(&field.rust, span(field), &quoted(&field.name));
    }
    for finder in &entity.finders {
        methods.claim(
            &finder.rust,
            places.member(&entity.name, &finder.field),
            &format!("the look-up by `{}`", finder.field),
        );
        for range in finder.between.iter().chain(&finder.prefix) {
            let what = format!("the look-up by ranges of `{}`", finder.field);
            methods.claim(range, places.member(&entity.name, &finder.field), &what);
        }
        if let Some(upsert) = &finder.upsert {
            let what = format!("the upsert by `{}`", finder.field);
            methods.claim(upsert, places.member(&entity.name, &finder.field), &what);
        }
    }
    let written = [("create", entity.create.is_some()), ("update", entity.update.is_some()), ("delete", entity.delete)];
    for (name, _) in written.iter().filter(|(_, there)| *there) {
        methods.claim(name, places.ty(&entity.name), &format!("the function that {name}s a `{}`", entity.name));
    }
    if entity.create.is_some() {
        let what = format!("the function that creates many of `{}`", entity.name);
        methods.claim("create_many", places.ty(&entity.name), &what);
    }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// Where types and their members are written.
struct Places<'a> {
    catalog: &'a Catalog<'a>,
}

impl Places<'_> {
    fn ty(&self, name: &str) -> Span {
        self.catalog.definition(name).map_or(Span::SCHEMA, |ty| ty.name.span)
    }

    fn argument(&self, ty: &str, field: &str, argument: &str) -> Span {
        let object = self.catalog.object(ty);
        let args = object.and_then(|object| object.field(field)).map(|field| field.args.as_slice());
        let found = args.unwrap_or_default().iter().find(|known| known.name.value == argument);
        found.map_or_else(|| self.member(ty, field), |found| found.name.span)
    }

    fn member(&self, ty: &str, member: &str) -> Span {
        let found = self.catalog.definition(ty).and_then(|ty| match &ty.kind {
            Kind::Object(fields) | Kind::Interface(fields) => {
                fields.iter().find(|field| field.name.value == member).map(|field| field.name.span)
            }
            Kind::Input(fields) => fields.iter().find(|field| field.name.value == member).map(|field| field.name.span),
            Kind::Enum(values) => values.iter().find(|value| value.name.value == member).map(|value| value.name.span),
            Kind::Scalar | Kind::Union(_) => None,
        });
        found.unwrap_or_else(|| self.ty(ty))
    }
}
