//! What a run tells at its end.

use crate::collection::Collection;

/// What the app's scheduler should do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing is left to do.
    Done,
    /// The time budget ended, or the run was cancelled: there is more to do now.
    MoreWork,
    /// Try again at this time (ms since 1970, device time): no network, a server in trouble or one that asked to wait, or
    /// writes that the backend holds back.
    RetryAt(i64),
    /// The token was refused, is another user's, or there is none: sign in, then sync.
    NeedsSignIn,
    /// Dispatch is paused.
    Paused,
    /// Everything is sent but what waits for a person: open conflicts or parked operations.
    NeedsPerson,
    /// Another run is under way, in this process or another: nothing was done here.
    AlreadyRunning,
}

/// A record that needs a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordNote {
    /// The collection; `None`: one that this build does not know.
    pub collection: Option<Collection>,
    /// The record's id, as it came.
    pub record: String,
    /// The field (or a code) that could not be understood.
    pub reason: String,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncReport {
    /// The run's id, in the logs of this device.
    pub run_id: String,
    /// What to do next.
    pub next: NextStep,
    /// Operations that the server acknowledged.
    pub acknowledged: u64,
    /// Of these, the ones that it had applied before: their first answer was lost.
    pub duplicates: u64,
    /// Operations that were parked.
    pub failed: u64,
    /// Questions that were raised.
    pub conflicts_raised: u64,
    /// Questions that the merge hook answered.
    pub conflicts_answered: u64,
    /// Changes that were pulled and applied.
    pub pulled: u64,
    /// Requests that were made.
    pub requests: u64,
    /// Records with a value that this build does not know: kept and shown as they are.
    pub unrecognised: Vec<RecordNote>,
    /// Records that this build cannot read: kept raw, see [`crate::Session::unreadable`].
    pub unreadable: Vec<RecordNote>,
    /// Why the run did not go to its end: a code for logs.
    pub error: Option<String>,
}
