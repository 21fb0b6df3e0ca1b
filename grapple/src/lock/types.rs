//! Written types, and which may stand in the place of which.

use crate::type_ref::TypeRef;

/// Reads a type as GraphQL writes it.
pub(super) fn read(text: &str) -> Option<TypeRef> {
    if let Some(inner) = text.strip_suffix('!') {
        return read(inner).filter(|inner| !inner.is_non_null()).map(TypeRef::required);
    }
    if let Some(inner) = text.strip_prefix('[') {
        return Some(TypeRef::List(Box::new(read(inner.strip_suffix(']')?)?)));
    }
    let is_name = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| TypeRef::named(text))
}

/// Whether whoever expects values of one type can read those of another: it promises as much or more.
pub(super) fn reads_as(given: &TypeRef, expected: &TypeRef, named: &impl Fn(&str, &str) -> bool) -> bool {
    match (given, expected) {
        (TypeRef::NonNull(given), TypeRef::NonNull(expected)) => reads_as(given, expected, named),
        (TypeRef::NonNull(given), expected) => reads_as(given, expected, named),
        (_, TypeRef::NonNull(_)) => false,
        (TypeRef::List(given), TypeRef::List(expected)) => reads_as(given, expected, named),
        (TypeRef::Named(given), TypeRef::Named(expected)) => named(given, expected),
        _ => false,
    }
}

/// A type without what it promises never to be null.
pub(super) fn nullable(ty: &TypeRef) -> TypeRef {
    match ty {
        TypeRef::Named(name) => TypeRef::named(name),
        TypeRef::List(inner) => TypeRef::List(Box::new(nullable(inner))),
        TypeRef::NonNull(inner) => nullable(inner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_they_are_written() {
        for text in ["Int", "Int!", "[Int]", "[[Int!]!]!"] {
            assert_eq!(read(text).map(|ty| ty.to_string()).as_deref(), Some(text));
        }
        for text in ["", "!", "[Int", "Int]", "Int!!", "In t"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_promises_more_can_be_read_as_what_promises_less() {
        let fits = |given: &str, expected: &str| {
            let (given, expected) = (read(given).expect("a type"), read(expected).expect("a type"));
            reads_as(&given, &expected, &|given, expected| given == expected)
        };
        assert!(fits("[Int!]!", "[Int]") && fits("Int", "Int"));
        assert!(!fits("Int", "Int!") && !fits("[Int]", "[Int!]") && !fits("Int", "[Int]") && !fits("Int", "Float"));
    }
}
