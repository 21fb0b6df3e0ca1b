//! Documents as trees: made up, written in many layouts, and made smaller.

mod inputs;
mod introspection;
mod mutant;
mod print;
mod random;
mod shrink;

pub(crate) use self::mutant::mutant;
pub(crate) use self::print::print;
pub(crate) use self::random::random;
pub(crate) use self::shrink::smaller;

/// A document with the variables of one request.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) operations: Vec<Operation>,
    pub(crate) fragments: Vec<Fragment>,
    /// Which operation to run.
    pub(crate) operation_name: Option<String>,
    /// JSON of the variables: text, since both sides are to read the same numbers.
    pub(crate) variables: Vec<(String, String)>,
    /// What the random layout is made from.
    pub(crate) layout: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// `query` or `mutation`.
    pub(crate) kind: &'static str,
    pub(crate) name: Option<String>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) selections: Vec<Selection>,
}

#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// As it is written.
    pub(crate) ty: String,
    pub(crate) default: Option<Literal>,
}

#[derive(Debug, Clone)]
pub(crate) struct Fragment {
    pub(crate) name: String,
    pub(crate) on: String,
    pub(crate) selections: Vec<Selection>,
}

#[derive(Debug, Clone)]
pub(crate) enum Selection {
    Field(Field),
    Spread(String, Vec<Directive>),
    Inline(Option<String>, Vec<Directive>, Vec<Selection>),
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) alias: Option<String>,
    pub(crate) name: String,
    pub(crate) arguments: Vec<(String, Literal)>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) selections: Vec<Selection>,
}

/// `@skip` or `@include`.
#[derive(Debug, Clone)]
pub(crate) struct Directive {
    pub(crate) name: &'static str,
    pub(crate) condition: Literal,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    /// A number, a Boolean, null, an enum value or a string: as it is written.
    Plain(String),
    Variable(String),
    List(Vec<Literal>),
    Object(Vec<(String, Literal)>),
}

impl Document {
    /// The variables as a JSON object.
    pub(crate) fn variables_json(&self) -> String {
        let entries = self.variables.iter().map(|(name, value)| format!("{name:?}:{value}"));
        format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
    }

    /// Declares in each operation the variables that it uses, as they are known, and no others.
    pub(crate) fn declare(&mut self, known: &[Variable]) {
        for position in 0..self.operations.len() {
            let mut used = Vec::new();
            let mut spread = Vec::new();
            self.uses(&self.operations[position].selections, &mut used, &mut spread);
            let declared = known.iter().filter(|variable| used.contains(&variable.name)).cloned().collect();
            self.operations[position].variables = declared;
        }
    }

    /// Leaves out fragments that no operation spreads.
    pub(crate) fn drop_unused_fragments(&mut self) {
        let mut spread = Vec::new();
        for operation in &self.operations {
            self.uses(&operation.selections, &mut Vec::new(), &mut spread);
        }
        self.fragments.retain(|fragment| spread.contains(&fragment.name));
    }

    /// The variables used and the fragments spread by selections, and by the fragments that they spread.
    fn uses(&self, selections: &[Selection], used: &mut Vec<String>, spread: &mut Vec<String>) {
        for selection in selections {
            let directives = match selection {
                Selection::Field(field) => {
                    field.arguments.iter().for_each(|(_, value)| value.variables(used));
                    self.uses(&field.selections, used, spread);
                    &field.directives
                }
                Selection::Inline(_, directives, selections) => {
                    self.uses(selections, used, spread);
                    directives
                }
                Selection::Spread(name, directives) => {
                    if !spread.contains(name) {
                        spread.push(name.clone());
                        let fragment = self.fragments.iter().find(|fragment| fragment.name == *name);
                        let selections = fragment.map_or(&[][..], |fragment| &fragment.selections);
                        self.uses(selections, used, spread);
                    }
                    directives
                }
            };
            directives.iter().for_each(|directive| directive.condition.variables(used));
        }
    }
}

impl Literal {
    fn variables(&self, used: &mut Vec<String>) {
        match self {
            Self::Plain(_) => {}
            Self::Variable(name) => used.push(name.clone()),
            Self::List(items) => items.iter().for_each(|item| item.variables(used)),
            Self::Object(fields) => fields.iter().for_each(|(_, value)| value.variables(used)),
        }
    }
}
