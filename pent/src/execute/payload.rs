//! The answer of a generated mutation, as an object of its payload type.

use std::sync::Arc;

use kvetch::Node;

use crate::error::Result;
use crate::output::{OutputColumn, OutputRef, Plain};
use crate::table::ObjectDef;
use crate::types::{Named, Types};

/// A payload: fields of an entity type hold the node written, fields of type UUID its id.
#[derive(Debug)]
pub(super) struct Payload {
    node: Arc<Node>,
    /// For each field of the payload type: whether it is the entity, rather than its id.
    is_entity: Vec<bool>,
}

impl Payload {
    pub(super) fn new(types: &Types, payload: &'static ObjectDef, node: Arc<Node>) -> Self {
        let is_entity =
            payload.fields.iter().map(|field| matches!(types.named(field.ty), Named::Object(_) | Named::Abstract(_)));
        Self { node, is_entity: is_entity.collect() }
    }
}

impl Plain for Payload {
    fn field(&self, index: usize) -> OutputRef<'_> {
        if self.is_entity[index] { OutputRef::Node(&self.node) } else { OutputRef::Id(self.node.id) }
    }
}

/// The column of a mutation's root field: a batch of one.
pub(super) struct Written(pub(super) Result<Payload>);

impl OutputColumn for Written {
    fn row(&self, _row: usize) -> Result<OutputRef<'_>> {
        match &self.0 {
            Ok(payload) => Ok(OutputRef::Object(payload)),
            Err(error) => Err(error.clone()),
        }
    }
}
