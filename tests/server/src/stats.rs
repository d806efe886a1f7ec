//! What the server has done since it started, counted for tests.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::VerdictKind;

/// Counts since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// HTTP requests to `/v1`, whatever became of them.
    pub requests: u64,
    /// Operations that were applied, also those that changed nothing.
    pub applied: u64,
    /// Operations that were answered from their key.
    pub duplicates: u64,
    /// Operations that met a newer record, repeats included.
    pub conflicts: u64,
    /// Operations that were refused for good, repeats included.
    pub rejected: u64,
    /// Operations that were put off.
    pub deferred: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    verdicts: [AtomicU64; VerdictKind::ALL.len()],
}

impl Counters {
    pub fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub fn count_verdict(&self, kind: VerdictKind) {
        self.verdicts[kind as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub fn read(&self) -> Stats {
        let verdicts = |kind: VerdictKind| self.verdicts[kind as usize].load(Ordering::Relaxed);
        Stats {
            requests: self.requests.load(Ordering::Relaxed),
            applied: verdicts(VerdictKind::Applied),
            duplicates: verdicts(VerdictKind::Duplicate),
            conflicts: verdicts(VerdictKind::Conflict),
            rejected: verdicts(VerdictKind::Rejected),
            deferred: verdicts(VerdictKind::Deferred),
        }
    }
}
