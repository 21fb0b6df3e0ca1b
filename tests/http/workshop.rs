//! A schema whose fields do what a server has to live with: they wait for ever, panic, and fail with secrets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::stream;
use kvetch::Kvetch;
use pent::http::{ConnectionInit, Service};
use pent::table::{FieldDef, InputDef, NodeTypeDef, ObjectDef, Source, Table, Type, TypeDef, TypeKind};
use pent::{Column, Cx, Entity, Error, Events, Limits, Result, Schema, UnaryCall};
use tests::library::Book;
use tests::server::Server;

/// What the fields of requests have come to.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// How many wait or have waited.
    pub(super) begun: AtomicUsize,
    /// How many were given up.
    pub(super) given_up: AtomicUsize,
    /// How many events were asked what they show.
    pub(super) shown: AtomicUsize,
    /// How often it was asked whose scope a request has.
    pub(super) scopes: AtomicUsize,
}

impl Journal {
    /// Waits until so many have begun to wait, and so many of them were given up.
    pub(super) async fn has(&self, begun: usize, given_up: usize) {
        let counts = || (self.begun.load(Ordering::SeqCst), self.given_up.load(Ordering::SeqCst));
        let arrived = async {
            while counts() != (begun, given_up) {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        };
        let arrived = tokio::time::timeout(std::time::Duration::from_secs(20), arrived).await;
        assert!(arrived.is_ok(), "expected {:?}, found {:?}", (begun, given_up), counts());
    }
}

/// One that waits.
struct Waiting(Arc<Journal>);

impl Waiting {
    fn begin(cx: &Cx) -> Self {
        let journal = cx.state::<Arc<Journal>>().clone();
        journal.begun.fetch_add(1, Ordering::SeqCst);
        Self(journal)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.given_up.fetch_add(1, Ordering::SeqCst);
    }
}

fn number(call: UnaryCall<'_>) -> Column<'_> {
    pent::custom::once(call, |_, _| async { Ok(7) })
}

fn waits(call: UnaryCall<'_>) -> Column<'_> {
    pent::custom::once(call, |cx, _| async move {
        let _waiting = Waiting::begin(cx);
        std::future::pending::<Result<i32>>().await
    })
}

/// For so many milliseconds, and does not mind being given up.
fn takes(call: UnaryCall<'_>) -> Column<'_> {
    pent::custom::once(call, |_, args| async move {
        let millis = args.get::<i32>("millis")?;
        tokio::time::sleep(std::time::Duration::from_millis(u64::try_from(millis)?)).await;
        Ok(millis)
    })
}

/// A text that is so long.
fn text(call: UnaryCall<'_>) -> Column<'_> {
    pent::custom::once(call, |_, args| async move { Ok("x".repeat(usize::try_from(args.get::<i32>("length")?)?)) })
}

fn panics(call: UnaryCall<'_>) -> Column<'_> {
    pent::custom::once(call, |_, _| async { if true { panic!("the password is swordfish") } else { Ok(1) } })
}

fn secret(call: UnaryCall<'_>) -> Column<'_> {
    pent::custom::once(call, |_, _| async { Err::<i32, _>(Error::internal("the password is swordfish")) })
}

fn told(call: UnaryCall<'_>) -> Column<'_> {
    pent::custom::once(call, |_, _| async { Err::<i32, _>(Error::user("CLOSED", "the shop is closed")) })
}

/// Where the events of its subscriptions come from.
fn events() -> Events {
    Events::new()
        .on(
            "ticks",
            |_, args| async move { Ok(stream::iter(0..args.get::<i32>("to")?)) },
            |_, number| async move { Ok(Some(number)) },
        )
        .on(
            "odd",
            |_, args| async move { Ok(stream::iter(0..args.get::<i32>("to")?)) },
            |_, number| async move { Ok(Some(number).filter(|number| number % 2 == 1)) },
        )
        .on(
            "texts",
            |_, args| async move { Ok(stream::repeat(args.get::<i32>("length")?)) },
            |cx, length| async move {
                cx.state::<Arc<Journal>>().shown.fetch_add(1, Ordering::SeqCst);
                // So that there is something to be given up, or to stand still.
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                Ok(Some("x".repeat(usize::try_from(length)?)))
            },
        )
        .on(
            "secret",
            |_, _| async move { Err::<stream::Empty<i32>, _>(Error::internal("the password is swordfish")) },
            |_, number| async move { Ok(Some(number)) },
        )
        .on(
            "waits",
            |cx, _| async move {
                let waiting = Waiting::begin(&cx);
                Ok(stream::once(async move {
                    let _waiting = waiting;
                    std::future::pending::<()>().await;
                }))
            },
            |_, ()| async move { Ok(Some(1)) },
        )
        .on(
            "fails",
            |_, _| async move { Err::<stream::Empty<i32>, _>(Error::user("CLOSED", "the shop is closed")) },
            |_, number| async move { Ok(Some(number)) },
        )
        .on(
            "panics",
            |_, _| async move { Ok(stream::iter([1])) },
            |_, _| async move { if true { panic!("the password is swordfish") } else { Ok(Some(1)) } },
        )
        .on(
            "who",
            |_, _| async move { Ok(stream::iter([()])) },
            |cx, ()| async move { Ok(cx.viewer::<i32>().copied()) },
        )
        .on(
            "written",
            |cx, _| async move { Ok(cx.written::<Book>()) },
            |cx, id| async move { Book::load(&cx, id).await },
        )
}

const INT: Type = Type::Named("Int");

const fn field(name: &'static str, source: Source) -> FieldDef {
    FieldDef { name, description: "", deprecated: None, ty: INT, args: &[], source }
}

const fn number_of(name: &'static str) -> InputDef {
    InputDef { name, description: "", deprecated: None, ty: Type::NonNull(&INT), default: None, stored: None }
}

const MILLIS: [InputDef; 1] = [number_of("millis")];
const TO: [InputDef; 1] = [number_of("to")];
const LENGTH: [InputDef; 1] = [number_of("length")];

const fn object(name: &'static str, fields: &'static [FieldDef]) -> TypeDef {
    TypeDef { name, description: "", kind: TypeKind::Object(ObjectDef { node_type: None, interfaces: &[], fields }) }
}

/// The schema.
pub(super) static WORKSHOP: Table = Table {
    query: "Query",
    mutation: Some("Mutation"),
    subscription: Some("Subscription"),
    types: &[
        TypeDef {
            name: "Book",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                node_type: Some(NodeTypeDef::open(1)),
                interfaces: &[],
                fields: &[FieldDef { ty: Type::Named("String"), ..field("title", Source::Stored { key: "title" }) }],
            }),
        },
        object("Mutation", &[field("number", Source::Unary(number)), field("waits", Source::Unary(waits))]),
        object(
            "Query",
            &[
                field("number", Source::Unary(number)),
                field("waits", Source::Unary(waits)),
                FieldDef { args: &MILLIS, ..field("takes", Source::Unary(takes)) },
                FieldDef { args: &LENGTH, ty: Type::Named("String"), ..field("text", Source::Unary(text)) },
                field("panics", Source::Unary(panics)),
                field("secret", Source::Unary(secret)),
                field("told", Source::Unary(told)),
            ],
        ),
        object(
            "Subscription",
            &[
                FieldDef { args: &TO, ..field("ticks", Source::Event) },
                FieldDef { args: &TO, ..field("odd", Source::Event) },
                FieldDef { args: &LENGTH, ty: Type::Named("String"), ..field("texts", Source::Event) },
                field("secret", Source::Event),
                field("waits", Source::Event),
                field("fails", Source::Event),
                field("panics", Source::Event),
                field("who", Source::Event),
                field("nowhere", Source::Event),
                FieldDef { ty: Type::Named("Book"), ..field("written", Source::Event) },
            ],
        ),
    ],
    edges: &[],
    indexes: &[],
};

/// A server of it.
pub(super) struct Workshop {
    pub(super) server: Server,
    pub(super) journal: Arc<Journal>,
    pub(super) kvetch: Kvetch,
}

impl Workshop {
    pub(super) async fn open(limits: Limits) -> Self {
        Self::fitted(limits, |service| service).await
    }

    pub(super) async fn fitted(limits: Limits, fit: impl FnOnce(Service) -> Service) -> Self {
        let kvetch = pent::open(&["memory:".parse().expect("the URL is valid")], &WORKSHOP).await;
        let journal = Arc::new(Journal::default());
        let kvetch = kvetch.expect("a store in memory opens");
        let noted = journal.clone();
        let service = Service::new(Schema::with_limits(&WORKSHOP, limits), kvetch.clone()).events(events());
        let service = service.scopes(move |head, scope| {
            noted.scopes.fetch_add(1, Ordering::SeqCst);
            let scope = scope.state(noted.clone());
            // The number of a viewer, from the first message of a WebSocket.
            let token = head.extensions.get::<ConnectionInit>().and_then(|init| init.0.get("token").cloned());
            async move {
                match token {
                    None => Ok(scope),
                    Some(token) if token == "slow" => std::future::pending().await,
                    Some(token) if token == "broken" => Err(Error::internal("the password is swordfish")),
                    Some(token) => match token.as_i64().and_then(|number| i32::try_from(number).ok()) {
                        Some(number) => Ok(scope.viewer(number)),
                        None => Err(Error::user("BAD_TOKEN", "this token is nobody's")),
                    },
                }
            }
        });
        Self { server: Server::of(fit(service).router()).await, journal, kvetch }
    }

    /// Asks a query that needs no words around it.
    pub(super) async fn ask(&self, query: &str) -> tests::server::Answer {
        self.server.post_of("", &serde_json::json!({ "query": query }).to_string()).await
    }
}
