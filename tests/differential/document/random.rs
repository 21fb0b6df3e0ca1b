//! Random documents that are valid for a schema.

use std::collections::HashMap;

use fastrand::Rng;
use pent::table::{FieldDef, Source, Type};

use super::inputs::{Inputs, Known};
use super::{Directive, Document, Field, Fragment, Literal, Operation, Selection, introspection};
use crate::differential::dice::{one_in, one_of, pick};
use crate::differential::world::World;

/// How deep selections nest at most.
const DEPTH: usize = 6;
/// How many fields a document has at most, about.
const FIELDS: usize = 60;
/// How many fragments it has at most.
const FRAGMENTS: usize = 5;

/// A random document, with variables for one request.
pub(crate) fn random(world: &World, seed: u64) -> Document {
    let mut rng = Rng::with_seed(seed);
    let layout = rng.u64(..);
    let inputs = Inputs { world, known: Vec::new() };
    let left = rng.usize(1..FIELDS);
    Maker { rng, world, inputs, keys: HashMap::new(), fragments: Vec::new(), left }.document(layout)
}

struct Maker<'w> {
    rng: Rng,
    world: &'w World,
    inputs: Inputs<'w>,
    /// What each response key means: the same everywhere in a document, so that fields of one key can be merged.
    keys: HashMap<String, String>,
    fragments: Vec<Fragment>,
    /// How many more fields there may be.
    left: usize,
}

