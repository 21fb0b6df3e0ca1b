//! What a schema says is stored, as `grapple print --stored` prints it.

use kvetch::{NodeType, Result, ValueRef};
use serde_json::Value as Json;

use super::day::is_day;
use super::fields::Fields;

const FORMAT: &str = "graphscale-stored";
const VERSION: u32 = 1;

/// A type and what its nodes have to hold.
#[derive(Debug)]
pub(crate) struct StoredType {
    pub(crate) name: String,
    pub(crate) id: NodeType,
    pub(crate) values: Vec<StoredValue>,
}

/// A value of a node.
#[derive(Debug)]
pub(crate) struct StoredValue {
    pub(crate) key: String,
    /// The type as the schema writes it.
    pub(crate) ty: String,
    shape: Shape,
}

#[derive(Debug)]
struct Shape {
    required: bool,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Bool,
    Int,
    /// Of 64 bits.
    Long,
    Float,
    Text,
    /// A day as text.
    Date,
    Id,
    Time,
    /// What JSON has a word for.
    Json,
    Enum(Vec<String>),
    List(Box<Shape>),
    Any,
}

/// The types of a document, or why there are none.
pub(crate) fn read(json: &Json) -> std::result::Result<Vec<StoredType>, String> {
    let fields = Fields::of(json, &["format", "version", "types"])?;
    if fields.text("format")? != FORMAT {
        return Err(format!("it is not what `grapple print --stored` prints: its format is no `{FORMAT}`"));
    }
    if fields.number("version")? != VERSION {
        return Err(format!("it is of another version than {VERSION}; use the `kvetch` of the same release"));
    }
    let types = fields.list("types")?.iter().enumerate();
    types.map(|(number, json)| stored_type(json).map_err(|why| format!("types[{number}]: {why}"))).collect()
}

fn stored_type(json: &Json) -> std::result::Result<StoredType, String> {
    let fields = Fields::of(json, &["name", "number", "values"])?;
    let values = fields.list("values")?.iter().enumerate();
    let values = values.map(|(number, json)| stored_value(json).map_err(|why| format!("values[{number}]: {why}")));
    Ok(StoredType {
        name: fields.text("name")?.to_owned(),
        id: NodeType(fields.number("number")?),
        values: values.collect::<std::result::Result<_, _>>()?,
    })
}

fn stored_value(json: &Json) -> std::result::Result<StoredValue, String> {
    let fields = Fields::of(json, &["key", "type", "required", "kind", "values", "item"])?;
    let (key, ty) = (fields.text("key")?.to_owned(), fields.text("type")?.to_owned());
    Ok(StoredValue { key, ty, shape: shape(&fields)? })
}

fn shape(fields: &Fields<'_>) -> std::result::Result<Shape, String> {
    let kind = match fields.text("kind")? {
        "bool" => Kind::Bool,
        "int" => Kind::Int,
        "long" => Kind::Long,
        "float" => Kind::Float,
        "text" => Kind::Text,
        "date" => Kind::Date,
        "id" => Kind::Id,
        "time" => Kind::Time,
        "json" => Kind::Json,
        "any" => Kind::Any,
        "enum" => {
            let texts = fields.list("values")?.iter().map(|value| value.as_str().map(str::to_owned));
            Kind::Enum(texts.collect::<Option<_>>().ok_or("`values` has something that is no text")?)
        }
        "list" => {
            Kind::List(Box::new(shape(&Fields::of(fields.json("item")?, &["required", "kind", "values", "item"])?)?))
        }
        other => return Err(format!("the kind `{other}` is unknown")),
    };
    let required = fields.json("required")?.as_bool().ok_or("`required` is neither true nor false")?;
    Ok(Shape { required, kind })
}

impl StoredValue {
    /// What is wrong with a stored value, if anything.
    pub(crate) fn misfit(&self, stored: Option<ValueRef<'_>>) -> Result<Option<&'static str>> {
        misfit(&self.shape, stored)
    }

    /// Whether all that can be told of a stored value is whether it is there: the schema does not say how it is stored.
    pub(crate) fn is_unchecked(&self) -> bool {
        is_unchecked(&self.shape)
    }
}

fn is_unchecked(shape: &Shape) -> bool {
    match &shape.kind {
        Kind::Any => true,
        Kind::List(item) => is_unchecked(item),
        _ => false,
    }
}

fn misfit(shape: &Shape, stored: Option<ValueRef<'_>>) -> Result<Option<&'static str>> {
    let stored = match stored {
        None | Some(ValueRef::Null) => return Ok(shape.required.then_some("absent")),
        Some(stored) => stored,
    };
    let fits = match (&shape.kind, &stored) {
        (Kind::Any, _)
        | (Kind::Bool, ValueRef::Bool(_))
        | (Kind::Long, ValueRef::Int(_))
        | (Kind::Float, ValueRef::Float(_))
        | (Kind::Text, ValueRef::Text(_))
        | (Kind::Id, ValueRef::Id(_))
        | (Kind::Time, ValueRef::Timestamp(_)) => true,
        (Kind::Int, ValueRef::Int(value)) if i32::try_from(*value).is_err() => return Ok(Some("of more than 32 bits")),
        (Kind::Int, ValueRef::Int(_)) => true,
        (Kind::Date, ValueRef::Text(text)) => return Ok((!is_day(text)).then_some("a text that is no day")),
        (Kind::Json, stored) => return without_json(stored),
        (Kind::Enum(values), ValueRef::Text(text)) => {
            return Ok((!values.iter().any(|value| value == text)).then_some("another text"));
        }
        (Kind::List(item), ValueRef::List(items)) => {
            for stored in items.iter() {
                if let Some(why) = misfit(item, Some(stored?))? {
                    return Ok(Some(within(why)));
                }
            }
            true
        }
        _ => false,
    };
    Ok((!fits).then(|| kind_of(&stored)))
}

/// What of a stored value JSON has no word for, if anything.
fn without_json(stored: &ValueRef<'_>) -> Result<Option<&'static str>> {
    match stored {
        ValueRef::Bytes(_) => Ok(Some("bytes")),
        ValueRef::Float(value) if !value.is_finite() => Ok(Some("an infinite number")),
        ValueRef::List(items) => {
            for item in items.iter() {
                if let Some(why) = without_json(&item?)? {
                    return Ok(Some(why));
                }
            }
            Ok(None)
        }
        ValueRef::Map(fields) => {
            for field in fields.iter() {
                if let Some(why) = without_json(&field?.1)? {
                    return Ok(Some(why));
                }
            }
            Ok(None)
        }
        _ => Ok(None),
    }
}

fn within(why: &'static str) -> &'static str {
    if why == "absent" { "a list with null in it" } else { "a list of something else" }
}

fn kind_of(stored: &ValueRef<'_>) -> &'static str {
    match stored {
        ValueRef::Null => "absent",
        ValueRef::Bool(_) => "a bool",
        ValueRef::Int(_) => "a whole number",
        ValueRef::Float(_) => "a float",
        ValueRef::Text(_) => "a text",
        ValueRef::Bytes(_) => "bytes",
        ValueRef::Id(_) => "an id",
        ValueRef::Timestamp(_) => "a moment",
        ValueRef::List(_) => "a list",
        ValueRef::Map(_) => "a map",
    }
}
