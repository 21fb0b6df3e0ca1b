//! What a refused write may tell its viewer: nothing of nodes that the viewer may not see.

use std::sync::Arc;

use kvetch::{NodeId, NodeType};

use super::Cx;
use crate::error::Error;

impl Cx {
    /// The error of a write, for the viewer. Nodes of types with rules are not named as holders of a unique value, or
    /// as what stands in the way of a deletion; one that the viewer may not see is not there. That the value is taken,
    /// and that something stands in the way, cannot be kept from who tries.
    pub(super) async fn masked(&self, error: Arc<kvetch::Error>) -> Error {
        if self.judging().is_none() {
            return Error::Storage(error);
        }
        match &*error {
            kvetch::Error::Duplicate { index, .. } if self.is_over_hidden(index) => {
                Error::Taken { index: index.clone(), is_pending: false }
            }
            kvetch::Error::ClaimPending { index, .. } if self.is_over_hidden(index) => {
                Error::Taken { index: index.clone(), is_pending: true }
            }
            kvetch::Error::Restricted { node, edge, .. } if self.is_to_hidden(edge) => {
                Error::Restricted { id: *node, edge: edge.clone() }
            }
            kvetch::Error::WrongType { node, .. } if self.is_absent(*node).await => {
                kvetch::Error::NotFound { node: *node }.into()
            }
            _ => Error::Storage(error),
        }
    }

    /// The error of custom code, for the viewer: it may have used the system's context, and that masks nothing.
    pub(crate) async fn shown_error(&self, error: Error) -> Error {
        if self.judging().is_none() {
            return error;
        }
        match error {
            Error::WrongType { id, expected, .. } if self.is_absent(id).await => Error::NotFound { id, expected },
            Error::Storage(error) => match &*error {
                kvetch::Error::Conflict { node, .. } if self.is_absent(*node).await => {
                    kvetch::Error::NotFound { node: *node }.into()
                }
                _ => self.masked(error).await,
            },
            error => error,
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
