//! What a finding of apollo-compiler is about.
//!
//! The library tells its findings apart by types that it keeps to itself. What it tells others is the name of the kind
//! of some, by a hidden function, and a message in English. Whatever is read out of either is read here; a test for each
//! phrase fails once the library words it in another way.

use apollo_compiler::validation::DiagnosticData;

use crate::code::Code;

/// A finding, as far as it is understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Phrase {
    pub(super) code: Code,
    /// The message, for people who write schemas.
    pub(super) message: String,
    /// The name that it is about: that of a type, of a directive, of an argument.
    pub(super) name: Option<String>,
    /// The directive of which the name is an argument, or which is in the wrong place.
    pub(super) directive: Option<String>,
}

impl Phrase {
    pub(super) fn of(error: &DiagnosticData) -> Self {
        let said = error.to_string();
        let code = code(error.unstable_error_name(), &said);
        let message = if code == Code::Syntax { plain_tokens(&said) } else { said.clone() };
        let mut quoted = said.split('`').skip(1).step_by(2);
        let (name, directive) = match code {
            Code::UnknownType | Code::DefinedTwice => (quoted.next(), None),
            Code::UnknownDirective => (quoted.next().map(without_at), None),
            Code::UnknownArgument => (quoted.next(), quoted.next().map(without_at)),
            Code::MissingArgument => quoted.next().and_then(argument_of).unzip(),
            Code::WrongPlace => (None, said.split(' ').next()),
            _ => (None, None),
        };
        let (name, directive) = (name.map(str::to_owned), directive.map(str::to_owned));
        Self { code, message, name, directive }
    }
}

fn code(kind: Option<&str>, message: &str) -> Code {
    match kind {
        Some("UndefinedDefinition") => Code::UnknownType,
        Some("UndefinedDirective") => Code::UnknownDirective,
        Some("UndefinedArgument") => Code::UnknownArgument,
        Some("RequiredArgument") => Code::MissingArgument,
        Some("UnsupportedValueType" | "UndefinedEnumValue" | "IntCoercionError" | "FloatCoercionError") => {
            Code::WrongValue
        }
        Some("UnsupportedLocation") => Code::WrongPlace,
        Some("UniqueDirective" | "UniqueArgument" | "UniqueInputValue") => Code::DefinedTwice,
        Some("QueryRootOperationType") => Code::NoQuery,
        // Findings of the parser, and of putting definitions together, have no kind.
        None if message.starts_with("syntax error") || message == "parser recursion limit reached" => Code::Syntax,
        None if message.contains("multiple times") || message.contains("duplicate definitions") => Code::DefinedTwice,
        _ => Code::InvalidSchema,
    }
}

fn without_at(name: &str) -> &str {
    name.trim_start_matches('@')
}

/// The argument and the directive of `@pent(typeId:)`.
fn argument_of(coordinate: &str) -> Option<(&str, &str)> {
    let (directive, argument) = coordinate.split_once('(')?;
    Some((argument.trim_end_matches([':', ')']), without_at(directive)))
}

