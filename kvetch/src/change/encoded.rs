//! Changes and outcomes as bytes, for intents and for the records of writes.
//!
//! One CBOR array of changes; each is an array of a kind and its fields. Kinds are never reused.

use minicbor::decode::Error as Undecodable;
use minicbor::{Decoder, Encoder};

use crate::body::Body;
use crate::error::{Error, Result};
use crate::id::{EdgeType, IndexId, NodeId, NodeType, Nonce, Timestamp};
use crate::index_key::IndexKey;
use crate::node::Node;

use super::{Action, Change, Row};

const PUT_EDGE: u8 = 1;
const REMOVE_EDGE: u8 = 2;
const PUT_ENTRY: u8 = 3;
const REMOVE_ENTRY: u8 = 4;
const PUT_CLAIM: u8 = 5;
const REMOVE_CLAIM: u8 = 6;

type Cbor = Encoder<Vec<u8>>;
type Written<'a> =
    std::result::Result<&'a mut Cbor, minicbor::encode::Error<std::convert::Infallible>>;

/// Changes as the bytes of an intent.
pub(crate) fn changes_to_bytes(changes: &[Change]) -> Vec<u8> {
    let mut cbor = Encoder::new(Vec::new());
    put_changes(&mut cbor, changes).expect("a vector takes every byte");
    cbor.into_writer()
}

/// The changes in the bytes of an intent.
pub(crate) fn changes_from_bytes(bytes: &[u8]) -> Result<Vec<Change>> {
    read_changes(&mut Decoder::new(bytes))
        .map_err(|error| Error::corrupt_record("intent", error.to_string()))
}

/// The first outcome of a write, for its repetitions: the node it answered with and its changes.
pub(crate) fn outcome_to_bytes(node: &Node, changes: &[Change]) -> Vec<u8> {
    let mut cbor = Encoder::new(Vec::new());
    put_outcome(&mut cbor, node, changes).expect("a vector takes every byte");
    cbor.into_writer()
}

/// The node and the changes of a recorded write.
pub(crate) fn outcome_from_bytes(bytes: &[u8]) -> Result<(Node, Vec<Change>)> {
    let record = |error: String| Error::corrupt_record("record of a write", error);
    let mut cbor = Decoder::new(bytes);
    let (node, body) = read_node(&mut cbor).map_err(|error| record(error.to_string()))?;
    let changes = read_changes(&mut cbor).map_err(|error| record(error.to_string()))?;
    let body = Body::from_stored(body).map_err(|error| error.of_node(node.0))?;
    let (id, node_type, version, created, updated) = node;
    Ok((
        Node {
            id,
            node_type,
            version,
            created,
            updated,
            body,
        },
        changes,
    ))
}

fn put_outcome<'a>(cbor: &'a mut Cbor, node: &Node, changes: &[Change]) -> Written<'a> {
    cbor.array(7)?
        .bytes(node.id.as_bytes())?
        .u32(node.node_type.0)?
        .u64(node.version)?;
    cbor.i64(node.created.0)?
        .i64(node.updated.0)?
        .bytes(&node.body.to_stored())?;
    put_changes(cbor, changes)
}

fn put_changes<'a>(cbor: &'a mut Cbor, changes: &[Change]) -> Written<'a> {
    cbor.array(changes.len() as u64)?;
    for change in changes {
        put_change(cbor, change)?;
    }
    Ok(cbor)
}

