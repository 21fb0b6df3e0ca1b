//! The scalars that come along: all that grapple knows of them, in one table. `pent` and `kvetch` know the rest.

mod written;

use crate::document::{Literal, Value};
use crate::rust_type::RustType;
use crate::shape::Kind;

/// What is known of a scalar.
#[derive(Debug)]
pub(crate) struct Scalar {
    pub(crate) name: &'static str,
    /// The Rust type that stands for it.
    pub(crate) rust: RustType,
    /// What a node stores of it.
    pub(crate) stored: Kind,
    pub(crate) declared: Declared,
    /// Whether a literal is a value of it.
    pub(crate) is_literal: fn(&Literal) -> bool,
    pub(crate) uses: Uses,
    /// The scalars that what is stored of it can be read as, beside itself.
    pub(crate) reads_as: &'static [&'static str],
}

/// Whether a schema has to declare it.
#[derive(Debug)]
pub(crate) enum Declared {
    /// It is GraphQL's own.
    BuiltIn,
    /// It is always there: what the server tells of it, in the words that `pent` has.
    Always { description: &'static str },
    /// It is there once it is declared.
    Here {
        /// The constant of `pent::scalar`.
        constant: &'static str,
        /// Its specification, unless the schema names another; `pent` says the same.
        specified_by: Option<&'static str>,
    },
}

/// What a stored value of a scalar is good for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uses {
    /// It may be indexed: it is one value, whatever it is.
    pub(crate) index: bool,
    /// Edges may be ordered by it.
    pub(crate) order: bool,
    /// A value can be written down in the schema, to be stored: others are read when they arrive.
    pub(crate) default: bool,
}

const ANY_USE: Uses = Uses { index: true, order: true, default: true };
const UNORDERED: Uses = Uses { order: false, ..ANY_USE };

/// All of them, by name.
static ALL: [Scalar; 10] = [
    Scalar {
        name: "BigInt",
        rust: RustType::I64,
        stored: Kind::Long,
        declared: Declared::Here { constant: "BIG_INT", specified_by: None },
        is_literal: |literal| match &literal.value {
            Value::Int(text) | Value::Text(text) => text.parse::<i64>().is_ok(),
            _ => false,
        },
        uses: ANY_USE,
        reads_as: &[],
    },
    Scalar {
        name: "Boolean",
        rust: RustType::Bool,
        stored: Kind::Bool,
        declared: Declared::BuiltIn,
        is_literal: |literal| matches!(literal.value, Value::Bool(_)),
        uses: ANY_USE,
        reads_as: &[],
    },
    Scalar {
        name: "Date",
        rust: RustType::Date,
        stored: Kind::Date,
        declared: Declared::Here {
            constant: "DATE",
            specified_by: Some("https://www.rfc-editor.org/rfc/rfc3339#section-5.6"),
        },
        is_literal: |literal| is_text(literal, written::is_date),
        uses: UNORDERED,
        reads_as: &["ID", "String"],
    },
    Scalar {
        name: "DateTime",
        rust: RustType::Timestamp,
        stored: Kind::Time,
        declared: Declared::Here {
            constant: "DATE_TIME",
            specified_by: Some("https://www.rfc-editor.org/rfc/rfc3339#section-5.6"),
        },
        is_literal: |literal| is_text(literal, written::is_date_time),
        uses: Uses { default: false, ..ANY_USE },
        reads_as: &[],
    },
    Scalar {
        name: "Float",
        rust: RustType::F64,
        stored: Kind::Float,
        declared: Declared::BuiltIn,
        is_literal: |literal| matches!(literal.value, Value::Int(_) | Value::Float(_)) && literal.is_finite(),
        uses: ANY_USE,
        reads_as: &[],
    },
    Scalar {
        name: "ID",
        rust: RustType::Text,
        stored: Kind::Text,
        declared: Declared::BuiltIn,
        is_literal: |literal| matches!(literal.value, Value::Text(_) | Value::Int(_)),
        uses: UNORDERED,
        reads_as: &["String"],
    },
    Scalar {
        name: "Int",
        rust: RustType::I32,
        stored: Kind::Int,
        declared: Declared::BuiltIn,
        is_literal: |literal| match &literal.value {
            Value::Int(text) => text.parse::<i32>().is_ok(),
            _ => false,
        },
        uses: ANY_USE,
        reads_as: &["BigInt"],
    },
    Scalar {
        name: "JSON",
        rust: RustType::Json,
        stored: Kind::Json,
        declared: Declared::Here { constant: "JSON", specified_by: Some("https://www.rfc-editor.org/rfc/rfc8259") },
        is_literal: Literal::is_finite,
        uses: Uses { index: false, order: false, default: false },
        reads_as: &[],
    },
    Scalar {
        name: "String",
        rust: RustType::Text,
        stored: Kind::Text,
        declared: Declared::BuiltIn,
        is_literal: |literal| is_text(literal, |_| true),
        uses: UNORDERED,
        reads_as: &["ID"],
    },
    Scalar {
        name: "UUID",
        rust: RustType::NodeId,
        stored: Kind::Id,
        declared: Declared::Always {
            description: "A universally unique identifier, as 32 hexadecimal digits in five groups.",
        },
        is_literal: |literal| is_text(literal, written::is_uuid),
        uses: Uses { index: true, order: false, default: false },
        reads_as: &[],
    },
];

/// The scalar of a name. One that is to be declared may be another of the schema's own: see [`Scalar::is_there`].
pub(crate) fn named(name: &str) -> Option<&'static Scalar> {
    ALL.binary_search_by(|known| known.name.cmp(name)).ok().map(|found| &ALL[found])
}

/// The scalar of a name that is there whatever a schema says.
pub(crate) fn always(name: &str) -> Option<&'static Scalar> {
    named(name).filter(|scalar| scalar.is_there())
}

/// The scalar of a name that a schema only has to declare.
pub(crate) fn declarable(name: &str) -> Option<&'static Scalar> {
    named(name).filter(|scalar| !scalar.is_there())
}

/// The names of those.
pub(crate) fn declarable_names() -> impl Iterator<Item = &'static str> {
    ALL.iter().filter(|scalar| !scalar.is_there()).map(|scalar| scalar.name)
}

/// What the server tells of those that a schema has without declaring them, beside GraphQL's own.
pub(crate) fn described() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().filter_map(|scalar| match scalar.declared {
        Declared::Always { description } => Some((scalar.name, description)),
        Declared::BuiltIn | Declared::Here { .. } => None,
    })
}

impl Scalar {
    /// Whether it is there whatever a schema says.
    fn is_there(&self) -> bool {
        !matches!(self.declared, Declared::Here { .. })
    }
}

fn is_text(literal: &Literal, is_right: fn(&str) -> bool) -> bool {
    matches!(&literal.value, Value::Text(text) if is_right(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_found_by_their_names_and_read_as_others_of_them() {
        assert!(ALL.windows(2).all(|pair| pair[0].name < pair[1].name));
        for scalar in &ALL {
            assert_eq!(named(scalar.name).map(|found| found.name), Some(scalar.name));
            assert!(scalar.reads_as.iter().all(|other| named(other).is_some()), "{}", scalar.name);
            assert!(!scalar.uses.order || scalar.uses.index, "{}: what has an order can be indexed", scalar.name);
        }
        assert_eq!(declarable_names().collect::<Vec<_>>(), ["BigInt", "Date", "DateTime", "JSON"]);
        assert!(named("Money").is_none() && always("JSON").is_none() && declarable("UUID").is_none());
    }
}
