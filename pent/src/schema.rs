//! A schema that is served: from a request to its response.

#[cfg(feature = "axum")]
use std::any::Any;
use std::hash::{Hash, Hasher};
#[cfg(feature = "axum")]
use std::sync::Weak;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use crate::coerce::{self, Variables};
#[cfg(feature = "axum")]
use crate::cx::Guarded;
use crate::error::{self, Error};
use crate::execute::Execution;
use crate::explanation::Explanation;
use crate::graphql::{self, Juniper};
use crate::limits::{Limits, Spent};
use crate::operation::{OperationKind, VariableDef};
use crate::output::OutputColumn;
use crate::persisted::PersistedOperations;
use crate::plan::{self, Introspection, Plan, over_planned_rows};
use crate::response::{ErrorEntry, RefusedDocument, Response, Told, write_data, write_errors};
use crate::scope::Scope;
use crate::size::Size;
use crate::table::Table;
use crate::types::Types;

/// How much the plan cache may hold, in bytes, as far as they are counted: texts and fields.
const PLAN_CACHE_BYTES: u64 = 64 << 20;
/// What a field of a plan takes, about, with its key, its arguments and its share of the conditions.
const FIELD_BYTES: usize = 512;
/// Room for the first response of a plan, in bytes: few are shorter. The next ones get that of the one before.
const FIRST_RESPONSE_BYTES: usize = 1 << 10;
/// How many plans the cache is laid out for; more are no error.
const PLAN_CACHE_ENTRIES: usize = 1_000;

/// A GraphQL request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The document; may be empty where `document_id` stands for it.
    pub query: String,
    /// The id of a persisted operation ([`Schema::with_operations`]), which takes the place of `query`.
    pub document_id: Option<String>,
    /// Which operation of the document to run, when it has several.
    pub operation_name: Option<String>,
    /// The values of the operation's variables.
    pub variables: serde_json::Map<String, serde_json::Value>,
}

/// A table made ready to answer requests, with a cache of plans. One serves all requests.
pub struct Schema {
    pub(crate) types: Types,
    juniper: Juniper,
    plans: Cache<PlanKey, Arc<Planned>, Bytes>,
    limits: Limits,
    operations: PersistedOperations,
    only_persisted: bool,
    tells_everything: bool,
    is_hidden: bool,
}

/// What a plan depends on, besides the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PlanKey {
    text: String,
    operation_name: Option<String>,
}

/// As the borrowed pair that looks it up.
impl Hash for PlanKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.text.as_str(), self.operation_name.as_deref()).hash(state);
    }
}

impl Equivalent<PlanKey> for (&str, Option<&str>) {
    fn equivalent(&self, key: &PlanKey) -> bool {
        *self == (key.text.as_str(), key.operation_name.as_deref())
    }
}

#[derive(Debug, Clone)]
struct Bytes;

impl Weighter<PlanKey, Arc<Planned>> for Bytes {
    fn weight(&self, key: &PlanKey, planned: &Arc<Planned>) -> u64 {
        let key = key.text.len() + key.operation_name.as_ref().map_or(0, String::len);
        let fields = match &**planned {
            Planned::Plan(runnable) => runnable.bytes() as u64,
            Planned::Refused(errors) => errors.iter().map(|error| (error.message.len() + FIELD_BYTES) as u64).sum(),
        };
        // Selections of introspections are kept as they were written: a few times their text.
        key as u64 * 4 + fields
    }
}

/// What a document came to. Refusals are kept too, so that a client that repeats one costs little.
pub(crate) enum Planned {
    Plan(Box<Runnable>),
    Refused(Vec<ErrorEntry>),
}

/// What one request adds to a plan.
pub(crate) struct Bound {
    pub(crate) variables: Variables,
    conditions: Vec<bool>,
}

/// A plan with the variables of its operation.
pub(crate) struct Runnable {
    variables: Vec<VariableDef>,
    pub(crate) plan: Plan,
    /// How long the last response was: the next one gets that much room at once.
    response_bytes: AtomicUsize,
    /// What counts it for as long as subscriptions hold on to it.
    #[cfg(feature = "axum")]
    pub(crate) counted: Mutex<Weak<dyn Any + Send + Sync>>,
}

impl Planned {
    /// Which kind of operation it is, if it has a plan.
    #[cfg(feature = "axum")]
    pub(crate) fn kind(&self) -> Option<OperationKind> {
        match self {
            Self::Plan(runnable) => Some(runnable.plan.kind),
            Self::Refused(_) => None,
        }
    }
}

impl Runnable {
    fn new(variables: Vec<VariableDef>, plan: Plan) -> Self {
        Self {
            variables,
            plan,
            response_bytes: AtomicUsize::new(FIRST_RESPONSE_BYTES),
            #[cfg(feature = "axum")]
            counted: Mutex::new(Weak::<()>::new()),
        }
    }

