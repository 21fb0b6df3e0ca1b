//! Transactions that write nodes, and how they find out whether they were committed.

use crate::shard::{NodeWrite, Outcome, Place};

use super::failure::Attempt;
use super::group::{self, Fate};
use super::marks::{Mark, Marks};
use super::pool::Session;
use super::transaction::Work;

/// Writes in one transaction.
///
/// Where the answer to a commit is lost, its records tell whether it was done. If a write comes without a write
/// id, that is for a mark to tell, and what the write came to is still known here.
pub(super) struct Writing<'a> {
    marks: &'a Marks,
    place: &'a Place,
    writes: &'a [NodeWrite],
    course: Course,
    /// How often it was tried.
    attempts: u32,
    /// It is certain what became of it.
    is_settled: bool,
    mark: Option<Mark>,
    /// What the last attempt comes to, if it was committed.
    committing: Option<Vec<Fate>>,
    /// Called when the work is done and is to be committed.
    before_commit: Box<dyn Fn() + Send + Sync>,
}

/// How writes stand to each other.
#[derive(Debug, Clone, Copy)]
enum Course {
    /// Each is for itself, as [`group::write`] wants them. A second attempt leaves them for later.
    Grouped,
    /// All are done or none, one after the other.
    Together,
}

impl<'a> Writing<'a> {
    pub(super) fn grouped(marks: &'a Marks, place: &'a Place, writes: &'a [NodeWrite]) -> Self {
        Self {
            marks,
            place,
            writes,
            course: Course::Grouped,
            attempts: 0,
            is_settled: false,
            mark: None,
            committing: None,
            before_commit: Box::new(|| {}),
        }
    }

    /// Has something called when the work is done and is to be committed.
    pub(super) fn before_commit(self, call: impl Fn() + Send + Sync + 'static) -> Self {
        Self { before_commit: Box::new(call), ..self }
    }

    pub(super) fn together(marks: &'a Marks, place: &'a Place, writes: &'a [NodeWrite]) -> Self {
        Self { course: Course::Together, ..Self::grouped(marks, place, writes) }
    }

    /// Whether it is certain what became of the writes: that nothing was done, where the last attempt failed.
    pub(super) fn is_settled(&self) -> bool {
        self.is_settled
    }

    async fn write(&self, session: &mut Session) -> Attempt<Vec<Fate>> {
        match self.course {
            Course::Grouped => group::write(session, self.place, self.writes).await,
            Course::Together => {
                let mut fates = Vec::with_capacity(self.writes.len());
                for write in self.writes {
                    for fate in group::write(session, self.place, std::slice::from_ref(write)).await? {
                        match fate {
                            Fate::Refused(error) => return Err(error.into()),
                            fate => fates.push(fate),
                        }
                    }
                }
                Ok(fates)
            }
        }
    }
}

impl Work for &mut Writing<'_> {
    type Answer = Vec<Fate>;

    async fn run(&mut self, session: &mut Session, in_doubt: bool) -> Attempt<Vec<Fate>> {
        if in_doubt
            && let (Some(mark), Some(done)) = (&self.mark, &self.committing)
            && mark.is_made(session).await?
        {
            return Ok(done.clone());
        }
        self.attempts += 1;
        if self.attempts > 1 && self.writes.len() > 1 && matches!(self.course, Course::Grouped) {
            return Ok(vec![Fate::Later; self.writes.len()]);
        }
        if let Some(nameless) = self.writes.iter().find(|write| write.write_id.is_none()) {
            let marks = self.marks;
            let mark = self.mark.get_or_insert_with(|| marks.take());
            // The first of all statements: whoever asks for it then waits until this transaction has ended.
            mark.make(session, nameless.id, nameless.now);
        }
        let fates = self.write(session).await?;
        self.committing = Some(fates.clone());
        (self.before_commit)();
        Ok(fates)
    }

    fn settled(&mut self) {
        self.is_settled = true;
        if let Some(mark) = self.mark.take() {
            self.marks.put_back(mark);
        }
    }
}

/// The outcomes of writes that were all done.
pub(super) fn outcomes(fates: Vec<Fate>) -> Vec<Outcome> {
    let outcome = |fate| match fate {
        Fate::Done(outcome) => outcome,
        Fate::Refused(_) | Fate::Later => unreachable!("writes together are all done or none, and none waits"),
    };
    fates.into_iter().map(outcome).collect()
}
