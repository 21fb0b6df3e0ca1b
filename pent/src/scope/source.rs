//! Sources of the user's own: an HTTP service, another database. "DataLoader for Rust, exact."

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;

use foldhash::fast::RandomState;
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};

use super::Shared;
use super::chunks::chunks;
use super::cycles::{Cycles, Leg};
use super::load::{Kind, Load, LoadOne};
use super::loader::{Kept, Loader, Parcel, Place, RoundNumber};
use super::stats::{Outcome, ReadStats};
use super::waiting::Waiting;
use crate::error::{Error, Result};

/// Where values come from that are asked for by key, many at once.
///
/// What is wanted of a source while anything of the request can still move is collected, each key once, and asked for
/// in one batch for each unary argument. Batches of sources leave together with the round to the store; each is
/// answered on its own.
///
/// ```
/// use pent::{Error, Found, Result, Scope, Source};
///
/// struct Weather;
///
/// impl Source for Weather {
///     type Unary = &'static str;
///     type Key = String;
///     type Value = f64;
///
///     fn name(&self) -> &str {
///         "weather"
///     }
///
///     async fn load(&self, unit: &&'static str, cities: &[String]) -> Result<Found<String, f64>> {
///         // One request for all cities. What it does not know is left out.
///         assert_eq!(*unit, "celsius");
///         Ok(cities.iter().filter(|city| *city != "Atlantis").map(|city| (city.clone(), 21.5)).collect())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let mut scope = Scope::without_store();
/// let weather = scope.cx().source(Weather);
/// let degrees = scope
///     .run(async {
///         let (rome, none) = futures::join!(
///             weather.load("celsius", "Rome".to_owned()),
///             weather.load("celsius", "Atlantis".to_owned()),
///         );
///         Ok::<_, Error>((rome?, none?))
///     })
///     .await?;
/// assert_eq!(degrees, (Some(21.5), None));
/// assert_eq!(scope.stats().rounds.len(), 1);
/// # Ok(())
/// # }
/// ```
pub trait Source: Send + Sync + 'static {
    /// What all keys of one batch have in common: an argument, a language, a page size; `()` for nothing.
    type Unary: Clone + Eq + Hash + Send + Sync + 'static;
    /// What a value is asked for by.
    type Key: Clone + Eq + Hash + Unpin + Send + Sync + 'static;
    /// What is answered, cloned for each who asks; an `Arc` if it is large.
    type Value: Clone + Send + Sync + 'static;

    /// Its name in statistics.
    fn name(&self) -> &str;

    /// What of, in statistics: the unary argument in words. Nothing, unless it is said.
    fn describe(&self, unary: &Self::Unary) -> String {
        let _ = unary;
        String::new()
    }

    /// How many keys one call takes, at most. More are asked for in several calls of about the same size at the same
    /// time, and answered together.
    fn keys_per_call(&self) -> usize {
        usize::MAX
    }

    /// Whether what is asked of it leaves at once: for a source that is cheap and near, such as a map in memory or a
    /// file that is open.
    ///
    /// Then no batch waits until nothing else of the request can move, only until whatever runs at that moment has been
    /// polled once; so batches are smaller, and what depends on their answers still leaves with the next round of the
    /// store. They are counted beside rounds ([`Stats::immediate`](crate::Stats::immediate)).
    fn immediate(&self) -> bool {
        false
    }

    /// Loads values. Each key is there once.
    ///
    /// # Errors
    /// The failure of the batch as a whole, which each of its keys gets; [`Found::fail`] is for a single one.
    fn load(
        &self,
        unary: &Self::Unary,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<Found<Self::Key, Self::Value>>> + Send;
}

/// The answer to a batch, filled by key: in any order, with nothing for a key that has no value.
#[derive(Debug, Clone)]
pub struct Found<K, V>(Vec<(K, Kept<V>)>);

impl<K, V> Default for Found<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Eq + Hash, V> Found<K, V> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a key. Of several for one key the last counts.
    pub fn insert(&mut self, key: K, value: V) {
        self.0.push((key, Ok(value)));
    }

    /// One key cannot be answered; others can.
    pub fn fail(&mut self, key: K, error: Error) {
        self.0.push((key, Err(Box::new(error))));
    }

    /// What was found, in the order of the keys.
    fn in_order_of(self, keys: &[K]) -> Vec<Kept<Option<V>>> {
        // Most sources answer in the order asked, and then nothing has to be looked up.
        let is_in_order = self.0.len() == keys.len() && self.0.iter().zip(keys).all(|((found, _), key)| found == key);
        if is_in_order {
            return self.0.into_iter().map(|(_, answer)| answer.map(Some)).collect();
        }
        let mut found: HashMap<K, Kept<V>, RandomState> = self.0.into_iter().collect();
        keys.iter().map(|key| found.remove(key).transpose()).collect()
    }
}

impl<K: Eq + Hash, V> FromIterator<(K, V)> for Found<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key, Ok(value))).collect())
    }
}

