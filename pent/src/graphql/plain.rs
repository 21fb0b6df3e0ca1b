//! Documents whose shape is right beyond doubt.
//!
//! Most documents are *plain*: one query or mutation of fields of objects, each under a response key of its own, without
//! fragments and directives. Nothing in them can conflict, and whether their fields and arguments are there is seen in
//! one walk, in a fraction of the time of juniper's rules. Those are asked about all others, and say what is wrong: this
//! walk is never the one to refuse. A test holds that whatever it lets through, the rules let through as well.

use juniper::parser::Spanning;
use juniper::{DefaultScalarValue, Definition, OperationType};

use crate::table::{InputDef, Type};
use crate::types::{Named, Object, Types};

/// How many selections an object may have: their keys are compared with each other.
const MAX_SELECTIONS: usize = 32;

/// Whether the rules have nothing to say about the shape of a document.
pub(super) fn is_plain(types: &Types, document: &[Definition<'_, DefaultScalarValue>]) -> bool {
    let [Definition::Operation(operation)] = document else { return false };
    let root = match operation.item.operation_type {
        OperationType::Query => Some(types.table.query),
        OperationType::Mutation => types.table.mutation,
        // Its root has rules of its own.
        OperationType::Subscription => None,
    };
    let Some(Named::Object(root)) = root.and_then(|root| types.get(root)) else { return false };
    operation.item.directives.is_none() && are_plain(types, root, &operation.item.selection_set)
}

fn are_plain(types: &Types, object: Object, selections: &[juniper::Selection<'_>]) -> bool {
    let is_alone = |position: usize| {
        let mut before = selections[..position].iter();
        before.all(|other| key(other) != key(&selections[position]))
    };
    selections.len() <= MAX_SELECTIONS
        && selections.iter().all(|selection| is_plain_field(types, object, selection))
        && (1..selections.len()).all(is_alone)
}

/// The response key of a field.
fn key<'d>(selection: &juniper::Selection<'d>) -> Option<&'d str> {
    match selection {
        juniper::Selection::Field(field) => Some(field.item.alias.as_ref().unwrap_or(&field.item.name).item),
        _ => None,
    }
}

fn is_plain_field(types: &Types, object: Object, selection: &juniper::Selection<'_>) -> bool {
    let juniper::Selection::Field(Spanning { item: field, .. }) = selection else { return false };
    if field.directives.is_some() {
        return false;
    }
    let given = || field.arguments.iter().flat_map(|arguments| arguments.item.iter()).map(|(name, _)| name.item);
    if field.name.item == "__typename" {
        return field.selection_set.is_none() && given().next().is_none();
    }
    let Some(def) = object.field(field.name.item) else { return false };
    let is_below_plain = match (types.get(def.ty.name()), &field.selection_set) {
        (Some(Named::Object(below)), Some(selections)) => !selections.is_empty() && are_plain(types, below, selections),
        (Some(Named::Scalar(_) | Named::Custom(_) | Named::Enum(_)), None) => true,
        _ => false,
    };
    is_below_plain && fit(def.args, given)
}

