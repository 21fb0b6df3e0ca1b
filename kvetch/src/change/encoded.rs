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

use super::{Change, Unfinished};

const PUT_EDGE: u8 = 1;
const REMOVE_EDGE: u8 = 2;
const PUT_ENTRY: u8 = 3;
const REMOVE_ENTRY: u8 = 4;
const PUT_CLAIM: u8 = 5;
const REMOVE_CLAIM: u8 = 6;
const PUT_STORED_EDGE: u8 = 7;
const STORED_EDGES: u8 = 8;
const CASCADE: u8 = 9;

type Cbor = Encoder<Vec<u8>>;
type Written<'a> = std::result::Result<&'a mut Cbor, minicbor::encode::Error<std::convert::Infallible>>;

/// What an intent says, as bytes.
pub(crate) fn intent_to_bytes(changes: &[Change], unfinished: &[Unfinished]) -> Vec<u8> {
    let mut cbor = Encoder::new(Vec::new());
    put_intent(&mut cbor, changes, unfinished).expect("a vector takes every byte");
    cbor.into_writer()
}

/// What the bytes of an intent say.
pub(crate) fn intent_from_bytes(bytes: &[u8]) -> Result<(Vec<Change>, Vec<Unfinished>)> {
    read_intent(&mut Decoder::new(bytes)).map_err(|error| Error::corrupt_record("intent", error.to_string()))
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
    Ok((Node { id, node_type, version, created, updated, body }, changes))
}

fn put_outcome<'a>(cbor: &'a mut Cbor, node: &Node, changes: &[Change]) -> Written<'a> {
    cbor.array(7)?.bytes(node.id.as_bytes())?.u32(node.node_type.0)?.u64(node.version)?;
    cbor.i64(node.created.0)?.i64(node.updated.0)?.bytes(&node.body.to_stored())?;
    put_changes(cbor, changes)
}

fn put_intent<'a>(cbor: &'a mut Cbor, changes: &[Change], unfinished: &[Unfinished]) -> Written<'a> {
    cbor.array((changes.len() + unfinished.len()) as u64)?;
    for change in changes {
        put_change(cbor, change)?;
    }
    for unfinished in unfinished {
        match unfinished {
            Unfinished::StoredEdges => cbor.array(2)?.u8(STORED_EDGES)?.u32(0)?,
            Unfinished::Cascade(edge) => cbor.array(2)?.u8(CASCADE)?.u32(edge.0)?,
        };
    }
    Ok(cbor)
}

fn put_changes<'a>(cbor: &'a mut Cbor, changes: &[Change]) -> Written<'a> {
    cbor.array(changes.len() as u64)?;
    for change in changes {
        put_change(cbor, change)?;
    }
    Ok(cbor)
}

fn put_change<'a>(cbor: &'a mut Cbor, change: &Change) -> Written<'a> {
    match change {
        Change::PutEdge { edge, from, to, sort_key } => {
            cbor.array(5)?.u8(PUT_EDGE)?.u32(edge.0)?.bytes(from.as_bytes())?.bytes(to.as_bytes())?.i64(*sort_key)
        }
        Change::PutStoredEdge { edge, from, to, sort_key, props } => {
            let head = cbor.array(6)?.u8(PUT_STORED_EDGE)?.u32(edge.0)?;
            head.bytes(from.as_bytes())?.bytes(to.as_bytes())?.i64(*sort_key)?.bytes(&props.to_stored())
        }
        Change::RemoveEdge { edge, from, to } => {
            cbor.array(4)?.u8(REMOVE_EDGE)?.u32(edge.0)?.bytes(from.as_bytes())?.bytes(to.as_bytes())
        }
        Change::PutEntry { index, value, target } => put_index(cbor.array(4)?.u8(PUT_ENTRY)?, *index, value, *target),
        Change::RemoveEntry { index, value, target } => {
            put_index(cbor.array(4)?.u8(REMOVE_ENTRY)?, *index, value, *target)
        }
        Change::PutClaim { index, value, holder, nonce } => {
            put_nonce(put_index(cbor.array(5)?.u8(PUT_CLAIM)?, *index, value, *holder)?, *nonce)
        }
        Change::RemoveClaim { index, value, holder, nonce } => {
            put_nonce(put_index(cbor.array(5)?.u8(REMOVE_CLAIM)?, *index, value, *holder)?, *nonce)
        }
    }
}

