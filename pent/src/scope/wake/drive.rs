//! Driving a scope: polling what can move, and sending what is wanted when nothing can.

use std::task::{Context, Poll, Waker};

use super::signal::Signal;
use super::turn::Before;

/// How often a scope polls its future again before it lets the runtime's other tasks run. The runtime's own
/// budget cannot serve: it makes futures wait that could move, which would split batches.
const POLLS_BEFORE_YIELD: u32 = 128;

/// What is driven.
pub(crate) trait Driven {
    /// What it comes to.
    type Output;

    /// Lets everything move that the driver polls.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Self::Output>;

    /// Lets move what was sent, and what else there is beside the future that it all is for.
    fn poll_sent(&mut self, context: &mut Context<'_>);

    /// Whether anything waits for its first poll.
    fn has_new(&self) -> bool;

    /// Whether anything waits to be sent.
    fn has_queued(&self) -> bool;

    /// Sends it. False when there is nothing to send after all.
    fn send(&mut self) -> bool;
}

/// One poll of the driver, with the waker of everything inside and that of the task it runs in.
pub(crate) fn drive<D: Driven>(driven: &mut D, signal: &Signal, inside: &Waker, task: &Waker) -> Poll<D::Output> {
    let mut context = Context::from_waker(inside);
    let mut has_sent = false;
    signal.attend(task);
    for _ in 0..POLLS_BEFORE_YIELD {
        // By leaving alone nothing makes the future move. Polling it all the same would poll all of its loads.
        if signal.start() == Before::Polled && has_sent {
            driven.poll_sent(&mut context);
        } else if let Poll::Ready(output) = driven.poll(&mut context) {
            return Poll::Ready(output);
        }
        let can_move = driven.has_new() || signal.is_woken();
        has_sent = !can_move && signal.is_still() && driven.send();
        if can_move || has_sent {
            continue;
        }
        // Looked at once more: who came before the rest was not told that the driver would need a wake-up.
        let has_work = || driven.has_new() || (driven.has_queued() && signal.is_alone());
        if signal.rest() {
            if !has_work() {
                return Poll::Pending;
            }
            // Whoever woke the driver meanwhile took its waker along.
            signal.attend(task);
        }
    }
    task.wake_by_ref();
    Poll::Pending
}
