//! Asking, and asking again.
//!
//! A read is asked again wherever that may help. A transaction that the server gave up runs again from its start. One
//! whose commit was sent and not answered may stand: it runs again knowing that it is *in doubt*, and finds out.

use std::future::Future;
use std::time::Duration;

use mysql_async::Row;
use tokio::time::{Instant, timeout_at};

use crate::error::Result;
use crate::fail_point;
use crate::id::Timestamp;
use crate::limits::{MYSQL_ATTEMPT_DEADLINE, MYSQL_READ_DEADLINE, MYSQL_WRITE_DEADLINE};

use super::failure::{Attempt, Fault, Remedy};
use super::pool::{Pool, Session};
use super::query::Query;

/// The waits between attempts: two transactions that met once shall not meet again, and a server that is not there
/// is not asked without pause.
const PAUSE_FIRST: Duration = Duration::from_millis(2);
const PAUSE_LONGEST: Duration = Duration::from_millis(250);

/// What is done in one transaction.
pub(super) trait Work: Send {
    /// What it comes to.
    type Answer: Send;

    /// Does it. `in_doubt` says that an earlier attempt may have been committed: then this one must find that out, or
    /// be such that doing it twice is doing it once.
    fn run(&mut self, session: &mut Session, in_doubt: bool) -> impl Future<Output = Attempt<Self::Answer>> + Send;

    /// Is told when no attempt is in doubt any more.
    fn settled(&mut self) {}
}

impl Pool {
    /// The rows that a statement finds.
    pub(super) async fn ask(&self, query: impl Fn() -> Query + Send + Sync) -> Result<Vec<Row>> {
        let _leave = self.outage().admit(self.place())?;
        let mut patience = Patience::of(self, MYSQL_READ_DEADLINE);
        loop {
            let attempt = async { self.session().await?.rows(query()).await };
            match self.watched(patience.attempt(), attempt).await {
                Ok(rows) => return Ok(rows),
                Err(fault) if patience.is_over(&fault) => return Err(fault.into_error(self.place())),
                Err(_) => patience.pause().await,
            }
        }
    }

    /// The same without another attempt, for a caller who waits to hear what is wrong.
    pub(super) async fn ask_once(&self, query: Query) -> Result<Vec<Row>> {
        let attempt = async { self.session().await?.rows(query).await };
        attempt.await.map_err(|fault| fault.into_error(self.place()))
    }

    /// Does some work in a transaction.
    pub(super) async fn transact<W: Work>(&self, mut work: W) -> Result<W::Answer> {
        let _leave = self.outage().admit(self.place())?;
        let mut patience = Patience::of(self, MYSQL_WRITE_DEADLINE);
        let mut in_doubt = false;
        loop {
            let mut is_committing = false;
            let attempt = self.attempt(&mut work, in_doubt, &mut is_committing);
            let fault = match self.watched(patience.attempt(), attempt).await {
                Ok(answer) => {
                    work.settled();
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            in_doubt |= is_committing && fault.spoils_connection();
            if patience.is_over(&fault) {
                if !in_doubt {
                    work.settled();
                }
                return Err(fault.into_error(self.place()));
            }
            tracing::debug!(place = self.place(), ?fault, in_doubt, "a transaction runs again");
            patience.pause().await;
        }
    }

    /// Makes an attempt, and notes whether the shard had an answer.
    async fn watched<T>(&self, deadline: Instant, attempt: impl Future<Output = Attempt<T>>) -> Attempt<T> {
        let Ok(_turn) = timeout_at(deadline, self.outage().turn()).await else { return Err(Fault::Silent) };
        let asking = self.outage().asking();
        let answer = timeout_at(deadline, attempt).await.unwrap_or(Err(Fault::Silent));
        match &answer {
            Err(fault) if fault.remedy() == Remedy::Elsewhere => asking.unanswered(),
            _ => asking.answered(),
        }
        answer
    }

    async fn attempt<W: Work>(&self, work: &mut W, in_doubt: bool, is_committing: &mut bool) -> Attempt<W::Answer> {
        let mut session = self.session().await?;
        let done = run(&mut session, work, in_doubt, is_committing).await;
        if done.as_ref().is_err_and(|fault| !fault.spoils_connection()) {
            session.rollback().await;
        }
        done
    }
}

async fn run<W: Work>(
    session: &mut Session,
    work: &mut W,
    in_doubt: bool,
    is_committing: &mut bool,
) -> Attempt<W::Answer> {
    session.begin();
    fail_point::reach(fail_point::BEGUN);
    let answer = work.run(session, in_doubt).await?;
    fail_point::reach(fail_point::COMMIT_BEFORE);
    *is_committing = true;
    session.commit().await?;
    fail_point::reach(fail_point::COMMIT_AFTER);
    Ok(answer)
}

/// How long attempts go on.
struct Patience {
    deadline: Instant,
    /// How long one attempt may take. Where there are other servers to ask, not all of the time.
    each: Duration,
    pause: Duration,
}

impl Patience {
    fn of(pool: &Pool, whole: Duration) -> Self {
        let each = if pool.has_several_servers() { MYSQL_ATTEMPT_DEADLINE } else { whole };
        Self { deadline: Instant::now() + whole, each, pause: PAUSE_FIRST }
    }

    fn attempt(&self) -> Instant {
        self.deadline.min(Instant::now() + self.each)
    }

    fn is_over(&self, fault: &Fault) -> bool {
        fault.remedy() == Remedy::None || Instant::now() + self.pause >= self.deadline
    }

    async fn pause(&mut self) {
        let span = self.pause.as_micros() as u64;
        let spread = Timestamp::now().0.unsigned_abs() % span;
        tokio::time::sleep(Duration::from_micros(span / 2 + spread)).await;
        self.pause = (self.pause * 2).min(PAUSE_LONGEST);
    }
}