fn put_index<'a>(cbor: &'a mut Cbor, index: IndexId, value: &IndexKey, node: NodeId) -> Written<'a> {
    cbor.u32(index.0)?.bytes(value.as_bytes())?.bytes(node.as_bytes())
}

fn put_nonce(cbor: &mut Cbor, nonce: Option<Nonce>) -> Written<'_> {
    match nonce {
        Some(nonce) => cbor.bytes(nonce.as_bytes()),
        None => cbor.null(),
    }
}

type Head = (NodeId, NodeType, u64, Timestamp, Timestamp);

fn read_node<'b>(cbor: &mut Decoder<'b>) -> std::result::Result<(Head, &'b [u8]), Undecodable> {
    cbor.array()?;
    let id = read_id(cbor)?;
    let head = (id, NodeType(cbor.u32()?), cbor.u64()?, Timestamp(cbor.i64()?), Timestamp(cbor.i64()?));
    Ok((head, cbor.bytes()?))
}

fn read_intent(cbor: &mut Decoder<'_>) -> std::result::Result<(Vec<Change>, Vec<Unfinished>), Undecodable> {
    let (mut changes, mut unfinished) = (Vec::new(), Vec::new());
    for _ in 0..length(cbor)? {
        match read_head(cbor)? {
            (STORED_EDGES, _) => unfinished.push(Unfinished::StoredEdges),
            (CASCADE, edge) => unfinished.push(Unfinished::Cascade(EdgeType(edge))),
            (kind, number) => changes.push(read_change(cbor, kind, number)?),
        }
    }
    Ok((changes, unfinished))
}

fn read_changes(cbor: &mut Decoder<'_>) -> std::result::Result<Vec<Change>, Undecodable> {
    let of_length = 0..length(cbor)?;
    of_length.map(|_| read_head(cbor).and_then(|(kind, number)| read_change(cbor, kind, number))).collect()
}

fn length(cbor: &mut Decoder<'_>) -> std::result::Result<u64, Undecodable> {
    cbor.array()?.ok_or_else(|| Undecodable::message("a list of indefinite length"))
}

/// A kind, and the number of an edge or an index.
fn read_head(cbor: &mut Decoder<'_>) -> std::result::Result<(u8, u32), Undecodable> {
    cbor.array()?;
    Ok((cbor.u8()?, cbor.u32()?))
}

fn read_change(cbor: &mut Decoder<'_>, kind: u8, number: u32) -> std::result::Result<Change, Undecodable> {
    let (edge, index) = (EdgeType(number), IndexId(number));
    Ok(match kind {
        PUT_EDGE => Change::PutEdge { edge, from: read_id(cbor)?, to: read_id(cbor)?, sort_key: cbor.i64()? },
        PUT_STORED_EDGE => Change::PutStoredEdge {
            edge,
            from: read_id(cbor)?,
            to: read_id(cbor)?,
            sort_key: cbor.i64()?,
            props: Body::from_stored(cbor.bytes()?).map_err(|error| Undecodable::message(error.to_string()))?,
        },
        REMOVE_EDGE => Change::RemoveEdge { edge, from: read_id(cbor)?, to: read_id(cbor)? },
        PUT_ENTRY => Change::PutEntry { index, value: read_key(cbor)?, target: read_id(cbor)? },
        REMOVE_ENTRY => Change::RemoveEntry { index, value: read_key(cbor)?, target: read_id(cbor)? },
        PUT_CLAIM => {
            Change::PutClaim { index, value: read_key(cbor)?, holder: read_id(cbor)?, nonce: read_nonce(cbor)? }
        }
        REMOVE_CLAIM => {
            Change::RemoveClaim { index, value: read_key(cbor)?, holder: read_id(cbor)?, nonce: read_nonce(cbor)? }
        }
        _ => return Err(Undecodable::message("a change of an unknown kind")),
    })
}

