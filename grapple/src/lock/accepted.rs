//! Changes that somebody has accepted by name.

use std::fmt;
use std::str::FromStr;

use super::Break;
use crate::code::Code;

/// A change that is let through: `G804:TodoItem.dueAt`, all of a rule (`G804`), or all that breaks clients alone
/// (`api`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted(What);

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Api,
    Rule(Code),
    Named(Code, String),
}

impl Accepted {
    pub(super) fn covers(&self, found: &Break) -> bool {
        match &self.0 {
            What::Api => found.diagnostic.code.breaks_clients(),
            What::Rule(code) => found.diagnostic.code == *code,
            What::Named(code, name) => found.diagnostic.code == *code && found.name == *name,
        }
    }
}

impl FromStr for Accepted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "api" {
            return Ok(Self(What::Api));
        }
        let (code, name) = match text.split_once(':') {
            Some((code, name)) => (code, Some(name)),
            None => (text, None),
        };
        let known = Code::ALL.iter().find(|known| known.as_str() == code && known.is_acceptable());
        let Some(code) = known else {
            return Err("write a change as it was reported, such as G804:TodoItem.dueAt, or `api`".to_owned());
        };
        Ok(Self(name.map_or(What::Rule(*code), |name| What::Named(*code, name.to_owned()))))
    }
}

impl fmt::Display for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            What::Api => f.write_str("api"),
            What::Rule(code) => write!(f, "{code}"),
            What::Named(code, name) => write!(f, "{code}:{name}"),
        }
    }
}
