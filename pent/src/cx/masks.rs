//! What a refused write may tell its viewer: nothing of nodes that the viewer may not see.

use std::sync::Arc;

use kvetch::{NodeId, NodeType};

use super::Cx;
use crate::error::Error;

impl Cx {
    /// The error of a write, for the viewer. Nodes of types with rules are not named as holders of a unique value, or
    /// as what stands in the way of a deletion; one that the viewer may not see is not there. That the value is taken,
    /// and that something stands in the way, cannot be kept from who tries.
    pub(super) async fn masked(&self, error: kvetch::Error) -> Error {
        if self.judging().is_none() {
            return error.into();
        }
        match error {
            kvetch::Error::Duplicate { index, .. } if self.is_over_hidden(&index) => {
                Error::Taken { index, is_pending: false }
            }
            kvetch::Error::ClaimPending { index, .. } if self.is_over_hidden(&index) => {
                Error::Taken { index, is_pending: true }
            }
            kvetch::Error::Restricted { node, edge, .. } if self.is_to_hidden(&edge) => {
                Error::Restricted { id: node, edge }
            }
            kvetch::Error::WrongType { node, .. } if self.is_absent(node).await => {
                kvetch::Error::NotFound { node }.into()
            }
            error => error.into(),
        }
    }

    /// The name of a type.
    pub(super) fn type_name(&self, node_type: NodeType) -> Arc<str> {
        let def = self.kvetch().schema().node_type(node_type);
        def.map_or_else(|_| format!("node of the unknown type {node_type}"), |def| def.name.clone()).into()
    }

    async fn is_absent(&self, id: NodeId) -> bool {
        !matches!(self.nodes(vec![id]).await.pop(), Some(Ok(Some(_))))
    }

    fn is_over_hidden(&self, index: &str) -> bool {
        let mut indexes = self.kvetch().schema().indexes();
        indexes.any(|def| def.name == index && self.has_rules(def.node_type))
    }

    fn is_to_hidden(&self, edge: &str) -> bool {
        let mut edges = self.kvetch().schema().edges();
        edges.any(|def| def.name == edge && self.has_rules(def.to))
    }
}