fn read_key(cbor: &mut Decoder<'_>) -> std::result::Result<IndexKey, Undecodable> {
    cbor.bytes().map(IndexKey::from_bytes)
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
    cbor.bytes()?.try_into().map_err(|_| Undecodable::message("not 16 bytes"))
}

#[cfg(test)]
mod tests {
    use crate::value::Props;

    use super::*;

    fn one_of_each() -> Vec<Change> {
        let [a, b] = [1, 2].map(|byte| NodeId::from_bytes([byte; 16]));
        let (edge, index, value) = (EdgeType(7), IndexId(8), IndexKey::from_bytes(b"\x06x"));
        let nonce = Some(Nonce::from_bytes([9; 16]));
        vec![
            Change::PutEdge { edge, from: a, to: b, sort_key: -3 },
            Change::RemoveEdge { edge, from: a, to: b },
            Change::PutEntry { index, value: value.clone(), target: a },
            Change::RemoveEntry { index, value: value.clone(), target: a },
            Change::PutClaim { index, value: value.clone(), holder: a, nonce },
            Change::RemoveClaim { index, value, holder: a, nonce: None },
            Change::PutStoredEdge { edge, from: a, to: b, sort_key: 4, props: ada() },
        ]
    }

    fn ada() -> Body {
        Body::from_props(&Props::from([("name", "Ada")])).expect("the props are small")
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Stored bytes: see the tests of the formats.
    #[test]
    fn changes_are_arrays_of_a_kind_and_its_fields() {
        let (a, b, nonce) = ("01".repeat(16), "02".repeat(16), "09".repeat(16));
        let expected = [
            "89".to_owned(),
            format!("85010750{a}50{b}22"),
            format!("84020750{a}50{b}"),
            format!("84030842067850{a}"),
            format!("84040842067850{a}"),
            format!("85050842067850{a}50{nonce}"),
            format!("85060842067850{a}f6"),
            format!("86070750{a}50{b}044b01a1646e616d6563416461"),
            "820800".to_owned(),
            "820905".to_owned(),
        ];
        let unfinished = vec![Unfinished::StoredEdges, Unfinished::Cascade(EdgeType(5))];
        let bytes = intent_to_bytes(&one_of_each(), &unfinished);
        assert_eq!(hex(&bytes), expected.concat());
        assert_eq!(intent_from_bytes(&bytes), Ok((one_of_each(), unfinished)));
    }

    #[test]
    fn a_recorded_outcome_is_read_back() {
        let body = ada();
        let (created, updated) = (Timestamp(-5), Timestamp(6));
        let id = NodeId::from_bytes([3; 16]);
        let node = Node { id, node_type: NodeType(4), version: 2, created, updated, body };
        let bytes = outcome_to_bytes(&node, &one_of_each());
        let expected = format!("8750{}04022406{}87", "03".repeat(16), "4b01a1646e616d6563416461");
        assert!(hex(&bytes).starts_with(&expected), "{}", hex(&bytes));
        assert_eq!(outcome_from_bytes(&bytes), Ok((node, one_of_each())));
    }

    #[test]
    fn bytes_that_are_no_changes_are_refused() {
        for bytes in [&b""[..], b"\x9f\xff", b"\x81\x82\x07\x01", b"\x81\x84\x02\x07\x41\x01\x41\x02"] {
            assert!(intent_from_bytes(bytes).is_err());
        }
    }
}
