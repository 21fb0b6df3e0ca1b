//! What a store's runtime does for whoever may be on none.

use std::future::Future;
use std::time::Duration;

use crate::error::Result;

use super::Kvetch;

impl Kvetch {
    /// Runs a future to its end in a task of the store's own, and answers what it came to. For what has to follow a
    /// write whether or not anybody still waits for it: once this was polled who waits may go away, and
    /// [`Kvetch::close`] waits for the task.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable) when the store is closed, or the future panics.
    pub fn carry_out<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> {
        // Writes are large futures, and each future around one would be larger by all of it.
        let task = Box::pin(future);
        async move { self.store().tasks.run(task).await }
    }

    /// Waits for some time, by the clock of the store's runtime, or until the store is closed: at once where it is.
    pub async fn pause(&self, time: Duration) {
        self.store().tasks.pause(time).await;
    }
}
