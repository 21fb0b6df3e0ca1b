//! What is generated from a right schema.

use std::fs;
use std::path::Path;

use grapple::{Change, Directory, SourceFile};

use crate::folder::Folder;

/// Names that Rust knows, in every place where a schema can put one.
const HARD_NAMES: &str = include_str!("../hard_names.graphql");

fn generated(schema: &str) -> String {
    let generated = grapple::generate(SourceFile::new("schema.graphql", schema), &Directory::empty("graph"));
    generated.expect("the schema is right").files()[0].contents.clone()
}

/// Whether a text has a part, however the printer broke its lines.
fn has(text: &str, part: &str) -> bool {
    let squeezed = |text: &str| {
        let text: String = text.split_whitespace().collect();
        text.replace(",)", ")").replace(",]", "]").replace(",}", "}")
    };
    squeezed(text).contains(&squeezed(part))
}

#[test]
fn the_committed_module_of_the_todo_is_what_its_schema_generates() {
    let todo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/todo");
    let schema = SourceFile::read(todo.join("schema.graphql")).expect("the schema is there");
    let directory = Directory::read(todo.join("src/graph")).expect("the module is there");
    let generated = grapple::generate(schema, &directory).expect("the schema is right");
    for file in generated.files() {
        assert_eq!(file.change, Change::Kept, "run `grapple generate` again: {} is stale", file.path.display());
        let committed = fs::read_to_string(&file.path).expect("the file is committed");
        assert!(committed == file.contents, "{} differs", file.path.display());
    }
    assert!(generated.notes().is_empty());
}

#[test]
fn the_same_schema_gives_the_same_bytes() {
    let first = generated(HARD_NAMES);
    for _ in 0..5 {
        assert!(generated(HARD_NAMES) == first);
    }
}

