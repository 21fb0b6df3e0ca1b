//! Operations that are known before anybody asks for them.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Operations by the id that clients send in place of their text: a manifest, as client tools write it when an
/// application is built.
#[derive(Debug, Clone, Default)]
pub struct PersistedOperations {
    by_id: BTreeMap<String, Arc<str>>,
    texts: HashSet<Arc<str>>,
}

impl PersistedOperations {
    /// Reads a manifest: the one of Apollo's tools
    /// (`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": …, "body": …}]}`), or an
    /// object of texts by id, as Relay's compiler writes it.
    ///
    /// # Errors
    /// When it is neither; the message names the entry.
    pub fn from_json(manifest: &str) -> Result<Self> {
        let value = serde_json::from_str::<Value>(manifest);
        let value = value.map_err(|error| refused(format_args!("it is not JSON: {error}")))?;
        let Value::Object(mut manifest) = value else {
            return Err(refused("it is no object"));
        };
        match manifest.remove("operations") {
            Some(Value::Array(operations)) if manifest.contains_key("format") => Self::of_list(operations),
            Some(operations) => {
                manifest.insert("operations".to_owned(), operations);
                Self::of_texts(manifest)
            }
            None => Self::of_texts(manifest),
        }
    }

    fn of_list(operations: Vec<Value>) -> Result<Self> {
        let mut all = Self::default();
        for (number, operation) in operations.into_iter().enumerate() {
            let text = |name: &str| operation.get(name).and_then(Value::as_str);
            let (Some(id), Some(body)) = (text("id"), text("body")) else {
                return Err(refused(format_args!("entry {number} of \"operations\" lacks an \"id\" or a \"body\"")));
            };
            all.add(id.to_owned(), body)?;
        }
        Ok(all)
    }

    fn of_texts(texts: Map<String, Value>) -> Result<Self> {
        let mut all = Self::default();
        for (id, text) in texts {
            let Value::String(text) = text else {
                return Err(refused(format_args!("what stands under {id:?} is no text of an operation")));
            };
            all.add(id, &text)?;
        }
        Ok(all)
    }

    fn add(&mut self, id: String, text: &str) -> Result<()> {
        let text = Arc::<str>::from(text);
        if let Some(other) = self.by_id.get(&id).filter(|other| **other != text) {
            return Err(refused(format_args!("{id:?} stands for two operations:\n{other}\nand\n{text}")));
        }
        self.texts.insert(text.clone());
        self.by_id.insert(id, text);
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// All of them with their ids, in the order of these.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_id.iter().map(|(id, text)| (id.as_str(), &**text))
    }

    /// The text of an operation.
    pub(crate) fn get(&self, id: &str) -> Option<&str> {
        self.by_id.get(id).map(|text| &**text)
    }

    /// Whether one has exactly this text.
    pub(crate) fn has_text(&self, text: &str) -> bool {
        self.texts.contains(text)
    }
}

fn refused(why: impl std::fmt::Display) -> Error {
    Error::user("invalid_manifest", format!("the manifest of operations cannot be used: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(manifest: &str) -> Result<Vec<(String, String)>> {
        let operations = PersistedOperations::from_json(manifest)?;
        Ok(operations.iter().map(|(id, text)| (id.to_owned(), text.to_owned())).collect())
    }

    #[test]
    fn manifests_of_both_kinds_are_read() {
        let expected = [("a".to_owned(), "{ one }".to_owned()), ("operations".to_owned(), "{ two }".to_owned())];
        let apollo = r#"{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [
            {"id": "operations", "name": "Two", "type": "query", "body": "{ two }"}, {"id": "a", "body": "{ one }"}]}"#;
        assert_eq!(ids(apollo).expect("it is Apollo's"), expected);
        let relay = r#"{"operations": "{ two }", "a": "{ one }"}"#;
        assert_eq!(ids(relay).expect("it is Relay's"), expected);
        assert_eq!(ids("{}").expect("it is empty"), []);
    }

    #[test]
    fn a_manifest_that_cannot_be_used_says_where() {
        for (manifest, expected) in [
            ("{", "it is not JSON: EOF while parsing an object at line 1 column 1"),
            ("[]", "it is no object"),
            (r#"{"a": 1}"#, r#"what stands under "a" is no text of an operation"#),
            (r#"{"format": "x", "operations": [{"id": "a"}]}"#, r#"entry 0 of "operations" lacks an "id" or a "body""#),
            (
                r#"{"format": "x", "operations": [{"id": "a", "body": "{ one }"}, {"id": "a", "body": "{ two }"}]}"#,
                "\"a\" stands for two operations:\n{ one }\nand\n{ two }",
            ),
        ] {
            let error = ids(manifest).expect_err(manifest).to_string();
            assert_eq!(error, format!("the manifest of operations cannot be used: {expected}"));
        }
    }
}
