//! From an operation to its plan: fields are merged, arguments checked, sources turned into steps.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use kvetch::Keys;

use super::collect::{Collected, Collector};
use super::refused::{Refused, over_limit, too_many_conditions};
use super::{
    Argument, ArgumentValue, Condition, Field, Introspection, Order, Plan, Selection, Selections, Step, Write,
};
use crate::coerce::{self, Scope};
use crate::entity::Page;
use crate::input::Input;
use crate::operation::{FieldNode, Literal, Location, Operation, OperationKind, Selection as Selected};
use crate::table::{FieldDef, InputDef, Source, Type};
use crate::types::{Named, Object, Scalar, Types};

/// How many fields a plan may have: each costs memory for as long as the plan is cached.
const MAX_FIELDS: usize = 10_000;
/// How deep selections may nest: the plan is walked by recursion.
const MAX_DEPTH: usize = 64;
/// How many fields a plan may have when what several types share is counted once for each: explanations walk it so.
const MAX_UNFOLDED: usize = 100_000;

/// Plans an operation that has passed validation.
///
/// # Errors
/// A literal that does not fit its type (which juniper leaves to us), or a plan over a limit.
///
/// `scope` says how literals are read: as a document's, or as values that stand where variables stood.
pub(crate) fn plan(types: &Types, operation: &Operation, scope: Scope<'_>) -> Result<Plan, Refused> {
    for variable in &operation.variables {
        if let Some(default) = &variable.default {
            coerce::check_default(types, &variable.ty, default).map_err(|refusal| Refused {
                message: format!("The default of variable \"${}\": {refusal}.", variable.name),
                location: variable.location,
            })?;
        }
    }
    let root = match operation.kind {
        OperationKind::Query => types.table.query,
        OperationKind::Mutation => types.table.mutation.expect("validation knows the roots"),
        OperationKind::Subscription => types.table.subscription.expect("validation knows the roots"),
    };
    let mut planner = Planner {
        types,
        operation,
        scope,
        conditions: Vec::new(),
        introspections: Vec::new(),
        fields: 0,
        abstract_levels: 0,
        shared: HashMap::new(),
        collector: Collector::new(types, operation),
    };
    let groups = [(operation.selections.as_slice(), Condition::Always)];
    let root = planner.selection(types.object(root), &groups, 0)?;
    let Planner { conditions, introspections, fields, .. } = planner;
    let condition_variables = condition_variables(operation);
    Ok(Plan { kind: operation.kind, root, conditions, condition_variables, introspections, size: fields })
}

struct Planner<'a> {
    types: &'a Types,
    operation: &'a Operation,
    scope: Scope<'a>,
    conditions: Vec<Condition>,
    introspections: Vec<Introspection>,
    fields: usize,
    /// How many of the fields above are of an interface or a union.
    abstract_levels: usize,
    /// What was planned below those, by what it was planned from: the fields that several types share are planned once,
    /// so that interfaces below interfaces do not multiply.
    shared: HashMap<Shared, Arc<Selections>>,
    collector: Collector<'a>,
}