    /// What it takes in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        self.plan.size * FIELD_BYTES
    }
}

/// A request whose plan is known, or why it has none.
pub(crate) struct Prepared<'a> {
    schema: &'a Schema,
    request: &'a Request,
    planned: Arc<Planned>,
}

impl Prepared<'_> {
    /// Which kind of operation it is, if it has a plan.
    #[cfg(feature = "axum")]
    pub(crate) fn kind(&self) -> Option<OperationKind> {
        self.planned.kind()
    }

    /// What its plan does, if it has one.
    #[cfg(feature = "axum")]
    pub(crate) fn explanation(&self) -> Option<Explanation> {
        match &*self.planned {
            Planned::Plan(runnable) => Some(runnable.plan.explain(&self.schema.types)),
            Planned::Refused(_) => None,
        }
    }

    /// Runs it, within what others that it shares its limits with have left of them.
    pub(crate) async fn execute(&self, scope: &mut Scope, spent: &Spent) -> Response {
        match &*self.planned {
            Planned::Plan(runnable) if runnable.plan.kind == OperationKind::Subscription => {
                let message = "A subscription is answered once for each event: Schema::subscribe.".to_owned();
                Response::refused(&[ErrorEntry::request("operation_resolution_failed", message, None)])
            }
            Planned::Plan(runnable) => match self.schema.bound(runnable, self.request) {
                Ok(bound) => self.schema.run(runnable, &bound, None, scope, spent).await,
                Err(refused) => refused,
            },
            Planned::Refused(errors) => Response::refused(errors),
        }
    }
}

impl Schema {
    /// Makes a table ready, with the limits that are on by default.
    pub fn new(table: &'static Table) -> Self {
        Self::with_limits(table, Limits::default())
    }

    /// Makes a table ready.
    pub fn with_limits(table: &'static Table, limits: Limits) -> Self {
        Self {
            limits,
            types: Types::new(table),
            juniper: Juniper::new(table),
            plans: Cache::with_weighter(PLAN_CACHE_ENTRIES, PLAN_CACHE_BYTES, Bytes),
            operations: PersistedOperations::default(),
            only_persisted: false,
            tells_everything: false,
            is_hidden: false,
        }
    }

    /// Lets clients ask for these operations by their ids. All of them are planned here, so that one that does not fit
    /// the schema is found when a server starts and not by a user.
    ///
    /// # Errors
    /// When one has no plan: its id, and all that is wrong with it.
    pub fn with_operations(mut self, operations: PersistedOperations) -> error::Result<Self> {
        for (id, text) in operations.iter() {
            if let Planned::Refused(errors) = &*self.planned_text(text, None) {
                let refused = RefusedDocument { errors: errors.clone() };
                let message = format!("the persisted operation {id:?} does not fit the schema:\n{refused}");
                return Err(Error::user("invalid_manifest", message));
            }
        }
        self.operations = operations;
        Ok(self)
    }

    /// Refuses every other operation. The text of one that is persisted is as good as its id.
    #[must_use]
    pub fn only_persisted(mut self) -> Self {
        self.only_persisted = true;
        self
    }

    /// Tells clients what errors say that are not for them: what failed in storage, what custom code panicked with. For
    /// a server that is being written.
    #[must_use]
    pub fn verbose_errors(mut self) -> Self {
        self.tells_everything = true;
        self
    }

    /// Answers no questions about the schema itself: a document with `__schema` or `__type` is refused. Clients that
    /// are written against it have it already; others have it spelled out by what they are refused.
    #[must_use]
    pub fn without_introspection(mut self) -> Self {
        self.is_hidden = true;
        self
    }

    /// Runs a request in a scope of its own, or in one that has been used before. Where the table has privacy rules or
    /// hooks, the scope has to know them: [`Scope::builder`].
    pub async fn execute(&self, request: &Request, scope: &mut Scope) -> Response {
        self.prepare(request).execute(scope, &Spent::default()).await
    }

    /// What the plan of a request does.
    ///
    /// # Errors
    /// When it has no plan: what is wrong with its document.
    pub fn explain(&self, request: &Request) -> Result<Explanation, RefusedDocument> {
        match &*self.planned(request) {
            Planned::Plan(runnable) => Ok(runnable.plan.explain(&self.types)),
            Planned::Refused(errors) => Err(RefusedDocument { errors: errors.clone() }),
        }
    }

    /// Looks up the plan of a request, or makes it.
    pub(crate) fn prepare<'a>(&'a self, request: &'a Request) -> Prepared<'a> {
        Prepared { schema: self, request, planned: self.planned(request) }
    }

