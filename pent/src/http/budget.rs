//! Bytes that a server holds for clients that are slow, of all of them together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of one body or answer that are let in however many there are. Ordinary requests are shorter, and so are not
/// turned away because others are long and slow; with as many connections as there may be
/// ([`CONNECTIONS_MAX`](super::CONNECTIONS_MAX)) they come to 160 MiB.
pub(super) const ALWAYS_BYTES: usize = 16 << 10;

/// So many bytes.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<Account>);

#[derive(Debug)]
struct Account {
    taken: AtomicUsize,
    limit: usize,
}

impl Budget {
    pub(super) fn of(limit: usize) -> Self {
        Self(Arc::new(Account { taken: AtomicUsize::new(0), limit }))
    }

    /// A share of nothing yet.
    pub(super) fn share(&self) -> Share {
        Share { account: self.0.clone(), bytes: 0 }
    }
}

/// What one of them takes. It is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    account: Arc<Account>,
    bytes: usize,
}

impl Share {
    /// Takes further bytes, or says that there are none.
    #[must_use]
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let taken = self.account.taken.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let is_let_in = taken <= self.account.limit || self.bytes.saturating_add(bytes) <= ALWAYS_BYTES;
        match is_let_in {
            true => self.bytes += bytes,
            false => drop(self.account.taken.fetch_sub(bytes, Ordering::Relaxed)),
        }
        is_let_in
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.account.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A response, counted for as long as it waits for its client.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    pub(super) share: Share,
}

impl AsRef<[u8]> for Answer {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_given_back_and_what_is_small_is_let_in() {
        let budget = Budget::of(100_000);
        let (mut one, mut other, mut small) = (budget.share(), budget.share(), budget.share());
        assert!(one.take(60_000) && one.take(40_000));
        assert!(!other.take(20_000) && small.take(ALWAYS_BYTES) && !small.take(1));
        drop(one);
        assert!(other.take(80_000) && !other.take(10_000));
    }
}
