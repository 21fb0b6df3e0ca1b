//! Random values of output types, and literals of input types.

use fastrand::Rng;
use kvetch::{NodeId, Value};
use pent::table::{InputDef, Literal, Type, TypeDef, TypeKind};

use super::output::Output;
use crate::differential::dice::{leak, one_in, one_of, pick};

/// How deep random objects and lists nest at most.
const DEPTH: usize = 4;
/// How many values one answer has at most, about.
const VALUES: usize = 80;

pub(crate) const TEXTS: [&str; 8] = [
    "",
    "plain",
    "two words",
    "a \"quoted\" \\ word",
    "line\nbreak\ttab",
    "\u{7}\u{1f}",
    "é \u{2028}",
    "\u{1F4D6} book",
];
pub(super) const SCALARS: [&str; 6] = ["Int", "Float", "String", "Boolean", "ID", "UUID"];
pub(crate) const INTS: [i32; 7] = [0, 1, -1, 7, 123_456, i32::MAX, i32::MIN];
pub(crate) const FLOATS: [f64; 10] = [0.0, 1.0, -2.5, 0.1, 1e21, 1e-7, 123_456_789.125, 5e-324, f64::MAX, 3e10];

/// What answers are made of.
pub(super) struct Outputs<'a> {
    pub(super) types: &'a [TypeDef],
    /// The ids of the entities, with the names of their types.
    pub(super) entities: &'a [(NodeId, &'static str)],
    /// How likely anything is null or wrong: one in this many.
    pub(super) trouble: u32,
    pub(super) left: usize,
}

impl<'a> Outputs<'a> {
    pub(super) fn new(types: &'a [TypeDef], entities: &'a [(NodeId, &'static str)], trouble: u32) -> Self {
        Self { types, entities, trouble, left: VALUES }
    }

    /// A whole answer of a field.
    pub(super) fn answer(&mut self, rng: &mut Rng, ty: Type) -> Output {
        self.left = VALUES;
        if one_in(rng, self.trouble) { Output::Fails } else { self.value(rng, ty, 0) }
    }

    /// A value at a place of a type, with mistakes in it now and then.
    pub(super) fn value(&mut self, rng: &mut Rng, ty: Type, depth: usize) -> Output {
        self.left = self.left.saturating_sub(1);
        let (inner, is_non_null) = ty.nullable();
        let is_short = depth >= DEPTH || self.left == 0;
        // Nulls are rarer where they are mistakes.
        let nulls = if is_non_null { self.trouble.saturating_mul(2) } else { 5 };
        if one_in(rng, nulls) || (is_short && !is_non_null && self.kind(inner.name()).is_some()) {
            return Output::Null;
        }
        if one_in(rng, self.trouble.saturating_mul(2)) {
            return self.wrong(rng, inner);
        }
        match inner {
            Type::List(item) => {
                let len = if is_short { 0 } else { rng.usize(..4) };
                Output::List((0..len).map(|_| self.value(rng, *item, depth + 1)).collect())
            }
            Type::Named(name) => self.named(rng, name, depth),
            Type::NonNull(_) => unreachable!("non-null is not twice"),
        }
    }

    fn named(&mut self, rng: &mut Rng, name: &'static str, depth: usize) -> Output {
        match self.kind(name) {
            None => scalar(rng, name, self.entities),
            Some(TypeKind::Enum(values)) => Output::Text(pick(rng, values).name.to_owned()),
            Some(TypeKind::Object(object)) if object.node_type.is_some() => {
                let of = self.entities.iter().filter(|(_, of)| *of == name).collect::<Vec<_>>();
                Output::Entity(pick(rng, &of).0, None)
            }
            Some(TypeKind::Object(object)) => {
                let values = object.fields.iter().map(|field| self.value(rng, field.ty, depth + 1));
                Output::Object(leak(name.to_owned()), values.collect())
            }
            Some(TypeKind::Interface(_) | TypeKind::Union(_)) => {
                let possible = self.possible(name);
                let member = one_of(rng, &possible);
                self.named(rng, member, depth)
            }
            Some(other) => unreachable!("fields are not of {other:?}"),
        }
    }

    /// A value that does not fit a type.
    fn wrong(&mut self, rng: &mut Rng, ty: Type) -> Output {
        let Type::Named(name) = ty else { return Output::Wrong(Box::new(Output::Int(1))) };
        let text = Output::Text("nothing of the kind".to_owned());
        let wrong = match (self.kind(name), name) {
            (None, "Int") if rng.bool() => return Output::Huge(1 << 31),
            (None, "Float") if rng.bool() => Output::Float(f64::NAN),
            (None, "String" | "ID") => Output::Bool(true),
            (Some(TypeKind::Object(object)), _) if object.node_type.is_some() && rng.bool() => {
                let others = self.entities.iter().filter(|(_, of)| *of != name).collect::<Vec<_>>();
                if others.is_empty() { text } else { Output::Entity(pick(rng, &others).0, None) }
            }
            (Some(TypeKind::Interface(_) | TypeKind::Union(_)), _) if rng.bool() => {
                let possible = self.possible(name);
                let others = self.entities.iter().filter(|(_, of)| !possible.contains(of)).collect::<Vec<_>>();
                if others.is_empty() { text } else { Output::Entity(pick(rng, &others).0, None) }
            }
            // A list where there is none, with what the list would hold.
            (_, _) if one_in(rng, 3) => Output::List(vec![self.named(rng, name, DEPTH)]),
            _ => text,
        };
        Output::Wrong(Box::new(wrong))
    }

    /// The objects that a value of a type may be.
    pub(super) fn possible(&self, name: &str) -> Vec<&'static str> {
        possible(self.types, name)
    }

    fn kind(&self, name: &str) -> Option<&'a TypeKind> {
        self.types.iter().find(|def| def.name == name).map(|def| &def.kind)
    }
}

