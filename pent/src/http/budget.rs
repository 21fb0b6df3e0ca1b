//! Bytes that a server holds for clients that are slow, of all of them together.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ConnectInfo;
use axum::http::Extensions;

use crate::response::Response;

/// Bytes of one client that are let in, and not counted, however many there are of others. Ordinary requests are shorter,
/// and so are not turned away because others are long and slow; with as many connections as there may be
/// ([`CONNECTIONS_MAX`](super::CONNECTIONS_MAX)) they come to 160 MiB.
pub(super) const ALWAYS_BYTES: usize = 16 << 10;

/// So many bytes, to be shared fairly: a peer may have as many as are left for all others (Choudhury and Hahne, "Dynamic
/// queue length thresholds for shared-memory packet switches", 1998). Whoever comes first and reads nothing takes half of
/// them, and the next one finds room.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<Account>);

#[derive(Debug)]
struct Account {
    limit: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    by_all: usize,
    /// Of those that have taken any.
    by_peer: HashMap<Peer, usize>,
}

impl Budget {
    pub(super) fn of(limit: usize) -> Self {
        Self(Arc::new(Account { limit, taken: Mutex::default() }))
    }

    /// One who takes of it.
    pub(super) fn client(&self, peer: Peer) -> Client {
        Client { account: self.0.clone(), peer, always: Arc::default() }
    }
}

impl Account {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, peer: Peer, bytes: usize) -> bool {
        let mut taken = self.taken();
        let of_peer = taken.by_peer.get(&peer).copied().unwrap_or_default().saturating_add(bytes);
        let is_let_in = of_peer <= self.limit.saturating_sub(taken.by_all);
        if is_let_in {
            taken.by_all += bytes;
            taken.by_peer.insert(peer, of_peer);
        }
        is_let_in
    }

    fn give_back(&self, peer: Peer, bytes: usize) {
        let mut taken = self.taken();
        taken.by_all -= bytes;
        if let Some(of_peer) = taken.by_peer.get_mut(&peer) {
            *of_peer -= bytes;
            if *of_peer == 0 {
                taken.by_peer.remove(&peer);
            }
        }
    }
}

/// Where clients come from, as far as it is known: an address, or of IPv6 the network, of which one has all addresses.
/// Behind a proxy all of them are one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Peer(Option<IpAddr>);

impl Peer {
    /// Of a request, by what its server says.
    pub(super) fn of(extensions: &Extensions) -> Self {
        Self(extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| network(address.ip())))
    }
}

fn network(address: IpAddr) -> IpAddr {
    const NETWORK_BITS: u128 = !0 << 64;
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK_BITS).into(),
        address => address,
    }
}

/// One connection, or one request, with what it always has.
#[derive(Debug, Clone)]
pub(super) struct Client {
    account: Arc<Account>,
    peer: Peer,
    /// Of [`ALWAYS_BYTES`].
    always: Arc<AtomicUsize>,
}

impl Client {
    /// A share of nothing yet.
    pub(super) fn share(&self) -> Share {
        Share { client: self.clone(), uncounted: 0, counted: 0 }
    }
}

/// What one body or answer takes. It is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    client: Client,
    uncounted: usize,
    counted: usize,
}

impl Share {
    /// Another one of the same client, of nothing yet.
    pub(super) fn another(&self) -> Self {
        self.client.share()
    }

    /// Takes further bytes, or says that there are none.
    #[must_use]
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let always = self.client.always.fetch_add(bytes, Ordering::Relaxed);
        if always.saturating_add(bytes) <= ALWAYS_BYTES {
            self.uncounted += bytes;
            return true;
        }
        self.client.always.fetch_sub(bytes, Ordering::Relaxed);
        let is_let_in = self.client.account.take(self.client.peer, bytes);
        if is_let_in {
            self.counted += bytes;
        }
        is_let_in
    }

    /// Gives back all but so many bytes.
    pub(super) fn keep(&mut self, bytes: usize) {
        let counted = self.counted.min(bytes.saturating_sub(self.uncounted));
        if counted < self.counted {
            self.client.account.give_back(self.client.peer, self.counted - counted);
            self.counted = counted;
        }
        let uncounted = self.uncounted.min(bytes);
        self.client.always.fetch_sub(self.uncounted - uncounted, Ordering::Relaxed);
        self.uncounted = uncounted;
    }

    /// Takes over what another one of the same client has.
    pub(super) fn add(&mut self, mut other: Self) {
        self.uncounted += std::mem::take(&mut other.uncounted);
        self.counted += std::mem::take(&mut other.counted);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.keep(0);
    }
}

/// A response, counted for as long as it waits for its client.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    pub(super) share: Share,
}

impl Answer {
    /// A refusal, which is told whether or not there is room.
    pub(super) fn small(response: Response, client: &Client) -> Self {
        Self { body: response.body, share: client.share() }
    }
}

impl AsRef<[u8]> for Answer {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer(Some(network(address.parse().expect("it is an address"))))
    }

    fn share(budget: &Budget, address: &str) -> Share {
        budget.client(peer(address)).share()
    }

    #[test]
    fn what_is_taken_is_given_back_and_what_is_small_is_let_in() {
        let budget = Budget::of(100_000);
        let (mut one, mut other, mut small) =
            (share(&budget, "10.0.0.1"), share(&budget, "10.0.0.2"), share(&budget, "10.0.0.3"));
        assert!(one.take(60_000) && !one.take(40_000));
        assert!(!other.take(50_000) && small.take(ALWAYS_BYTES) && small.take(20_000) && !small.take(1));
        one.keep(30_000);
        assert!(other.take(50_000));
        drop((one, other, small));
        assert!(share(&budget, "10.0.0.1").take(100_000));
        let taken = budget.0.taken();
        assert_eq!((taken.by_all, taken.by_peer.len()), (0, 0));
    }

    /// One address could have all there was, eighteen answers of 14 MB, and all others were turned away for as long as
    /// it did not read.
    #[test]
    fn a_peer_may_have_as_much_as_is_left_for_all_others() {
        let budget = Budget::of(1_000_000);
        let mut held = Vec::new();
        for (address, expected) in [("10.0.0.1", 10), ("10.0.0.2", 5), ("10.0.0.3", 3)] {
            let taken = (0..100).map_while(|_| {
                let mut share = share(&budget, address);
                share.take(50_000).then_some(share)
            });
            let taken = taken.collect::<Vec<_>>();
            assert_eq!(taken.len(), expected, "{address}");
            held.extend(taken);
        }
    }

    /// Sixteen KiB were let in for each of a hundred operations.
    #[test]
    fn what_a_client_always_has_is_of_all_that_it_asked_together() {
        let budget = Budget::of(0);
        let client = budget.client(Peer::default());
        let (mut one, mut other) = (client.share(), client.share());
        assert!(one.take(ALWAYS_BYTES / 2) && other.take(ALWAYS_BYTES / 2) && !other.take(1));
        one.add(other);
        assert!(!client.share().take(1));
        drop(one);
        assert!(client.share().take(ALWAYS_BYTES));
    }

    #[test]
    fn a_network_of_ipv6_is_one_peer() {
        assert_eq!(peer("2001:db8:1:2::1"), peer("2001:db8:1:2:ffff::9"));
        assert_ne!(peer("2001:db8:1:2::1"), peer("2001:db8:1:3::1"));
        assert_eq!(peer("::ffff:10.0.0.1"), peer("10.0.0.1"));
        assert_ne!(peer("10.0.0.1"), peer("10.0.0.2"));
    }
}