/// A source inside a scope, with what is known of it there. Cheap to clone.
pub struct SourceLoader<S: Source> {
    shared: Arc<Shared>,
    state: Arc<SourceState<S>>,
}

impl<S: Source> SourceLoader<S> {
    pub(crate) fn new(shared: Arc<Shared>, source: S) -> Self {
        let state = Arc::new(SourceState::new(&shared, source));
        shared.lock_sources().push(state.clone());
        // A scope that ends from now on finds it in the list.
        if shared.lock().ended {
            state.end();
        }
        Self { shared, state }
    }

    /// The loader of this source in a scope, if it has one.
    pub(crate) fn find(shared: &Arc<Shared>) -> Option<Self> {
        let sources = shared.lock_sources();
        let state = sources.iter().find_map(|source| {
            let source: Arc<dyn Any + Send + Sync> = source.clone();
            source.downcast::<SourceState<S>>().ok()
        });
        state.map(|state| Self { shared: shared.clone(), state })
    }

    /// The value of one key; `None` if it has none.
    ///
    /// # Errors
    /// What the source says of the key or of its batch.
    // No `async fn`, which would hold what it is given twice: there may be very many of these at a time.
    pub fn load(&self, unary: S::Unary, key: S::Key) -> impl Future<Output = Result<Option<S::Value>>> {
        LoadOne::new(&self.shared, OfSource { state: &*self.state, unary }, key)
    }

    /// The values of many keys, in the order asked, with duplicates allowed.
    pub fn load_many(
        &self,
        unary: S::Unary,
        keys: Vec<S::Key>,
    ) -> impl Future<Output = Vec<Result<Option<S::Value>>>> + use<S> {
        let kind = OfSource { state: self.state.clone(), unary };
        Load::new(self.shared.clone(), kind, keys)
    }

    /// Puts in a value that was come by in another way. A key that is known or under way stays as it is.
    pub fn prime(&self, unary: &S::Unary, key: S::Key, value: Option<S::Value>) {
        self.state.lock().lane(unary, &self.state.cycles).loader.prime(key, value);
    }

    /// Forgets what is known of a key; whoever asks next has it loaded anew. An answer under way no longer counts.
    pub fn clear(&self, unary: &S::Unary, key: &S::Key) {
        self.state.lock().lane(unary, &self.state.cycles).loader.forget(key);
    }

    /// The same for all keys and unary arguments.
    pub fn clear_all(&self) {
        self.state.forget_all();
    }
}

impl<S: Source> Clone for SourceLoader<S> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), state: self.state.clone() }
    }
}

impl<S: Source> fmt::Debug for SourceLoader<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceLoader").field("source", &self.state.source.name()).finish_non_exhaustive()
    }
}

/// A source that is asked before a round leaves, and counts as none: what it answers, it finds out of what has been
/// loaded. It may load more all the same.
pub(crate) struct Judging<S: Source>(Arc<SourceState<S>>);

impl<S: Source> Judging<S> {
    /// Has a scope ask it, too. What it knows is forgotten with each write.
    pub(crate) fn new(shared: &Shared, source: S) -> Self {
        let state = Arc::new(SourceState::new(shared, source));
        shared.set_judging(state.clone());
        Self(state)
    }

    /// What it is.
    pub(crate) fn source(&self) -> &S {
        &self.0.source
    }

    /// The values of many keys, in the order asked, with duplicates allowed.
    pub(crate) fn load_many(&self, shared: Arc<Shared>, unary: S::Unary, keys: Vec<S::Key>) -> Load<OfSource<S>> {
        Load::new(shared, OfSource { state: self.0.clone(), unary }, keys)
    }
}

/// A source with its keys, by unary argument.
pub(crate) struct SourceState<S: Source> {
    source: S,
    lanes: Mutex<Lanes<S>>,
    cycles: Arc<Cycles>,
}

struct Lanes<S: Source> {
    /// In the order of first use, so that batches leave in the same order every time.
    lanes: Vec<(S::Unary, Lane<S>)>,
    ended: bool,
}

struct Lane<S: Source> {
    loader: Loader<S::Key, Option<S::Value>>,
    waiting: Waiting,
}

impl<S: Source> Default for Lanes<S> {
    fn default() -> Self {
        Self { lanes: Vec::new(), ended: false }
    }
}

impl<S: Source> Lanes<S> {
    fn lane(&mut self, unary: &S::Unary, cycles: &Cycles) -> &mut Lane<S> {
        let position = self.lanes.iter().position(|(known, _)| known == unary).unwrap_or_else(|| {
            let lane = Lane { loader: Loader::default(), waiting: Waiting::of_lane(cycles.lane()) };
            self.lanes.push((unary.clone(), lane));
            self.lanes.len() - 1
        });
        &mut self.lanes[position].1
    }
}

