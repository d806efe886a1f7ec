//! I10: from any state, once all is well, everything comes to an end within these bounds.

use super::{Check, broken};
use foodlens_core::NextStep;

/// What it took a device to come to an end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effort {
    pub runs: u64,
    pub requests: u64,
    pub ms: i64,
}

/// The most that it may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub runs: u64,
    pub requests: u64,
    pub ms: i64,
}

impl Bounds {
    /// With so many operations in the queue at first: each has a back-off of its own, and a run for it.
    #[must_use]
    pub fn with_queued(queued: u64) -> Self {
        let bounds = Self::default();
        Self { runs: bounds.runs + queued, ..bounds }
    }
}

impl Default for Bounds {
    /// A few runs: what waits for its back-off, the longest wait that a server may ask for, and one more. As many requests as
    /// a queue sent one by one has, a restore and the rounds of a run.
    fn default() -> Self {
        Self { runs: 25, requests: 1_500, ms: 3 * 24 * 3_600_000 }
    }
}

/// Checks an effort; `next`: what the last run said.
pub fn live(effort: Effort, bounds: Bounds, next: NextStep) -> Check {
    let over = effort.runs > bounds.runs || effort.requests > bounds.requests || effort.ms > bounds.ms;
    if over {
        return Err(broken("I10", format!("no end in sight after {effort:?}: {next:?}")));
    }
    match next {
        NextStep::Done | NextStep::NeedsPerson | NextStep::RetryAt(_) | NextStep::MoreWork => Ok(()),
        NextStep::NeedsSignIn | NextStep::Paused | NextStep::AlreadyRunning => {
            Err(broken("I10", format!("all is well, and a run says {next:?}")))
        }
    }
}