    /// A request with its plan.
    #[cfg(feature = "axum")]
    pub(crate) fn prepared<'a>(&'a self, request: &'a Request, planned: Arc<Planned>) -> Prepared<'a> {
        Prepared { schema: self, request, planned }
    }

    /// What a request may cost.
    #[cfg(feature = "axum")]
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What clients are told of errors that are not for them.
    #[cfg(feature = "axum")]
    pub(crate) fn told<'a>(&self, request_id: Option<&'a crate::request_id::RequestId>) -> Told<'a> {
        Told { request_id, everything: self.tells_everything }
    }

    /// What a scope has to know to run requests of this schema.
    #[cfg(feature = "axum")]
    pub(crate) fn guarded(&self) -> &Arc<Guarded> {
        &self.types.guarded
    }

    /// The variables of a request, coerced, and the conditions that follow from them.
    ///
    /// # Errors
    /// The response, when a variable has no value of its type.
    pub(crate) fn bound(&self, runnable: &Runnable, request: &Request) -> Result<Bound, Response> {
        let Runnable { variables, plan, .. } = runnable;
        let refused = |(message, location)| ErrorEntry::request("bad_user_input", message, location);
        let variables = coerce::variables(&self.types, variables, &request.variables).map_err(|refusals| {
            let errors = refusals.into_iter().map(|(message, location)| refused((message, Some(location))));
            Response::refused(&errors.collect::<Vec<_>>())
        })?;
        let conditions = plan.conditions(&variables).map_err(|name| {
            let message = format!("Variable \"${name}\" is null where @skip or @include needs a Boolean.");
            Response::refused(&[refused((message, None))])
        })?;
        Ok(Bound { variables, conditions })
    }

    pub(crate) async fn run(
        &self,
        runnable: &Runnable,
        bound: &Bound,
        event: Option<Box<dyn OutputColumn>>,
        scope: &mut Scope,
        spent: &Spent,
    ) -> Response {
        let cx = scope.cx();
        let told = Told { request_id: cx.request_id(), everything: self.tells_everything };
        if !cx.knows(&self.types.guarded) {
            // It would let everybody see what the rules are about.
            tracing::error!("a scope does not know the rules and hooks of the schema: make it by Scope::builder");
            let defect = ErrorEntry::internal("the scope was not made by Scope::builder".to_owned());
            return Response::refused_telling(&[defect], told);
        }
        let Runnable { plan, response_bytes, .. } = runnable;
        let Bound { variables, conditions } = bound;
        let introspect =
            |asked: &Introspection| graphql::introspect(&self.juniper, cx.kvetch().clone(), asked, variables);
        let execution = Execution {
            types: &self.types,
            plan,
            cx: &cx,
            variables,
            conditions,
            limits: self.limits,
            introspect: &introspect,
            event: Mutex::new(event),
            rows: &spent.rows,
        };
        let columns = scope.run(execution.run()).await;
        let others = spent.response_bytes.load(Ordering::Relaxed);
        let mut body = Vec::with_capacity(response_bytes.load(Ordering::Relaxed));
        body.extend_from_slice(b"{\"data\":");
        let (mut body, errors) = write_data(body, &plan.root, &columns, conditions, self.limits.response_bytes, others);
        if !errors.is_empty() {
            body.extend_from_slice(b",\"errors\":");
            write_errors(&mut body, &errors, told);
        }
        body.push(b'}');
        response_bytes.store(body.len(), Ordering::Relaxed);
        spent.response_bytes.fetch_add(body.len(), Ordering::Relaxed);
        Response { body, is_executed: true, has_errors: !errors.is_empty() }
    }

    pub(crate) fn planned(&self, request: &Request) -> Arc<Planned> {
        match self.text(request) {
            Ok(text) => self.planned_text(text, request.operation_name.as_deref()),
            Err(error) => Arc::new(Planned::Refused(vec![error])),
        }
    }

    /// The text of the document that is asked for, by itself or by its id.
    fn text<'a>(&'a self, request: &'a Request) -> Result<&'a str, ErrorEntry> {
        let persisted = request.document_id.as_deref().map(|id| (id, self.operations.get(id)));
        match persisted {
            Some((_, Some(text))) => Ok(text),
            _ if self.only_persisted && self.operations.has_text(&request.query) => Ok(&request.query),
            // Clients that find out whether an id is known by asking send the text when they hear of it. Some look for
            // the code, others for this very message.
            Some((_, None)) if self.only_persisted || request.query.is_empty() => {
                Err(ErrorEntry::request("persisted_query_not_found", "PersistedQueryNotFound".to_owned(), None))
            }
            None if self.only_persisted => {
                let message = "Only persisted operations are answered here.".to_owned();
                Err(ErrorEntry::request("operation_not_persisted", message, None))
            }
            Some((_, None)) | None => Ok(&request.query),
        }
    }

    fn planned_text(&self, text: &str, operation_name: Option<&str>) -> Arc<Planned> {
        if let Some(planned) = self.plans.get(&(text, operation_name)) {
            return planned;
        }
        let planned = Arc::new(self.plan(text, operation_name));
        let key = PlanKey { text: text.to_owned(), operation_name: operation_name.map(str::to_owned) };
        self.plans.insert(key, planned.clone());
        planned
    }

    fn plan(&self, text: &str, operation_name: Option<&str>) -> Planned {
        if let Err(error) = self.limits.check(&Size::of(text)) {
            return Planned::Refused(vec![ErrorEntry::request(error.code(), error.to_string(), None)]);
        }
        let operation = match graphql::read(&self.juniper, &self.types, text, operation_name) {
            Ok(operation) => operation,
            Err(errors) => return Planned::Refused(errors),
        };
        match plan::plan(&self.types, &operation, coerce::Scope::Planning) {
            Ok(plan) if self.is_hidden && !plan.introspections.is_empty() => {
                let message = "The schema answers no questions about itself here.".to_owned();
                Planned::Refused(vec![ErrorEntry::request("introspection_disabled", message, None)])
            }
            Ok(plan) if plan.root.rows > self.limits.planned_rows => {
                let error = over_planned_rows(&plan, self.limits);
                Planned::Refused(vec![ErrorEntry::request(error.code(), error.to_string(), None)])
            }
            Ok(plan) => Planned::Plan(Box::new(Runnable::new(operation.variables, plan))),
            Err(refused) => {
                let error = ErrorEntry::request("validation_failed", refused.message, Some(refused.location));
                Planned::Refused(vec![error])
            }
        }
    }
}

