//! What grapple writes is what is committed, and it compiles against the real crates.

use grapple::{Change, Directory, LockFile, Schema, SourceFile};
use tests::sources::workspace;
use tests::{gallery, hard_names, rules};

/// Generates in memory and compares with the files that are committed, byte by byte.
fn assert_committed(schema: &str, out: &str) {
    let schema = SourceFile::read(workspace().join(schema)).expect("the schema can be read");
    let directory = Directory::read(workspace().join(out)).expect("the directory can be read");
    let generated = grapple::generate(schema, &directory).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    for file in generated.files() {
        let path = file.path.display();
        assert_eq!(file.change, Change::Kept, "{path} is not what the schema says: run grapple generate");
    }
    assert!(generated.notes().is_empty(), "{}", generated.notes());
    assert!(!generated.is_edited());
}

#[test]
fn the_lock_of_the_example_is_what_its_schema_says() {
    let todo = workspace().join("examples/todo");
    let schema = SourceFile::read(todo.join("schema.graphql")).expect("the schema can be read");
    let lock = LockFile::read(todo.join(LockFile::NAME)).expect("the lock can be read");
    let directory = Directory::read(todo.join("src/graph")).expect("the directory can be read").with_lock(lock);
    let generated = grapple::generate(schema, &directory).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(generated.stale().count(), 0, "run grapple generate");
}

/// What clients are told by the file and by the server is the same, down to the layout. A root node inside another
/// server says of arguments with a default that they may be null, and serves no subscriptions.
#[test]
fn the_printed_schema_is_what_the_served_one_says_of_itself() {
    for (schema, served) in [
        ("examples/todo/schema.graphql", todo::graph::generated::schema().as_sdl()),
        ("tests/rules/schema.graphql", rules::generated::schema().as_sdl()),
        ("tests/gallery/schema.graphql", gallery::generated::schema().as_sdl()),
        ("grapple/tests/hard_names.graphql", hard_names::generated::schema().as_sdl()),
    ] {
        let file = SourceFile::read(workspace().join(schema)).expect("the schema can be read");
        let printed = Schema::check(file).unwrap_or_else(|mistakes| panic!("{mistakes}")).print();
        let printed = printed.lines().filter(|line| !line.starts_with("  subscription: "));
        let embedded = printed.map(|line| format!("{line}\n")).collect::<String>().replace("! = ", " = ");
        assert_eq!(embedded, served, "{schema}");
    }
}

#[test]
fn the_generated_code_of_the_example_is_what_its_schema_says() {
    assert_committed("examples/todo/schema.graphql", "examples/todo/src/graph");
}

#[test]
fn the_generated_code_of_the_types_with_rules_is_what_its_schema_says() {
    assert_committed("tests/rules/schema.graphql", "tests/rules");
}

#[test]
fn the_generated_code_of_the_gallery_is_what_its_schema_says() {
    assert_committed("tests/gallery/schema.graphql", "tests/gallery");
}

#[test]
fn names_that_are_keywords_of_rust_or_of_its_prelude_compile() {
    // That this binary was built is half of the test.
    assert_committed("grapple/tests/hard_names.graphql", "tests/hard_names");
    // The table that came out is one that can be served.
    pent::storage_schema(&hard_names::generated::TABLE).expect("the schema is consistent");
    pent::Schema::new(&hard_names::generated::TABLE);
    hard_names::generated::schema();
}

/// A field of the schema is what clients call it, whatever it is called in Rust.
#[tokio::test]
async fn names_of_the_schema_come_back_as_they_were_written() {
    let kvetch = pent::open(&["memory:".parse().expect("a URL")], &hard_names::generated::TABLE).await.expect("opens");
    let schema = pent::Schema::new(&hard_names::generated::TABLE);
    let query = "mutation { createHTTPServer(data: { userID2: 1, _x: 2, URLOf: \"u\", x1Y2: [3] }) {
        httpServer { userID2 _x URLOf x1Y2 parentURL { id } rootIP { id } __typename }
    } }";
    let request = pent::Request { query: query.to_owned(), ..pent::Request::default() };
    let response = schema.execute(&request, &mut pent::Scope::new(kvetch)).await;
    let body = String::from_utf8(response.body).expect("text");
    assert_eq!(
        body,
        "{\"data\":{\"createHTTPServer\":{\"httpServer\":{\"userID2\":1,\"_x\":2,\"URLOf\":\"u\",\"x1Y2\":[3],\
         \"parentURL\":null,\"rootIP\":[],\"__typename\":\"HTTPServer\"}}}}"
    );
}
