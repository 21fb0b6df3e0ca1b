//! A schema written by hand, with what the generated example has none of: plain objects inside lists inside
//! lists, custom fields that fail, arguments of every kind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kvetch::{Create, IndexId, Kvetch, Node, NodeId, NodeType, Props, VirtualShard};
use pent::table::{
    EdgeDef, EnumValueDef, FieldDef, IndexDef, IndexKind, InputDef, Literal, NodeTypeDef, ObjectDef, OnDelete, Source,
    Table, Type, TypeDef, TypeKind,
};
use pent::{
    Call, Column, Cx, Entity, Error, OutputRef, Patch, Plain, Request, Response, Result, Schema, Scope, Stats, ToOutput,
};

/// A book.
#[derive(Debug, Clone)]
pub struct Book {
    node: Arc<Node>,
    /// Its title.
    pub title: String,
}

impl Entity for Book {
    const NODE_TYPE: NodeType = NodeType(1);
    const NAME: &'static str = "Book";
    const REQUIRED: &'static [&'static str] = &["title"];

    fn from_node(node: Arc<Node>) -> Result<Self> {
        let title = pent::stored(&node, "title")?;
        Ok(Self { node, title })
    }

    fn node(&self) -> &Arc<Node> {
        &self.node
    }
}

impl ToOutput for Book {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Node(&self.node)
    }
}

/// A plain object.
#[derive(Debug, Clone)]
struct Shelf {
    label: Option<String>,
    books: Vec<Book>,
    grid: Vec<Vec<Cell>>,
    broken: Option<String>,
}

/// A plain object inside lists.
#[derive(Debug, Clone)]
struct Cell {
    number: Option<i32>,
    book: Option<Book>,
}

impl ToOutput for Shelf {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Object(self)
    }
}

impl Plain for Shelf {
    fn field(&self, index: usize) -> OutputRef<'_> {
        match index {
            0 => self.label.to_output(),
            1 => self.books.to_output(),
            2 => self.grid.to_output(),
            3 => self.broken.to_output(),
            other => pent::output::no_such_field("Shelf", other),
        }
    }
}

impl ToOutput for Cell {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Object(self)
    }
}

impl Plain for Cell {
    fn field(&self, index: usize) -> OutputRef<'_> {
        match index {
            0 => self.number.to_output(),
            1 => self.book.to_output(),
            other => pent::output::no_such_field("Cell", other),
        }
    }
}

fn shelf(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |cx, _| async move {
        let books = Book::browse(cx, pent::Page::default()).await?.items;
        let cell = |number| Cell { number, book: None };
        let grid = vec![
            vec![cell(Some(1)), Cell { number: Some(2), book: books.first().cloned() }],
            vec![cell(None), Cell { number: Some(3), book: books.first().cloned() }],
            vec![Cell { number: Some(4), book: books.last().cloned() }],
        ];
        Ok(Shelf { label: Some("top".to_owned()), books, grid, broken: None })
    })
}

fn echo(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |_, args| async move { Ok(format!("{args:?}")) })
}

fn panics(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request::<i32, _, _>(call, |_, _| async move { panic!("on purpose") })
}

fn fails(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request::<i32, _, _>(call, |_, _| async move { Err(Error::user("SOLD_OUT", "no copies left")) })
}

fn breaks(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request::<i32, _, _>(call, |_, _| async move { Err(Error::internal("password=hunter2")) })
}

