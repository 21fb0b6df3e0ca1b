//! The definitions that one entity asks for.

use super::Derived;
use crate::case;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Directive, Document, Field, InputValue, Kind, Literal, TypeDefinition, Value, directive};
use crate::lower::{self, Slot};
use crate::source::{Span, Spanned};
use crate::type_ref::TypeRef;

/// How many entities a page of a derived list has, unless a client says otherwise.
const PAGE: &str = "100";

/// What `crud` may say.
const ACTIONS: [&str; 5] = ["READ", "BROWSE", "CREATE", "UPDATE", "DELETE"];

pub(super) fn derive(document: &Document, ty: &TypeDefinition, derived: &mut Derived, mistakes: &mut Vec<Diagnostic>) {
    let Some(pent) = directive(&ty.directives, "pent").filter(|_| matches!(ty.kind, Kind::Object(_))) else { return };
    let actions = pent.words("crud");
    let asks = |action: &str| actions.contains(&action);
    derived.has_unknown |= actions.iter().any(|action| !ACTIONS.contains(action));
    let entity = Entity { name: &ty.name.value, span: pent.span };
    let queries = [asks("READ").then(|| entity.read()), asks("BROWSE").then(|| entity.browse())];
    let root = fields_of(document, document.query.as_ref(), "Query");
    for field in queries.into_iter().flatten() {
        if let Some(before) = derived.query.iter().find(|known| known.name.value == field.name.value) {
            mistakes.push(twice(&field, before));
        } else if !has_field(root, &field.name.value) {
            derived.query.push(field);
        }
    }

    let slots = if asks("CREATE") || asks("UPDATE") { lower::slots(document, entity.name) } else { Vec::new() };
    for (action, verb) in [("CREATE", "create"), ("UPDATE", "update"), ("DELETE", "delete")] {
        if !asks(action) {
            continue;
        }
        if slots.is_empty() && action != "DELETE" {
            mistakes.push(entity.nothing_to(verb));
            continue;
        }
        let root = fields_of(document, document.mutation.as_ref(), "Mutation");
        let field = entity.mutation(verb);
        if let Some(before) = derived.mutation.iter().find(|known| known.name.value == field.name.value) {
            mistakes.push(twice(&field, before));
        } else if !has_field(root, &field.name.value) {
            derived.mutation.push(field);
            let types = entity.types_of(verb, &slots).into_iter();
            derived
                .types
                .extend(types.filter(|ty| !document.types.iter().any(|known| known.name.value == ty.name.value)));
        }
    }
}

/// One name for the fields of two entities: `Days` is read by the name that `Day` is listed by.
fn twice(field: &Field, before: &Field) -> Diagnostic {
    let name = &field.name.value;
    Diagnostic::error(Code::DefinedTwice, field.name.span, format!("`{name}` is derived twice"))
        .related(before.name.span, "by this, too")
        .help(format!(
            "write one of them by hand under another name, and take its action out of `crud`: `{name}` is free then"
        ))
}

/// The fields of a root that is there.
fn fields_of<'d>(document: &'d Document, root: Option<&Spanned<String>>, otherwise: &str) -> &'d [Field] {
    let name = root.map_or(otherwise, |root| &root.value);
    let fields = document.types.iter().find(|ty| ty.name.value == name).map(|ty| &ty.kind);
    match fields {
        Some(Kind::Object(fields)) => fields,
        _ => &[],
    }
}

fn has_field(fields: &[Field], name: &str) -> bool {
    fields.iter().any(|field| field.name.value == name)
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
