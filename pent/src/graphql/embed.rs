//! The planner inside another server: juniper's executor asks for a root field, and gets it ready-made.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use juniper::{
    ArcStr, Arguments, BoxFuture, ExecutionResult, Executor, FieldError, GraphQLValue, GraphQLValueAsync, Object,
    Selection, Value,
};
use kvetch::Kvetch;

use super::lower::{Lower, location};
use crate::coerce;
use crate::error::Error;
use crate::execute::Execution;
use crate::limits::Limits;
use crate::operation::{self, FieldNode, Fragment, Literal, Operation, OperationKind};
use crate::plan::{over_planned_rows, plan};
use crate::response::{ErrorEntry, PathSegment, write_data};
use crate::scope::Scope;
use crate::store::{ScopeBuilder, Store};
use crate::types::Types;

/// What juniper's executor hands to the root fields: the store, and who asks.
#[derive(Debug, Clone)]
pub struct Context(Origin);

/// Where the scopes of root fields come from.
#[derive(Debug, Clone)]
enum Origin {
    Kvetch(Kvetch),
    Builder(ScopeBuilder),
}

impl Context {
    /// The context of requests over a store, of nobody in particular.
    pub fn new(kvetch: Kvetch) -> Self {
        Self(Origin::Kvetch(kvetch))
    }

    /// The context of a request whose root fields run in such scopes: for a viewer, say.
    pub fn of(scopes: ScopeBuilder) -> Self {
        Self(Origin::Builder(scopes))
    }

    fn scope(&self, types: &Types) -> Scope {
        match &self.0 {
            Origin::Kvetch(kvetch) => Scope::builder(&Store::guarded(kvetch.clone(), types.guarded.clone())).build(),
            Origin::Builder(scopes) => scopes.build(),
        }
    }
}

impl juniper::Context for Context {}

/// Runs one root field, with its whole selection, in a scope of its own.
///
/// Errors below it are reported at the root field, with their full path in `extensions.path`.
pub(super) fn resolve_root_field<'a>(
    types: &'a Arc<Types>,
    root: &'static str,
    field_name: &'a str,
    arguments: &'a Arguments<'_>,
    executor: &'a Executor<'_, '_, Context>,
) -> BoxFuture<'a, ExecutionResult> {
    Box::pin(async move {
        let carrier = Carrier { types, root, field_name, arguments };
        executor.resolve_async(&(), &carrier).await
    })
}

/// A root field on its way: juniper shows the raw selection to values that it resolves, and only to them.
struct Carrier<'a> {
    types: &'a Arc<Types>,
    root: &'static str,
    field_name: &'a str,
    arguments: &'a Arguments<'a>,
}

impl GraphQLValue for Carrier<'_> {
    type Context = Context;
    type TypeInfo = ();

    fn type_name(&self, (): &()) -> Option<ArcStr> {
        None
    }
}

impl GraphQLValueAsync for Carrier<'_> {
    fn resolve_async<'a>(
        &'a self,
        (): &'a (),
        selection: Option<&'a [Selection<'_>]>,
        executor: &'a Executor<'_, '_, Context>,
    ) -> BoxFuture<'a, ExecutionResult> {
        Box::pin(async move {
            let lower = Lower { variables: Some(executor.variables()), text: None, mistakes: None };
            let selections = selection.unwrap_or_default();
            let mut fragments = HashMap::new();
            collect_fragments(lower, selections, executor, &mut fragments);
            let operation = self.operation(lower, lower.selections(selections), fragments, executor);
            self.run(&operation, executor).await
        })
    }
}

