//! Making a document smaller, one step at a time.

use super::{Directive, Document, Field, Literal, Selection};

/// All documents that are one step smaller. Not all of them are valid.
pub(crate) fn smaller(document: &Document) -> Vec<Document> {
    let mut smaller = Vec::new();
    for position in 0..document.operations.len() {
        if document.operations.len() > 1 && document.operations[position].name != document.operation_name {
            smaller.push(changed(document, |document| drop(document.operations.remove(position))));
        }
    }
    for number in 0.. {
        let mut probe = document.clone();
        let Some(list) = nth_list(&mut probe, number) else { break };
        for position in 0..list.len() {
            for step in steps(&list[position], list.len()) {
                smaller.push(changed(document, |document| {
                    let list = nth_list(document, number).expect("it was there a moment ago");
                    step(list, position);
                }));
            }
        }
    }
    for position in 0..document.variables.len() {
        smaller.push(changed(document, |document| drop(document.variables.remove(position))));
    }
    // A plain layout is the last thing to try for.
    if document.layout != 0 {
        smaller.push(Document { layout: 0, ..document.clone() });
    }
    smaller
}

fn changed(document: &Document, change: impl FnOnce(&mut Document)) -> Document {
    let mut known = Vec::new();
    for variable in document.operations.iter().flat_map(|operation| &operation.variables) {
        if !known.iter().any(|known: &super::Variable| known.name == variable.name) {
            known.push(variable.clone());
        }
    }
    let mut document = document.clone();
    change(&mut document);
    document.drop_unused_fragments();
    document.declare(&known);
    document
}

/// A change of the selection at a position of its list.
type Step = Box<dyn Fn(&mut Vec<Selection>, usize)>;

fn steps(selection: &Selection, of: usize) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    if of > 1 {
        steps.push(Box::new(|list, position| drop(list.remove(position))));
    }
    let directives = match selection {
        Selection::Field(field) => {
            for argument in 0..field.arguments.len() {
                steps.push(Box::new(move |list, position| drop(field_at(list, position).arguments.remove(argument))));
                for step in literal_steps(&field.arguments[argument].1) {
                    steps.push(Box::new(move |list, position| {
                        field_at(list, position).arguments[argument].1 = step.clone();
                    }));
                }
            }
            field.directives.len()
        }
        Selection::Spread(_, directives) => directives.len(),
        Selection::Inline(_, directives, _) => {
            steps.push(Box::new(|list, position| {
                if let Selection::Inline(_, _, inner) = list.remove(position) {
                    list.splice(position..position, inner);
                }
            }));
            directives.len()
        }
    };
    for directive in 0..directives {
        steps.push(Box::new(move |list, position| drop(directives_of(&mut list[position]).remove(directive))));
    }
    steps
}

fn literal_steps(literal: &Literal) -> Vec<Literal> {
    match literal {
        Literal::Plain(_) | Literal::Variable(_) => Vec::new(),
        Literal::List(items) => (0..items.len())
            .map(|without| {
                let mut items = items.clone();
                items.remove(without);
                Literal::List(items)
            })
            .collect(),
        Literal::Object(fields) => (0..fields.len())
            .map(|without| {
                let mut fields = fields.clone();
                fields.remove(without);
                Literal::Object(fields)
            })
            .collect(),
    }
}

fn field_at(list: &mut [Selection], position: usize) -> &mut Field {
    match &mut list[position] {
        Selection::Field(field) => field,
        other => unreachable!("{other:?} was a field"),
    }
}

fn directives_of(selection: &mut Selection) -> &mut Vec<Directive> {
    match selection {
        Selection::Field(field) => &mut field.directives,
        Selection::Spread(_, directives) | Selection::Inline(_, directives, _) => directives,
    }
}

/// A list of selections by its number, from the top of the document down.
fn nth_list(document: &mut Document, number: usize) -> Option<&mut Vec<Selection>> {
    let mut left = number;
    let operations = document.operations.iter_mut().map(|operation| &mut operation.selections);
    let fragments = document.fragments.iter_mut().map(|fragment| &mut fragment.selections);
    for list in operations.chain(fragments) {
        let inside = count(list);
        if left < inside {
            return nth_below(list, left);
        }
        left -= inside;
    }
    None
}

fn nth_below(list: &mut Vec<Selection>, number: usize) -> Option<&mut Vec<Selection>> {
    if number == 0 {
        return Some(list);
    }
    let mut left = number - 1;
    for selection in list {
        let below = match selection {
            Selection::Field(Field { selections, .. }) | Selection::Inline(_, _, selections) => selections,
            Selection::Spread(..) => continue,
        };
        let inside = count(below);
        if left < inside {
            return nth_below(below, left);
        }
        left -= inside;
    }
    None
}

/// How many lists there are, this one among them; an empty one is none.
fn count(list: &[Selection]) -> usize {
    if list.is_empty() {
        return 0;
    }
    let below = list.iter().map(|selection| match selection {
        Selection::Field(Field { selections, .. }) | Selection::Inline(_, _, selections) => count(selections),
        Selection::Spread(..) => 0,
    });
    1 + below.sum::<usize>()
}