/// What a selection is planned from: the type, and the nodes by their addresses in the operation.
type Shared = (&'static str, Vec<(*const FieldNode, Condition)>);

impl<'a> Planner<'a> {
    fn selection(
        &mut self,
        object: Object,
        groups: &[(&'a [Selected], Condition)],
        depth: usize,
    ) -> Result<Selection, Refused> {
        let collection = self.collector.collect(object, groups)?;
        let mut fields = Vec::with_capacity(collection.len());
        let mut stored_keys = Vec::new();
        for collected in &collection {
            fields.push(self.field(object, collected, &mut stored_keys, depth)?);
        }
        let stored_keys = sorted(&stored_keys, &mut fields);
        let below = fields.iter().filter_map(|field| field.selection.as_deref()).flat_map(Selections::kinds);
        let unfolded = below.fold(fields.len(), |sum, below| sum.saturating_add(below.unfolded));
        match collection.first() {
            Some(first) if unfolded > MAX_UNFOLDED => {
                Err(over_limit("fields, counted for each possible type", MAX_UNFOLDED, first.nodes[0].0.location))
            }
            _ => {
                let rows = fields.iter().map(rows).fold(0, u64::saturating_add);
                let order = self.order(&collection);
                let is_written_from_objects = is_written_from_objects(object, &fields);
                Ok(Selection { object, fields, stored_keys, is_written_from_objects, order, unfolded, rows })
            }
        }
    }

    /// What is selected of the objects of a field.
    fn selections(
        &mut self,
        def: &'static FieldDef,
        named: Named,
        collected: &Collected<'a>,
        depth: usize,
    ) -> Result<Option<Arc<Selections>>, Refused> {
        let (name, known) = match named {
            Named::Object(object) => (object.name, Some(object)),
            Named::Abstract(name) => (name, self.known(def, name)),
            _ => return Ok(None),
        };
        // Below a field that is selected in one way only, its own condition is known to hold.
        let alone = collected.nodes.len() == 1;
        let condition = |condition: &Condition| if alone { Condition::Always } else { condition.clone() };
        let nodes = collected.nodes.iter();
        let selected = nodes.map(|(node, selected)| (node.selections.as_slice(), condition(selected)));
        let selected = selected.collect::<Vec<_>>();
        let is_shared = self.abstract_levels > 0;
        let key = || {
            let nodes = collected.nodes.iter();
            let nodes = nodes.map(|(node, selected)| (std::ptr::from_ref(*node), condition(selected)));
            (known.map_or(name, |object| object.name), nodes.collect())
        };
        if is_shared && let Some(planned) = self.shared.get(&key()) {
            return Ok(Some(planned.clone()));
        }
        let planned = Arc::new(match known {
            Some(object) => Selections::Of(self.selection(object, &selected, depth + 1)?),
            None => {
                self.abstract_levels += 1;
                let types = self.types;
                let kinds = types.possible(name).iter().map(|object| self.selection(*object, &selected, depth + 1));
                let kinds = kinds.collect::<Result<_, _>>()?;
                self.abstract_levels -= 1;
                Selections::Among { name, kinds }
            }
        });
        if is_shared {
            self.shared.insert(key(), planned.clone());
        }
        Ok(Some(planned))
    }

    /// Which object the values of a field of an interface or union are, when nothing else can come: then nothing has to
    /// be read to know it.
    fn known(&self, def: &FieldDef, name: &str) -> Option<Object> {
        let object = match (def.source, self.types.possible(name)) {
            (_, [only]) => *only,
            (Source::Edge { edge }, _) => self.types.object(self.types.edge(edge).to),
            (Source::Find { index, .. }, _) => self.types.object(self.types.index(index).entity),
            _ => return None,
        };
        self.types.is_of(object, name).then_some(object)
    }

    fn field(
        &mut self,
        object: Object,
        collected: &Collected<'a>,
        stored_keys: &mut Vec<&'static str>,
        depth: usize,
    ) -> Result<Field, Refused> {
        let (first, _) = collected.nodes[0];
        self.fields += 1;
        if self.fields > MAX_FIELDS {
            return Err(over_limit("fields", MAX_FIELDS, first.location));
        }
        if depth >= MAX_DEPTH {
            return Err(over_limit("levels", MAX_DEPTH, first.location));
        }
        let when = self.condition(collected, first.location)?;
        let frame = Field { places: self.places(collected), ..Self::frame(collected.key, first.location, when) };
        if first.name == "__typename" {
            return Ok(Field {
                name: "__typename",
                ty: Type::NonNull(&Type::Named("String")),
                named: Named::Scalar(Scalar::String),
                arguments: Vec::new(),
                step: Step::TypeName,
                selection: None,
                ..frame
            });
        }
        if let ("__schema" | "__type", true) = (first.name.as_str(), object.name == self.types.table.query) {
            return Ok(Field {
                name: if first.name == "__schema" { "__schema" } else { "__type" },
                step: self.introspection(collected),
                ..frame
            });
        }
        let def = object.field(&first.name).ok_or_else(|| Refused {
            message: format!("\"{}\" has no field \"{}\".", object.name, first.name),
            location: first.location,
        })?;
        let named = self.types.named(def.ty);
        let selection = self.selections(def, named, collected, depth)?;
        Ok(Field {
            name: def.name,
            ty: def.ty,
            named,
            arguments: self.arguments(def, first)?,
            step: self.step(def, stored_keys),
            selection,
            ..frame
        })
    }

    /// The places of a field, where conditions say which is the first that counts; else none.
    fn places(&mut self, collected: &Collected<'_>) -> Vec<(Location, Option<usize>)> {
        let (_, first) = &collected.nodes[0];
        if first.is_always() || collected.nodes.len() == 1 {
            return Vec::new();
        }
        let places = collected.nodes.iter().map(|(node, condition)| (node.location, self.noted(condition.clone())));
        places.collect()
    }

    /// What every field has; the rest is to be filled in.
    fn frame(key: &str, location: Location, when: Option<usize>) -> Field {
        let mut label = serde_json::to_vec(key).expect("a string is JSON");
        label.push(b':');
        Field {
            key: key.into(),
            label,
            name: "",
            ty: Type::Named(""),
            named: Named::Scalar(Scalar::String),
            location,
            places: Vec::new(),
            when,
            arguments: Vec::new(),
            step: Step::TypeName,
            selection: None,
        }
    }

    fn introspection(&mut self, collected: &Collected<'_>) -> Step {
        let nodes = collected.nodes.iter().map(|(node, condition)| ((*node).clone(), condition.clone()));
        let nodes = nodes.collect::<Vec<_>>();
        let fragments = Arc::new(self.operation.fragments.clone());
        self.introspections.push(Introspection { key: collected.key.into(), nodes, fragments });
        Step::Introspect { position: self.introspections.len() - 1 }
    }

    /// The position of the condition under which any of the nodes is selected; `None` when it always is.
    fn condition(&mut self, collected: &Collected<'_>, location: Location) -> Result<Option<usize>, Refused> {
        let mut condition = Condition::never();
        for (_, selected) in &collected.nodes {
            condition = condition.or(selected).ok_or_else(|| too_many_conditions(location))?;
        }
        Ok(self.noted(condition))
    }

    /// The position of a condition among those of the plan; `None` for one that always holds.
    fn noted(&mut self, condition: Condition) -> Option<usize> {
        if condition.is_always() {
            return None;
        }
        let known = self.conditions.iter().position(|known| *known == condition);
        Some(known.unwrap_or_else(|| {
            self.conditions.push(condition);
            self.conditions.len() - 1
        }))
    }

    /// What the order of fields follows from, where it is not the same whatever the conditions: where a field that is
    /// selected in several ways may be left out in the first of them, and not in another.
    fn order(&mut self, collection: &[Collected<'_>]) -> Option<Box<Order>> {
        let may_move = |collected: &Collected<'_>| {
            let (_, first) = &collected.nodes[0];
            !first.is_always() && collected.nodes.iter().any(|(_, condition)| condition != first)
        };
        if !collection.iter().any(may_move) {
            return None;
        }
        let ways = collection.iter().map(|collected| {
            let nodes = collected.nodes.iter().zip(&collected.met);
            nodes.map(|((_, condition), met)| (self.noted(condition.clone()), *met)).collect()
        });
        Some(Box::new(Order(ways.collect())))
    }

    fn arguments(&self, def: &'static FieldDef, node: &FieldNode) -> Result<Vec<Argument>, Refused> {
        let planned = def.args.iter().map(|argument| {
            let written = node.arguments.iter().find(|(name, _)| name == argument.name).map(|(_, value)| value);
            let value = self.argument(argument, written).map_err(|refusal| Refused {
                message: format!("Argument \"{}\" of \"{}\": {refusal}.", argument.name, def.name),
                location: node.location,
            })?;
            Ok(Argument { def: argument, value })
        });
        planned.collect()
    }

    fn argument(&self, def: &'static InputDef, written: Option<&Literal>) -> Result<ArgumentValue, coerce::Refusal> {
        if let Some(literal) = written {
            let value = coerce::literal(self.types, def.ty, literal, self.scope)?;
            if literal.has_variables() {
                return Ok(ArgumentValue::Variable(literal.clone()));
            }
            return Ok(ArgumentValue::Constant(value.expect("a literal without variables is present")));
        }
        let Some(default) = &def.default else { return Ok(ArgumentValue::Absent) };
        let default = coerce::literal(self.types, def.ty, &Literal::from(default), Scope::Planning)?;
        Ok(ArgumentValue::Constant(default.expect("a default has no variables")))
    }

    fn step(&self, def: &FieldDef, stored_keys: &mut Vec<&'static str>) -> Step {
        let write = |write, entity| Step::Write { write, entity: self.types.object(entity) };
        match def.source {
            Source::Id => Step::Id,
            Source::Stored { key } => {
                let known = stored_keys.iter().position(|known| *known == key);
                let slot = known.unwrap_or_else(|| {
                    stored_keys.push(key);
                    stored_keys.len() - 1
                });
                Step::Stored { slot }
            }
            Source::Plain(index) => Step::Plain { index },
            Source::Reference { key } => Step::Reference { key },
            Source::Edge { edge } => Step::Edge { edge },
            Source::Read => Step::Read,
            Source::Browse => Step::Browse,
            Source::Find { index, argument } => Step::Find { index, argument },
            Source::Create { entity } => write(Write::Create, entity),
            Source::Update { entity } => write(Write::Update, entity),
            Source::Delete { entity } => write(Write::Delete, entity),
            Source::Custom(function) => Step::Custom(function),
            Source::Unary(function) => Step::Unary(function),
            Source::Event | Source::NodeChanges | Source::EdgeChanges { .. } => Step::Event,
        }
    }
}

/// The variables of all conditions that the operation reaches. None of them may be null, wherever it stands: not where a
/// field is selected anyway, either, so that whether a request is refused follows from the document alone.
fn condition_variables(operation: &Operation) -> BTreeSet<String> {
    let (mut variables, mut spread) = (BTreeSet::new(), HashSet::new());
    let mut open = vec![operation.selections.as_slice()];
    while let Some(selections) = open.pop() {
        for selection in selections {
            variables.extend(selection.conditions().iter().filter_map(|condition| match &condition.value {
                Literal::Variable(name) => Some(name.clone()),
                _ => None,
            }));
            match selection {
                Selected::Field(node) => open.push(&node.selections),
                Selected::Inline { selections, .. } => open.push(selections),
                Selected::Spread { fragment, .. } if spread.insert(fragment.as_str()) => {
                    open.push(&operation.fragments[fragment].selections);
                }
                Selected::Spread { .. } => {}
            }
        }
    }
    variables
}

/// Whether nothing is to be run for a selection of plain objects, nor for what is below it.
fn is_written_from_objects(object: Object, fields: &[Field]) -> bool {
    let is_part = |field: &Field| match field.step {
        Step::TypeName => true,
        Step::Plain { .. } => field.selection.as_deref().is_none_or(Selections::is_written_from_objects),
        _ => false,
    };
    object.def.node_type.is_none() && fields.iter().all(is_part)
}

/// How many entities a field of one parent reads at most, as far as the document tells.
fn rows(field: &Field) -> u64 {
    let first = field.arguments.iter().find(|argument| argument.def.name == "first").map(|argument| &argument.value);
    let own = match field.step {
        Step::Edge { .. } | Step::Browse | Step::Find { .. } if field.ty.is_list() => match first {
            Some(ArgumentValue::Constant(Input::Int(first))) => u64::try_from(*first).unwrap_or(0),
            Some(ArgumentValue::Variable(_)) => 1,
            _ => u64::from(Page::default().first),
        },
        Step::Edge { .. } | Step::Browse | Step::Find { .. } | Step::Read | Step::Reference { .. } => 1,
        // How much custom code answers nobody knows; what is below it counts as if for one.
        _ => return below(field),
    };
    own.saturating_mul(below(field).saturating_add(1))
}

fn below(field: &Field) -> u64 {
    let kinds = field.selection.as_deref().map(Selections::kinds).unwrap_or_default();
    kinds.iter().map(|kind| kind.rows).max().unwrap_or(0)
}

/// The stored keys in their order, with the slots of the fields moved along.
fn sorted(unsorted: &[&'static str], fields: &mut [Field]) -> Keys<'static> {
    let keys = Keys::new(unsorted.iter().copied());
    for field in fields {
        if let Step::Stored { slot } = &mut field.step {
            *slot = keys.position(unsorted[*slot]).expect("sorting loses no key");
        }
    }
    keys
}
