//! Random values of input types: as literals with variables in them, and as JSON for variables.

use fastrand::Rng;
use pent::table::{InputDef, Type, TypeKind};

use super::print::string;
use super::{Literal, Variable};
use crate::differential::dice::{leak, one_in, one_of, pick};
use crate::differential::world::{FLOATS, INTS, TEXTS, World, is_required};

/// How deep random values nest at most.
const DEPTH: usize = 3;

/// Makes values up, and the variables in them.
pub(super) struct Inputs<'w> {
    pub(super) world: &'w World,
    pub(super) known: Vec<Known>,
}

/// A variable of the document, whatever operation declares it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) variable: Variable,
    pub(super) ty: Type,
}

impl Inputs<'_> {
    /// Some arguments, or fields of an input object: those that have to be given, and others.
    pub(super) fn given(&mut self, rng: &mut Rng, defs: &[InputDef], depth: usize) -> Vec<(String, Literal)> {
        let mut given = Vec::new();
        for def in defs {
            if is_required(def) || (depth < DEPTH && rng.bool()) {
                given.push((def.name.to_owned(), self.literal(rng, def.ty, def.default.is_some(), depth)));
            }
        }
        if one_in(rng, 4) {
            rng.shuffle(&mut given);
        }
        given
    }

    /// A literal for a place, which may be or hold variables.
    pub(super) fn literal(&mut self, rng: &mut Rng, ty: Type, has_default: bool, depth: usize) -> Literal {
        if one_in(rng, 4) {
            return self.variable(rng, ty, has_default);
        }
        match ty.nullable() {
            (_, false) if one_in(rng, 6) || depth >= DEPTH => Literal::Plain("null".to_owned()),
            (Type::List(item), _) if is_single(rng, *item) => self.single(rng, *item, depth),
            (Type::List(item), _) => {
                let len = if depth >= DEPTH { 0 } else { rng.usize(..4) };
                Literal::List((0..len).map(|_| self.literal(rng, *item, false, depth + 1)).collect())
            }
            (Type::Named(name), _) => match self.world.input_fields(name) {
                Some(defs) if self.world.is_one_of(name) => {
                    let def = one(rng, defs, depth);
                    Literal::Object(vec![(def.name.to_owned(), self.one_literal(rng, def.ty, depth))])
                }
                Some(defs) => Literal::Object(self.given(rng, defs, depth + 1)),
                None => self.leaf(rng, name),
            },
            (Type::NonNull(_), _) => unreachable!("non-null is not twice"),
        }
    }

    /// The one field that is given: a variable there may not be null, whatever its default.
    fn one_literal(&mut self, rng: &mut Rng, ty: Type, depth: usize) -> Literal {
        loop {
            let literal = self.literal(rng, Type::NonNull(leak(ty)), false, depth + 1);
            let is_nullable =
                |known: &Known| Literal::Variable(known.variable.name.clone()) == literal && !known.ty.nullable().1;
            if !self.known.iter().any(is_nullable) {
                return literal;
            }
        }
    }

    /// The same without variables.
    fn constant(&mut self, rng: &mut Rng, ty: Type, depth: usize) -> Literal {
        match ty.nullable() {
            (_, false) if one_in(rng, 6) || depth >= DEPTH => Literal::Plain("null".to_owned()),
            (Type::List(item), _) => {
                let len = if depth >= DEPTH { 0 } else { rng.usize(..3) };
                Literal::List((0..len).map(|_| self.constant(rng, *item, depth + 1)).collect())
            }
            (Type::Named(name), _) => match self.world.input_fields(name) {
                Some(defs) if self.world.is_one_of(name) => {
                    let def = one(rng, defs, depth);
                    let value = self.constant(rng, Type::NonNull(leak(def.ty)), depth + 1);
                    Literal::Object(vec![(def.name.to_owned(), value)])
                }
                Some(defs) => {
                    let given = defs.iter().filter(|def| is_required(def) || (depth < DEPTH && one_in(rng, 2)));
                    let given = given.collect::<Vec<_>>().into_iter();
                    Literal::Object(
                        given.map(|def| (def.name.to_owned(), self.constant(rng, def.ty, depth + 1))).collect(),
                    )
                }
                None => self.leaf(rng, name),
            },
            (Type::NonNull(_), _) => unreachable!("non-null is not twice"),
        }
    }

    /// One value in the place of a list of it: neither null nor a variable, which would be the list.
    fn single(&mut self, rng: &mut Rng, item: Type, depth: usize) -> Literal {
        loop {
            let literal = self.literal(rng, Type::NonNull(leak(item.nullable().0)), false, depth + 1);
            if !matches!(literal, Literal::Variable(_)) {
                return literal;
            }
        }
    }

    fn leaf(&self, rng: &mut Rng, name: &str) -> Literal {
        Literal::Plain(match name {
            "Int" => one_of(rng, &INTS).to_string(),
            "Float" if rng.bool() => one_of(rng, &["0", "-1", "3000000000", "12345678901234567890", "-0"]).to_string(),
            "Float" => one_of(rng, &["1.5", "-0.25", "1e3", "1E-2", "0.0", "6.02e23", "5e-324"]).to_string(),
            "Boolean" => rng.bool().to_string(),
            "ID" if rng.bool() => one_of(rng, &["0", "17", "-3", "9876543210123456789"]).to_string(),
            "UUID" => format!("\"{}\"", self.uuid(rng)),
            "__TypeKind" => unreachable!("nobody asks for a kind of type"),
            "String" | "ID" => {
                let text = one_of(rng, &TEXTS);
                string(rng, text)
            }
            name => self.enum_value(rng, name).to_owned(),
        })
    }

    fn uuid(&self, rng: &mut Rng) -> String {
        let id = pick(rng, &self.world.nodes).id.to_string();
        match rng.u8(..10) {
            0 => id.to_uppercase(),
            1 => id.replace('0', "f"),
            _ => id,
        }
    }

    fn enum_value(&self, rng: &mut Rng, name: &str) -> &'static str {
        match self.world.kind(name) {
            TypeKind::Enum(values) => pick(rng, values).name,
            other => unreachable!("{name} is an enum, not {other:?}"),
        }
    }

    /// A variable for a place: one that is known, or a new one.
    pub(super) fn variable(&mut self, rng: &mut Rng, ty: Type, has_default: bool) -> Literal {
        let fitting = self.known.iter().filter(|known| known.fits(ty, has_default)).collect::<Vec<_>>();
        if !fitting.is_empty() && rng.bool() {
            return Literal::Variable(pick(rng, &fitting).variable.name.clone());
        }
        let (inner, is_non_null) = ty.nullable();
        let inner = narrowed(rng, inner);
        let mut default = None;
        let mut of = if is_non_null { Type::NonNull(leak(inner)) } else { inner };
        if is_non_null && one_in(rng, 3) {
            // A variable that may be null fits where there is a default for it.
            of = inner;
            if !has_default || rng.bool() {
                default = Some(self.constant(rng, Type::NonNull(leak(inner)), 0));
            }
        } else if !is_non_null && one_in(rng, 4) {
            of = Type::NonNull(leak(inner));
        }
        if default.is_none() && one_in(rng, 4) {
            default = Some(self.constant(rng, of, 0));
        }
        let name = format!("v{}", self.known.len());
        self.known.push(Known { variable: Variable { name: name.clone(), ty: of.to_string(), default }, ty: of });
        Literal::Variable(name)
    }

    /// A JSON value of a type.
    pub(super) fn json(&self, rng: &mut Rng, ty: Type, depth: usize) -> String {
        match ty.nullable() {
            (_, false) if one_in(rng, 5) || depth >= DEPTH => "null".to_owned(),
            (Type::List(item), _) if is_single(rng, *item) => {
                self.json(rng, Type::NonNull(leak(item.nullable().0)), depth + 1)
            }
            (Type::List(item), _) => {
                let len = if depth >= DEPTH { 0 } else { rng.usize(..4) };
                format!("[{}]", (0..len).map(|_| self.json(rng, *item, depth + 1)).collect::<Vec<_>>().join(","))
            }
            (Type::Named(name), _) => match self.world.input_fields(name) {
                Some(defs) if self.world.is_one_of(name) => {
                    let def = one(rng, defs, depth);
                    format!("{{{:?}:{}}}", def.name, self.json(rng, Type::NonNull(leak(def.ty)), depth + 1))
                }
                Some(defs) => {
                    let given = defs.iter().filter(|def| is_required(def) || (depth < DEPTH && one_in(rng, 2)));
                    let given = given.collect::<Vec<_>>().into_iter();
                    let fields = given.map(|def| format!("{:?}:{}", def.name, self.json(rng, def.ty, depth + 1)));
                    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
                }
                None => self.json_leaf(rng, name),
            },
            (Type::NonNull(_), _) => unreachable!("non-null is not twice"),
        }
    }

    fn json_leaf(&self, rng: &mut Rng, name: &str) -> String {
        let quoted = |text: &str| serde_json::to_string(text).expect("a string is JSON");
        match name {
            "Int" if one_in(rng, 5) => one_of(rng, &["3.0", "1e3", "-0", "-0.0"]).to_owned(),
            "Int" => one_of(rng, &INTS).to_string(),
            "Float" if rng.bool() => one_of(rng, &INTS).to_string(),
            "Float" => serde_json::to_string(pick(rng, &FLOATS)).expect("a finite number is JSON"),
            "Boolean" => rng.bool().to_string(),
            "ID" if one_in(rng, 3) => one_of(rng, &["0", "-17", "9007199254740991", "5.0"]).to_owned(),
            "UUID" => quoted(&self.uuid(rng)),
            "String" | "ID" => quoted(one_of(rng, &TEXTS)),
            name => quoted(self.enum_value(rng, name)),
        }
    }

    /// A JSON value that is not of a type.
    pub(super) fn wrong_json(&self, rng: &mut Rng, ty: Type) -> String {
        match ty {
            Type::NonNull(_) if one_in(rng, 3) => "null".to_owned(),
            Type::NonNull(inner) => self.wrong_json(rng, *inner),
            Type::List(item) => format!("[{}]", self.wrong_json(rng, *item)),
            Type::Named(name) => match self.world.input_fields(name) {
                Some(defs) => {
                    let def = pick(rng, defs);
                    match rng.u8(..4) {
                        0 if self.world.is_one_of(name) => "{}".to_owned(),
                        1 if self.world.is_one_of(name) => "{\"one\":null}".to_owned(),
                        0 => "{\"unknown\":1}".to_owned(),
                        1 => "\"no object\"".to_owned(),
                        _ => format!("{{{:?}:{}}}", def.name, self.wrong_json(rng, def.ty.nullable().0)),
                    }
                }
                None => {
                    let wrong: &[&str] = match name {
                        "Int" => &["1.5", "2147483648", "\"1\"", "true", "[1]", "{}", "1e10", "-2147483649"],
                        "Float" => &["\"1.5\"", "true", "[]", "{}"],
                        "String" => &["1", "true", "[]", "[\"a\"]", "{}", "1.5"],
                        "Boolean" => &["\"true\"", "0", "1", "[]", "{}"],
                        "ID" => &["1.5", "true", "[]", "{}"],
                        "UUID" => &["\"no uuid\"", "\"\"", "1", "[]", "{}"],
                        _ => &["\"NO_SUCH_VALUE\"", "1", "true", "[]", "{}", "\"\""],
                    };
                    one_of(rng, wrong).to_owned()
                }
            },
        }
    }
}

