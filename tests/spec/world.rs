//! A schema written by hand with every kind of type, and a store of pets over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kvetch::{Create, Kvetch, Node, NodeId, NodeType, Props, Value};
use pent::scalar::{BIG_INT, DATE, DATE_TIME, JSON, ScalarDef};
use pent::table::{
    EdgeDef, EnumValueDef, FieldDef, IndexDef, IndexKind, InputDef, InterfaceDef, InterfaceFieldDef, Literal,
    NodeTypeDef, ObjectDef, OnDelete, Source, Table, Type, TypeDef, TypeKind,
};
use pent::{
    Call, Column, CustomScalar, Entity, Error, Input, Limits, OutputRef, Plain, Request, Response, Result, Schema,
    Scope, Stats, ToOutput, UnaryCall,
};
use serde_json::{Value as Json, json};

/// The entities, which differ in their numbers and names alone.
macro_rules! entity {
    ($name:ident, $number:literal) => {
        #[derive(Debug, Clone)]
        pub(super) struct $name(Arc<Node>);

        impl Entity for $name {
            const NODE_TYPE: NodeType = NodeType($number);
            const NAME: &'static str = stringify!($name);
            const REQUIRED: &'static [&'static str] = &["name"];

            fn from_node(node: Arc<Node>) -> Result<Self> {
                Ok(Self(node))
            }

            fn node(&self) -> &Arc<Node> {
                &self.0
            }
        }

        impl ToOutput for $name {
            fn to_output(&self) -> OutputRef<'_> {
                OutputRef::Node(&self.0)
            }
        }
    };
}

entity!(Dog, 1);
entity!(Cat, 2);
entity!(Person, 3);

/// A plain object that implements an interface. One that keeps its type to itself is nothing in particular.
#[derive(Debug, Clone)]
pub(super) struct Robot {
    pub(super) name: String,
    pub(super) maker: Option<Person>,
    pub(super) told: Option<&'static str>,
}

impl ToOutput for Robot {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Object(self)
    }
}

impl Plain for Robot {
    fn field(&self, index: usize) -> OutputRef<'_> {
        match index {
            0 => self.name.to_output(),
            1 => self.maker.to_output(),
            other => pent::output::no_such_field("Robot", other),
        }
    }

    fn type_name(&self) -> Option<&'static str> {
        self.told
    }
}

/// Anything that a `Thing` may be, and what it may not.
#[derive(Debug, Clone)]
pub(super) enum Thing {
    Dog(Dog),
    Cat(Cat),
    Person(Person),
    Robot(Robot),
}

impl ToOutput for Thing {
    fn to_output(&self) -> OutputRef<'_> {
        match self {
            Self::Dog(dog) => dog.to_output(),
            Self::Cat(cat) => cat.to_output(),
            Self::Person(person) => person.to_output(),
            Self::Robot(robot) => robot.to_output(),
        }
    }
}

/// A plain object as a client describes it, with places for null everywhere.
#[derive(Debug, Clone)]
pub(super) struct Nest {
    value: Option<i32>,
    child: Vec<Nest>,
    list: Option<Vec<Option<Nest>>>,
}

impl Nest {
    pub(super) fn of(shape: &Json) -> Self {
        let list = shape.get("list").and_then(Json::as_array);
        let item = |item: &Json| (!item.is_null()).then(|| Self::of(item));
        Self {
            value: shape.get("value").and_then(Json::as_i64).and_then(|value| value.try_into().ok()),
            child: shape.get("child").filter(|child| !child.is_null()).map(Self::of).into_iter().collect(),
            list: list.map(|items| items.iter().map(item).collect()),
        }
    }
}

impl ToOutput for Nest {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Object(self)
    }
}

impl Plain for Nest {
    fn field(&self, index: usize) -> OutputRef<'_> {
        match index {
            0 => self.value.to_output(),
            1 => self.child.first().map_or(OutputRef::Null, ToOutput::to_output),
            2 => self.list.to_output(),
            other => pent::output::no_such_field("Nest", other),
        }
    }
}

/// A scalar that a Rust type stands for.
#[derive(Debug, Clone, PartialEq)]
struct Even(i64);