#[test]
fn reordering_the_types_of_a_schema_moves_lines_and_changes_none() {
    let types = [
        "type Query { user(id: UUID!): User @readPent }\n",
        "type User @pent(typeId: 1) { id: UUID!  name: String! @unique  color: Color }\n",
        "enum Color { RED }\n",
        "type List implements Named @pent(typeId: 2) { id: UUID!  name: String! @unique }\n",
        "interface Named { name: String! }\n",
        "type Label implements Named { name: String!  next: Label  of: Either }\n",
        "union Either = List | Label\n",
        "input Where { not: Where }\n",
    ];
    let sorted = |schema: String| {
        // The first line has a hash of the rest.
        let mut lines: Vec<String> = generated(&schema).lines().skip(1).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let reversed = types.iter().rev().copied().collect::<String>();
    assert_eq!(sorted(types.concat()), sorted(reversed));
}

#[test]
fn a_second_run_writes_nothing() {
    let folder = Folder::new("a_second_run_writes_nothing");
    let schema = "type Query { answer: Int! @custom }";
    assert!(folder.write_generated(schema).files().iter().all(|file| file.change == Change::Created));
    let written = |file: &str| fs::metadata(folder.path().join(file)).and_then(|data| data.modified()).ok();
    let before: Vec<_> = folder.files().iter().map(|file| written(file)).collect();
    assert!(folder.write_generated(schema).files().iter().all(|file| file.change == Change::Kept));
    let after: Vec<_> = folder.files().iter().map(|file| written(file)).collect();
    assert_eq!(before, after);
    assert_eq!(folder.files(), ["custom.rs", "generated.rs", "mod.rs"]);
}

#[test]
fn keywords_are_escaped_and_types_may_have_the_names_of_the_prelude() {
    let text = generated(HARD_NAMES);
    for part in [
        "pub struct Option {",
        "r#type: ::std::string::String,",
        "pub fn self_(&self) -> ::std::option::Option<Vec>",
        "pub fn super_(&self) -> bool",
        "pub fn crate_(&self) -> &[::std::string::String]",
        "pub fn r#match(&self) -> ::std::option::Option<&str>",
        "pub fn node(&self) -> ::std::option::Option<&str>",
        "pub async fn find_by_type( cx: &::pent::Cx, value: &str, ) -> ::pent::Result<::std::option::Option<Self>>",
        "pub async fn owner(&self, cx: &::pent::Cx) -> ::pent::Result<Option> { ::pent::load_required(cx, self.owner_id).await }",
        "<Root as RootFields>::r#box( cx, args.get(\"self\")?,",
        "pub enum Vec { /// `AS`. As, /// `self`. Self_,",
        "pub r#in: ::std::option::Option<::std::string::String>,",
        "self_: ::pent::Patch<Vec>,",
    ] {
        assert!(has(&text, part), "{part}\n{text}");
    }
}

#[test]
fn the_table_lists_types_by_name_and_spells_out_defaults() {
    let text = generated(HARD_NAMES);
    let names: Vec<&str> =
        text.split(" TypeDef {").skip(1).filter_map(|definition| definition.split('"').nth(1)).collect();
    assert!(names.is_sorted(), "{names:?}");
    for part in [
        "query: \"Root\"",
        "default: Some( Literal::List( &[Literal::Object(&[(\"ok\", Literal::Int(1))])], ), )",
        "default: Some(Literal::Float(1.0))",
        "stored: Some(\"ownerId\")",
        "deprecated: Some(\"old \\\"one\\\"\")",
        "id: 77, name: \"Option.count\", entity: \"Option\", key: \"count\", kind: IndexKind::Equality, unique: false",
        "id: 1, name: \"children\", from: \"Option\", to: \"Option\", key: \"parentId\", order_by: None",
    ] {
        assert!(has(&text, part), "{part}\n{text}");
    }
}

#[test]
fn a_schema_without_fields_written_by_hand_has_no_traits() {
    let text = generated("type Query { user(id: UUID!): User @readPent } type User @pent(typeId: 1) { id: UUID! }");
    assert!(!text.contains("pub trait") && !text.contains("pub struct Query"));
}

#[test]
fn either_spelling_of_a_stored_id_names_the_other_end_of_an_edge() {
    for field in ["todoList", "todoListId", "todo_list_id"] {
        let text = generated(&format!(
            "type Query {{ list(id: UUID!): List @readPent }}
            type List @pent(typeId: 1) {{
              id: UUID!
              items(first: Int = 10, after: UUID): [Item!]! @edgeToStoredId(edgeName: \"e\", edgeId: 1, field: \"{field}\")
            }}
            type Item @pent(typeId: 2) {{ id: UUID!  todoList: List @genFromStoredId }}"
        ));
        assert!(has(&text, "to: \"Item\", key: \"todoListId\""), "{field}");
    }
}

#[test]
fn descriptions_become_documentation_and_missing_ones_are_made_up() {
    let text = generated(
        "type Query { user(id: UUID!): User @readPent }
        \"Who \\\"works\\\" here.\" type User @pent(typeId: 1) { id: UUID!  \"\"\"The name.\n\n    let x = 1;\n\"\"\" name: String!  age: Int }",
    );
    assert!(text.contains("/// Who \"works\" here.\n#[derive(Debug, Clone)]\npub struct User {"));
    assert!(text.contains("    /// The name.\n    ///\n"));
    assert!(!text.contains("///     let x"), "rustdoc would compile it");
    assert!(text.contains("    /// The stored value `age`.\n"));
}

const RULED: &str = "
type Query { list(id: UUID!): List @readPent }
type List @pent(typeId: 1) @privacy @hooks {
  id: UUID!
  slug: String @unique
  items(first: Int = 100, after: UUID): [Item!]! @edgeToStoredId(edgeName: \"items\", edgeId: 5, field: \"list\")
}
type Item @pent(typeId: 2) { id: UUID!  list: List @genFromStoredId }
type Mutation { createList(data: CreateListData!): ListPayload @createPent }
input CreateListData { slug: String }
type ListPayload { list: List }
";

#[test]
fn an_entity_with_rules_has_a_trait_that_demands_them() {
    let generated = generated(RULED);
    for part in [
        "message = \"`List` has `@privacy` in the schema, and no rules\"",
        "pub trait ListPrivacy {",
        "fn may_read() -> ::pent::Rules<List>;",
        "fn may_create() -> ::pent::Rules<::pent::Change<List>>;",
        "fn may_update() -> ::pent::Rules<::pent::Change<List>>;",
        "fn may_delete() -> ::pent::Rules<::pent::Change<List>>;",
        "fn may_read_items() -> ::pent::Rules<List> { ::pent::Rules::everybody() }",
        "read: |asked| ::pent::privacy::judged(asked, <super::List as super::ListPrivacy>::may_read)",
        "edges: &[(5, |asked| ::pent::privacy::judged(asked, <super::List as super::ListPrivacy>::may_read_items))]",
        "hooks: Some(HooksDef::of::<super::List>())",
        "const IS_GUARDED: bool = true;",
    ] {
        assert!(has(&generated, part), "{part}");
    }
    assert!(has(&generated, "node_type: Some(NodeTypeDef::open(2))"), "an item is everybody's");
    assert_eq!(generated.matches("IS_GUARDED").count(), 1);
}

#[test]
fn what_creates_an_entity_creates_many_and_upserts_by_what_is_unique() {
    let generated = generated(RULED);
    assert!(has(&generated, "pub async fn create_many(cx: &::pent::Cx, data: ::std::vec::Vec<CreateListData>)"));
    assert!(has(&generated, "pub async fn upsert_by_slug(cx: &::pent::Cx, data: CreateListData)"));
    let without = RULED
        .replace("{ slug: String }", "{ itemless: Boolean }")
        .replace("  slug: String @unique", "  slug: String @unique\n  itemless: Boolean");
    let generated = self::generated(&without);
    assert!(!generated.contains("upsert_by_slug"), "the value would not be said");
}

#[test]
fn a_type_that_stands_for_no_scalar_is_an_error_that_names_the_scalar() {
    let text = generated("scalar Price @scalar(rust: \"crate::Money\") type Query { price: Price @custom }");
    assert!(has(&text, "message = \"the scalar `Price` of the schema is `{Self}`, which does not say how"), "{text}");
    assert!(has(&text, "stands_for_it::<Price>()"), "{text}");
}

/// `@default(value: "5")` of a `BigInt` stored the text, which nothing could read: a `BigInt` is stored as a number.
#[test]
fn a_whole_number_written_as_a_text_is_stored_as_a_number() {
    let text = generated(
        "scalar BigInt type Query { a(id: UUID!): A @readPent }
        type A @pent(typeId: 1) {
          id: UUID!  v: BigInt! @default(value: \"5\")  many: [[BigInt!]] @default(value: [[\"6\", 7], null])
          s: String @default(value: \"8\")
        }",
    );
    assert!(has(&text, "Value::Int(5)"), "{text}");
    assert!(has(&text, "Value::Int(6)") && has(&text, "Value::Text(::std::string::String::from(\"8\"))"), "{text}");
}

/// A list within an object took the shape of its first item: `[[1], 2]` became `[[1], [2]]`.
#[test]
fn lists_within_json_stay_as_they_are_written() {
    let text = generated("scalar JSON type Query { a(x: JSON = {a: [[1], 2, {b: [3]}]}): Int @custom }");
    let list = "Literal::List(&[Literal::List(&[Literal::Int(1)]), Literal::Int(2), \
        Literal::Object(&[(\"b\", Literal::List(&[Literal::Int(3)]))])])";
    assert!(has(&text, list), "{text}");
}

/// Two functions had one name, of which the schema has nothing.
#[test]
fn fields_of_types_that_read_alike_have_functions_of_their_own() {
    let text = generated(
        "type Query { a(id: UUID!): User @readPent }
        type User @pent(typeId: 1) { id: UUID!  listCount: Int @custom  age: Int @custom }
        type UserList @pent(typeId: 2) { id: UUID!  count: Int @custom }",
    );
    for name in ["resolve_1_user_list_count(", "resolve_2_user_list_count(", "resolve_user_age("] {
        assert_eq!(text.matches(&format!("fn {name}")).count(), 1, "{name}\n{text}");
    }
}

const CIRCLES: &str = "
type Query { where(by: Where, one: Pick): Comment @custom }
input Where { not: Where  all: [Where!]  other: Other  text: String }
input Other { where: Where  required: Leaf! }
input Leaf { x: Int }
input Pick @oneOf { not: Pick  where: Where  leaf: Leaf }
type Comment { parent: Comment  answers: [Comment!]!  about: About!  text: String }
union About = Comment | Topic
type Topic { name: String }
";

/// `input Where { not: Where }` was refused, which is as common as it is right.
#[test]
fn what_leads_back_to_its_own_type_is_held_in_a_box() {
    let text = generated(CIRCLES);
    for part in [
        "pub not: ::std::option::Option<::std::boxed::Box<Where>>",
        "pub all: ::std::option::Option<::std::vec::Vec<Where>>",
        "pub other: ::std::option::Option<::std::boxed::Box<Other>>",
        "pub r#where: ::std::option::Option<::std::boxed::Box<Where>>",
        "pub required: Leaf",
        "Not(::std::boxed::Box<Pick>)",
        "Where(Where)",
        "pub parent: ::std::option::Option<::std::boxed::Box<Comment>>",
        "pub about: ::std::boxed::Box<About>",
    ] {
        assert!(has(&text, part), "{part}\n{text}");
    }
}

/// Types were walked through by recursion, and printed by it on the stack of whoever asked.
#[test]
fn types_are_nested_and_chained_as_deep_as_they_are_written() {
    let nested = format!("{}Int{}", "[".repeat(190), "]".repeat(190));
    let text = generated(&format!(
        "type Query {{ a(id: UUID!): A @readPent  b(x: {nested}): {nested} @custom }}
        type A @pent(typeId: 1) {{ id: UUID!  n: {nested} }}"
    ));
    assert!(text.contains("pub struct A"));
    let chain: String = (0..20_000).map(|number| format!("type T{number} {{ next: T{} }}\n", number + 1)).collect();
    let chained = format!("type Query {{ x: T0 @custom }} {chain} type T20000 {{ last: T0! }}");
    assert!(grapple::Schema::check(SourceFile::new("schema.graphql", chained)).is_ok());
}

/// Each took a time that grew with the square of the types: a chain that leads to a circle was walked through from each
/// of its types, and whoever may be an interface was asked for by every field of it.
#[test]
fn many_types_take_a_time_that_grows_with_them() {
    let started = std::time::Instant::now();
    let chain: String = (0..20_000).map(|number| format!("type T{number} {{ next: T{}! }}\n", number + 1)).collect();
    let chained = format!("type Query {{ x: T0 @custom }} {chain} type T20000 {{ next: T20000! }}");
    let found = grapple::Schema::check(SourceFile::new("schema.graphql", chained)).expect_err("it never ends");
    assert_eq!(found.len(), 1);
    let named: String = (1..4_000)
        .map(|number| {
            format!(
                "type E{number} implements N @pent(typeId: {number}) {{ id: UUID!  a: N! @custom  b: N! @custom }}\n"
            )
        })
        .collect();
    let named = format!("type Query {{ n(id: UUID!): N @readPent }} interface N {{ id: UUID! }}\n{named}");
    assert!(grapple::Schema::check(SourceFile::new("schema.graphql", named)).is_ok());
    let fields: String = (0..3_000).map(|number| format!("  f{number}: Unknown{number} @custom\n")).collect();
    let misspelt = format!("type Query {{\n{fields}}}\n");
    let found = grapple::Schema::check(SourceFile::new("schema.graphql", misspelt)).expect_err("there are none");
    assert_eq!(found.len(), 3_000);
    assert!(started.elapsed() < std::time::Duration::from_secs(120), "{:?}", started.elapsed());
}
