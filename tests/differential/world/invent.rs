//! Making up a schema, and what is behind it.

use fastrand::Rng;
use kvetch::{NodeId, VirtualShard};
use pent::table::{
    EdgeDef, EnumValueDef, FieldDef, InputDef, InterfaceDef, InterfaceFieldDef, Literal, NodeTypeDef, ObjectDef,
    OnDelete, Source, Table, Type, TypeDef, TypeKind,
};

use super::slots::{Answer, Over, Slot, function};
use super::values::{Literals, Outputs, SCALARS};
use super::{Entity, Output, World};
use crate::differential::dice::{leak, one_in, one_of, pick};

/// How many answers a field has to pick from.
const CHOICES: usize = 4;

/// The types while they are made up: their names first, so that they can name each other.
struct Inventor<'r> {
    rng: &'r mut Rng,
    enums: Vec<TypeDef>,
    inputs: Vec<&'static str>,
    plains: Vec<&'static str>,
    entities: Vec<&'static str>,
    abstracts: Vec<Abstract>,
    ids: Vec<(NodeId, &'static str)>,
    edges: Vec<EdgeDef>,
    slots: Vec<(Slot, Type)>,
}

/// An interface or a union.
struct Abstract {
    name: &'static str,
    /// The objects that a value of it may be.
    members: Vec<&'static str>,
    /// For an interface: its fields, by name and type.
    fields: Option<Vec<(&'static str, Type)>>,
}

/// A random world.
pub(super) fn world(rng: &mut Rng) -> World {
    let names = |prefix: &str, count: usize| (0..count).map(|n| leak(format!("{prefix}{n}"))).collect::<Vec<_>>();
    let (inputs, plains) = (names("Input", rng.usize(1..4)), names("Plain", rng.usize(1..4)));
    let entities = names("Entity", rng.usize(1..4));
    let ids = (0..rng.u64(3..9)).map(|n| (id(rng, n), one_of(rng, &entities)));
    let mut ids = ids.collect::<Vec<_>>();
    // An entity of each type at least: values that may not be null need one.
    ids.extend(entities.iter().enumerate().map(|(n, of)| (id(rng, 100 + n as u64), *of)));
    let abstracts = abstracts(rng, &plains, &entities);
    let enums = (0..rng.usize(1..3)).map(|n| enumeration(rng, n)).collect();
    let inventor =
        Inventor { rng, enums, inputs, plains, entities, abstracts, ids, edges: Vec::new(), slots: Vec::new() };
    inventor.world()
}

/// Ids are in the order in which the entities are created.
fn id(rng: &mut Rng, number: u64) -> NodeId {
    let shard = VirtualShard::new(rng.u16(..VirtualShard::COUNT)).expect("it is below their number");
    NodeId::from_parts(1_767_225_600_000 + number, shard, rng.u64(..))
}

/// Interfaces and unions over plain objects and entities alike.
fn abstracts(rng: &mut Rng, plains: &[&'static str], entities: &[&'static str]) -> Vec<Abstract> {
    let mut abstracts = Vec::new();
    for number in 0..rng.usize(..4) {
        let mut members = plains.iter().chain(entities).copied().collect::<Vec<_>>();
        rng.shuffle(&mut members);
        members.truncate(rng.usize(1..=members.len()));
        let fields = (0..rng.usize(1..3)).map(|field| {
            let scalar = Type::Named(one_of(rng, &SCALARS));
            let ty = if one_in(rng, 4) { Type::List(leak(scalar)) } else { scalar };
            (leak(format!("x{number}_{field}")), ty)
        });
        let fields = fields.collect::<Vec<_>>();
        abstracts.push(if rng.bool() {
            Abstract { name: leak(format!("Interface{number}")), members, fields: Some(fields) }
        } else {
            Abstract { name: leak(format!("Union{number}")), members, fields: None }
        });
    }
    abstracts
}

fn enumeration(rng: &mut Rng, number: usize) -> TypeDef {
    let values = (0..rng.usize(1..5)).map(|value| EnumValueDef {
        name: leak(format!("VALUE_{number}_{value}")),
        description: description(rng),
        deprecated: one_in(rng, 5).then_some("not that one"),
    });
    let values = values.collect::<Vec<_>>();
    TypeDef { name: leak(format!("Enum{number}")), description: description(rng), kind: TypeKind::Enum(values.leak()) }
}

fn description(rng: &mut Rng) -> &'static str {
    one_of(rng, &["", "", "", "What it is.", "Two lines,\nwith \"quotes\"."])
}

