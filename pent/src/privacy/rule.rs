//! Rules in their order.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::{BoxFuture, join_all};

use crate::change::Change;
use crate::cx::Cx;
use crate::entity::Entity;
use crate::error::{Error, Result};

/// What a rule says of one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The viewer may; no further rule is asked.
    Allow,
    /// The viewer may not; no further rule is asked.
    Deny,
    /// This rule has nothing to say; the next one is asked.
    Skip,
}

impl Verdict {
    /// Allows where something holds, and has nothing to say elsewhere.
    pub fn allow_if(holds: bool) -> Self {
        if holds { Self::Allow } else { Self::Skip }
    }

    /// Denies where something holds, and has nothing to say elsewhere.
    pub fn deny_if(holds: bool) -> Self {
        if holds { Self::Deny } else { Self::Skip }
    }
}

/// A rule over subjects: entities, or [changes](Change) of them.
///
/// It is asked about many at once, so that what it loads is batched: about an entity once in a scope until the scope
/// writes something, about a change whenever one is to be made. Its context is that of the system, for reading only: it
/// sees everything, and knows the [viewer](Cx::viewer) and the [state](Cx::state) of the application.
pub trait Rule<T>: Send + Sync + 'static {
    /// One verdict for each subject, in their order.
    ///
    /// # Errors
    /// Whatever keeps it from saying. Then it is asked about each subject by itself; of whom it cannot say even so, the
    /// viewer may not, and a client is told that something failed.
    fn judge(&self, cx: &Cx, subjects: &[T]) -> impl Future<Output = Result<Vec<Verdict>>> + Send;
}

/// Rules in the order in which they are asked. The first that does not skip decides; when all skip, the viewer may not.
pub struct Rules<T> {
    rules: Vec<Box<dyn AnyRule<T>>>,
    /// What holds when all skip.
    otherwise: bool,
}

impl<T: Send + Sync + 'static> Rules<T> {
    /// No rules yet: so nobody may.
    pub fn new() -> Self {
        Self { rules: Vec::new(), otherwise: false }
    }

    /// Everybody may, unless a rule denies it: here alone, when all skip, the viewer may.
    pub fn everybody() -> Self {
        Self { rules: Vec::new(), otherwise: true }
    }

    /// Asks a rule after those before it.
    #[must_use]
    pub fn rule(mut self, rule: impl Rule<T>) -> Self {
        self.rules.push(Box::new(rule));
        self
    }

    /// Asks a rule that has to load nothing, subject by subject.
    #[must_use]
    pub fn each(self, rule: impl Fn(&Cx, &T) -> Verdict + Send + Sync + 'static) -> Self {
        self.rule(Each(rule))
    }

    /// Whether everybody may, whatever is asked about.
    pub(super) fn let_everybody(&self) -> bool {
        self.rules.is_empty() && self.otherwise
    }

    /// Whether the viewer may, for each subject: for tests of rules, since loads and writes ask by themselves.
    pub async fn judge(&self, cx: &Cx, subjects: Vec<T>) -> Vec<Result<bool>> {
        let mut answers: Vec<Result<bool>> = subjects.iter().map(|_| Ok(self.otherwise)).collect();
        let mut open: Vec<(usize, T)> = subjects.into_iter().enumerate().collect();
        for rule in &self.rules {
            if open.is_empty() {
                break;
            }
            let (positions, subjects): (Vec<usize>, Vec<T>) = open.into_iter().unzip();
            let verdicts = verdicts(&**rule, cx, &subjects).await;
            open = Vec::new();
            for ((position, subject), verdict) in positions.into_iter().zip(subjects).zip(verdicts) {
                match verdict {
                    Ok(Verdict::Allow) => answers[position] = Ok(true),
                    Ok(Verdict::Deny) => answers[position] = Ok(false),
                    Ok(Verdict::Skip) => open.push((position, subject)),
                    Err(error) => answers[position] = Err(error),
                }
            }
        }
        answers
    }
}

impl<T: Entity + Clone> Rules<Change<T>> {
    /// Asks a rule about the entity that a write concerns: as it was, or, when it is created, as it is to be.
    #[must_use]
    pub fn of_entity(self, rule: impl Rule<T>) -> Self {
        self.rule(OfEntity(rule))
    }

