//! The definitions that one entity asks for.

use std::collections::{BTreeMap, BTreeSet};

use super::Derived;
use crate::case;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Directive, Document, Field, InputValue, Kind, Literal, TypeDefinition, Value, directive};
use crate::lower::{Slot, Slots};
use crate::source::{Span, Spanned};
use crate::type_ref::TypeRef;

/// How many entities a page of a derived list has, unless a client says otherwise.
const PAGE: &str = "100";

/// What `crud` may say.
const ACTIONS: [&str; 5] = ["READ", "BROWSE", "CREATE", "UPDATE", "DELETE"];

/// Derives from one entity after the other.
pub(super) struct Derivation<'d> {
    slots: Slots<'d>,
    /// The names of the types that are there.
    types: BTreeSet<&'d str>,
    query: Root<'d>,
    mutation: Root<'d>,
}

/// The fields of a root: those that are there, and those that are derived, each with its place.
struct Root<'d> {
    written: BTreeSet<&'d str>,
    derived: BTreeMap<String, Span>,
}

impl<'d> Derivation<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        Self {
            slots: Slots::new(document),
            types: document.types.iter().map(|ty| ty.name.value.as_str()).collect(),
            query: Root::of(document, document.query.as_ref(), "Query"),
            mutation: Root::of(document, document.mutation.as_ref(), "Mutation"),
        }
    }

    pub(super) fn derive(&mut self, ty: &TypeDefinition, derived: &mut Derived, mistakes: &mut Vec<Diagnostic>) {
        let is_object = matches!(ty.kind, Kind::Object(_));
        let Some(pent) = directive(&ty.directives, "pent").filter(|_| is_object) else { return };
        let actions = pent.words("crud");
        let asks = |action: &str| actions.contains(&action);
        derived.is_incomplete |= actions.iter().any(|action| !ACTIONS.contains(action));
        let entity = Entity { name: &ty.name.value, span: pent.span };
        let queries = [asks("READ").then(|| entity.read()), asks("BROWSE").then(|| entity.browse())];
        for field in queries.into_iter().flatten() {
            if self.query.takes(&field, mistakes) {
                derived.query.push(field);
            }
        }

        let slots = if asks("CREATE") || asks("UPDATE") { self.slots.of(entity.name) } else { Vec::new() };
        for (action, verb) in [("CREATE", "create"), ("UPDATE", "update"), ("DELETE", "delete")] {
            if !asks(action) {
                continue;
            }
            if slots.is_empty() && action != "DELETE" {
                mistakes.push(entity.nothing_to(verb));
                continue;
            }
            let field = entity.mutation(verb);
            if self.mutation.takes(&field, mistakes) {
                derived.mutation.push(field);
                let types = entity.types_of(verb, &slots).into_iter();
                derived.types.extend(types.filter(|ty| !self.types.contains(ty.name.value.as_str())));
            }
        }
    }
}

impl<'d> Root<'d> {
    fn of(document: &'d Document, root: Option<&'d Spanned<String>>, otherwise: &str) -> Self {
        let name = root.map_or(otherwise, |root| &root.value);
        let written = match document.types.iter().find(|ty| ty.name.value == name).map(|ty| &ty.kind) {
            Some(Kind::Object(fields)) => fields.iter().map(|field| field.name.value.as_str()).collect(),
            _ => BTreeSet::new(),
        };
        Self { written, derived: BTreeMap::new() }
    }

    /// Whether a field is to be derived: what is there already is not.
    fn takes(&mut self, field: &Field, mistakes: &mut Vec<Diagnostic>) -> bool {
        let name = &field.name.value;
        if let Some(before) = self.derived.get(name) {
            mistakes.push(twice(name, field.name.span, *before));
            return false;
        }
        if self.written.contains(name.as_str()) {
            return false;
        }
        self.derived.insert(name.clone(), field.name.span);
        true
    }
}

/// One name for the fields of two entities: `Days` is read by the name that `Day` is listed by.
fn twice(name: &str, span: Span, before: Span) -> Diagnostic {
    Diagnostic::error(Code::DefinedTwice, span, format!("`{name}` is derived twice"))
        .related(before, "by this, too")
        .help(format!(
            "write one of them by hand under another name, and take its action out of `crud`: `{name}` is free then"
        ))
}

struct Entity<'d> {
    name: &'d str,
    /// The place of the directive, which all that is derived has.
    span: Span,
}

