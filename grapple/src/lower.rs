//! Document to model: the directives understood, their rules checked, every mistake reported.

mod abstract_type;
mod catalog;
mod data;
mod default;
mod deprecation;
mod edge;
mod entity;
mod enumeration;
mod field;
mod index;
mod input;
mod literal;
mod mutation;
mod names;
mod nested_default;
mod number;
mod payload;
mod place;
mod plain;
mod privacy;
mod query;
mod recursion;
mod reserved;
mod resolver;
mod root;
mod scalar;
mod stored_name;
mod subscription;

use crate::diagnostic::Diagnostic;
use crate::document::{self, Document, InputValue, Kind, TypeDefinition};
use crate::model::{AbstractKind, Literal, Model};
use catalog::Catalog;
pub(crate) use entity::Slot;
use recursion::Contents;

/// The findings so far.
type Report = Vec<Diagnostic>;

/// Whether a model has every field of a document: what has not been reported must have been understood.
pub(crate) fn is_complete(document: &Document, model: &Model) -> bool {
    let written = |ty: &TypeDefinition| match &ty.kind {
        Kind::Object(fields) | Kind::Interface(fields) => fields.len(),
        Kind::Input(fields) => fields.len(),
        Kind::Enum(values) => values.len(),
        Kind::Scalar | Kind::Union(_) => 0,
    };
    let objects = model.entities.iter().map(|ty| ty.fields.len()).chain(model.roots.iter().map(|ty| ty.fields.len()));
    let objects = objects.chain(model.plains.iter().map(|ty| ty.fields.len()));
    let told = model.abstracts.iter().map(|ty| match &ty.kind {
        AbstractKind::Interface { fields, .. } => fields.len(),
        AbstractKind::Union(_) => 0,
    });
    let objects = objects.chain(told);
    let others = model.inputs.iter().map(|ty| ty.fields.len()).chain(model.enums.iter().map(|ty| ty.values.len()));
    document.types.iter().map(written).sum::<usize>() == objects.chain(others).sum::<usize>()
}

/// The default of an argument or input field, as a value of its type.
pub(crate) fn default_value(value: &InputValue) -> Option<Literal> {
    value.default.as_ref().map(|default| literal::value(&value.ty.value, default))
}

/// A value of a directive, as it is written.
pub(crate) fn written_value(literal: &document::Literal) -> Literal {
    literal::as_written(literal)
}

/// What the nodes of a schema's entities store, as mutations see it.
#[derive(Debug)]
pub(crate) struct Slots<'a>(Catalog<'a>);

impl<'a> Slots<'a> {
    pub(crate) fn new(document: &'a Document) -> Self {
        Self(Catalog::new(document))
    }

    /// What a node of an entity stores.
    pub(crate) fn of(&self, entity: &str) -> Vec<Slot> {
        self.0.entity(entity).map_or_else(Vec::new, |entity| entity::slots(&self.0, &entity))
    }
}

/// Understands a schema. The model is only worth printing when nothing was reported.
pub(crate) fn lower(document: &Document, schema_file: String) -> (Model, Vec<Diagnostic>) {
    let catalog = Catalog::new(document);
    let mut report = Report::new();
    place::check(&catalog, &mut report);
    literal::check(&catalog, &mut report);
    nested_default::check(&catalog, &mut report);
    reserved::check(&catalog, &mut report);
    deprecation::check(&catalog, &mut report);

    let indexes = index::indexes(&catalog, &mut report);
    let edges = edge::edges(&catalog, &mut report);
    let mutations = mutation::mutations(&catalog, &mut report);
    let mut model = Model {
        schema_file,
        description: document.description.clone().or_else(|| catalog.query_description()),
        query: document.query.as_ref().map_or_else(String::new, |query| query.value.clone()),
        mutation: document.mutation.as_ref().map(|mutation| mutation.value.clone()),
        subscription: document.subscription.as_ref().map(|subscription| subscription.value.clone()),
        scalars: scalar::scalars(&catalog, &mut report),
        enums: enumeration::enums(&catalog),
        entities: entity::entities(&catalog, &indexes, &edges, &mutations, &mut report),
        inputs: input::inputs(&catalog, &mutations),
        plains: plain::plains(&catalog, &mut report),
        abstracts: abstract_type::abstracts(&catalog, &mut report),
        roots: root::roots(&catalog, &indexes, &edges, &mutations, &mut report),
        edges,
        indexes,
    };
    stored_name::check(&catalog, &mut report);
    default::check(&catalog, &mut report);
    edge::check_deletions(&catalog, &mut report);
    input::check(&catalog, &mut report);
    privacy::check(&catalog, &mut report);
    let contents = Contents::of(&catalog);
    contents.check(&catalog, &mut report);
    contents.box_fields(&mut model);
    resolver::tell_apart(&mut model);
    names::check(&catalog, &model, &mut report);
    (model, report)
}