/// The objects that a value of a type may be.
pub(super) fn possible(types: &[TypeDef], name: &str) -> Vec<&'static str> {
    let of = types.iter().filter(|def| match &def.kind {
        TypeKind::Object(object) => def.name == name || object.interfaces.contains(&name),
        _ => false,
    });
    let union = types.iter().find(|def| def.name == name).and_then(|def| match &def.kind {
        TypeKind::Union(members) => Some(members.to_vec()),
        _ => None,
    });
    union.unwrap_or_else(|| of.map(|def| def.name).collect())
}

fn scalar(rng: &mut Rng, name: &str, entities: &[(NodeId, &'static str)]) -> Output {
    match name {
        "Int" => Output::Int(one_of(rng, &INTS)),
        "Float" => Output::Float(one_of(rng, &FLOATS)),
        "Boolean" => Output::Bool(rng.bool()),
        "String" => Output::Text(one_of(rng, &TEXTS).to_owned()),
        "ID" => Output::Text(rng.u8(..).to_string()),
        "UUID" => Output::Id(pick(rng, entities).0),
        other => unreachable!("{other} is a scalar"),
    }
}

/// What is stored for a value.
pub(super) fn stored(value: &Output) -> Value {
    match value {
        Output::Null | Output::Fails => Value::Null,
        Output::Bool(value) => Value::Bool(*value),
        Output::Int(value) => Value::Int(i64::from(*value)),
        Output::Huge(value) => Value::Int(*value),
        Output::Float(value) => Value::Float(*value),
        Output::Text(text) => Value::Text(text.clone()),
        Output::Id(id) | Output::Entity(id, _) => Value::Id(*id),
        Output::List(items) => Value::List(items.iter().map(stored).collect()),
        Output::Wrong(inner) => stored(inner),
        Output::Object(..) => unreachable!("plain objects are not stored"),
    }
}

/// Random literals of input types, as defaults of the schema.
pub(super) struct Literals<'a> {
    pub(super) types: &'a [TypeDef],
    pub(super) entities: &'a [(NodeId, &'static str)],
}

impl Literals<'_> {
    pub(super) fn literal(&self, rng: &mut Rng, ty: Type, depth: usize) -> Literal {
        let (inner, is_non_null) = ty.nullable();
        if !is_non_null && (one_in(rng, 6) || depth >= DEPTH) {
            return Literal::Null;
        }
        match inner {
            Type::List(_) if !self.is_known(ty) => Literal::List(&[]),
            // One value stands for a list of it.
            Type::List(item) if one_in(rng, 5) && !matches!(item.nullable().0, Type::List(_)) => {
                self.literal(rng, Type::NonNull(leak(item.nullable().0)), depth + 1)
            }
            Type::List(item) => {
                let len = if depth >= DEPTH { 0 } else { rng.usize(..3) };
                let items = (0..len).map(|_| self.literal(rng, *item, depth + 1)).collect::<Vec<_>>();
                Literal::List(items.leak())
            }
            Type::Named(name) => self.named(rng, name, depth),
            Type::NonNull(_) => unreachable!("non-null is not twice"),
        }
    }

    fn is_known(&self, ty: Type) -> bool {
        SCALARS.contains(&ty.name()) || self.types.iter().any(|def| def.name == ty.name())
    }

    fn named(&self, rng: &mut Rng, name: &str, depth: usize) -> Literal {
        match self.types.iter().find(|def| def.name == name).map(|def| &def.kind) {
            None => match name {
                "Int" => Literal::Int(i64::from(one_of(rng, &INTS))),
                "Float" if rng.bool() => Literal::Int(i64::from(rng.i8(..))),
                "Float" => Literal::Float(one_of(rng, &FLOATS)),
                "Boolean" => Literal::Bool(rng.bool()),
                "ID" if rng.bool() => Literal::Int(i64::from(rng.u8(..))),
                "UUID" => Literal::Text(leak(pick(rng, self.entities).0.to_string())),
                "String" | "ID" => Literal::Text(one_of(rng, &TEXTS)),
                other => unreachable!("{other} is a scalar, or was made up before"),
            },
            Some(TypeKind::Enum(values)) => Literal::Enum(pick(rng, values).name),
            Some(TypeKind::Input(fields)) => {
                let mut given = fields.iter().collect::<Vec<_>>();
                // Input objects that are still to be made up are left out, so that no default is endless.
                given.retain(|def| is_required(def) || (self.is_known(def.ty) && depth < DEPTH && rng.bool()));
                let given = given.into_iter().map(|def| (def.name, self.literal(rng, def.ty, depth + 1)));
                Literal::Object(given.collect::<Vec<_>>().leak())
            }
            Some(TypeKind::OneOf(fields)) => {
                let known = fields.iter().filter(|def| self.is_known(def.ty)).collect::<Vec<_>>();
                let def = if depth < DEPTH { *pick(rng, &known) } else { &fields[0] };
                let value = self.literal(rng, Type::NonNull(leak(def.ty)), depth + 1);
                Literal::Object(vec![(def.name, value)].leak())
            }
            Some(other) => unreachable!("{other:?} is no input type"),
        }
    }
}

/// Whether an argument or input field has to be given.
pub(crate) fn is_required(def: &InputDef) -> bool {
    def.ty.nullable().1 && def.default.is_none()
}