/// How long the title is; titles that start with a question mark have none, those with an exclamation mark
/// panic.
fn length(call: Call<'_>) -> Column<'_> {
    pent::custom::per_item(call, |_, _, book: Book| async move {
        match book.title.chars().next() {
            Some('?') => Err(Error::user("UNKNOWN", "no length")),
            Some('!') => panic!("on purpose"),
            _ => Ok(i32::try_from(book.title.len())?),
        }
    })
}

/// The book of the same title, looked up for each one: their loads coalesce.
fn twin(call: Call<'_>) -> Column<'_> {
    pent::custom::per_item(call, |cx, _, book: Book| async move {
        pent::find_unique::<Book>(cx, IndexId(7), kvetch::Value::Text(book.title.clone())).await
    })
}

/// Appends to the subtitle of a book: tells in which order mutations ran.
fn append(call: Call<'_>) -> Column<'_> {
    pent::custom::per_request(call, |cx, args| async move { appended(cx, args.get("id")?, args.get("text")?).await })
}

async fn appended(cx: &Cx, id: kvetch::NodeId, text: String) -> Result<Option<Book>> {
    let Some(book) = Book::load(cx, id).await? else { return Ok(None) };
    let old = pent::stored::<Option<String>>(book.node(), "subtitle")?.unwrap_or_default();
    let mut props = kvetch::Props::new();
    pent::entity::patch(&mut props, "subtitle", Patch::Set(old + &text));
    pent::update(cx, id, props).await.map(Some)
}

const UUID: Type = Type::Named("UUID");
const UUID_REQUIRED: Type = Type::NonNull(&UUID);
const STRING: Type = Type::Named("String");
const STRING_REQUIRED: Type = Type::NonNull(&STRING);
const INT: Type = Type::Named("Int");
const INT_REQUIRED: Type = Type::NonNull(&INT);
const BOOK: Type = Type::Named("Book");
const BOOK_REQUIRED: Type = Type::NonNull(&BOOK);
const BOOKS: Type = Type::NonNull(&Type::List(&BOOK_REQUIRED));
const AUTHOR: Type = Type::Named("Author");
const CELL_REQUIRED: Type = Type::NonNull(&Type::Named("Cell"));
const CELLS: Type = Type::List(&CELL_REQUIRED);

const fn field(name: &'static str, ty: Type, source: Source) -> FieldDef {
    FieldDef { name, description: "", deprecated: None, ty, args: &[], source }
}

const fn with_args(name: &'static str, ty: Type, args: &'static [InputDef], source: Source) -> FieldDef {
    FieldDef { name, description: "", deprecated: None, ty, args, source }
}

const fn input(name: &'static str, ty: Type, default: Option<Literal>) -> InputDef {
    InputDef { name, description: "", deprecated: None, ty, default, stored: Some(name) }
}

const ID: [InputDef; 1] = [input("id", UUID_REQUIRED, None)];
const PAGE: [InputDef; 2] = [input("first", INT, Some(Literal::Int(100))), input("after", UUID, None)];

/// The table.
pub static LIBRARY: Table = Table {
    query: "Query",
    mutation: Some("Mutation"),
    subscription: None,
    types: &[
        TypeDef {
            name: "Author",
            description: "Who writes.",
            kind: TypeKind::Object(ObjectDef {
                node_type: Some(NodeTypeDef::open(2)),
                interfaces: &[],
                fields: &[
                    field("id", UUID_REQUIRED, Source::Id),
                    field("name", STRING_REQUIRED, Source::Stored { key: "name" }),
                    with_args("books", BOOKS, &PAGE, Source::Edge { edge: 5 }),
                ],
            }),
        },
        TypeDef {
            name: "Book",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                node_type: Some(NodeTypeDef::open(1)),
                interfaces: &[],
                fields: &[
                    field("id", UUID_REQUIRED, Source::Id),
                    field("title", STRING_REQUIRED, Source::Stored { key: "title" }),
                    field("subtitle", STRING, Source::Stored { key: "subtitle" }),
                    field("pages", Type::List(&INT_REQUIRED), Source::Stored { key: "pages" }),
                    field("word", Type::Named("Word"), Source::Stored { key: "word" }),
                    field("author", AUTHOR, Source::Reference { key: "authorId" }),
                    field("length", INT, Source::Custom(length)),
                    field("lengthRequired", INT_REQUIRED, Source::Custom(length)),
                    field("twin", BOOK, Source::Custom(twin)),
                ],
            }),
        },
        TypeDef {
            name: "BookData",
            description: "",
            kind: TypeKind::Input(&[
                input("title", STRING_REQUIRED, None),
                input("subtitle", STRING, None),
                input("pages", Type::List(&INT_REQUIRED), None),
                input("word", Type::Named("Word"), Some(Literal::Enum("TWO"))),
                input("authorId", UUID, None),
            ]),
        },
        TypeDef {
            name: "BookPatch",
            description: "",
            kind: TypeKind::Input(&[input("title", STRING, None), input("subtitle", STRING, None)]),
        },
        TypeDef {
            name: "BookPayload",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                node_type: None,
                interfaces: &[],
                fields: &[field("book", BOOK, Source::Plain(0)), field("bookId", UUID, Source::Plain(1))],
            }),
        },
        TypeDef {
            name: "Cell",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                node_type: None,
                interfaces: &[],
                fields: &[field("number", INT_REQUIRED, Source::Plain(0)), field("book", BOOK, Source::Plain(1))],
            }),
        },
        TypeDef {
            name: "Mutation",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                node_type: None,
                interfaces: &[],
                fields: &[
                    with_args(
                        "addBook",
                        Type::Named("BookPayload"),
                        &[input("data", Type::NonNull(&Type::Named("BookData")), None)],
                        Source::Create { entity: "Book" },
                    ),
                    with_args(
                        "updateBook",
                        Type::Named("BookPayload"),
                        &[
                            input("id", UUID_REQUIRED, None),
                            input("data", Type::NonNull(&Type::Named("BookPatch")), None),
                        ],
                        Source::Update { entity: "Book" },
                    ),
                    with_args("deleteBook", Type::Named("BookPayload"), &ID, Source::Delete { entity: "Book" }),
                    with_args(
                        "append",
                        BOOK,
                        &[input("id", UUID_REQUIRED, None), input("text", STRING_REQUIRED, None)],
                        Source::Custom(append),
                    ),
                ],
            }),
        },
        TypeDef {
            name: "Query",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                node_type: None,
                interfaces: &[],
                fields: &[
                    with_args("book", BOOK, &ID, Source::Read),
                    with_args("author", AUTHOR, &ID, Source::Read),
                    with_args("books", BOOKS, &PAGE, Source::Browse),
                    with_args(
                        "bookByTitle",
                        BOOK,
                        &[input("title", STRING_REQUIRED, None)],
                        Source::Find { index: 7, argument: "title" },
                    ),
                    field("shelf", Type::Named("Shelf"), Source::Custom(shelf)),
                    with_args(
                        "echo",
                        STRING,
                        &[
                            input("number", INT, Some(Literal::Int(3))),
                            input("flag", Type::NonNull(&Type::Named("Boolean")), Some(Literal::Bool(true))),
                            input("word", Type::Named("Word"), Some(Literal::Enum("ONE"))),
                            input("range", Type::Named("Range"), None),
                            input("list", Type::List(&INT_REQUIRED), None),
                            input("ratio", Type::Named("Float"), None),
                            input("key", Type::Named("ID"), None),
                        ],
                        Source::Custom(echo),
                    ),
                    field("panics", INT, Source::Custom(panics)),
                    field("fails", INT, Source::Custom(fails)),
                    field("breaks", INT, Source::Custom(breaks)),
                ],
            }),
        },
        TypeDef {
            name: "Range",
            description: "",
            kind: TypeKind::Input(&[input("from", INT_REQUIRED, None), input("to", INT, Some(Literal::Int(10)))]),
        },
        TypeDef {
            name: "Shelf",
            description: "",
            kind: TypeKind::Object(ObjectDef {
                node_type: None,
                interfaces: &[],
                fields: &[
                    field("label", STRING, Source::Plain(0)),
                    field("books", Type::List(&BOOK), Source::Plain(1)),
                    field("grid", Type::List(&CELLS), Source::Plain(2)),
                    field("broken", STRING_REQUIRED, Source::Plain(3)),
                ],
            }),
        },
        TypeDef {
            name: "Word",
            description: "",
            kind: TypeKind::Enum(&[
                EnumValueDef { name: "ONE", description: "", deprecated: None },
                EnumValueDef { name: "TWO", description: "", deprecated: Some("use ONE") },
            ]),
        },
    ],
    edges: &[EdgeDef {
        id: 5,
        name: "author_to_book",
        from: "Author",
        to: "Book",
        key: "authorId",
        order_by: None,
        on_delete: OnDelete::Keep,
    }],
    indexes: &[IndexDef {
        id: 7,
        name: "Book.title",
        entity: "Book",
        key: "title",
        kind: IndexKind::Equality,
        unique: true,
    }],
};

