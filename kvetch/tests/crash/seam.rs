//! The fail points at the seam: before and after each call that changes a shard.
//!
//! After a call its answer is lost with the process.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use kvetch::conformance::{Layer, reach};
use kvetch::{
    Answering, Claim, Claimed, Delivery, EdgeType, Error, NodeId, NodeWrite, Nonce, Outcome, Place, Props, Result,
    Shard,
};

/// Reaches fail points, and keeps deliveries back as long as it is told to.
#[derive(Debug, Default)]
pub(crate) struct Seam {
    pub(crate) keeps_back: AtomicBool,
}

async fn between<T>(before: &'static str, call: Answering<'_, T>, after: &'static str) -> T {
    reach(before);
    let answer = call.await;
    reach(after);
    answer
}

impl Layer for Seam {
    fn write<'a>(
        &'a self,
        inner: &'a dyn Shard,
        place: &'a Place,
        writes: Vec<NodeWrite>,
    ) -> Answering<'a, Vec<Result<Outcome>>> {
        Box::pin(between("write.before", inner.write(place, writes), "write.after"))
    }

    fn write_together<'a>(
        &'a self,
        inner: &'a dyn Shard,
        place: &'a Place,
        writes: Vec<NodeWrite>,
    ) -> Answering<'a, Result<Vec<Outcome>>> {
        Box::pin(between("write_together.before", inner.write_together(place, writes), "write_together.after"))
    }

    fn apply<'a>(&'a self, inner: &'a dyn Shard, deliveries: Vec<Delivery>) -> Answering<'a, Vec<Result<()>>> {
        if self.keeps_back.load(Ordering::SeqCst) {
            let refused = deliveries.iter().map(|_| Err(Error::Unavailable { reason: "kept back".into() })).collect();
            return Box::pin(std::future::ready(refused));
        }
        Box::pin(between("apply.before", inner.apply(deliveries), "apply.after"))
    }

    fn settle<'a>(&'a self, inner: &'a dyn Shard, applied: Vec<(NodeId, u64)>) -> Answering<'a, Result<()>> {
        Box::pin(between("settle.before", inner.settle(applied), "settle.after"))
    }

    fn claim<'a>(&'a self, inner: &'a dyn Shard, claims: Vec<Claim>) -> Answering<'a, Vec<Result<Claimed>>> {
        Box::pin(between("claim.before", inner.claim(claims), "claim.after"))
    }

    fn release<'a>(&'a self, inner: &'a dyn Shard, claims: Vec<Claim>) -> Answering<'a, Result<()>> {
        Box::pin(between("release.before", inner.release(claims), "release.after"))
    }

    fn void<'a>(&'a self, inner: &'a dyn Shard, nonces: Vec<Nonce>) -> Answering<'a, Result<Vec<bool>>> {
        Box::pin(between("void.before", inner.void(nonces), "void.after"))
    }

    fn recount<'a>(&'a self, inner: &'a dyn Shard, counts: Vec<(EdgeType, NodeId)>) -> Answering<'a, Result<()>> {
        Box::pin(between("recount.before", inner.recount(counts), "recount.after"))
    }

    fn put_meta<'a>(&'a self, inner: &'a dyn Shard, entries: BTreeMap<String, Props>) -> Answering<'a, Result<()>> {
        Box::pin(between("put_meta.before", inner.put_meta(entries), "put_meta.after"))
    }
}
