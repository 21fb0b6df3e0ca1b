//! The page `docs/codegen.md`: its examples and its table of codes.

use grapple::{Code, Directory, SourceFile};

const PAGE: &str = include_str!("../../../docs/codegen.md");

#[test]
fn every_example_of_the_page_generates() {
    let examples: Vec<&str> = PAGE
        .split("```graphql\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```"))
        .map(|(example, _)| example)
        .collect();
    assert!(examples.len() > 5);
    for example in examples {
        let root = if example.contains("type Query") { "" } else { "type Query { ok: Boolean @custom }\n" };
        let schema = SourceFile::new("docs/codegen.md", format!("{root}{example}"));
        grapple::generate(schema, &Directory::empty("graph")).expect("an example is right");
    }
}

#[test]
fn the_page_lists_every_code_with_its_rule() {
    for code in Code::ALL {
        assert!(PAGE.contains(&format!("| {code} | {} |", code.rule())), "{code} is missing or says something else");
    }
}

#[test]
fn every_directive_of_the_prelude_has_its_section() {
    let prelude = include_str!("../../src/prelude.graphql");
    for line in prelude.lines().filter_map(|line| line.strip_prefix("directive ")) {
        let directive = line.split(" on ").next().unwrap_or_default();
        assert!(PAGE.contains(&format!("`{directive}`")), "{directive}");
    }
}
