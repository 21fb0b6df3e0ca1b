//! Where variables are used, and at places of which types.

use std::collections::{HashMap, HashSet};

use super::{Mistake, walk};
use crate::operation::{Document, FieldNode, Literal, Location, Operation, Selection};
use crate::table::{InputDef, Type};
use crate::types::{InputObject, Named, Types};

/// A variable where it is used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage<'a> {
    pub(super) name: &'a str,
    pub(super) location: Location,
    /// The type that is expected there; `None` inside a scalar, which takes anything.
    pub(super) expected: Option<Type>,
    /// Whether the place has a default of its own.
    pub(super) has_default: bool,
    /// Whether it is the one field of a `@oneOf` input object, by its name.
    pub(super) member: Option<&'static str>,
}

/// What the definitions of a document use themselves, without what the fragments that they spread do.
#[derive(Debug, Default)]
struct Own<'a> {
    usages: Vec<Usage<'a>>,
    spreads: Vec<&'a str>,
}

/// The usages of variables in all definitions of a document.
#[derive(Debug)]
pub(super) struct Usages<'a> {
    operations: HashMap<*const Operation, Own<'a>>,
    fragments: HashMap<&'a str, Own<'a>>,
    /// What is wrong with values wherever they stand.
    pub(super) mistakes: Vec<Mistake>,
}

impl<'a> Usages<'a> {
    pub(super) fn of(types: &'a Types, document: &'a Document) -> Self {
        let mut usages = Self { operations: HashMap::new(), fragments: HashMap::new(), mistakes: Vec::new() };
        for operation in &document.operations {
            let mut own = Own::default();
            let root = walk::root(types, operation.kind);
            usages.selections(types, root, &operation.selections, &mut own);
            usages.operations.insert(operation, own);
        }
        let mut names = document.fragments.keys().collect::<Vec<_>>();
        names.sort_unstable();
        for name in names {
            let fragment = &document.fragments[name];
            let mut own = Own::default();
            usages.selections(types, &fragment.on, &fragment.selections, &mut own);
            usages.fragments.insert(name, own);
        }
        usages
    }

    /// The usages in an operation and in all fragments that it comes to spread.
    pub(super) fn reached_by(&self, operation: &Operation) -> Vec<Usage<'a>> {
        let own = &self.operations[&std::ptr::from_ref(operation)];
        let mut reached = own.usages.clone();
        let mut known = HashSet::new();
        let mut open = own.spreads.clone();
        while let Some(name) = open.pop() {
            if known.insert(name)
                && let Some(own) = self.fragments.get(name)
            {
                reached.extend(&own.usages);
                open.extend(&own.spreads);
            }
        }
        reached
    }

    fn selections(&mut self, types: &'a Types, on: &'a str, selections: &'a [Selection], own: &mut Own<'a>) {
        for selection in selections {
            for condition in selection.conditions() {
                self.value(types, &walk::CONDITION, &condition.value, selection.location(), own);
            }
            match selection {
                Selection::Field(node) => {
                    self.mistakes.extend(arguments_of_typename(node));
                    let Some(field) = walk::field(types, on, &node.name) else { continue };
                    for (name, value) in &node.arguments {
                        if let Some(def) = field.args.iter().find(|def| def.name == name) {
                            self.value(types, def, value, node.location, own);
                        }
                    }
                    self.selections(types, field.ty, &node.selections, own);
                }
                Selection::Spread { fragment, .. } => own.spreads.push(fragment),
                Selection::Inline { on: narrowed, selections, .. } => {
                    self.selections(types, narrowed.as_deref().unwrap_or(on), selections, own);
                }
            }
        }
    }

    /// A value of an argument.
    fn value(
        &mut self,
        types: &'a Types,
        def: &'static InputDef,
        value: &'a Literal,
        location: Location,
        own: &mut Own<'a>,
    ) {
        if let Err(refusal) = crate::coerce::literal(types, def.ty, value, crate::coerce::Scope::Planning) {
            self.mistakes.push(Mistake::at(location, format!("Argument \"{}\": {refusal}.", def.name)));
        }
        let place =
            Usage { name: "", location, expected: Some(def.ty), has_default: def.default.is_some(), member: None };
        used(types, place, value, &mut own.usages);
    }
}

/// On a union nobody else looks at them: it has no fields.
fn arguments_of_typename(node: &FieldNode) -> Option<Mistake> {
    let (name, _) = node.arguments.first().filter(|_| node.name == "__typename")?;
    Some(Mistake::at(node.location, format!("Unknown argument \"{name}\" on field \"__typename\".")))
}

/// The variables in a value; `place` is where it stands.
fn used<'a>(types: &Types, place: Usage<'a>, value: &'a Literal, usages: &mut Vec<Usage<'a>>) {
    let expected = place.expected.map(|expected| expected.nullable().0);
    let inside = Usage { has_default: false, member: None, ..place };
    match (value, expected) {
        (Literal::Variable(name), _) => usages.push(Usage { name, ..place }),
        (Literal::List(items), Some(Type::List(item))) => {
            items.iter().for_each(|value| used(types, Usage { expected: Some(*item), ..inside }, value, usages));
        }
        // One value stands for a list of it.
        (Literal::Object(_), Some(Type::List(item))) => {
            used(types, Usage { expected: Some(*item), ..inside }, value, usages);
        }
        (Literal::List(items), _) => {
            items.iter().for_each(|value| used(types, Usage { expected: None, ..inside }, value, usages));
        }
        (Literal::Object(fields), expected) => {
            let object = input_object(types, expected);
            for (name, value) in fields {
                let def = object.and_then(|object| object.fields.iter().find(|def| def.name == name));
                let place = Usage {
                    expected: def.map(|def| def.ty),
                    has_default: def.is_some_and(|def| def.default.is_some()),
                    member: def.filter(|_| object.is_some_and(|object| object.is_one_of)).map(|def| def.name),
                    ..place
                };
                used(types, place, value, usages);
            }
        }
        _ => {}
    }
}

fn input_object(types: &Types, ty: Option<Type>) -> Option<InputObject> {
    match types.get(ty?.name()) {
        Some(Named::Input(object)) => Some(object),
        _ => None,
    }
}