    /// Asks a rule about the entity as it is to be; it skips where the entity is deleted.
    #[must_use]
    pub fn of_result(self, rule: impl Rule<T>) -> Self {
        self.rule(OfResult(rule))
    }
}

impl<T: Send + Sync + 'static> Default for Rules<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Rules<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("count", &self.rules.len())
            .field("otherwise", &self.otherwise)
            .finish_non_exhaustive()
    }
}

/// What a rule says of each subject. One that fails is asked about each by itself: what it cannot say of one must not
/// hide the others.
async fn verdicts<T: Sync>(rule: &dyn AnyRule<T>, cx: &Cx, subjects: &[T]) -> Vec<Result<Verdict>> {
    match said(rule, cx, subjects).await {
        Ok(verdicts) => verdicts.into_iter().map(Ok).collect(),
        Err(error) if subjects.len() == 1 => vec![Err(error)],
        Err(_) => {
            let alone = subjects.iter().map(|subject| said(rule, cx, std::slice::from_ref(subject)));
            let verdict = |said: Result<Vec<Verdict>>| said.map(|verdicts| verdicts[0]);
            join_all(alone).await.into_iter().map(verdict).collect()
        }
    }
}

/// What a rule says of all subjects together, whatever it does instead.
async fn said<T>(rule: &dyn AnyRule<T>, cx: &Cx, subjects: &[T]) -> Result<Vec<Verdict>> {
    // A rule may panic before it has a future, too.
    let said = AssertUnwindSafe(async { rule.judge(cx, subjects).await }).catch_unwind().await;
    let verdicts = said.map_err(|_| Error::internal("it panicked"))??;
    if verdicts.len() != subjects.len() {
        let (found, asked) = (verdicts.len(), subjects.len());
        return Err(Error::internal(format_args!("it gave {found} verdicts on {asked} subjects")));
    }
    Ok(verdicts)
}

/// A rule whose type is of no account.
trait AnyRule<T>: Send + Sync {
    fn judge<'a>(&'a self, cx: &'a Cx, subjects: &'a [T]) -> BoxFuture<'a, Result<Vec<Verdict>>>;
}

impl<T: Sync, R: Rule<T>> AnyRule<T> for R {
    fn judge<'a>(&'a self, cx: &'a Cx, subjects: &'a [T]) -> BoxFuture<'a, Result<Vec<Verdict>>> {
        Rule::judge(self, cx, subjects).boxed()
    }
}

/// A rule that looks at one subject at a time.
struct Each<F>(F);

impl<T: Sync, F: Fn(&Cx, &T) -> Verdict + Send + Sync + 'static> Rule<T> for Each<F> {
    async fn judge(&self, cx: &Cx, subjects: &[T]) -> Result<Vec<Verdict>> {
        Ok(subjects.iter().map(|subject| (self.0)(cx, subject)).collect())
    }
}

/// A rule over entities, asked about the entity of a change.
struct OfEntity<R>(R);

impl<T: Entity + Clone, R: Rule<T>> Rule<Change<T>> for OfEntity<R> {
    async fn judge(&self, cx: &Cx, changes: &[Change<T>]) -> Result<Vec<Verdict>> {
        let entities = changes.iter().map(|change| change.entity().clone()).collect::<Vec<_>>();
        self.0.judge(cx, &entities).await
    }
}

/// A rule over entities, asked about what a change makes of its entity.
struct OfResult<R>(R);

impl<T: Entity + Clone, R: Rule<T>> Rule<Change<T>> for OfResult<R> {
    async fn judge(&self, cx: &Cx, changes: &[Change<T>]) -> Result<Vec<Verdict>> {
        let entities = changes.iter().filter_map(|change| change.after.clone()).collect::<Vec<_>>();
        let verdicts = self.0.judge(cx, &entities).await?;
        if verdicts.len() != entities.len() {
            let (found, asked) = (verdicts.len(), entities.len());
            return Err(Error::internal(format_args!("it gave {found} verdicts on {asked} subjects")));
        }
        let mut verdicts = verdicts.into_iter();
        let of_change = |change: &Change<T>| change.after.as_ref().and_then(|_| verdicts.next());
        Ok(changes.iter().map(of_change).map(|verdict| verdict.unwrap_or(Verdict::Skip)).collect())
    }
}
