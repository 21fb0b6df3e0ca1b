//! What grapple writes is what is committed, and it compiles against the real crates.

use grapple::{Change, Directory, SourceFile};
use tests::hard_names;
use tests::sources::workspace;

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