impl Inventor<'_> {
    fn world(mut self) -> World {
        let mut types = self.input_types();
        let plains = (0..self.plains.len()).map(|n| self.plain(n)).collect::<Vec<_>>();
        let entities = (0..self.entities.len()).map(|n| self.entity(n)).collect::<Vec<_>>();
        let (patches, updates) = self.updates(&entities);
        let query = self.query(&types);
        let mutation = self.mutation(&types, updates);
        types.extend(self.abstracts.iter().map(abstract_type));
        types.extend(plains.into_iter().chain(entities).chain(patches).chain([query, mutation]));
        types.sort_by_key(|def| def.name);
        let types = types.leak();

        let trouble = one_of(self.rng, &[6, 15, 60, 1000]);
        let mut outputs = Outputs::new(types, &self.ids, trouble);
        let mut slots = Vec::new();
        for (slot, ty) in self.slots {
            let answer = match slot.answer {
                Answer::Pick(_) => Answer::Pick((0..CHOICES).map(|_| outputs.answer(self.rng, ty)).collect()),
                other => other,
            };
            slots.push(Slot { answer, ..slot });
        }
        let nodes = self.ids.iter().map(|(id, of)| stored_entity(self.rng, &mut outputs, *id, of)).collect();
        let table = Table {
            query: "Query",
            mutation: Some("Mutation"),
            subscription: None,
            types,
            edges: self.edges.leak(),
            indexes: &[],
        };
        let interfaces = self.abstracts.iter().map(|of| (of.name, asked_of(of))).collect();
        World { table: Box::leak(Box::new(table)), slots, nodes, interfaces }
    }

    /// Enums and input objects.
    fn input_types(&mut self) -> Vec<TypeDef> {
        let mut types = std::mem::take(&mut self.enums);
        // From the last to the first: an input object may require, and have a default of, later ones only, so that
        // no value of it is endless.
        for number in (0..self.inputs.len()).rev() {
            let fields = (0..self.rng.usize(1..5)).map(|field| {
                let ty = self.input_type(&types, number + 1);
                let ends = !self.inputs[..=number].contains(&ty.name());
                self.input_def(&types, leak(format!("i{field}")), ty, ends)
            });
            let fields = fields.collect::<Vec<_>>();
            let name = self.inputs[number];
            let kind = if one_in(self.rng, 3) {
                TypeKind::OneOf(one_of_these(fields))
            } else {
                TypeKind::Input(fields.leak())
            };
            types.push(TypeDef { name, description: description(self.rng), kind });
        }
        types
    }

    fn input_def(&mut self, types: &[TypeDef], name: &'static str, ty: Type, may_default: bool) -> InputDef {
        let literals = Literals { types, entities: &self.ids };
        let default = (may_default && one_in(self.rng, 3)).then(|| literals.literal(self.rng, ty, 0));
        InputDef { name, description: description(self.rng), deprecated: None, ty, default, stored: None }
    }

    /// A random input type; input objects before `required_from` are never required.
    fn input_type(&mut self, types: &[TypeDef], required_from: usize) -> Type {
        let enums = types.iter().filter(|def| matches!(def.kind, TypeKind::Enum(_))).map(|def| def.name);
        let enums = enums.collect::<Vec<_>>();
        match self.rng.u8(..10) {
            0..6 => {
                let scalar = Type::Named(one_of(self.rng, &SCALARS));
                self.wrapped(scalar, true)
            }
            6 | 7 => {
                let name = one_of(self.rng, &enums);
                self.wrapped(Type::Named(name), true)
            }
            _ => {
                let number = self.rng.usize(..self.inputs.len());
                self.wrapped(Type::Named(self.inputs[number]), number >= required_from)
            }
        }
    }

    /// Lists and non-nulls around a type; `may_require` says whether the type itself may be required where no list is
    /// around it.
    fn wrapped(&mut self, ty: Type, may_require: bool) -> Type {
        let lists = one_of(self.rng, &[0, 0, 0, 1, 1, 2]);
        let mut ty = if (may_require || lists > 0) && one_in(self.rng, 3) { Type::NonNull(leak(ty)) } else { ty };
        for _ in 0..lists {
            ty = Type::List(leak(ty));
            if one_in(self.rng, 3) {
                ty = Type::NonNull(leak(ty));
            }
        }
        ty
    }

    /// A random output type; plain objects before `required_from` are never required.
    fn output_type(&mut self, enums: &[&'static str], required_from: usize) -> Type {
        match self.rng.u8(..10) {
            0..4 => {
                let scalar = Type::Named(one_of(self.rng, &SCALARS));
                self.wrapped(scalar, true)
            }
            4 if !enums.is_empty() => {
                let name = one_of(self.rng, enums);
                self.wrapped(Type::Named(name), true)
            }
            4 | 5 => {
                let name = one_of(self.rng, &self.entities);
                self.wrapped(Type::Named(name), true)
            }
            6 | 7 if !self.abstracts.is_empty() => {
                let name = pick(self.rng, &self.abstracts).name;
                // A plain object that requires one could be endless.
                self.wrapped(Type::Named(name), required_from == 0)
            }
            _ => {
                let number = self.rng.usize(..self.plains.len());
                self.wrapped(Type::Named(self.plains[number]), number >= required_from)
            }
        }
    }

    fn field(&mut self, name: &'static str, ty: Type, args: &'static [InputDef], source: Source) -> FieldDef {
        let deprecated = one_in(self.rng, 8).then_some("there is \"another\" one");
        FieldDef { name, description: description(self.rng), deprecated, ty, args, source }
    }

    fn plain(&mut self, number: usize) -> TypeDef {
        let fields = (0..self.rng.usize(1..6)).map(|position| {
            let ty = self.output_type(&["Enum0"], number + 1);
            self.field(leak(format!("p{position}")), ty, &[], Source::Plain(position))
        });
        let mut fields = fields.collect::<Vec<_>>();
        let name = self.plains[number];
        for (inherited, ty) in self.inherited(name) {
            let position = fields.len();
            fields.push(self.field(inherited, ty, &[], Source::Plain(position)));
        }
        object(name, None, self.interfaces(name), fields)
    }

    /// The interfaces that an object implements.
    fn interfaces(&self, object: &str) -> &'static [&'static str] {
        let of = self.abstracts.iter().filter(|of| of.fields.is_some() && of.members.contains(&object));
        leak(of.map(|of| of.name).collect::<Vec<_>>())
    }

    /// The fields that an object has for the interfaces that it implements; now and then of a narrower type.
    fn inherited(&mut self, object: &str) -> Vec<(&'static str, Type)> {
        let mut inherited = Vec::new();
        for of in self.abstracts.iter().filter(|of| of.members.contains(&object)) {
            for (name, ty) in of.fields.iter().flatten() {
                inherited.push((*name, if one_in(self.rng, 3) { Type::NonNull(leak(*ty)) } else { *ty }));
            }
        }
        inherited
    }

    fn entity(&mut self, number: usize) -> TypeDef {
        let name = self.entities[number];
        let mut fields = vec![self.field("id", Type::NonNull(&Type::Named("UUID")), &[], Source::Id)];
        for position in 0..self.rng.usize(1..5) {
            let scalar = one_of(self.rng, &["Int", "Float", "String", "Boolean", "ID", "UUID", "Enum0"]);
            let ty = self.wrapped(Type::Named(scalar), true);
            let key = leak(format!("stored{position}"));
            fields.push(self.field(leak(format!("s{position}")), ty, &[], Source::Stored { key }));
        }
        for (inherited, ty) in self.inherited(name) {
            fields.push(self.field(inherited, ty, &[], Source::Stored { key: inherited }));
        }
        for position in 0..self.rng.usize(..3) {
            let target = Type::Named(one_of(self.rng, &self.entities));
            let ty = if one_in(self.rng, 4) { Type::NonNull(leak(target)) } else { target };
            let key = leak(format!("reference{position}"));
            fields.push(self.field(leak(format!("r{position}")), ty, &[], Source::Reference { key }));
            if one_in(self.rng, 2) {
                self.edges.push(EdgeDef {
                    id: 1 + self.edges.len() as u32,
                    name: leak(format!("edge{}", self.edges.len())),
                    from: target.name(),
                    to: name,
                    key,
                    order_by: None,
                    on_delete: OnDelete::Keep,
                });
            }
        }
        for position in 0..self.rng.usize(..3) {
            let ty = self.output_type(&["Enum0"], 0);
            fields.push(self.custom(name, leak(format!("c{position}")), ty));
        }
        // Edges to the types before this one are known by now; those to later ones stay without a field.
        let edges = self.edges.iter().filter(|edge| edge.from == name).map(|edge| (edge.id, edge.to));
        for (edge, to) in edges.collect::<Vec<_>>() {
            let shown = self.shown_as(to);
            let ty = self.list_of(shown);
            let args = self.page();
            fields.push(self.field(leak(format!("e{edge}")), ty, args, Source::Edge { edge }));
        }
        for (position, name) in self.abstracts.iter().map(|of| of.name).enumerate().collect::<Vec<_>>() {
            if one_in(self.rng, 3) {
                let key = leak(format!("any{position}"));
                fields.push(self.field(key, Type::Named(name), &[], Source::Reference { key }));
            }
        }
        object(name, Some(NodeTypeDef::open(1 + number as u32)), self.interfaces(name), fields)
    }

    /// The type as which an entity is shown: its own, or an interface or union that it belongs to.
    fn shown_as(&mut self, entity: &'static str) -> &'static str {
        let wider = self.abstracts.iter().filter(|of| of.members.contains(&entity)).map(|of| of.name);
        let wider = wider.collect::<Vec<_>>();
        if wider.is_empty() || self.rng.bool() { entity } else { one_of(self.rng, &wider) }
    }

    fn list_of(&mut self, target: &'static str) -> Type {
        let target = Type::Named(target);
        let item = if self.rng.bool() { Type::NonNull(leak(target)) } else { target };
        let list = Type::List(leak(item));
        if self.rng.bool() { Type::NonNull(leak(list)) } else { list }
    }

    fn page(&mut self) -> &'static [InputDef] {
        let default = one_of(self.rng, &[None, Some(Literal::Int(2)), Some(Literal::Int(100))]);
        leak(vec![InputDef {
            name: "first",
            description: "",
            deprecated: None,
            ty: Type::Named("Int"),
            default,
            stored: None,
        }])
    }

    /// A custom field of an entity: one per item, or one per batch.
    fn custom(&mut self, parent: &'static str, name: &'static str, ty: Type) -> FieldDef {
        let over = if self.rng.bool() { Over::Items } else { Over::Batch };
        // Input objects are made up before, and not at hand here; scalars and lists of them will do.
        let args = self.arguments(&[], 3);
        let is_echo = ty == Type::Named("String");
        let answer = if is_echo { Answer::Echo } else { Answer::Pick(Vec::new()) };
        self.slot(parent, name, ty, args, over, answer)
    }

    fn slot(
        &mut self,
        parent: &'static str,
        name: &'static str,
        ty: Type,
        args: &'static [InputDef],
        over: Over,
        answer: Answer,
    ) -> FieldDef {
        let position = self.slots.len();
        self.slots.push((Slot { parent, name, args, over, answer }, ty));
        self.field(name, ty, args, Source::Custom(function(position)))
    }

    /// Random arguments; of types that are given, or of scalars alone where none are.
    fn arguments(&mut self, types: &[TypeDef], at_most: usize) -> &'static [InputDef] {
        let args = (0..self.rng.usize(..=at_most)).map(|position| {
            let ty = if types.is_empty() {
                let scalar = Type::Named(one_of(self.rng, &SCALARS));
                self.wrapped(scalar, true)
            } else {
                self.input_type(types, 0)
            };
            self.input_def(types, leak(format!("a{position}")), ty, true)
        });
        leak(args.collect::<Vec<_>>())
    }

    fn query(&mut self, types: &[TypeDef]) -> TypeDef {
        let mut fields = Vec::new();
        for position in 0..3 {
            let args = self.arguments(types, 5);
            let string = Type::Named("String");
            let ty = if self.rng.bool() { Type::NonNull(leak(string)) } else { string };
            fields.push(self.slot("Query", leak(format!("echo{position}")), ty, args, Over::Root, Answer::Echo));
        }
        for position in 0..self.rng.usize(2..7) {
            let args = self.arguments(types, 3);
            let ty = self.output_type(&["Enum0"], 0);
            let name = leak(format!("pick{position}"));
            fields.push(self.slot("Query", name, ty, args, Over::Root, Answer::Pick(Vec::new())));
        }
        for (number, name) in self.entities.clone().into_iter().enumerate() {
            let id = InputDef {
                name: "id",
                description: "",
                deprecated: None,
                ty: Type::NonNull(&Type::Named("UUID")),
                default: None,
                stored: None,
            };
            let shown =
                if self.abstracts.is_empty() || self.rng.bool() { name } else { pick(self.rng, &self.abstracts).name };
            fields.push(self.field(leak(format!("read{number}")), Type::Named(shown), leak(vec![id]), Source::Read));
            let (ty, page) = (self.list_of(name), self.page());
            fields.push(self.field(leak(format!("browse{number}")), ty, page, Source::Browse));
        }
        object("Query", None, &[], fields)
    }

    /// All its fields may be null: where one that may not fails, the rest may run or not, as servers like.
    fn mutation(&mut self, types: &[TypeDef], updates: Vec<FieldDef>) -> TypeDef {
        let mut fields = updates;
        for position in 0..2 {
            let args = self.arguments(types, 2);
            let name = leak(format!("count{position}"));
            fields.push(self.slot("Mutation", name, Type::Named("String"), args, Over::Root, Answer::Count));
        }
        let nullable = self.output_type(&["Enum0"], 0).nullable().0;
        let args = self.arguments(types, 2);
        fields.push(self.slot("Mutation", "picked", nullable, args, Over::Root, Answer::Pick(Vec::new())));
        object("Mutation", None, &[], fields)
    }

    /// The inputs and payloads of updates, and the fields that run them.
    fn updates(&mut self, entities: &[TypeDef]) -> (Vec<TypeDef>, Vec<FieldDef>) {
        let mut types = Vec::new();
        let mut fields = Vec::new();
        for (number, entity) in entities.iter().enumerate() {
            let TypeKind::Object(object_def) = &entity.kind else { continue };
            let data = object_def.fields.iter().filter_map(|field| {
                let (key, ty) = match field.source {
                    Source::Stored { key } => (key, field.ty.nullable().0),
                    Source::Reference { key } => (key, Type::Named("UUID")),
                    _ => return None,
                };
                Some(InputDef {
                    name: field.name,
                    description: "",
                    deprecated: None,
                    ty,
                    default: None,
                    stored: Some(key),
                })
            });
            let (patch, payload) = (leak(format!("Patch{number}")), leak(format!("Payload{number}")));
            types.push(TypeDef {
                name: patch,
                description: "",
                kind: TypeKind::Input(data.collect::<Vec<_>>().leak()),
            });
            let shown = [
                self.field("entity", Type::Named(entity.name), &[], Source::Plain(0)),
                self.field("id", Type::Named("UUID"), &[], Source::Plain(1)),
            ];
            types.push(object(payload, None, &[], shown.into()));
            let required = |name, ty| InputDef {
                name,
                description: "",
                deprecated: None,
                ty: Type::NonNull(leak(Type::Named(ty))),
                default: None,
                stored: None,
            };
            let args = leak(vec![required("id", "UUID"), required("data", patch)]);
            let source = Source::Update { entity: entity.name };
            fields.push(self.field(leak(format!("update{number}")), Type::Named(payload), args, source));
        }
        (types, fields)
    }
}