/// The parser calls punctuation by the names of its tokens.
fn plain_tokens(message: &str) -> String {
    let tokens = [
        ("L_PAREN", "`(`"),
        ("R_PAREN", "`)`"),
        ("L_CURLY", "`{`"),
        ("R_CURLY", "`}`"),
        ("L_BRACK", "`[`"),
        ("R_BRACK", "`]`"),
        ("COLON", "`:`"),
    ];
    let plain = |word: &str| {
        let bare = word.trim_end_matches(|letter: char| letter.is_ascii_punctuation() && letter != '_');
        let token = tokens.iter().find(|(token, _)| *token == bare);
        token.map_or_else(|| word.to_owned(), |(_, text)| format!("{text}{}", &word[bare.len()..]))
    };
    message.split(' ').map(plain).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use apollo_compiler::Schema;

    use super::*;

    const PRELUDE: &str = "directive @d(a: Int!, b: E) on OBJECT enum E { X } input In { x: Int }\n";

    /// What the library finds in a schema, in its order.
    fn phrases(schema: &str) -> Vec<Phrase> {
        let errors = match Schema::parse_and_validate(format!("{PRELUDE}{schema}"), "schema.graphql") {
            Ok(_) => return Vec::new(),
            Err(broken) => broken.errors,
        };
        errors.iter().map(|found| Phrase::of(found.error)).collect()
    }

    fn check(schema: &str, code: Code, name: Option<&str>, directive: Option<&str>) {
        let found = phrases(schema);
        let is_it = |phrase: &Phrase| {
            (phrase.code, phrase.name.as_deref(), phrase.directive.as_deref()) == (code, name, directive)
        };
        assert!(found.iter().any(is_it), "{schema}: {found:#?}");
    }

    #[test]
    fn findings_are_told_apart_and_say_the_names_that_they_are_about() {
        let query = |rest: &str| format!("type Query {{ a: Int }} {rest}");
        for (schema, code, name, directive) in [
            ("type Query { a: Nope }".to_owned(), Code::UnknownType, Some("Nope"), None),
            (query("union U = Nope"), Code::UnknownType, Some("Nope"), None),
            (query("type T @nope { x: Int }"), Code::UnknownDirective, Some("nope"), None),
            (query("type T @d(a: 1, nope: 2) { x: Int }"), Code::UnknownArgument, Some("nope"), Some("d")),
            (query("type T @d { x: Int }"), Code::MissingArgument, Some("a"), Some("d")),
            (query("type T @d(a: null) { x: Int }"), Code::MissingArgument, Some("a"), Some("d")),
            (query("type T @d(a: \"x\") { x: Int }"), Code::WrongValue, None, None),
            (query("type T @d(a: 1, b: NOPE) { x: Int }"), Code::WrongValue, None, None),
            (query("type T @d(a: 99999999999) { x: Int }"), Code::WrongValue, None, None),
            (query("directive @f(x: Float) on OBJECT type T @f(x: 1e999) { x: Int }"), Code::WrongValue, None, None),
            (query("scalar S @d(a: 1)"), Code::WrongPlace, None, Some("d")),
            (query("type T @d(a: 1) @d(a: 2) { x: Int }"), Code::DefinedTwice, None, None),
            (query("type T @d(a: 1, a: 2) { x: Int }"), Code::DefinedTwice, Some("a"), None),
            (query("type T { f(x: Int, x: Int): Int }"), Code::DefinedTwice, Some("x"), None),
            (query("type T { x: Int x: Int }"), Code::DefinedTwice, Some("x"), None),
            (query("input I { x: Int x: Int }"), Code::DefinedTwice, Some("x"), None),
            (query("enum F { A A }"), Code::DefinedTwice, Some("A"), None),
            (query("type Query { b: Int }"), Code::DefinedTwice, Some("Query"), None),
            (query("directive @d on OBJECT"), Code::DefinedTwice, Some("@d"), None),
            (query("type A { x: Int } union U = A | A"), Code::DefinedTwice, Some("A"), None),
            ("type T { x: Int }".to_owned(), Code::NoQuery, None, None),
            (query("type T { x: In }"), Code::InvalidSchema, None, None),
            (query("extend type Nope { x: Int }"), Code::InvalidSchema, None, None),
            (query("query { a }"), Code::InvalidSchema, None, None),
            ("type Query {".to_owned(), Code::Syntax, None, None),
            (format!("type Query {{ a: {}Int }}", "[".repeat(1_000)), Code::Syntax, None, None),
        ] {
            check(&schema, code, name, directive);
        }
    }

    #[test]
    fn punctuation_is_told_by_its_sign() {
        for (schema, sign) in
            [("type Query { a( }", "`)`"), ("type Query { a(x: Int : Int }", "`)`"), ("type Query { a: [Int }", "`]`")]
        {
            let told: Vec<String> = phrases(schema).into_iter().map(|phrase| phrase.message).collect();
            let has_name =
                |text: &String| ["_PAREN", "_CURLY", "_BRACK", "COLON"].iter().any(|name| text.contains(name));
            assert!(told.iter().any(|text| text.contains(sign)), "{schema}: {told:?}");
            assert!(!told.iter().any(has_name), "{schema}: {told:?}");
        }
    }
}
