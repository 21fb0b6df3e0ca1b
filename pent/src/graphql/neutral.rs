//! A document without its values, for juniper's rules: what they say of values is for [`crate::validation`] to say.
//!
//! Each argument becomes the name of an enum value, which juniper takes for any type of our root node and compares by
//! its text where fields are merged. Variables are not declared any more, and nowhere used.

use std::fmt::Write as _;

use juniper::parser::Spanning;
use juniper::{DefaultScalarValue, Definition, InputValue, Selection};

/// juniper's type of a directive has no public name, so this cannot be a function. The arguments of its directives
/// are Booleans.
macro_rules! directives {
    ($directives:expr) => {
        for directive in $directives.iter_mut().flatten() {
            for (_, value) in directive.item.arguments.iter_mut().flat_map(|arguments| &mut arguments.item.items) {
                value.item = InputValue::scalar(true);
            }
        }
    };
}
/// Takes the values of a document away.
pub(super) fn neutralise(document: &mut [Definition<'_, DefaultScalarValue>]) {
    for definition in document {
        match definition {
            Definition::Operation(operation) => {
                operation.item.variables_definition = None;
                directives!(operation.item.directives);
                selections(&mut operation.item.selection_set);
            }
            Definition::Fragment(fragment) => {
                directives!(fragment.item.directives);
                selections(&mut fragment.item.selection_set);
            }
        }
    }
}

fn selections(selections: &mut [Selection<'_>]) {
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                directives!(field.item.directives);
                for (_, value) in field.item.arguments.iter_mut().flat_map(|arguments| &mut arguments.item.items) {
                    value.item = InputValue::enum_value(canonical(value));
                }
                self::selections(field.item.selection_set.as_deref_mut().unwrap_or_default());
            }
            Selection::FragmentSpread(spread) => directives!(spread.item.directives),
            Selection::InlineFragment(fragment) => {
                directives!(fragment.item.directives);
                self::selections(&mut fragment.item.selection_set);
            }
        }
    }
}

/// A value as text that is the same for two values if they are: the fields of objects are sorted.
fn canonical(value: &Spanning<InputValue>) -> String {
    let mut text = String::new();
    write(&value.item, &mut text);
    text
}

fn write(value: &InputValue, text: &mut String) {
    match value {
        InputValue::Null => text.push_str("null"),
        InputValue::Scalar(scalar) => {
            let _ = write!(text, "{scalar:?}");
        }
        InputValue::Enum(name) => text.push_str(name),
        InputValue::Variable(name) => {
            text.push('$');
            text.push_str(name);
        }
        InputValue::List(items) => {
            text.push('[');
            for item in items {
                write(&item.item, text);
                text.push(',');
            }
            text.push(']');
        }
        InputValue::Object(fields) => {
            let mut sorted = fields.iter().collect::<Vec<_>>();
            sorted.sort_by(|(a, _), (b, _)| a.item.cmp(&b.item));
            text.push('{');
            for (name, value) in sorted {
                text.push_str(&name.item);
                text.push(':');
                write(&value.item, text);
                text.push(',');
            }
            text.push('}');
        }
    }
}