/// The fields of an input object of which exactly one is given. The first is a scalar, so that every value ends.
fn one_of_these(fields: Vec<InputDef>) -> &'static [InputDef] {
    let first = InputDef {
        name: "one",
        description: "",
        deprecated: None,
        ty: Type::Named("Int"),
        default: None,
        stored: None,
    };
    let others = fields.into_iter().map(|def| InputDef { ty: def.ty.nullable().0, default: None, ..def });
    leak(std::iter::once(first).chain(others).collect::<Vec<_>>())
}

fn object(
    name: &'static str,
    node_type: Option<NodeTypeDef>,
    interfaces: &'static [&'static str],
    fields: Vec<FieldDef>,
) -> TypeDef {
    let object = ObjectDef { node_type, interfaces, fields: fields.leak() };
    TypeDef { name, description: "", kind: TypeKind::Object(object) }
}

/// The fields of an interface as documents ask for them: where their values come from is for the objects to say.
fn asked_of(of: &Abstract) -> &'static [FieldDef] {
    let fields = of.fields.iter().flatten().map(|(name, ty)| FieldDef {
        name,
        description: "",
        deprecated: None,
        ty: *ty,
        args: &[],
        source: Source::Id,
    });
    leak(fields.collect::<Vec<_>>())
}

fn abstract_type(of: &Abstract) -> TypeDef {
    let kind = match &of.fields {
        None => TypeKind::Union(leak(of.members.clone())),
        Some(fields) => {
            let fields = fields.iter().map(|(name, ty)| InterfaceFieldDef {
                name,
                description: "",
                deprecated: None,
                ty: *ty,
                args: &[],
            });
            TypeKind::Interface(InterfaceDef { interfaces: &[], fields: leak(fields.collect::<Vec<_>>()) })
        }
    };
    TypeDef { name: of.name, description: "Any of some.", kind }
}

