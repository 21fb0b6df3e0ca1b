//! Findings and stored types as JSON; docs/codegen.md describes both.

use grapple::{Change, Diagnostic, Diagnostics, File, Kind, Label, Severity, Shape, StoredType};
use serde_json::{Value as Json, json};

pub(crate) fn diagnostics(found: &Diagnostics) -> Vec<Json> {
    found.iter().map(|one| diagnostic(found, one)).collect()
}

fn diagnostic(all: &Diagnostics, one: &Diagnostic) -> Json {
    let severity = match one.severity {
        Severity::Error => "error",
        Severity::Note => "note",
    };
    let mut document = json!({"severity": severity, "code": one.code.as_str(), "message": one.message});
    for (key, value) in label(all, &one.label).as_object().into_iter().flatten() {
        document[key] = value.clone();
    }
    document["related"] = one.related.iter().map(|related| label(all, related)).collect();
    document["help"] = one.help.clone().into();
    document
}

fn label(all: &Diagnostics, label: &Label) -> Json {
    let (start, end) = all.range(label);
    json!({
        "file": start.file.display().to_string(),
        "line": start.line,
        "column": start.column,
        "endLine": end.line,
        "endColumn": end.column,
        "label": label.text,
    })
}

pub(crate) fn file(file: &File) -> Json {
    let change = match file.change {
        Change::Created => "created",
        Change::Replaced => "replaced",
        Change::Appended => "appended",
        Change::Kept => "kept",
    };
    json!({"path": file.path.display().to_string(), "change": change})
}

pub(crate) fn stored(types: &[StoredType]) -> Json {
    let types = types.iter().map(|ty| {
        let values = ty.values.iter().map(|value| {
            let mut document = json!({"key": value.key, "type": value.ty});
            add_shape(&mut document, &value.shape);
            document
        });
        json!({"name": ty.name, "number": ty.number, "values": values.collect::<Json>()})
    });
    json!({"format": "graphscale-stored", "version": 1, "types": types.collect::<Json>()})
}

fn add_shape(document: &mut Json, shape: &Shape) {
    document["required"] = shape.required.into();
    let kind = match &shape.kind {
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::Long => "long",
        Kind::Float => "float",
        Kind::Text => "text",
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::Json => "json",
        Kind::Id => "id",
        Kind::OneOf(values) => {
            document["values"] = values.clone().into();
            "enum"
        }
        Kind::List(item) => {
            document["item"] = json!({});
            add_shape(&mut document["item"], item);
            "list"
        }
        // Kinds that come later say nothing to readers of this version.
        _ => "any",
    };
    document["kind"] = kind.into();
}