impl Entity<'_> {
    fn read(&self) -> Field {
        let args = vec![self.value("id", TypeRef::named("UUID").required())];
        self.field(case::field_name(self.name), TypeRef::named(self.name), args, self.used("readPent", None))
    }

    fn browse(&self) -> Field {
        let first = self.value("first", TypeRef::named("Int"));
        let page = Some(Literal { value: Value::Int(PAGE.to_owned()), span: self.span });
        let args = vec![InputValue { default: page, ..first }, self.value("after", TypeRef::named("UUID"))];
        let name = case::plural(&case::field_name(self.name));
        self.field(name, TypeRef::list_of(self.name), args, self.used("browsePents", None))
    }

    /// `createAuthor`, `updateAuthor` or `deleteAuthor`.
    fn mutation(&self, verb: &str) -> Field {
        let id = || self.value("id", TypeRef::named("UUID").required());
        let data = || self.value("data", TypeRef::named(&self.type_of(verb, "Data")).required());
        let args = match verb {
            "create" => vec![data()],
            "update" => vec![id(), data()],
            _ => vec![id()],
        };
        let entity = (verb == "delete").then_some(("type", self.name));
        let payload = TypeRef::named(&self.type_of(verb, "Payload"));
        self.field(self.verbal(verb), payload, args, self.used(&format!("{verb}Pent"), entity))
    }

    /// The input and the payload of a mutation.
    fn types_of(&self, verb: &str, slots: &[Slot]) -> Vec<TypeDefinition> {
        let answer = match verb {
            "delete" => self.member("deletedId".to_owned(), TypeRef::named("UUID")),
            _ => self.member(case::field_name(self.name), TypeRef::named(self.name)),
        };
        let payload = self.definition(verb, "Payload", "pentMutationPayload", Kind::Object(vec![answer]));
        let given = |slot: &Slot| {
            let is_required = verb == "create" && !slot.has_default;
            let ty = if is_required { slot.ty.clone() } else { slot.ty.nullable().clone() };
            InputValue { description: slot.description.clone(), ..self.value(&slot.name, ty) }
        };
        let fields = || slots.iter().map(given).collect();
        let data = (verb != "delete").then(|| self.definition(verb, "Data", "pentMutationData", Kind::Input(fields())));
        data.into_iter().chain([payload]).collect()
    }

    fn nothing_to(&self, verb: &str) -> Diagnostic {
        let message = format!("`{}` stores nothing that a client could {verb}", self.name);
        let help = format!("take `{}` out of `crud`, or store something", verb.to_uppercase());
        Diagnostic::error(Code::NothingToWrite, self.span, message).help(help)
    }

    fn verbal(&self, verb: &str) -> String {
        format!("{verb}{}", capitalised(self.name))
    }

    /// `CreateAuthorData`, say.
    fn type_of(&self, verb: &str, what: &str) -> String {
        format!("{}{}{what}", capitalised(verb), capitalised(self.name))
    }

    fn definition(&self, verb: &str, what: &str, marked: &str, kind: Kind) -> TypeDefinition {
        TypeDefinition {
            name: self.spanned(self.type_of(verb, what)),
            description: None,
            directives: vec![self.used(marked, None)],
            implements: Vec::new(),
            kind,
        }
    }

    fn field(&self, name: String, ty: TypeRef, args: Vec<InputValue>, source: Directive) -> Field {
        Field { args, directives: vec![source], ..self.member(name, ty) }
    }

    fn member(&self, name: String, ty: TypeRef) -> Field {
        let (name, ty) = (self.spanned(name), self.spanned(ty));
        Field { name, description: None, ty, args: Vec::new(), directives: Vec::new() }
    }

    fn value(&self, name: &str, ty: TypeRef) -> InputValue {
        let (name, ty) = (self.spanned(name.to_owned()), self.spanned(ty));
        InputValue { name, description: None, ty, default: None, directives: Vec::new() }
    }

    fn used(&self, name: &str, argument: Option<(&str, &str)>) -> Directive {
        let text = |text: &str| Literal { value: Value::Text(text.to_owned()), span: self.span };
        let args = argument.map(|(name, value)| (name.to_owned(), text(value))).into_iter().collect();
        Directive { name: name.to_owned(), defined: true, span: self.span, args }
    }

    fn spanned<T>(&self, value: T) -> Spanned<T> {
        Spanned { value, span: self.span }
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
