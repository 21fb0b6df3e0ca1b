//! The edges of one node, from its end.

use std::sync::Arc;

use kvetch::{
    Answer as Read, Edge, EdgePage, EdgeRead, EdgeType, Error, Kvetch, Node, NodeId, Read as Reading,
    Result as StoreResult, ValueRef,
};
use serde_json::{Value as Json, json};

use crate::json::value;
use crate::output::{WIDTH, cut, grouped};

/// The edges of one type at a node.
pub(super) struct Edges {
    edge: EdgeType,
    name: String,
    stored: bool,
    /// Whether they lead to the node.
    pub(super) to_it: bool,
    page: StoreResult<Arc<EdgePage>>,
    count: u64,
}

/// All edges at a node: those that lead from it; stored ones that lead to it, by their inverse; and those derived from
/// the ids that it stores.
pub(super) async fn of(store: &Kvetch, node: &Node, first: u32) -> Vec<Edges> {
    let schema = store.schema();
    let mut all = Vec::new();
    for def in schema.edges().filter(|def| def.from == node.node_type) {
        all.push(leading(store, node.id, def.id, &def.name, false, false, first).await);
    }
    for def in schema.stored_edges().filter(|def| def.from == node.node_type) {
        all.push(leading(store, node.id, def.id, &def.name, true, false, first).await);
    }
    for def in schema.edges().filter(|def| def.to == node.node_type) {
        if let Ok(Some(ValueRef::Id(from))) = node.body.get(&def.key) {
            all.push(stored_id(store, node.id, def.id, &def.name, from).await);
        }
    }
    for def in schema.stored_edges().filter(|def| def.to == node.node_type) {
        let name = format!("{} (inverse of {})", def.inverse_name, def.name);
        all.push(leading(store, node.id, def.inverse, &name, true, true, first).await);
    }
    all
}

async fn leading(
    store: &Kvetch,
    node: NodeId,
    edge: EdgeType,
    name: &str,
    stored: bool,
    to_it: bool,
    first: u32,
) -> Edges {
    let page = Reading::Edges { read: EdgeRead::new(edge, first), from: vec![node] };
    let count = Reading::Counts { edge, from: vec![node] };
    let mut answers = store.round(vec![page, count]).await.answers.into_iter();
    let (Some(Read::Edges(mut pages)), Some(Read::Counts(mut counts))) = (answers.next(), answers.next()) else {
        unreachable!("edges and counts were asked for")
    };
    let page = pages.pop().expect("one source was asked for");
    let (page, count) = match (page, counts.pop().expect("one source was asked for")) {
        (Ok(page), Ok(count)) => (Ok(page), count),
        (Err(error), _) | (_, Err(error)) => (Err(error), 0),
    };
    Edges { edge, name: name.to_owned(), stored, to_it, page, count }
}

/// The edge that follows from an id the node stores.
async fn stored_id(store: &Kvetch, node: NodeId, edge: EdgeType, name: &str, from: NodeId) -> Edges {
    let answer = store.round(vec![Reading::Edge { edge, from, to: vec![node] }]).await.answers.pop();
    let Some(Read::Edge(mut edges)) = answer else { unreachable!("an edge was asked for") };
    let there = edges.pop().expect("one target was asked for");
    let page = there.and_then(|there| {
        let missing = Error::EdgeNotFound { edge: name.into(), from, to: node };
        // Seen from the node it leads to.
        let edge = Edge { to: from, ..there.ok_or(missing)? };
        Ok(Arc::new(EdgePage { edges: vec![edge], has_next: false }))
    });
    Edges { edge, name: name.to_owned(), stored: false, to_it: true, count: u64::from(page.is_ok()), page }
}

impl Edges {
    pub(super) fn text(&self) -> String {
        let page = match &self.page {
            Ok(page) => page,
            Err(error) => return cut(&format!("  {}: {error}", self.name), WIDTH) + "\n",
        };
        let mut text = cut(&format!("  {}  {}", self.name, grouped(self.count)), WIDTH) + "\n";
        for edge in &page.edges {
            let props = edge.props.as_ref().and_then(|body| body.to_props().ok()).filter(|props| !props.is_empty());
            let props = props.map(|props| format!("  {}", value::write_props(&props))).unwrap_or_default();
            let arrow = if self.to_it { "<-" } else { "->" };
            text += &(cut(&format!("    {arrow} {}  at {}{props}", edge.to, edge.sort_key), WIDTH) + "\n");
        }
        if page.has_next {
            text += "    ...\n";
        }
        text
    }

    pub(super) fn json(&self) -> Json {
        let mut json = json!({"edge": self.edge.0, "name": self.name, "stored": self.stored});
        match &self.page {
            Ok(page) => {
                let other = if self.to_it { "from" } else { "to" };
                let one = |edge: &Edge| {
                    let props = edge.props.as_ref().and_then(|body| body.to_props().ok());
                    json!({
                        other: edge.to.to_string(), "sortKey": edge.sort_key,
                        "props": props.map(|props| value::write_props(&props)),
                    })
                };
                json["count"] = json!(self.count);
                json["edges"] = page.edges.iter().map(one).collect();
                json["hasNext"] = json!(page.has_next);
            }
            Err(error) => json["error"] = json!({"code": error.code(), "message": error.to_string()}),
        }
        json
    }
}
