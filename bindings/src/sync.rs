//! One run of sync, what it tells at its end, and where sync stands.

use crate::convert::{Count, Mirrored, Opt, Time, Via, mirror};
use crate::errors::Result;
use foodlens_core::{Collection, RecordNote};
use std::time::{Duration, SystemTime};

/// One run of sync that can be cancelled from another thread, also before it has begun: then it does nothing.
#[derive(uniffi::Object)]
pub struct CoreSyncRun(pub(crate) foodlens_core::SyncRun);

#[uniffi::export]
impl CoreSyncRun {
    /// Runs, on this thread: pushes what waits, pulls what is new, asks the merge hook; or fetches older history. Everything about the
    /// network, the server, tokens and hooks is told by the report; only storage fails this call. A second start, or one
    /// after a cancel, does nothing and gives `MoreWork`.
    pub fn start(&self, budget: Duration) -> Result<SyncReport> {
        Ok(self.0.start(budget)?.into())
    }

    /// Asks this run to stop, whether it has begun or not. Returns at once.
    pub fn cancel(&self) -> Result<()> {
        self.0.cancel();
        Ok(())
    }
}

/// What the app's scheduler should do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum NextStep {
    /// Nothing is left to do.
    Done,
    /// The time budget ended, or the run was cancelled: there is more to do now.
    MoreWork,
    /// Try again at this time (device time): no network, or a server in trouble.
    RetryAt(SystemTime),
    /// The token was refused, is another user's, or there is none: sign in, then sync.
    NeedsSignIn,
    /// Dispatch is paused.
    Paused,
    /// Everything is sent but what waits for a person: open conflicts or parked operations.
    NeedsPerson,
    /// Another run is under way, in this process or another: nothing was done here.
    AlreadyRunning,
}

impl From<foodlens_core::NextStep> for NextStep {
    fn from(next: foodlens_core::NextStep) -> Self {
        match next {
            foodlens_core::NextStep::Done => Self::Done,
            foodlens_core::NextStep::MoreWork => Self::MoreWork,
            foodlens_core::NextStep::RetryAt(ms) => Self::RetryAt(Time::out(ms)),
            foodlens_core::NextStep::NeedsSignIn => Self::NeedsSignIn,
            foodlens_core::NextStep::Paused => Self::Paused,
            foodlens_core::NextStep::NeedsPerson => Self::NeedsPerson,
            foodlens_core::NextStep::AlreadyRunning => Self::AlreadyRunning,
        }
    }
}

impl From<NextStep> for foodlens_core::NextStep {
    fn from(next: NextStep) -> Self {
        match next {
            NextStep::Done => Self::Done,
            NextStep::MoreWork => Self::MoreWork,
            NextStep::RetryAt(time) => Self::RetryAt(Time::back(time)),
            NextStep::NeedsSignIn => Self::NeedsSignIn,
            NextStep::Paused => Self::Paused,
            NextStep::NeedsPerson => Self::NeedsPerson,
            NextStep::AlreadyRunning => Self::AlreadyRunning,
        }
    }
}

/// A record that needs a look.
#[uniffi::remote(Record)]
pub struct RecordNote {
    /// The collection; none: one that this build does not know.
    pub collection: Option<Collection>,
    /// The record's id, as it came.
    pub record: String,
    /// The field (or a code) that could not be understood.
    pub reason: String,
}

mirror! {
    /// What a run did.
    SyncReport {
        /// The run's id, in the logs of this device.
        run_id: String;
        /// What to do next.
        next: NextStep, via Mirrored;
        /// Operations that the server acknowledged.
        acknowledged: i64, via Count;
        /// Of these, the ones that it had applied before: their first answer was lost.
        duplicates: i64, via Count;
        /// Operations that were parked.
        failed: i64, via Count;
        /// Questions that were raised.
        conflicts_raised: i64, via Count;
        /// Questions that the merge hook answered.
        conflicts_answered: i64, via Count;
        /// Changes that were pulled and applied.
        pulled: i64, via Count;
        /// Requests that were made.
        requests: i64, via Count;
        /// Records with a value that this build does not know: kept and shown as they are.
        unrecognised: Vec<RecordNote>;
        /// Records that this build cannot read: kept raw, listed by the session's `unreadable`.
        unreadable: Vec<RecordNote>;
        /// Why the run did not go to its end: a code for logs.
        error: Option<String>;
    }
}

mirror! {
    /// How far the first restore is.
    RestoreProgress {
        /// Records that have come.
        records: i64, via Count;
        /// History entries at the server, where it says so. Not all of them come where a window is kept.
        history_total: Option<i64>, via Opt<Count>;
    }
}

mirror! {
    /// Where sync stands. Times are device time.
    SyncStatus {
        /// Operations that wait.
        pending: i64, via Count;
        /// Operations under way.
        sending: i64, via Count;
        /// Operations that are parked with a reason.
        failed: i64, via Count;
        /// Questions that wait for an answer.
        conflicts: i64, via Count;
        /// When a run last went to its end.
        last_success_at: Option<SystemTime>, via Opt<Time>;
        /// Why the last run did not: a code.
        last_error: Option<String>;
        /// When the next attempt makes sense.
        next_attempt_at: Option<SystemTime>, via Opt<Time>;
        /// When the oldest unacknowledged edit was made.
        oldest_unsent_at: Option<SystemTime>, via Opt<Time>;
        /// Dispatch is paused by the app.
        paused: bool;
        /// A sign-in is needed.
        auth_required: bool;
        /// The backend holds some or all writes back; they wait.
        paused_by_server: bool;
        /// A run is under way in this process.
        running: bool;
        /// The allergy list, the profile and the settings have not all come yet: do not take the list for complete.
        restoring: bool;
        /// How far the first restore is; none: it is done.
        restore: Option<RestoreProgress>, via Opt<Mirrored>;
        /// The server has older history than what is here: `fetchOlder` brings it.
        older_history: bool;
    }
}
