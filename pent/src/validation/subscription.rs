//! The root of a subscription: one field, and no doubt about it (GraphQL, September 2025, 5.2.4.1).

use std::collections::HashSet;

use super::Mistake;
use crate::operation::{Document, Operation, Selection};

/// Refuses more than one response key, fields of introspection, and conditions on what stands at the root.
pub(super) fn check_root(document: &Document, operation: &Operation, mistakes: &mut Vec<Mistake>) {
    let mut root = Root { document, keys: HashSet::new(), spread: HashSet::new(), mistakes };
    root.add(&operation.selections);
    if root.keys.len() > 1 {
        let name = operation.name.as_ref().map_or_else(String::new, |name| format!(" \"{name}\""));
        let message = format!("Subscription{name} must select only one field at its root.");
        root.mistakes.push(Mistake::at(operation.location, message));
    }
}

struct Root<'a> {
    document: &'a Document,
    keys: HashSet<&'a str>,
    spread: HashSet<&'a str>,
    mistakes: &'a mut Vec<Mistake>,
}

impl<'a> Root<'a> {
    fn add(&mut self, selections: &'a [Selection]) {
        for selection in selections {
            if !selection.conditions().is_empty() {
                let message = "A subscription has no @skip and @include at its root.".to_owned();
                self.mistakes.push(Mistake::at(selection.location(), message));
            }
            match selection {
                Selection::Field(node) => {
                    if node.name.starts_with("__") {
                        let message = format!("A subscription must not select \"{}\" at its root.", node.name);
                        self.mistakes.push(Mistake::at(node.location, message));
                    }
                    self.keys.insert(&node.key);
                }
                Selection::Spread { fragment, .. } => {
                    if self.spread.insert(fragment)
                        && let Some(fragment) = self.document.fragments.get(fragment)
                    {
                        self.add(&fragment.selections);
                    }
                }
                Selection::Inline { selections, .. } => self.add(selections),
            }
        }
    }
}
