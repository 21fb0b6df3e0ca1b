//! What `@pent(crud:)` stands for, written out.

use grapple::{Code, Directory, SourceFile};

const SCHEMA: &str = "\
# What we keep.
type Author @pent(crud: [READ, BROWSE, CREATE, UPDATE, DELETE], typeId: 1) {
  id: UUID!
  \"The \\\"name\\\".\"
  name: String!  # as printed
  status: Status! @default(value: NEW)
  mentor: Author @genFromStoredId
}
enum Status { NEW KNOWN }
type Category @pent(typeId: 2, crud: [BROWSE, DELETE], colocate: \"of\") { id: UUID!  of: Author! @genFromStoredId }
";

const EXPANDED: &str = "\
# What we keep.
type Author @pent(typeId: 1) {
  id: UUID!
  \"The \\\"name\\\".\"
  name: String!  # as printed
  status: Status! @default(value: NEW)
  mentor: Author @genFromStoredId
}
enum Status { NEW KNOWN }
type Category @pent(typeId: 2, colocate: \"of\") { id: UUID!  of: Author! @genFromStoredId }

type Query {
  author(id: UUID!): Author @readPent
  authors(first: Int = 100, after: UUID): [Author!]! @browsePents
  categories(first: Int = 100, after: UUID): [Category!]! @browsePents
}

type Mutation {
  createAuthor(data: CreateAuthorData!): CreateAuthorPayload @createPent
  updateAuthor(id: UUID!, data: UpdateAuthorData!): UpdateAuthorPayload @updatePent
  deleteAuthor(id: UUID!): DeleteAuthorPayload @deletePent(type: \"Author\")
  deleteCategory(id: UUID!): DeleteCategoryPayload @deletePent(type: \"Category\")
}

input CreateAuthorData @pentMutationData {
  \"The \\\"name\\\".\"
  name: String!
  status: Status
  mentorId: UUID
}

type CreateAuthorPayload @pentMutationPayload {
  author: Author
}

input UpdateAuthorData @pentMutationData {
  \"The \\\"name\\\".\"
  name: String
  status: Status
  mentorId: UUID
}

type UpdateAuthorPayload @pentMutationPayload {
  author: Author
}

type DeleteAuthorPayload @pentMutationPayload {
  deletedId: UUID
}

type DeleteCategoryPayload @pentMutationPayload {
  deletedId: UUID
}
";

fn expanded(schema: &str) -> String {
    grapple::expand(SourceFile::new("schema.graphql", schema)).expect("the schema is right")
}

fn generated(schema: &str) -> String {
    let schema = SourceFile::new("schema.graphql", schema);
    let generated = grapple::generate(schema, &Directory::empty("graph")).expect("the schema is right");
    generated.files()[0].contents.clone()
}

#[test]
fn what_is_derived_is_written_out_below_and_all_else_stays() {
    assert_eq!(expanded(SCHEMA), EXPANDED);
    assert_eq!(expanded(EXPANDED), EXPANDED, "there is nothing left to derive");
}

#[test]
fn a_schema_and_its_expansion_generate_the_same() {
    assert!(generated(SCHEMA) == generated(EXPANDED));
    let todo = include_str!("../../../examples/todo/schema.graphql");
    assert_eq!(expanded(todo), todo);
}

#[test]
fn what_the_schema_defines_is_not_derived() {
    let schema = "\
schema { query: Query mutation: Writes }
type Query { author(id: UUID!): Author @readPent  now: Int @custom  made: CreateAuthorPayload @custom }
type Writes { go: Int @customMutation }
type Author @pent(typeId: 1, crud: [READ, BROWSE, CREATE]) { id: UUID!  name: String!  age: Int }
input CreateAuthorData { name: String! }
";
    let text = expanded(schema);
    let derived = text.strip_prefix(&schema.replace(", crud: [READ, BROWSE, CREATE]", "")).expect("all else stays");
    assert_eq!(
        derived,
        "
extend type Query {
  authors(first: Int = 100, after: UUID): [Author!]! @browsePents
}

extend type Writes {
  createAuthor(data: CreateAuthorData!): CreateAuthorPayload @createPent
}

type CreateAuthorPayload @pentMutationPayload {
  author: Author
}
"
    );
    assert!(generated(schema) == generated(&text));
}

#[test]
fn mistakes_in_what_is_derived_are_reported_at_the_directive() {
    let schema = "type A @pent(typeId: 1, crud: [CREATE]) { id: UUID!  aB: Int  a_b: Int }";
    let mistakes = grapple::expand(SourceFile::new("schema.graphql", schema)).expect_err("two fields are one in Rust");
    let derived =
        mistakes.iter().find(|mistake| mistakes.position(mistake).column == 8).expect("it is at the directive");
    assert_eq!(derived.code, Code::RustNameTwice);
}

/// The printed schema named its query root alone, and was refused.
#[test]
fn a_root_that_is_derived_is_named_where_the_schema_names_its_roots() {
    let schema = "\
schema { query: Query }
type Query { now: Int @custom }
type Author @pent(typeId: 1, crud: [CREATE]) { id: UUID!  name: String! }
";
    let text = expanded(schema);
    assert!(text.contains("\nextend schema {\n  mutation: Mutation\n}\n"), "{text}");
    assert!(generated(schema) == generated(&text));
    assert_eq!(expanded(&text), text);
}

/// Extending a root that only `crud` makes was extending nothing.
#[test]
fn a_root_that_is_derived_may_be_extended() {
    let schema = "\
type Author @pent(typeId: 1, crud: [READ, CREATE]) { id: UUID!  name: String! }
extend type Mutation { publish: Int @customMutation }
extend type Query { now: Int @custom }
";
    let text = expanded(schema);
    assert!(
        text.contains("\ntype Mutation {\n  createAuthor(") && text.contains("\ntype Query {\n  author("),
        "{text}"
    );
    assert!(generated(schema).contains("fn publish("));
    let of =
        |schema: &str| grapple::Schema::check(SourceFile::new("schema.graphql", schema)).expect("it is right").print();
    let sorted = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(of(schema)), sorted(of(&text)));
}