/// Whether each argument that is given is known, none twice, and all that have to be given are.
fn fit<'d, Given: Iterator<Item = &'d str>>(args: &[InputDef], given: impl Fn() -> Given) -> bool {
    let times = |def: &InputDef| given().filter(|name| *name == def.name).count();
    let is_required = |def: &InputDef| matches!(def.ty, Type::NonNull(_)) && def.default.is_none();
    args.iter().all(|def| matches!((times(def), is_required(def)), (1, _) | (0, false)))
        && given().all(|name| args.iter().any(|def| def.name == name))
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use juniper::validation::{ValidatorContext, visit_all_rules};

    use super::super::{Juniper, neutral::neutralise};
    use super::*;
    use crate::table::{
        EnumValueDef, FieldDef, InterfaceDef, InterfaceFieldDef, Literal, ObjectDef, Source, Table, TypeDef, TypeKind,
    };

    const INT: Type = Type::Named("Int");

    const fn arg(name: &'static str, ty: Type, default: Option<Literal>) -> InputDef {
        InputDef { name, description: "", deprecated: None, ty, default, stored: None }
    }

    const fn field(name: &'static str, ty: Type, args: &'static [InputDef]) -> FieldDef {
        FieldDef { name, description: "", deprecated: None, ty, args, source: Source::Plain(0) }
    }

    const fn ty(name: &'static str, kind: TypeKind) -> TypeDef {
        TypeDef { name, description: "", kind }
    }

    const FIRST: InputDef = arg("first", INT, None);
    const ID: InputDef = arg("id", Type::NonNull(&Type::Named("ID")), None);
    const WITH: InputDef = arg("with", Type::NonNull(&INT), Some(Literal::Int(1)));
    const IN: InputDef = arg("in", Type::Named("In"), None);
    const A: Type = Type::Named("A");
    const FIELDS: [FieldDef; 8] = [
        field("a", A, &[]),
        field("as", Type::NonNull(&Type::List(&Type::NonNull(&A))), &[FIRST, ID, WITH, IN]),
        field("int", INT, &[]),
        field("ints", Type::List(&INT), &[FIRST, WITH]),
        field("kind", Type::Named("Kind"), &[]),
        field("text", Type::NonNull(&Type::Named("String")), &[ID]),
        field("named", Type::Named("WithText"), &[]),
        field("either", Type::Named("Either"), &[]),
    ];
    const OBJECT: ObjectDef = ObjectDef { node_type: None, interfaces: &["WithText"], fields: &FIELDS };

    static TABLE: Table = Table {
        query: "Query",
        mutation: Some("A"),
        subscription: None,
        types: &[
            ty("Query", TypeKind::Object(ObjectDef { interfaces: &[], ..OBJECT })),
            ty("A", TypeKind::Object(OBJECT)),
            ty("Either", TypeKind::Union(&["Query", "A"])),
            ty("Kind", TypeKind::Enum(&[EnumValueDef { name: "ONE", description: "", deprecated: None }])),
            ty("In", TypeKind::Input(&[FIRST])),
            ty(
                "WithText",
                TypeKind::Interface(InterfaceDef {
                    interfaces: &[],
                    fields: &[InterfaceFieldDef { name: "int", description: "", deprecated: None, ty: INT, args: &[] }],
                }),
            ),
        ],
        edges: &[],
        indexes: &[],
    };

    /// Mostly right, so that plain ones are among them, and wrong in any way that a slip makes.
    fn document(rng: &mut Rng) -> String {
        let kind = ["", "query ", "query Name ", "mutation ", "subscription ", "query ($v: Int) "];
        let kind = if rng.u8(..4) > 0 { "" } else { kind[rng.usize(..kind.len())] };
        let mut text = format!("{kind}{{ {} }}", selections(rng, 3));
        if rng.u8(..40) == 0 {
            text += " fragment F on A { int }";
        }
        if rng.u8(..60) == 0 {
            text += " query Other { int }";
        }
        text
    }

    fn selections(rng: &mut Rng, depth: u32) -> String {
        let count = rng.usize(1..5);
        (0..count).map(|_| selection(rng, depth)).collect::<Vec<_>>().join(" ")
    }

    fn selection(rng: &mut Rng, depth: u32) -> String {
        if rng.u8(..60) == 0 {
            return format!("... {} {{ {} }}", ["", "on A", "on Query", "@skip(if: true)"][rng.usize(..4)], "int");
        }
        let def = &FIELDS[rng.usize(..FIELDS.len())];
        let name = match rng.u8(..40) {
            0 => "absent",
            1..4 => "__typename",
            _ => def.name,
        };
        let alias = if rng.bool() { format!("k{}: ", rng.u8(..9)) } else { String::new() };
        let known =
            def.args.iter().filter(|arg| rng.u8(..10) > if is_required(arg) { 0 } else { 5 }).map(|arg| arg.name);
        let mut given = known.collect::<Vec<_>>();
        if rng.u8(..30) == 0 {
            given.push(["first", "id", "other"][rng.usize(..3)]);
        }
        let given = given.iter().map(|name| format!("{name}: {}", ["1", "$v", "null", "{first: 1}"][rng.usize(..4)]));
        let given = given.collect::<Vec<_>>().join(", ");
        let given = if given.is_empty() { given } else { format!("({given})") };
        let directive = ["@skip(if: true)", "@include", "@other"][rng.usize(..3)];
        let directive = if rng.u8(..40) == 0 { directive } else { "" };
        let is_object = !matches!(def.name, "int" | "ints" | "kind" | "text") && name != "__typename";
        let below = match (is_object ^ (rng.u8(..40) == 0), depth) {
            (true, 0) => "{ int }".to_owned(),
            (true, _) => format!("{{ {} }}", selections(rng, depth - 1)),
            (false, _) => String::new(),
        };
        format!("{alias}{name}{given} {directive} {below}")
    }

    fn is_required(arg: &InputDef) -> bool {
        matches!(arg.ty, Type::NonNull(_)) && arg.default.is_none()
    }

    #[test]
    fn juniper_s_rules_let_through_whatever_is_plain() {
        let (types, juniper) = (Types::new(&TABLE), Juniper::new(&TABLE));
        let mut rng = Rng::with_seed(1);
        let (mut plain, mut refused, mut sound) = (0, 0, 0);
        for _ in 0..30_000 {
            let text = document(&mut rng);
            let parsed = juniper::parser::parse_document_source(&text, &juniper.syntax.schema);
            let mut document = parsed.unwrap_or_else(|error| panic!("{text}: {error:?}"));
            let is_plain = is_plain(&types, &document);
            neutralise(&mut document);
            let mut validator = ValidatorContext::new(&juniper.types.schema, &document);
            visit_all_rules(&mut validator, &document);
            let errors = validator.into_errors();
            assert!(!is_plain || errors.is_empty(), "{text}: {errors:?}");
            plain += u32::from(is_plain);
            refused += u32::from(!errors.is_empty());
            sound += u32::from(!is_plain && errors.is_empty());
        }
        assert!(plain > 3_000 && refused > 3_000, "{plain} plain, {refused} refused, {sound} others are sound");
    }

    /// Every reason for which a document is not plain, alone.
    #[test]
    fn a_document_that_is_nearly_plain_is_left_to_the_rules() {
        let types = Types::new(&TABLE);
        let syntax = Juniper::new(&TABLE).syntax;
        let check = |expected: bool, text: &str| {
            let document = juniper::parser::parse_document_source(text, &syntax.schema).expect("it is a document");
            assert_eq!(is_plain(&types, &document), expected, "{text}");
        };
        check(true, "query ($v: Int) { a { int t: text(id: 1) n: __typename } as(id: 2, first: $v) { kind } }");
        check(true, "mutation { int }");
        check(false, "subscription { int }");
        check(false, "query @skip(if: true) { int }");
        check(false, "{ int @skip(if: true) }");
        check(false, "{ int } query B { int }");
        check(false, "{ int } fragment F on A { int }");
        check(false, "{ ... { int } }");
        check(false, "{ ...F }");
        check(false, "{ int int }");
        check(false, "{ a: int a: kind }");
        check(false, "{ absent }");
        check(false, "{ __schema { queryType { name } } }");
        check(false, "{ __typename { int } }");
        check(false, "{ __typename(first: 1) }");
        check(false, "{ a }");
        check(false, "{ int { int } }");
        check(false, "{ int(first: 1) }");
        check(false, "{ text }");
        check(false, "{ text(id: 1, id: 1) }");
        check(false, "{ text(id: 1, first: 1) }");
        check(false, "{ named { int } }");
        check(false, "{ either { __typename } }");
        let many = (0..=MAX_SELECTIONS).map(|number| format!("k{number}: int ")).collect::<String>();
        check(false, &format!("{{ {many} }}"));
    }
}
