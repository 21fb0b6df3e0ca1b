//! What a store holds that does not follow from anything else, in the order in which it is carried elsewhere: its nodes
//! type by type, then its stored edges type by type.

use kvetch::{EdgeKey, EdgeType, NodeId, NodeType, Schema};

/// The last thing that was carried whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    Header,
    Node(NodeType, NodeId),
    Edge(EdgeType, EdgeKey),
    End,
}

/// Nodes or stored edges of a type: those after a key, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Nodes(NodeType, Option<NodeId>),
    Edges(EdgeType, Option<EdgeKey>),
}

/// Everything that comes after what was carried last.
pub(crate) fn after(schema: &Schema, last: Last) -> Vec<Section> {
    let nodes = schema.node_types().map(|def| def.id).filter_map(|node_type| match last {
        Last::Header => Some(Section::Nodes(node_type, None)),
        Last::Node(reached, id) if reached == node_type => Some(Section::Nodes(node_type, Some(id))),
        Last::Node(reached, _) if reached < node_type => Some(Section::Nodes(node_type, None)),
        Last::Node(..) | Last::Edge(..) | Last::End => None,
    });
    let edges = schema.stored_edges().map(|def| def.id).filter_map(|edge| match last {
        Last::Header | Last::Node(..) => Some(Section::Edges(edge, None)),
        Last::Edge(reached, key) if reached == edge => Some(Section::Edges(edge, Some(key))),
        Last::Edge(reached, _) if reached < edge => Some(Section::Edges(edge, None)),
        Last::Edge(..) | Last::End => None,
    });
    nodes.chain(edges).collect()
}