impl CustomScalar for Even {
    fn parse(written: &Json) -> Result<Self, String> {
        let even = written.as_i64().filter(|value| value % 2 == 0);
        even.map(Self).ok_or_else(|| format!("{written} is not even"))
    }

    fn to_json(&self) -> Json {
        self.0.into()
    }
}

/// What arrived, as JSON: absent arguments are absent.
fn echo(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |_, args| async move {
        let given = ECHO.iter().filter_map(|def| Some((def.name.to_owned(), as_json(args.value(def.name)?))));
        Ok(Json::Object(given.collect()))
    })
}

fn as_json(input: &Input) -> Json {
    match input {
        Input::Null => Json::Null,
        Input::Bool(value) => json!(value),
        Input::Int(value) => json!(value),
        Input::Float(value) => json!({ "float": value }),
        Input::Text(text) => json!(text),
        Input::Id(id) => json!(id.to_string()),
        Input::Long(value) => json!({ "long": value.to_string() }),
        Input::Time(time) => json!({ "micros": time.0 }),
        Input::Json(value) | Input::Own { written: value, .. } => value.clone(),
        Input::List(items) => items.iter().map(as_json).collect(),
        Input::Object(fields) => fields.iter().map(|(name, value)| ((*name).to_owned(), as_json(value))).collect(),
    }
}

fn nest(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |_, args| async move {
        Ok(Nest::of(&args.get::<Option<Json>>("shape")?.unwrap_or_default()))
    })
}

fn things(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |cx, args| async move {
        let named = args.get::<Vec<String>>("names")?;
        let dogs = Dog::browse(cx, pent::Page::default()).await?.items;
        let cats = Cat::browse(cx, pent::Page::default()).await?.items;
        let people = Person::browse(cx, pent::Page::default()).await?.items;
        let thing = |name: String| match name.as_str() {
            "dog" => Some(Thing::Dog(dogs[0].clone())),
            "cat" => Some(Thing::Cat(cats[0].clone())),
            "person" => Some(Thing::Person(people[0].clone())),
            "robot" => Some(Thing::Robot(robot("R2", people.first(), Some("Robot")))),
            "stranger" => Some(Thing::Robot(robot("?", None, Some("Stranger")))),
            "nobody" => Some(Thing::Robot(robot("?", None, None))),
            _ => None,
        };
        Ok(named.into_iter().map(thing).collect::<Vec<Option<Thing>>>())
    })
}

fn robot(name: &str, maker: Option<&Person>, told: Option<&'static str>) -> Robot {
    Robot { name: name.to_owned(), maker: maker.cloned(), told }
}

fn even(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |_, args| async move { Ok(Even(args.get::<Even>("half")?.0 / 2)) })
}

fn moment(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |_, args| async move { args.get::<Option<kvetch::Timestamp>>("at") })
}

fn few(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |_, _| async move { Ok(robot("R2", None, Some("Robot"))) })
}

