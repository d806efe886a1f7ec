//! Work beside the writes, each kind on a thread of its own. What is cut short there is left to the next time.

use super::{Database, lock};
use crate::lock::{Condvar, Mutex};
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A kind of work, with the name of its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Checkpoint,
    Index,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Self::Checkpoint => "foodlens-checkpoint",
            Self::Index => "foodlens-index",
        }
    }
}

/// What is under way.
#[derive(Default)]
pub(super) struct Beside {
    threads: Mutex<Vec<(Work, JoinHandle<()>)>>,
    /// The database is being closed: no more rests.
    closing: Mutex<bool>,
    told: Condvar,
}

impl Database {
    /// Does this on a thread of its own, unless work of this kind is under way, or there is no thread to be had.
    pub fn beside(self: &Arc<Self>, work: Work, body: impl FnOnce(&Self) + Send + 'static) {
        let mut threads = lock(&self.beside.threads);
        threads.retain(|(_, thread)| !thread.is_finished());
        if threads.iter().any(|(known, _)| *known == work) {
            return;
        }
        let db = Arc::clone(self);
        let thread = thread::Builder::new().name(work.name().into()).spawn(move || body(&db));
        threads.extend(thread.ok().map(|thread| (work, thread)));
    }

    /// Waits so long, for work beside the writes. `false`: at once, since the database is being closed.
    pub fn rest(&self, time: Duration) -> bool {
        let closing = lock(&self.beside.closing);
        let waited = self.beside.told.wait_timeout_while(closing, time, |closing| !*closing);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Ends all rests and waits until no work is under way.
    pub(super) fn after_work(&self) {
        *lock(&self.beside.closing) = true;
        self.beside.told.notify_all();
        for (_, thread) in std::mem::take(&mut *lock(&self.beside.threads)) {
            // The last one who has the database may be that thread.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}
