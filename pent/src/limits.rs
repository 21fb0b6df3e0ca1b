//! What one request may cost.

use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::Duration;

use crate::error::Error;
use crate::size::Size;

/// Limits on what one request may cost; each is named in the error of a request that passes it.
///
/// The size of a document is told from its text, in one pass, before anything is made of it. What juniper's parser and
/// the planner can hold bounds some of them from above: 64 levels, 15,000 tokens, 10,000 fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many tokens a document may have.
    pub tokens: u64,
    /// How deep its selections may nest. Through fragments, too; there the error is that of the parser.
    pub depth: u64,
    /// How deep lists and objects may nest in the arguments that it writes out.
    pub literal_depth: u64,
    /// How many aliases it may have. With them one field can be asked for any number of times.
    pub aliases: u64,
    /// How many directives it may have.
    pub directives: u64,
    /// How many fragments it may define. Whether their fields can be merged is found by comparing them in pairs.
    pub fragments: u64,
    /// How many entities a request may read. More would not fit into a response that anybody waits for.
    pub rows: u64,
    /// How many entities a document may ask for, if every page in it were full. It is refused before anything is read,
    /// as far as literals and defaults tell how long pages are.
    pub planned_rows: u64,
    /// How many entities one page may have: what `first` may say.
    pub page_rows: u32,
    /// How many bytes of `data` a response may have. Entities that are shared are read once and written many times, so
    /// that a short query over few rows can make a response of any size.
    pub response_bytes: usize,
    /// How many bytes the body of a request may have: the document and its variables. Over HTTP, as all that follows.
    pub body_bytes: usize,
    /// How many values the JSON of a body may have. In memory each takes many times its text.
    pub body_values: usize,
    /// How many requests one body may hold, as an array. They share `rows` and `response_bytes`, and take a place of
    /// `concurrent_requests` each.
    pub batch: usize,
    /// How many operations one WebSocket may have at the same time: subscriptions, most likely.
    pub subscriptions: usize,
    /// How many requests run at the same time; further ones are turned away, for a client to come again.
    pub concurrent_requests: usize,
    /// How many events of subscriptions are answered at the same time, of all subscribers together; further ones wait.
    /// Places of their own, and fewer: one write may have an event for each of many subscribers, and requests are not
    /// to wait behind these.
    pub concurrent_events: usize,
    /// How many bytes of bodies, and of messages of WebSockets, may be on their way at the same time, of all clients
    /// together, with what is made of them until they are answered: 256 bytes for each value of the JSON, and for a
    /// subscription its variables and its plan. A body is read before its request has a place, so that slow clients keep
    /// nobody out; this bounds what they have the server keep. 16 KiB of each client are let in always; beyond that, an
    /// address (of IPv6 a network of 64 bits) may have as many bytes as are left for all others. What finds no room is
    /// turned away.
    pub arriving_bytes: usize,
    /// How many bytes of answers may wait for their clients to read them, of all clients together, and shared in the same
    /// way. An answer that finds no room is thrown away, and its client is told to come again.
    pub leaving_bytes: usize,
    /// How long a request may run. What it waits for is given up then; a write that was sent is done all the same.
    pub deadline: Duration,
}

impl Default for Limits {
    /// Documents that people and their tools write, with room: 15,000 tokens, 64 levels, 1,000 aliases, 500 directives,
    /// 250 fragments. A million entities, of a thousand million that a document may ask for, since few pages are full,
    /// and a thousand to a page; 32 MiB. Bodies of twice what one node may hold
    /// ([`kvetch::limits::BODY_BYTES_MAX`]), so that what can be stored can be sent: 64 of the longest may be on
    /// their way from one address, and 4 of the longest answers. A fourth as many events as requests. As long as a round of storage may take
    /// ([`kvetch::limits::ROUND_DEADLINE`]).
    fn default() -> Self {
        Self {
            tokens: 15_000,
            depth: 64,
            literal_depth: 32,
            aliases: 1_000,
            directives: 500,
            fragments: 250,
            rows: 1_000_000,
            planned_rows: 1_000_000_000,
            page_rows: 1_000,
            response_bytes: 32 << 20,
            body_bytes: 2 << 20,
            body_values: 200_000,
            batch: 10,
            subscriptions: 100,
            concurrent_requests: 256,
            concurrent_events: 64,
            arriving_bytes: 256 << 20,
            leaving_bytes: 256 << 20,
            deadline: Duration::from_secs(10),
        }
    }
}

/// What has been used up of limits that several requests may share: those that came in one body.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    /// Entities that were read.
    pub(crate) rows: AtomicU64,
    /// Bytes of responses.
    pub(crate) response_bytes: AtomicUsize,
}

impl Limits {
    /// Whether a document of this size may be read.
    pub(crate) fn check(&self, size: &Size) -> Result<(), Error> {
        for (what, found, limit) in [
            ("the number of tokens of the document", size.tokens, self.tokens),
            ("the depth of its selections", size.depth, self.depth),
            ("the depth of its literals", size.literal_depth, self.literal_depth),
            ("the number of its aliases", size.aliases, self.aliases),
            ("the number of its directives", size.directives, self.directives),
            ("the number of its fragments", size.fragments, self.fragments),
        ] {
            if found > limit {
                return Err(Error::Limit { what, found, limit });
            }
        }
        Ok(())
    }

    /// Whether a page may be so long.
    pub(crate) fn check_page(&self, first: u32) -> Result<(), Error> {
        let (found, limit) = (u64::from(first), u64::from(self.page_rows));
        if found <= limit { Ok(()) } else { Err(Error::Limit { what: "first", found, limit }) }
    }
}
