//! Questions about the schema itself: juniper answers them, and nothing else of the document.
//!
//! juniper gets a document of our own making that holds the one field, with its conditions decided, its variables
//! replaced and its fragments written in place. So whatever else a document asks for runs through the planner, and
//! juniper's executor never sees a variable that it would panic over.

use juniper::Variables as NoVariables;
use kvetch::Kvetch;

use super::Juniper;
use super::embed::Context;
use crate::coerce::Variables;
use crate::error::{Error, Result};
use crate::input::Input;
use crate::operation::{Condition, FieldNode, Literal, Selection};
use crate::plan::Introspection;

/// The JSON value of a field that asks for the schema.
///
/// # Errors
/// When juniper refuses the document: a defect here, since the field has passed validation.
pub(crate) fn introspect(
    juniper: &Juniper,
    kvetch: Kvetch,
    asked: &Introspection,
    variables: &Variables,
) -> Result<Vec<u8>> {
    let mut printer = Printer { asked, variables, text: "{".to_owned() };
    for (node, condition) in &asked.nodes {
        if condition.holds(variables) {
            printer.field(node);
        }
    }
    printer.text.push('}');
    let (data, errors) =
        juniper::execute_sync(&printer.text, None, &juniper.types, &NoVariables::new(), &Context::new(kvetch))
            .map_err(Error::internal)?;
    if let Some(error) = errors.first() {
        return Err(Error::internal(error.error().message()));
    }
    let value = data.as_object_value().and_then(|object| object.get_field_value(&asked.key));
    let value = value.ok_or_else(|| Error::internal("an introspection without its field"))?;
    Ok(serde_json::to_vec(value).expect("a value of juniper is JSON"))
}

/// Writes the document for juniper.
struct Printer<'a> {
    asked: &'a Introspection,
    variables: &'a Variables,
    text: String,
}

impl Printer<'_> {
    fn field(&mut self, node: &FieldNode) {
        self.text += &format!(" {}: {}", node.key, node.name);
        let arguments = node
            .arguments
            .iter()
            .filter_map(|(name, value)| self.literal(value).map(|value| format!("{name}: {value}")));
        let arguments = arguments.collect::<Vec<_>>();
        if !arguments.is_empty() {
            self.text += &format!("({})", arguments.join(", "));
        }
        if !node.selections.is_empty() {
            self.selections(&node.selections);
        }
    }

    fn selections(&mut self, selections: &[Selection]) {
        // A selection must not be empty, even where everything in it is skipped.
        self.text += " { __typename @skip(if: true)";
        for selection in selections {
            match selection {
                Selection::Field(node) if self.holds(&node.conditions) => self.field(node),
                Selection::Spread { fragment, conditions, .. } if self.holds(conditions) => {
                    let fragment = &self.asked.fragments[fragment];
                    self.text += &format!(" ... on {}", fragment.on);
                    self.selections(&fragment.selections);
                }
                Selection::Inline { on, conditions, selections, .. } if self.holds(conditions) => {
                    self.text += " ...";
                    if let Some(on) = on {
                        self.text += &format!(" on {on}");
                    }
                    self.selections(selections);
                }
                _ => {}
            }
        }
        self.text += " }";
    }

    fn holds(&self, conditions: &[Condition]) -> bool {
        conditions.iter().all(|condition| match &condition.value {
            Literal::Bool(value) => *value == condition.expected,
            Literal::Variable(name) => self.variables.get(name) == Some(&Input::Bool(condition.expected)),
            _ => false,
        })
    }

    /// An argument of introspection: a name or a Boolean. `None` for a variable that is absent.
    fn literal(&self, value: &Literal) -> Option<String> {
        let text = |text: &str| serde_json::to_string(text).expect("a string is JSON");
        Some(match value {
            Literal::Bool(value) => value.to_string(),
            Literal::Text(name) => text(name),
            Literal::Variable(name) => match self.variables.get(name)? {
                Input::Bool(value) => value.to_string(),
                Input::Text(name) => text(name),
                _ => "null".to_owned(),
            },
            _ => "null".to_owned(),
        })
    }
}