impl Carrier<'_> {
    /// The operation that selects this field alone.
    fn operation(
        &self,
        lower: Lower<'_>,
        selections: Vec<operation::Selection>,
        fragments: HashMap<String, Fragment>,
        executor: &Executor<'_, '_, Context>,
    ) -> Operation {
        let object = self.types.object(self.root);
        let defs = object.field(self.field_name).map_or(&[][..], |field| field.args);
        let arguments = defs.iter().filter_map(|def| {
            // A default is among the arguments as it was written: the planner knows it already.
            let value = &self.arguments.get_input_value(def.name)?.item;
            let is_default = def.default.is_some_and(|default| value.as_enum_value() == Some(&default.to_string()));
            let value = if is_default { None } else { lower.given(value) };
            value.map(|value| (def.name.to_owned(), value))
        });
        let field = FieldNode {
            key: response_key(executor).unwrap_or_else(|| self.field_name.to_owned()),
            name: self.field_name.to_owned(),
            arguments: arguments.collect::<Vec<(String, Literal)>>(),
            conditions: Vec::new(),
            selections,
            location: location(*executor.location()),
        };
        let is_query = self.root == self.types.table.query;
        Operation {
            kind: if is_query { OperationKind::Query } else { OperationKind::Mutation },
            name: None,
            location: location(*executor.location()),
            variables: Vec::new(),
            selections: vec![operation::Selection::Field(field)],
            fragments,
        }
    }

    async fn run(&self, operation: &Operation, executor: &Executor<'_, '_, Context>) -> ExecutionResult {
        // The values of variables stand where the variables stood, and enum values among them are strings.
        let plan = plan(self.types, operation, coerce::Scope::Json)
            .map_err(|refused| FieldError::new(refused.message, code("VALIDATION_FAILED")))?;
        let mut scope = executor.context().scope(self.types);
        let cx = scope.cx();
        if !cx.knows(&self.types.guarded) {
            tracing::error!("a context was made for another schema, whose rules and hooks are others");
            return Err(FieldError::new("internal error", code("INTERNAL")));
        }
        let variables = coerce::Variables::new();
        let limits = Limits::default();
        if plan.root.rows > limits.planned_rows {
            let error = over_planned_rows(&plan, limits);
            return Err(FieldError::new(error.to_string(), code("OVER_LIMIT")));
        }
        let rows = AtomicU64::new(0);
        let execution = Execution {
            types: self.types,
            plan: &plan,
            cx: &cx,
            variables: &variables,
            conditions: &[],
            limits,
            introspect: &|_| Err(Error::internal("juniper answers what asks for the schema")),
            event: Mutex::new(None),
            rows: &rows,
        };
        let columns = scope.run(execution.run()).await;
        let (data, errors) = write_data(Vec::new(), &plan.root, &columns, &[], limits.response_bytes, 0);
        errors.into_iter().for_each(|error| executor.push_error(field_error(error)));
        let data = serde_json::from_slice::<serde_json::Value>(&data).expect("the output pass writes JSON");
        let value = data.as_object().and_then(|object| object.values().next());
        Ok(to_value(value.unwrap_or(&serde_json::Value::Null)))
    }
}

/// The alias or name under which the field is answered: the end of the path that an error would get.
fn response_key(executor: &Executor<'_, '_, Context>) -> Option<String> {
    executor.new_error(FieldError::from("nothing")).path().last().cloned()
}

fn collect_fragments(
    lower: Lower<'_>,
    selections: &[Selection<'_>],
    executor: &Executor<'_, '_, Context>,
    fragments: &mut HashMap<String, Fragment>,
) {
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                collect_fragments(lower, field.item.selection_set.as_deref().unwrap_or_default(), executor, fragments);
            }
            Selection::InlineFragment(inline) => {
                collect_fragments(lower, &inline.item.selection_set, executor, fragments);
            }
            Selection::FragmentSpread(spread) => {
                let name = spread.item.name.item;
                if fragments.contains_key(name) {
                    continue;
                }
                let fragment = executor.fragment_by_name(name).expect("validation knows all fragments");
                let on = fragment.type_condition.item.to_owned();
                let lowered = Fragment { on, selections: lower.selections(&fragment.selection_set) };
                fragments.insert(name.to_owned(), lowered);
                collect_fragments(lower, &fragment.selection_set, executor, fragments);
            }
        }
    }
}

fn field_error(error: ErrorEntry) -> FieldError {
    let mut extensions = Object::with_capacity(2);
    extensions.add_field("code", Value::scalar(error.code));
    let path = error.path.unwrap_or_default().into_iter().map(|segment| match segment {
        PathSegment::Key(key) => Value::scalar(key.to_string()),
        PathSegment::Index(index) => Value::scalar(i32::try_from(index).unwrap_or(i32::MAX)),
    });
    extensions.add_field("path", Value::list(path.collect()));
    FieldError::new(error.message, Value::Object(extensions))
}

fn code(code: &str) -> Value {
    let mut extensions = Object::with_capacity(1);
    extensions.add_field("code", Value::scalar(code.to_owned()));
    Value::Object(extensions)
}

fn to_value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::null(),
        serde_json::Value::Bool(value) => Value::scalar(*value),
        serde_json::Value::Number(number) => {
            let int = number.as_i64().and_then(|value| i32::try_from(value).ok());
            int.map_or_else(|| Value::scalar(number.as_f64().unwrap_or(f64::NAN)), Value::scalar)
        }
        serde_json::Value::String(text) => Value::scalar(text.clone()),
        serde_json::Value::Array(items) => Value::list(items.iter().map(to_value).collect()),
        serde_json::Value::Object(fields) => {
            let mut object = Object::with_capacity(fields.len());
            for (name, value) in fields {
                object.add_field(name, to_value(value));
            }
            Value::Object(object)
        }
    }
}