fn put_change(
    cbor: &mut Cbor,
    change: &Change,
) -> std::result::Result<(), minicbor::encode::Error<std::convert::Infallible>> {
    match &change.row {
        Row::Edge { edge, from, to } => {
            let sort_key = if let Action::PutEdge { sort_key } = change.action {
                Some(sort_key)
            } else {
                None
            };
            cbor.array(if sort_key.is_some() { 5 } else { 4 })?;
            cbor.u8(if sort_key.is_some() {
                PUT_EDGE
            } else {
                REMOVE_EDGE
            })?;
            cbor.u32(edge.0)?
                .bytes(from.as_bytes())?
                .bytes(to.as_bytes())?;
            if let Some(sort_key) = sort_key {
                cbor.i64(sort_key)?;
            }
        }
        Row::Entry {
            index,
            value,
            target,
        } => {
            let kind = if change.action == Action::PutEntry {
                PUT_ENTRY
            } else {
                REMOVE_ENTRY
            };
            cbor.array(4)?
                .u8(kind)?
                .u32(index.0)?
                .bytes(value.as_bytes())?
                .bytes(target.as_bytes())?;
        }
        Row::Claim {
            index,
            value,
            holder,
        } => {
            let (kind, nonce) = match change.action {
                Action::PutClaim { nonce } => (PUT_CLAIM, nonce),
                Action::RemoveClaim { nonce } => (REMOVE_CLAIM, nonce),
                Action::PutEdge { .. } | Action::PutEntry | Action::Remove => (REMOVE_CLAIM, None),
            };
            cbor.array(5)?
                .u8(kind)?
                .u32(index.0)?
                .bytes(value.as_bytes())?
                .bytes(holder.as_bytes())?;
            match nonce {
                Some(nonce) => cbor.bytes(nonce.as_bytes())?,
                None => cbor.null()?,
            };
        }
    }
    Ok(())
}

type Head = (NodeId, NodeType, u64, Timestamp, Timestamp);

fn read_node<'b>(cbor: &mut Decoder<'b>) -> std::result::Result<(Head, &'b [u8]), Undecodable> {
    cbor.array()?;
    let id = read_id(cbor)?;
    let head = (
        id,
        NodeType(cbor.u32()?),
        cbor.u64()?,
        Timestamp(cbor.i64()?),
        Timestamp(cbor.i64()?),
    );
    Ok((head, cbor.bytes()?))
}

fn read_changes(cbor: &mut Decoder<'_>) -> std::result::Result<Vec<Change>, Undecodable> {
    let length = cbor
        .array()?
        .ok_or_else(|| Undecodable::message("a list of indefinite length"))?;
    (0..length).map(|_| read_change(cbor)).collect()
}

fn read_change(cbor: &mut Decoder<'_>) -> std::result::Result<Change, Undecodable> {
    cbor.array()?;
    let kind = cbor.u8()?;
    let number = cbor.u32()?;
    let (row, action) = match kind {
        PUT_EDGE | REMOVE_EDGE => {
            let row = Row::Edge {
                edge: EdgeType(number),
                from: read_id(cbor)?,
                to: read_id(cbor)?,
            };
            let put = kind == PUT_EDGE;
            (
                row,
                if put {
                    Action::PutEdge {
                        sort_key: cbor.i64()?,
                    }
                } else {
                    Action::Remove
                },
            )
        }
        PUT_ENTRY | REMOVE_ENTRY => {
            let value = IndexKey::from_bytes(cbor.bytes()?);
            let row = Row::Entry {
                index: IndexId(number),
                value,
                target: read_id(cbor)?,
            };
            (
                row,
                if kind == PUT_ENTRY {
                    Action::PutEntry
                } else {
                    Action::Remove
                },
            )
        }
        PUT_CLAIM | REMOVE_CLAIM => {
            let value = IndexKey::from_bytes(cbor.bytes()?);
            let row = Row::Claim {
                index: IndexId(number),
                value,
                holder: read_id(cbor)?,
            };
            let nonce = read_nonce(cbor)?;
            (
                row,
                if kind == PUT_CLAIM {
                    Action::PutClaim { nonce }
                } else {
                    Action::RemoveClaim { nonce }
                },
            )
        }
        _ => return Err(Undecodable::message("a change of an unknown kind")),
    };
    Ok(Change { row, action })
}

fn read_id(cbor: &mut Decoder<'_>) -> std::result::Result<NodeId, Undecodable> {
    read_sixteen(cbor).map(NodeId::from_bytes)
}

fn read_nonce(cbor: &mut Decoder<'_>) -> std::result::Result<Option<Nonce>, Undecodable> {
    if cbor.datatype()? == minicbor::data::Type::Null {
        return cbor.null().map(|()| None);
    }
    read_sixteen(cbor).map(|bytes| Some(Nonce::from_bytes(bytes)))
}

fn read_sixteen(cbor: &mut Decoder<'_>) -> std::result::Result<[u8; 16], Undecodable> {
    cbor.bytes()?
        .try_into()
        .map_err(|_| Undecodable::message("not 16 bytes"))
}
