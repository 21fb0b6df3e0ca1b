//! A schema as large as the largest public ones, made by code: every field described, arguments on lines of their own.

use std::fmt::Write as _;

/// How much there is of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Entities. Every other one has mutations, with their inputs and payloads.
    pub(crate) entities: usize,
}

impl Size {
    /// 64,272 lines, 902 object types.
    pub(crate) const FULL: Self = Self { entities: 360 };
    pub(crate) const QUICK: Self = Self { entities: 60 };

    pub(crate) fn half(self) -> Self {
        Self { entities: self.entities / 2 }
    }
}

/// Values that an entity stores beside its name, status and references.
const VALUES: [(&str, &str); 4] =
    [("body", "String"), ("position", "Int!"), ("labels", "[String!]!"), ("score", "Float")];

/// The schema's text.
pub(crate) fn schema(size: Size) -> String {
    let mut text = String::new();
    text.push_str("\"\"\"\nThe query root.\n\"\"\"\ntype Query {\n");
    for entity in 0..size.entities {
        queries(&mut text, entity);
    }
    text.push_str("}\n\n\"\"\"\nThe mutation root.\n\"\"\"\ntype Mutation {\n");
    for entity in with_mutations(size) {
        mutations(&mut text, entity);
    }
    text.push_str("}\n\n");
    for entity in 0..size.entities {
        entity_type(&mut text, entity, size);
    }
    for entity in with_mutations(size) {
        mutation_types(&mut text, entity);
    }
    text
}

fn with_mutations(size: Size) -> impl Iterator<Item = usize> {
    (0..size.entities).step_by(2)
}

fn described(text: &mut String, indent: &str, what: &str) {
    let _ =
        write!(text, "{indent}\"\"\"\n{indent}{what}, as it is told to those who read the schema.\n{indent}\"\"\"\n");
}

fn queries(text: &mut String, entity: usize) {
    described(text, "  ", &format!("One `Thing{entity}`"));
    let _ = write!(
        text,
        "  thing{entity}(\n    \"\"\"\n    Its id.\n    \"\"\"\n    id: UUID!\n  ): Thing{entity} @readPent\n\n"
    );
    described(text, "  ", "The one of this name");
    let _ = write!(text, "  thing{entity}ByName(name: String!): Thing{entity} @findPent(by: \"name\")\n\n");
    described(text, "  ", "All of them");
    let _ = write!(text, "  things{entity}(");
    page(text);
    let _ = write!(text, "  ): [Thing{entity}!]! @browsePents\n\n");
}

fn page(text: &mut String) {
    text.push_str("\n    \"\"\"\n    How many.\n    \"\"\"\n    first: Int = 100\n\n");
    text.push_str("    \"\"\"\n    The id to start behind.\n    \"\"\"\n    after: UUID\n");
}

fn entity_type(text: &mut String, entity: usize, size: Size) {
    let (node_type, parent) = (entity + 1, entity / 2);
    described(text, "", &format!("The thing of number {entity}"));
    let _ = writeln!(text, "type Thing{entity} @pent(typeId: {node_type}) {{");
    described(text, "  ", "The id");
    text.push_str("  id: UUID!\n\n");
    described(text, "  ", "The name, of which there is one");
    text.push_str("  name: String! @unique\n\n");
    described(text, "  ", "How it stands");
    let _ = write!(text, "  status: Thing{entity}Status! @index\n\n");
    for (name, ty) in VALUES {
        described(text, "  ", &format!("Its {name}"));
        let _ = write!(text, "  {name}: {ty}\n\n");
    }
    described(text, "  ", "What it belongs to");
    let _ = write!(text, "  parent: Thing{parent} @genFromStoredId\n\n");
    described(text, "  ", "What a program says of it");
    let _ = write!(
        text,
        "  summary(\n    \"\"\"\n    In how many words.\n    \"\"\"\n    words: Int = 10\n  ): String! @customGen\n"
    );
    for child in [2 * entity, 2 * entity + 1].into_iter().filter(|child| *child < size.entities) {
        text.push('\n');
        described(text, "  ", "What belongs to it");
        let _ = write!(text, "  children{child}(");
        page(text);
        let _ = writeln!(
            text,
            "  ): [Thing{child}!]! @edgeToStoredId(edgeName: \"thing_{child}\", edgeId: {}, field: \"parent\")",
            child + 1
        );
    }
    text.push_str("}\n\n");
    described(text, "", "How a thing may stand");
    let _ = writeln!(text, "enum Thing{entity}Status {{");
    for value in ["OPEN", "CLOSED", "ARCHIVED"] {
        described(text, "  ", &format!("It is {}", value.to_lowercase()));
        let _ = write!(text, "  {value}\n\n");
    }
    text.push_str("}\n\n");
}

fn mutations(text: &mut String, entity: usize) {
    for (does, arguments, directive) in [
        ("create", format!("data: CreateThing{entity}Data!"), "@createPent".to_owned()),
        ("update", format!("id: UUID!, data: UpdateThing{entity}Data!"), "@updatePent".to_owned()),
        ("delete", "id: UUID!".to_owned(), format!("@deletePent(type: \"Thing{entity}\")")),
    ] {
        described(text, "  ", &format!("To {does} one"));
        let payload = payload(does, entity);
        let _ = write!(text, "  {does}Thing{entity}({arguments}): {payload} {directive}\n\n");
    }
}

fn payload(does: &str, entity: usize) -> String {
    let capital: String = does[..1].to_uppercase() + &does[1..];
    format!("{capital}Thing{entity}Payload")
}

fn mutation_types(text: &mut String, entity: usize) {
    let all = || [("name", "String!")].into_iter().chain(VALUES);
    for (input, required) in [("Create", true), ("Update", false)] {
        described(text, "", "What is given");
        let _ = writeln!(text, "input {input}Thing{entity}Data @pentMutationData {{");
        for (name, ty) in all() {
            let ty = if required { ty } else { ty.trim_end_matches('!') };
            described(text, "  ", &format!("Its {name}"));
            let _ = write!(text, "  {name}: {ty}\n\n");
        }
        described(text, "  ", "How it stands");
        let bang = if required { "!" } else { "" };
        let _ = write!(text, "  status: Thing{entity}Status{bang}\n}}\n\n");
    }
    for (does, field) in [
        ("create", format!("thing: Thing{entity}")),
        ("update", format!("thing: Thing{entity}")),
        ("delete", "deletedId: UUID".to_owned()),
    ] {
        let name = payload(does, entity);
        described(text, "", "What is answered");
        let _ = writeln!(text, "type {name} @pentMutationPayload {{");
        described(text, "  ", "Which one it was");
        let _ = write!(text, "  {field}\n}}\n\n");
    }
}