/// How loud: pets without a name are an error.
fn growl(call: Call<'_>) -> Column<'_> {
    pent::custom::per_item(call, |_, _, dog: Dog| async move {
        match pent::stored::<String>(dog.node(), "name")?.as_str() {
            "" => Err(Error::user("SILENT", "this one does not growl")),
            name => Ok(i32::try_from(name.len())?),
        }
    })
}

/// How often a step ran, or an argument was read, for a test that counts: one each.
pub(super) static MOTTOS: AtomicUsize = AtomicUsize::new(0);
pub(super) static READS: AtomicUsize = AtomicUsize::new(0);

/// The favourite of the house, whoever asks: it knows no parent.
fn motto(call: UnaryCall<'_>) -> Column<'_> {
    pent::custom::once(call, |cx, args| async move {
        MOTTOS.fetch_add(1, Ordering::Relaxed);
        match args.get::<Option<NodeId>>("of")? {
            Some(id) => Person::load(cx, id).await,
            None => Err(Error::user("NOBODY", "of nobody")),
        }
    })
}

/// Text that knows how often it was read.
#[derive(Debug, Clone)]
struct Counted(String);

impl pent::FromInput for Counted {
    fn from_input(input: Option<&Input>) -> Result<Self> {
        READS.fetch_add(1, Ordering::Relaxed);
        String::from_input(input).map(Self)
    }
}

fn called(call: Call<'_>) -> Column<'_> {
    pent::custom::per_item_with(
        call,
        |args| args.get::<Counted>("by"),
        |_, by, dog: Dog| async move { Ok(pent::stored::<String>(dog.node(), "name")? + &by.0) },
    )
}

/// Appends to a name, and takes its time: two rounds.
fn rename(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |cx, args| async move {
        let (id, text) = (args.get::<NodeId>("id")?, args.get::<String>("text")?);
        let Some(person) = Person::load(cx, id).await? else { return Ok(None) };
        if text.is_empty() {
            return Err(Error::user("EMPTY", "there is nothing to append"));
        }
        let name = pent::stored::<String>(person.node(), "name")? + &text;
        pent::update::<Person>(cx, id, Props::from([("name", Value::Text(name))])).await.map(Some)
    })
}

const UUID: Type = Type::Named("UUID");
const UUID_REQUIRED: Type = Type::NonNull(&UUID);
const STRING: Type = Type::Named("String");
const STRING_REQUIRED: Type = Type::NonNull(&STRING);
const INT: Type = Type::Named("Int");
const INT_REQUIRED: Type = Type::NonNull(&INT);
const BOOLEAN: Type = Type::Named("Boolean");
const PET: Type = Type::Named("Pet");
const PERSON: Type = Type::Named("Person");
const THING: Type = Type::Named("Thing");
const NEST: Type = Type::Named("Nest");
const NEST_REQUIRED: Type = Type::NonNull(&NEST);
const SIZE: Type = Type::Named("Size");
const EXAMPLE: Type = Type::Named("Example");

const fn field(name: &'static str, ty: Type, source: Source) -> FieldDef {
    with_args(name, ty, &[], source)
}

const fn stored(name: &'static str, ty: Type) -> FieldDef {
    field(name, ty, Source::Stored { key: name })
}

const fn with_args(name: &'static str, ty: Type, args: &'static [InputDef], source: Source) -> FieldDef {
    FieldDef { name, description: "", deprecated: None, ty, args, source }
}

const fn told(name: &'static str, ty: Type) -> InterfaceFieldDef {
    InterfaceFieldDef { name, description: "", deprecated: None, ty, args: &[] }
}

const fn input(name: &'static str, ty: Type, default: Option<Literal>) -> InputDef {
    InputDef { name, description: "", deprecated: None, ty, default, stored: Some(name) }
}

const fn object(
    name: &'static str,
    number: Option<u32>,
    interfaces: &'static [&'static str],
    fields: &'static [FieldDef],
) -> TypeDef {
    let node_type = match number {
        Some(number) => Some(NodeTypeDef::open(number)),
        None => None,
    };
    TypeDef { name, description: "", kind: TypeKind::Object(ObjectDef { node_type, interfaces, fields }) }
}

const fn scalar(name: &'static str, def: ScalarDef) -> TypeDef {
    TypeDef { name, description: "", kind: TypeKind::Scalar(def) }
}

const ID: [InputDef; 1] = [input("id", UUID_REQUIRED, None)];
const PAGE: [InputDef; 2] = [input("first", INT, Some(Literal::Int(100))), input("after", UUID, None)];
const PETS: Type = Type::List(&PET);
const NESTS: Type = Type::List(&NEST);
const NESTS_REQUIRED: Type = Type::List(&NEST_REQUIRED);
const INTS: Type = Type::List(&INT);

/// The arguments of `echo`.
const ECHO: [InputDef; 19] = [
    input("int", INT, None),
    input("ratio", Type::Named("Float"), None),
    input("text", STRING, None),
    input("flag", Type::NonNull(&BOOLEAN), Some(Literal::Bool(true))),
    input("key", Type::Named("ID"), None),
    input("uuid", UUID, None),
    input("size", SIZE, Some(Literal::Enum("SMALL"))),
    input("list", INTS, None),
    input("requiredItems", Type::List(&INT_REQUIRED), None),
    input("nested", Type::List(&INTS), None),
    input("example", EXAMPLE, None),
    input("examples", Type::List(&EXAMPLE), None),
    input("deep", Type::Named("Deep"), None),
    input("any", Type::Named("Any"), None),
    input("anys", Type::List(&Type::NonNull(&Type::Named("Any"))), None),
    input("big", Type::Named("BigInt"), None),
    input("day", Type::Named("Date"), None),
    input("at", Type::Named("DateTime"), None),
    input("choice", Type::Named("Choice"), None),
];

/// The table.
pub(super) static KENNEL: Table = Table {
    query: "Query",
    mutation: Some("Mutation"),
    subscription: Some("Subscription"),
    types: &[
        scalar("Any", JSON),
        scalar("BigInt", BIG_INT),
        object(
            "Cat",
            Some(2),
            &["Named", "Node", "Pet"],
            &[
                field("id", UUID_REQUIRED, Source::Id),
                stored("name", STRING_REQUIRED),
                field("owner", PERSON, Source::Reference { key: "ownerId" }),
                stored("lives", INT),
                stored("weight", Type::Named("Float")),
                stored("nickname", STRING),
                stored("size", SIZE),
                stored("sizes", Type::List(&Type::NonNull(&SIZE))),
                stored("indoors", BOOLEAN),
                stored("tag", Type::Named("ID")),
                stored("chip", UUID),
                stored("about", Type::Named("Any")),
                stored("born", Type::Named("DateTime")),
            ],
        ),
        TypeDef {
            name: "Choice",
            description: "One of them.",
            kind: TypeKind::OneOf(&[
                input("number", INT, None),
                input("text", STRING, None),
                input("self", EXAMPLE, None),
            ]),
        },
        scalar("Date", DATE),
        scalar("DateTime", DATE_TIME),
        TypeDef {
            name: "Deep",
            description: "",
            kind: TypeKind::Input(&[
                input("inner", EXAMPLE, None),
                input("many", Type::List(&Type::NonNull(&EXAMPLE)), None),
                input("size", Type::NonNull(&SIZE), Some(Literal::Enum("LARGE"))),
                input("any", Type::Named("Any"), Some(Literal::Object(&[("a", Literal::List(&[Literal::Int(1)]))]))),
                InputDef { deprecated: Some("use any"), ..input("old", INT, None) },
            ]),
        },
        object(
            "Dog",
            Some(1),
            &["Named", "Node", "Pet"],
            &[
                field("id", UUID_REQUIRED, Source::Id),
                stored("name", STRING_REQUIRED),
                field("owner", PERSON, Source::Reference { key: "ownerId" }),
                stored("barks", BOOLEAN),
                with_args("motto", PERSON, &[input("of", UUID, None)], Source::Unary(motto)),
                with_args("stranger", PERSON, &ID, Source::Read),
                with_args("everybody", Type::List(&PERSON), &PAGE, Source::Browse),
                // A function that answers one result, where there are many parents.
                field("few", THING, Source::Custom(few)),
                with_args("called", STRING, &[input("by", STRING_REQUIRED, None)], Source::Custom(called)),
                field("growl", INT, Source::Custom(growl)),
                field("growlRequired", INT_REQUIRED, Source::Custom(growl)),
            ],
        ),
        scalar("Even", ScalarDef::of::<Even>(Some("https://example.com/even"))),
        TypeDef {
            name: "Example",
            description: "The input object of the specification's own table.",
            kind: TypeKind::Input(&[input("a", STRING, None), input("b", INT_REQUIRED, None)]),
        },
        object(
            "Mutation",
            None,
            &[],
            &[with_args(
                "rename",
                PERSON,
                &[input("id", UUID_REQUIRED, None), input("text", STRING_REQUIRED, None)],
                Source::Custom(rename),
            )],
        ),
        TypeDef {
            name: "Named",
            description: "What has a name.",
            kind: TypeKind::Interface(InterfaceDef { interfaces: &[], fields: &[told("name", STRING_REQUIRED)] }),
        },
        object(
            "Nest",
            None,
            &[],
            &[
                field("value", INT, Source::Plain(0)),
                field("valueRequired", INT_REQUIRED, Source::Plain(0)),
                field("child", NEST, Source::Plain(1)),
                field("childRequired", NEST_REQUIRED, Source::Plain(1)),
                field("list", NESTS, Source::Plain(2)),
                field("itemsRequired", NESTS_REQUIRED, Source::Plain(2)),
                field("listRequired", Type::NonNull(&NESTS), Source::Plain(2)),
                field("allRequired", Type::NonNull(&NESTS_REQUIRED), Source::Plain(2)),
            ],
        ),
        TypeDef {
            name: "Node",
            description: "",
            kind: TypeKind::Interface(InterfaceDef { interfaces: &[], fields: &[told("id", UUID_REQUIRED)] }),
        },
        object(
            "Person",
            Some(3),
            &["Named", "Node"],
            &[
                field("id", UUID_REQUIRED, Source::Id),
                stored("name", STRING_REQUIRED),
                field("favourite", PET, Source::Reference { key: "favouriteId" }),
                with_args("dogs", Type::NonNull(&PETS), &PAGE, Source::Edge { edge: 10 }),
                with_args("cats", Type::NonNull(&PETS), &PAGE, Source::Edge { edge: 11 }),
            ],
        ),
        TypeDef {
            name: "Pet",
            description: "",
            kind: TypeKind::Interface(InterfaceDef {
                interfaces: &["Named", "Node"],
                fields: &[
                    told("id", UUID_REQUIRED),
                    told("name", STRING_REQUIRED),
                    InterfaceFieldDef { deprecated: Some("nobody owns a cat"), ..told("owner", PERSON) },
                ],
            }),
        },
        object(
            "Query",
            None,
            &[],
            &[
                with_args("node", Type::Named("Node"), &ID, Source::Read),
                with_args("pet", PET, &ID, Source::Read),
                with_args("dog", Type::Named("Dog"), &ID, Source::Read),
                with_args("people", Type::NonNull(&Type::List(&Type::NonNull(&PERSON))), &PAGE, Source::Browse),
                with_args(
                    "dogByName",
                    PET,
                    &[input("name", STRING_REQUIRED, None)],
                    Source::Find { index: 20, argument: "name" },
                ),
                with_args(
                    "things",
                    Type::List(&THING),
                    &[input("names", Type::NonNull(&Type::List(&STRING_REQUIRED)), None)],
                    Source::Custom(things),
                ),
                with_args(
                    "named",
                    Type::List(&Type::Named("Named")),
                    &[input("names", Type::NonNull(&Type::List(&STRING_REQUIRED)), None)],
                    Source::Custom(things),
                ),
                with_args("nest", NEST, &[input("shape", Type::Named("Any"), None)], Source::Custom(nest)),
                with_args(
                    "nestRequired",
                    NEST_REQUIRED,
                    &[input("shape", Type::Named("Any"), None)],
                    Source::Custom(nest),
                ),
                with_args("echo", Type::Named("Any"), &ECHO, Source::Custom(echo)),
                with_args(
                    "half",
                    Type::Named("Even"),
                    &[input("half", Type::NonNull(&Type::Named("Even")), None)],
                    Source::Custom(even),
                ),
                with_args(
                    "moment",
                    Type::Named("DateTime"),
                    &[input("at", Type::Named("DateTime"), None)],
                    Source::Custom(moment),
                ),
            ],
        ),
        object(
            "Robot",
            None,
            &["Named"],
            &[field("name", STRING_REQUIRED, Source::Plain(0)), field("maker", PERSON, Source::Plain(1))],
        ),
        TypeDef {
            name: "Size",
            description: "",
            kind: TypeKind::Enum(&[
                EnumValueDef { name: "SMALL", description: "", deprecated: None },
                EnumValueDef { name: "LARGE", description: "", deprecated: None },
                EnumValueDef { name: "HUGE", description: "", deprecated: Some("LARGE is enough") },
            ]),
        },
        object(
            "Subscription",
            None,
            &[],
            &[
                with_args(
                    "barked",
                    Type::Named("Dog"),
                    &[input("loud", BOOLEAN, Some(Literal::Bool(false)))],
                    Source::Event,
                ),
                field("seen", THING, Source::Event),
                field("built", NEST_REQUIRED, Source::Event),
            ],
        ),
        TypeDef { name: "Thing", description: "", kind: TypeKind::Union(&["Cat", "Dog", "Robot"]) },
    ],
    edges: &[
        EdgeDef {
            id: 10,
            name: "person_to_dog",
            from: "Person",
            to: "Dog",
            key: "ownerId",
            order_by: None,
            on_delete: OnDelete::Keep,
        },
        EdgeDef {
            id: 11,
            name: "person_to_cat",
            from: "Person",
            to: "Cat",
            key: "ownerId",
            order_by: None,
            on_delete: OnDelete::Keep,
        },
    ],
    indexes: &[IndexDef {
        id: 20,
        name: "Dog.name",
        entity: "Dog",
        key: "name",
        kind: IndexKind::Equality,
        unique: false,
    }],
};

/// A kennel with a store in memory.
#[derive(Debug)]
pub(super) struct Kennel {
    pub(super) schema: Schema,
    pub(super) kvetch: Kvetch,
    added: AtomicUsize,
}

impl Kennel {
    pub(super) async fn open() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(super) async fn with_limits(limits: Limits) -> Self {
        let url = "memory:?shards=3".parse().expect("the URL is valid");
        let kvetch = pent::open(&[url], &KENNEL).await.expect("a store in memory opens");
        Self { schema: Schema::with_limits(&KENNEL, limits), kvetch, added: AtomicUsize::new(0) }
    }

    /// One person, Ada, with a dog, Rex, and a cat, Tom, who is the favourite.
    pub(super) async fn inhabited() -> (Self, Ids) {
        let kennel = Self::open().await;
        let person = kennel.add(3, [("name", Value::from("Ada"))]).await;
        let dog = kennel.add(1, [("name", "Rex".into()), ("ownerId", person.into()), ("barks", true.into())]).await;
        let cat = kennel.add(2, [("name", "Tom".into()), ("ownerId", person.into()), ("lives", 9.into())]).await;
        kennel.set(3, person, "favouriteId", cat.into()).await;
        (kennel, Ids { person, dog, cat })
    }

    /// Adds a node; its id. Those added later come later.
    pub(super) async fn add<const N: usize>(&self, node_type: u32, props: [(&'static str, Value); N]) -> NodeId {
        let number = self.added.fetch_add(1, Ordering::Relaxed) as u64;
        let shard = kvetch::VirtualShard::new((number % 7 * 500) as u16).expect("there are 4096 of them");
        let id = NodeId::from_parts(1_700_000_000_000 + number, shard, number);
        let create = Create { id: Some(id), ..Create::new(NodeType(node_type), Props::from(props)) };
        self.kvetch.create(create).await.expect("created").node.id
    }

    pub(super) async fn set(&self, node_type: u32, id: NodeId, key: &'static str, value: Value) {
        let update = kvetch::Update::new(NodeType(node_type), id, Props::from([(key, value)]));
        self.kvetch.update(update).await.expect("updated");
    }

    /// Runs a request in a scope of its own.
    pub(super) async fn run(&self, query: &str, variables: Json) -> (Response, Stats) {
        let mut scope = Scope::new(self.kvetch.clone());
        let response = self.schema.execute(&request(query, variables), &mut scope).await;
        (response, scope.stats())
    }

    pub(super) async fn json(&self, query: &str, variables: Json) -> Json {
        serde_json::from_slice(&self.run(query, variables).await.0.body).expect("a response is JSON")
    }

    /// The data of a response that has no errors.
    pub(super) async fn data(&self, query: &str, variables: Json) -> Json {
        let mut response = self.json(query, variables).await;
        assert_eq!(response.get("errors"), None, "{query}: {response:#}");
        response["data"].take()
    }

    /// The messages of a response to a request that was refused.
    pub(super) async fn refused(&self, query: &str, variables: Json) -> String {
        let (response, stats) = self.run(query, variables).await;
        let body = serde_json::from_slice::<Json>(&response.body).expect("JSON");
        assert!(!response.is_executed && body.get("data").is_none(), "{query}: {body:#}");
        assert_eq!(stats.rounds.len(), 0, "nothing is read for a request that is refused");
        let messages = body["errors"].as_array().expect("a list").iter();
        messages.map(|error| error["message"].as_str().expect("text")).collect::<Vec<_>>().join("\n")
    }
}

/// Who lives in an inhabited kennel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids {
    pub(super) person: NodeId,
    pub(super) dog: NodeId,
    pub(super) cat: NodeId,
}

pub(super) fn request(query: &str, variables: Json) -> Request {
    let variables = match variables {
        Json::Object(variables) => variables,
        _ => serde_json::Map::new(),
    };
    Request { query: query.to_owned(), variables, ..Request::default() }
}
