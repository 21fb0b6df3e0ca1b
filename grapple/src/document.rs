//! A schema as it is written: what a GraphQL parser knows, as plain data with places.

use crate::source::{Span, Spanned};
use crate::type_ref::TypeRef;

/// A whole schema, type extensions folded in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Document {
    pub(crate) description: Option<String>,
    /// Whether its roots are written (`schema { ... }`), not found by their names.
    pub(crate) has_definition: bool,
    /// The names of types that are extended and that nothing defines.
    pub(crate) orphans: Vec<String>,
    /// The names of types that are there by their extensions alone.
    pub(crate) adopted: Vec<String>,
    pub(crate) query: Option<Spanned<String>>,
    pub(crate) mutation: Option<Spanned<String>>,
    pub(crate) subscription: Option<Spanned<String>>,
    /// In the order of the schema; the built-in ones and the prelude's are left out.
    pub(crate) types: Vec<TypeDefinition>,
}

/// A named type.
#[derive(Debug, Clone)]
pub(crate) struct TypeDefinition {
    pub(crate) name: Spanned<String>,
    pub(crate) description: Option<String>,
    pub(crate) directives: Vec<Directive>,
    /// The interfaces that an object or an interface says to implement.
    pub(crate) implements: Vec<Spanned<String>>,
    pub(crate) kind: Kind,
}

/// What a named type is, and its parts.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Object(Vec<Field>),
    Input(Vec<InputValue>),
    Enum(Vec<EnumValue>),
    Scalar,
    Interface(Vec<Field>),
    /// By the names of its members.
    Union(Vec<Spanned<String>>),
}

/// A field of an object type or an interface.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: Spanned<String>,
    pub(crate) description: Option<String>,
    pub(crate) ty: Spanned<TypeRef>,
    pub(crate) args: Vec<InputValue>,
    pub(crate) directives: Vec<Directive>,
}

/// An argument, or a field of an input object.
#[derive(Debug, Clone)]
pub(crate) struct InputValue {
    pub(crate) name: Spanned<String>,
    pub(crate) description: Option<String>,
    pub(crate) ty: Spanned<TypeRef>,
    pub(crate) default: Option<Literal>,
    pub(crate) directives: Vec<Directive>,
}

/// A value of an enum.
#[derive(Debug, Clone)]
pub(crate) struct EnumValue {
    pub(crate) name: Spanned<String>,
    pub(crate) description: Option<String>,
    pub(crate) directives: Vec<Directive>,
}

/// A directive where it is used.
#[derive(Debug, Clone)]
pub(crate) struct Directive {
    pub(crate) name: String,
    /// Whether there is such a directive. One that is not has been reported.
    pub(crate) defined: bool,
    pub(crate) span: Span,
    pub(crate) args: Vec<(String, Literal)>,
}

/// A value as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Literal {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

impl Literal {
    /// Whether all numbers in it are: there is no other in JSON.
    pub(crate) fn is_finite(&self) -> bool {
        match &self.value {
            Value::Int(text) | Value::Float(text) => text.parse().is_ok_and(f64::is_finite),
            Value::List(items) => items.iter().all(Self::is_finite),
            Value::Object(fields) => fields.iter().all(|(_, value)| value.is_finite()),
            _ => true,
        }
    }
}

/// The kinds of values. Numbers keep their text.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(String),
    Float(String),
    Text(String),
    Enum(String),
    Variable,
    List(Vec<Literal>),
    Object(Vec<(String, Literal)>),
}

impl Directive {
    /// An argument's value; `None` when it is absent.
    pub(crate) fn argument(&self, name: &str) -> Option<&Literal> {
        self.args.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A string argument. `None` as well when it is of another type: the parser has reported that.
    pub(crate) fn text(&self, name: &str) -> Option<Spanned<&str>> {
        match self.argument(name) {
            Some(Literal { value: Value::Text(text), span, .. }) => Some(Spanned { value: text, span: *span }),
            _ => None,
        }
    }

    /// The names of a list of enum values, or of one alone; empty for none.
    pub(crate) fn words(&self, name: &str) -> Vec<&str> {
        let word = |literal| match literal {
            &Literal { value: Value::Enum(ref word), .. } => Some(word.as_str()),
            _ => None,
        };
        match self.argument(name) {
            Some(Literal { value: Value::List(items), .. }) => items.iter().filter_map(word).collect(),
            Some(one) => word(one).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// The name of an enum value, likewise.
    pub(crate) fn word(&self, name: &str) -> Option<Spanned<&str>> {
        match self.argument(name) {
            Some(Literal { value: Value::Enum(word), span, .. }) => Some(Spanned { value: word, span: *span }),
            _ => None,
        }
    }

    /// An integer argument, likewise. GraphQL's integers have 32 bits.
    pub(crate) fn int(&self, name: &str) -> Option<Spanned<i64>> {
        match self.argument(name) {
            Some(Literal { value: Value::Int(text), span, .. }) => {
                text.parse::<i32>().ok().map(|value| Spanned { value: i64::from(value), span: *span })
            }
            _ => None,
        }
    }
}

/// The directive of this name in a list.
pub(crate) fn directive<'a>(directives: &'a [Directive], name: &str) -> Option<&'a Directive> {
    directives.iter().find(|directive| directive.name == name)
}

/// The reason given by `@deprecated`.
pub(crate) fn deprecated(directives: &[Directive]) -> Option<String> {
    let directive = directive(directives, "deprecated")?;
    Some(directive.text("reason").map_or_else(|| "No longer supported".to_owned(), |reason| reason.value.to_owned()))
}