/// A library with a store in memory.
#[derive(Debug)]
pub struct Library {
    /// What serves it.
    pub schema: Schema,
    /// Where its books are.
    pub kvetch: Kvetch,
    added: AtomicU64,
}

impl Library {
    /// An empty one, on three shards.
    ///
    /// # Panics
    /// When the store does not open.
    pub async fn open() -> Self {
        let url = "memory:?shards=3".parse().expect("the URL is valid");
        let kvetch = pent::open(&[url], &LIBRARY).await.expect("a store in memory opens");
        Self { schema: Schema::new(&LIBRARY), kvetch, added: AtomicU64::new(0) }
    }

    /// Runs a request in a scope of its own.
    pub async fn run(&self, query: &str, variables: serde_json::Value) -> (Response, Stats) {
        let variables = match variables {
            serde_json::Value::Object(variables) => variables,
            _ => serde_json::Map::new(),
        };
        let request = Request { query: query.to_owned(), variables, ..Request::default() };
        let mut scope = Scope::new(self.kvetch.clone());
        let response = self.schema.execute(&request, &mut scope).await;
        (response, scope.stats())
    }

    /// The response as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    pub async fn json(&self, query: &str, variables: serde_json::Value) -> serde_json::Value {
        let (response, _) = self.run(query, variables).await;
        serde_json::from_slice(&response.body).expect("a response is JSON")
    }

    /// The data of a response that has no errors.
    ///
    /// # Panics
    /// When it has some.
    pub async fn data(&self, query: &str) -> serde_json::Value {
        let mut response = self.json(query, serde_json::Value::Null).await;
        assert_eq!(response.get("errors"), None, "{response:#}");
        response["data"].take()
    }

    /// Adds a book; its id. Books are in the order in which they were added.
    ///
    /// # Panics
    /// When the title is taken.
    pub async fn add(&self, title: &str) -> String {
        self.add_by(title, None).await
    }

    /// Adds a book by an author; its id.
    ///
    /// # Panics
    /// When the title is taken.
    pub async fn add_by(&self, title: &str, author: Option<NodeId>) -> String {
        let mut props = Props::from([("title", title), ("word", "TWO")]);
        if let Some(author) = author {
            props.insert("authorId", author);
        }
        let mut create = Create::new(Book::NODE_TYPE, props);
        // New ids are in order to the millisecond only.
        let number = self.added.fetch_add(1, Ordering::Relaxed);
        let shard = VirtualShard::new((number % 7 * 500) as u16).expect("it is below the number of virtual shards");
        create.id = Some(NodeId::from_parts(1_767_225_600_000 + number, shard, number));
        self.kvetch.create(create).await.expect("the title is free").node.id.to_string()
    }
}