/// One of the fields of an input object of which exactly one is given: the first, which ends, where it is deep.
fn one<'d>(rng: &mut Rng, defs: &'d [InputDef], depth: usize) -> &'d InputDef {
    if depth < DEPTH { pick(rng, defs) } else { &defs[0] }
}

impl Known {
    /// Whether it may stand at a place (GraphQL, September 2025, 5.8.5).
    fn fits(&self, place: Type, has_default: bool) -> bool {
        let defaulted = self.variable.default.as_ref().is_some_and(|default| *default != Literal::Plain("null".into()));
        match (place, self.ty) {
            (Type::NonNull(_), Type::NonNull(_)) => is_subtype(self.ty, place),
            (Type::NonNull(inner), ty) => (defaulted || has_default) && is_subtype(ty, *inner),
            _ => is_subtype(self.ty, place),
        }
    }
}

fn is_subtype(ty: Type, of: Type) -> bool {
    match (ty, of) {
        (Type::NonNull(ty), Type::NonNull(of)) => is_subtype(*ty, *of),
        (Type::NonNull(ty), of) => is_subtype(*ty, of),
        (Type::List(ty), Type::List(of)) => is_subtype(*ty, *of),
        (Type::Named(ty), Type::Named(of)) => ty == of,
        _ => false,
    }
}

/// The same type with less null in it.
fn narrowed(rng: &mut Rng, ty: Type) -> Type {
    match ty {
        Type::Named(_) => ty,
        Type::NonNull(inner) => Type::NonNull(leak(narrowed(rng, *inner))),
        Type::List(item) => {
            let item = narrowed(rng, *item);
            let is_narrower = !item.nullable().1 && one_in(rng, 4);
            Type::List(leak(if is_narrower { Type::NonNull(leak(item)) } else { item }))
        }
    }
}

/// Whether one value is to stand for a list of it. A list of lists would read a list as its own items.
fn is_single(rng: &mut Rng, item: Type) -> bool {
    !item.is_list() && one_in(rng, 5)
}