impl<S: Source> SourceState<S> {
    fn new(shared: &Shared, source: S) -> Self {
        Self { source, lanes: Mutex::default(), cycles: shared.cycles.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Lanes<S>> {
        self.lanes.lock().expect("nothing that runs under the lock panics")
    }

    /// Asks the source, and tells who waits.
    async fn fetch(
        self: Arc<Self>,
        unary: S::Unary,
        round: RoundNumber,
        keys: Vec<S::Key>,
        places: Vec<Place>,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let answers = if keys.len() <= self.source.keys_per_call() {
            outcome.calls = 1;
            self.call(&unary, &keys).await
        } else {
            let calls = chunks(keys.len(), self.source.keys_per_call()).map(|chunk| self.call(&unary, &keys[chunk]));
            let answers = join_all(calls).await;
            outcome.calls = answers.len() as u64;
            answers.into_iter().flatten().collect()
        };
        let wakers = {
            let mut lanes = self.lock();
            let lane = lanes.lane(&unary, &self.cycles);
            for (place, answer) in places.into_iter().zip(answers) {
                outcome += Outcome::of(&answer, Option::is_none);
                lane.loader.deliver(place, answer);
            }
            lane.waiting.arrive(round)
        };
        wakers.into_iter().for_each(Waker::wake);
        outcome
    }

    async fn call(&self, unary: &S::Unary, keys: &[S::Key]) -> Vec<Kept<Option<S::Value>>> {
        let found = AssertUnwindSafe(self.source.load(unary, keys)).catch_unwind().await;
        let found = found.unwrap_or_else(|_| Err(Error::internal(format_args!("{} panicked", self.source.name()))));
        match found {
            Ok(found) => found.in_order_of(keys),
            Err(error) => keys.iter().map(|_| Err(Box::new(error.clone()))).collect(),
        }
    }
}

/// One batch on its way.
pub(crate) struct Batch {
    pub(super) read: ReadStats,
    /// Fetches it, and tells who waits.
    pub(super) fetch: BoxFuture<'static, Outcome>,
}

/// A source whose types are of no account.
pub(crate) trait AnySource: Send + Sync + Any {
    /// Whether its keys leave at once.
    fn is_immediate(&self) -> bool;

    /// Whether anything waits to be sent, wanted or not.
    fn has_queued(&self) -> bool;

    /// Takes everything that is queued and still wanted.
    fn depart(self: Arc<Self>) -> Vec<Batch>;

    /// How many keys were asked for since the last batch of each unary argument.
    fn asked(&self) -> u64;

    /// Forgets what is known.
    fn forget_all(&self);

    /// No more answers will come.
    fn end(&self) -> Vec<Waker>;
}

impl<S: Source> AnySource for SourceState<S> {
    fn is_immediate(&self) -> bool {
        self.source.immediate()
    }

    fn has_queued(&self) -> bool {
        self.lock().lanes.iter().any(|(_, lane)| lane.loader.has_queued())
    }

    fn depart(self: Arc<Self>) -> Vec<Batch> {
        let mut departing = Vec::new();
        for (unary, lane) in &mut self.lock().lanes {
            let round = lane.waiting.next_round();
            let Some(Parcel { keys, places, asked }) = lane.loader.send(round) else { continue };
            lane.waiting.depart();
            let of = self.source.describe(unary);
            let read = ReadStats { of, ..ReadStats::new(self.source.name().to_owned(), asked, keys.len()) };
            let fetch = self.clone().fetch(unary.clone(), round, keys, places);
            let leg = lane.waiting.lane().map(|lane| Leg { lane, round }).expect("sources have lanes");
            departing.push(Batch { read, fetch: self.cycles.clone().of_batch(leg, fetch).boxed() });
        }
        departing
    }

    fn asked(&self) -> u64 {
        self.lock().lanes.iter().map(|(_, lane)| lane.loader.asked()).sum()
    }

    fn forget_all(&self) {
        self.lock().lanes.iter_mut().for_each(|(_, lane)| lane.loader.forget_all());
    }

    fn end(&self) -> Vec<Waker> {
        let mut lanes = self.lock();
        lanes.ended = true;
        lanes.lanes.iter_mut().flat_map(|(_, lane)| lane.waiting.end()).collect()
    }
}

/// The keys of one source and unary argument.
pub(crate) struct OfSource<S: Source, T = Arc<SourceState<S>>> {
    state: T,
    unary: S::Unary,
}

// Nothing in it is ever pinned.
impl<S: Source, T> Unpin for OfSource<S, T> {}

impl<S: Source, T: Deref<Target = SourceState<S>>> Kind for OfSource<S, T> {
    type Key = S::Key;
    type Value = Option<S::Value>;

    fn with<U>(
        &self,
        _: &Shared,
        work: impl FnOnce(&mut Loader<S::Key, Option<S::Value>>, &mut Waiting) -> U,
    ) -> Option<U> {
        let mut lanes = self.state.lock();
        if lanes.ended {
            return None;
        }
        let lane = lanes.lane(&self.unary, &self.state.cycles);
        Some(work(&mut lane.loader, &mut lane.waiting))
    }

    fn cycles(&self) -> Option<&Cycles> {
        Some(&self.state.cycles)
    }

    fn is_immediate(&self) -> bool {
        self.state.source.immediate()
    }
}