impl std::fmt::Debug for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Schema").field("plans", &self.plans.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{FieldDef, ObjectDef, Source, Type, TypeDef, TypeKind};

    static TABLE: Table = Table {
        query: "Query",
        mutation: None,
        subscription: None,
        types: &[TypeDef {
            name: "Query",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                node_type: None,
                interfaces: &[],
                fields: &[FieldDef {
                    name: "field",
                    description: "",
                    deprecated: None,
                    ty: Type::Named("Int"),
                    args: &[],
                    source: Source::Plain(0),
                }],
            }),
        }],
        edges: &[],
        indexes: &[],
    };

    /// A text that is persisted was refused when an id came with it that is of another manifest.
    #[test]
    fn a_persisted_text_is_as_good_as_its_id_whatever_id_comes_with_it() {
        let operations = PersistedOperations::from_json(r#"{"a": "{ field }"}"#).expect("it is a manifest");
        let schema = Schema::new(&TABLE).with_operations(operations).expect("it fits").only_persisted();
        for (id, query, expected) in [
            (Some("a"), "", None),
            (Some("b"), "{ field }", None),
            (None, "{ field }", None),
            (Some("b"), "{ a: field }", Some("persisted_query_not_found")),
            (Some("b"), "", Some("persisted_query_not_found")),
            (None, "{ a: field }", Some("operation_not_persisted")),
        ] {
            let document_id = id.map(str::to_owned);
            let request = Request { query: query.to_owned(), document_id, ..Request::default() };
            let refused = schema.text(&request).err().map(|error| error.code);
            assert_eq!(refused.map(|code| code.to_lowercase()).as_deref(), expected, "{id:?} {query}");
        }
    }

    /// Only texts were weighed: requests with long operation names, and short documents with large plans, were kept
    /// by the hundred megabytes.
    #[test]
    fn the_plan_cache_weighs_names_and_plans() {
        let schema = Schema::new(&TABLE);
        let weight_of = |request: Request| {
            let before = schema.plans.weight();
            schema.planned(&request);
            schema.plans.weight() - before
        };
        let named =
            Request { query: "{ field }".to_owned(), operation_name: Some("x".repeat(1 << 20)), ..Request::default() };
        assert!(weight_of(named) > 1 << 20);

        let fields = (0..500).map(|number| format!("f{number}: field")).collect::<Vec<_>>().join(" ");
        let planned = Request { query: format!("{{ {fields} }}"), ..Request::default() };
        assert!(weight_of(planned) >= 500 * FIELD_BYTES as u64);
    }

    #[test]
    fn the_plan_cache_stays_within_its_bytes() {
        let schema = Schema::new(&TABLE);
        for number in 0..300 {
            let operation_name = Some(format!("{number}{}", "x".repeat(200_000)));
            schema.planned(&Request { query: "{ field }".to_owned(), operation_name, ..Request::default() });
        }
        assert!(schema.plans.weight() <= PLAN_CACHE_BYTES, "{} bytes", schema.plans.weight());
    }
}