fn stored_entity(rng: &mut Rng, outputs: &mut Outputs<'_>, id: NodeId, of: &'static str) -> Entity {
    let def = outputs.types.iter().find(|def| def.name == of).expect("it is a type of the world");
    let TypeKind::Object(object) = &def.kind else { unreachable!("entities are objects") };
    let values = object.fields.iter().filter_map(|field| match field.source {
        Source::Stored { key } => Some((key, outputs.value(rng, field.ty, 0))),
        Source::Reference { key } => Some((key, reference(rng, outputs, field.ty.name(), id))),
        _ => None,
    });
    Entity { id, of, values: values.collect() }
}

/// The id that a reference stores: nothing, mostly one of the right type, now and then another or a dead one.
fn reference(rng: &mut Rng, outputs: &Outputs<'_>, target: &str, dead: NodeId) -> Output {
    let possible = outputs.possible(target);
    let fitting = outputs.entities.iter().filter(|(_, of)| possible.contains(of)).collect::<Vec<_>>();
    if fitting.is_empty() {
        return Output::Null;
    }
    match rng.u32(..8) {
        0 => Output::Null,
        1 if one_in(rng, outputs.trouble) => Output::Id(pick(rng, outputs.entities).0),
        2 if one_in(rng, 3) => {
            let mut bytes = *dead.as_bytes();
            bytes[15] ^= 0xff;
            Output::Id(NodeId::from_bytes(bytes))
        }
        _ => Output::Id(pick(rng, &fitting).0),
    }
}