impl Maker<'_> {
    fn document(mut self, layout: u64) -> Document {
        let count = one_of(&mut self.rng, &[1, 1, 1, 1, 2, 3]);
        let operations = (0..count).map(|position| self.operation(position, count > 1)).collect::<Vec<_>>();
        let chosen = pick(&mut self.rng, &operations).name.clone();
        let operation_name = match chosen {
            Some(_) if one_in(&mut self.rng, 40) => Some("NoSuchOperation".to_owned()),
            Some(name) if count > 1 || self.rng.bool() => Some(name),
            _ => None,
        };
        let fragments = std::mem::take(&mut self.fragments);
        let mut document = Document { operations, fragments, operation_name, variables: Vec::new(), layout };
        let known = self.inputs.known.iter().map(|known| known.variable.clone()).collect::<Vec<_>>();
        document.declare(&known);
        document.variables = self.values();
        document
    }

    fn operation(&mut self, position: usize, is_named: bool) -> Operation {
        let kind = if one_in(&mut self.rng, 4) { "mutation" } else { "query" };
        let root = if kind == "query" { "Query" } else { "Mutation" };
        let name = (is_named || self.rng.bool()).then(|| format!("Operation{position}"));
        let selections = self.selections(root, 0);
        Operation { kind, name, variables: Vec::new(), selections }
    }

    fn selections(&mut self, on: &str, depth: usize) -> Vec<Selection> {
        let mut selections = Vec::new();
        for _ in 0..self.rng.usize(1..6) {
            let selection = match self.rng.u8(..20) {
                0 | 1 => self.inline(on, depth),
                2 | 3 => self.spread(on, depth),
                4 | 5 => self.again(on, &selections, depth),
                _ => self.field(on, depth),
            };
            selections.push(selection);
            if self.left == 0 {
                break;
            }
        }
        selections
    }

    fn field(&mut self, on: &str, depth: usize) -> Selection {
        self.left = self.left.saturating_sub(1);
        let is_last = depth >= DEPTH || self.left == 0;
        let all = self.world.output_fields(on).or_else(|| introspection::fields(on)).unwrap_or_default();
        let meta = if on == "Query" && one_in(&mut self.rng, 20) { &introspection::META[..] } else { &[] };
        let from = if meta.is_empty() { all } else { meta };
        let of = from.iter().filter(|def| !is_last || !self.is_composite(def)).collect::<Vec<_>>();
        if of.is_empty() || one_in(&mut self.rng, 12) {
            return self.keyed("__typename", "String!", Vec::new(), Vec::new());
        }
        let def = *pick(&mut self.rng, &of);
        let arguments = self.arguments(def);
        let selections = if self.is_composite(def) { self.selections(def.ty.name(), depth + 1) } else { Vec::new() };
        self.keyed(def.name, &def.ty.to_string(), arguments, selections)
    }

    fn arguments(&mut self, def: &FieldDef) -> Vec<(String, Literal)> {
        if def.name == "__type" && self.rng.bool() {
            let name = pick(&mut self.rng, self.world.table.types).name;
            return vec![("name".to_owned(), Literal::Plain(format!("{name:?}")))];
        }
        if introspection::may_be_left_out(def) && self.rng.bool() {
            return Vec::new();
        }
        if matches!(def.source, Source::Browse | Source::Edge { .. }) {
            // More, page below page, would be over what a document may ask for; variables may ask for anything.
            let first = match self.rng.u8(..5) {
                0 => return Vec::new(),
                1 => self.inputs.variable(&mut self.rng, def.args[0].ty, def.args[0].default.is_some()),
                _ => Literal::Plain(self.rng.i8(-1..4).to_string()),
            };
            return vec![("first".to_owned(), first)];
        }
        self.inputs.given(&mut self.rng, def.args, 0)
    }

    /// A field under a key that nothing else has.
    fn keyed(
        &mut self,
        name: &str,
        ty: &str,
        arguments: Vec<(String, Literal)>,
        selections: Vec<Selection>,
    ) -> Selection {
        let meaning = format!("{name}: {ty} {arguments:?}");
        let wished = match self.rng.u8(..5) {
            0 => format!("key{}", self.rng.u8(..20)),
            _ => name.to_owned(),
        };
        let mut key = wished;
        while self.keys.get(&key).is_some_and(|known| *known != meaning) {
            key = format!("other{}", self.keys.len() + self.rng.usize(..10));
        }
        self.keys.insert(key.clone(), meaning);
        let directives = self.directives();
        // An alias that is the name itself is one all the same.
        let alias = (key != name || one_in(&mut self.rng, 20)).then_some(key);
        Selection::Field(Field { alias, name: name.to_owned(), arguments, directives, selections })
    }

    /// A field that has been selected already, with a selection of its own.
    fn again(&mut self, on: &str, selections: &[Selection], depth: usize) -> Selection {
        let fields = selections.iter().filter_map(|selection| match selection {
            Selection::Field(field) => Some(field),
            _ => None,
        });
        let fields = fields.collect::<Vec<_>>();
        if fields.is_empty() {
            return self.field(on, depth);
        }
        let mut field = (*pick(&mut self.rng, &fields)).clone();
        field.directives = self.directives();
        if !field.selections.is_empty() {
            let ty = self.field_type(on, &field.name);
            field.selections = self.selections(ty.name(), depth + 1);
        }
        let selection = Selection::Field(field);
        // Sometimes where it is merged from a level further in.
        if one_in(&mut self.rng, 3) { Selection::Inline(None, self.directives(), vec![selection]) } else { selection }
    }

    fn inline(&mut self, on: &str, depth: usize) -> Selection {
        let condition = self.rng.bool().then(|| self.narrowed(on));
        let directives = self.directives();
        let inner = condition.clone().unwrap_or_else(|| on.to_owned());
        Selection::Inline(condition, directives, self.selections(&inner, depth))
    }

    /// A type that some of what is of a type is of.
    fn narrowed(&mut self, on: &str) -> String {
        let overlapping = self.world.overlapping(on);
        if overlapping.is_empty() { on.to_owned() } else { one_of(&mut self.rng, &overlapping).to_owned() }
    }

    fn spread(&mut self, on: &str, depth: usize) -> Selection {
        let overlapping = self.world.overlapping(on);
        let fits = |of: &str| of == on || overlapping.contains(&of);
        let known = self.fragments.iter().filter(|fragment| fits(&fragment.on)).map(|fragment| fragment.name.clone());
        let known = known.collect::<Vec<_>>();
        if !known.is_empty() && (self.fragments.len() >= FRAGMENTS || self.rng.bool()) {
            let name = pick(&mut self.rng, &known).clone();
            return Selection::Spread(name, self.directives());
        }
        if self.fragments.len() >= FRAGMENTS {
            return self.field(on, depth);
        }
        let on = &self.narrowed(on);
        let selections = self.selections(on, depth);
        // Others may have been made inside.
        let name = format!("Fragment{}", self.fragments.len());
        self.fragments.push(Fragment { name: name.clone(), on: on.to_owned(), selections });
        Selection::Spread(name, self.directives())
    }

    fn directives(&mut self) -> Vec<Directive> {
        let mut directives = Vec::new();
        for name in ["skip", "include"] {
            if one_in(&mut self.rng, 9) {
                let condition = if one_in(&mut self.rng, 3) {
                    // More fields are shown than not.
                    Literal::Plain((self.rng.bool() || (name == "include")).to_string())
                } else {
                    self.inputs.variable(&mut self.rng, Type::NonNull(&Type::Named("Boolean")), false)
                };
                directives.push(Directive { name, condition });
            }
        }
        if one_in(&mut self.rng, 2) {
            directives.reverse();
        }
        directives
    }

    /// The values of variables: given, null or absent, and now and then one that is wrong.
    fn values(&mut self) -> Vec<(String, String)> {
        let wrong = one_in(&mut self.rng, 12).then(|| self.rng.usize(..self.inputs.known.len().max(1)));
        let mut values = Vec::new();
        for (position, Known { variable, ty }) in self.inputs.known.iter().enumerate() {
            let is_required = ty.nullable().1 && variable.default.is_none();
            let rng = &mut self.rng;
            if wrong == Some(position) {
                values.push((variable.name.clone(), self.inputs.wrong_json(rng, *ty)));
            } else if is_required || rng.u8(..3) > 0 {
                // What conditions make of null is known and not to be asked often.
                let is_boolean = ty.nullable().0 == Type::Named("Boolean") && !one_in(rng, 20);
                let ty = if is_boolean { Type::NonNull(&Type::Named("Boolean")) } else { *ty };
                values.push((variable.name.clone(), self.inputs.json(rng, ty, 0)));
            }
        }
        if one_in(&mut self.rng, 10) {
            values.push(("undeclared".to_owned(), "{\"a\":[1]}".to_owned()));
        }
        values
    }

    fn field_type(&self, on: &str, name: &str) -> Type {
        let all = self.world.output_fields(on).or_else(|| introspection::fields(on)).unwrap_or_default();
        let def = all.iter().chain(&introspection::META).find(|def| def.name == name);
        def.expect("it was selected from these").ty
    }

    fn is_composite(&self, def: &FieldDef) -> bool {
        let name = def.ty.name();
        introspection::fields(name).is_some() || self.world.output_fields(name).is_some()
    }
}
