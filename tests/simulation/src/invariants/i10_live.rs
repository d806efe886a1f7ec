//! I10: from any state, once all is well, everything comes to an end within these bounds; and while it is not, nobody hurries.

use super::{Check, broken};
use crate::world::ledger::Ledger;
use crate::world::look::Seen;
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

/// The longest that a server may put a device off, and a little.
const LONGEST_WAIT_MS: i64 = 61 * 60_000;

/// A run never says that it goes on in years; `wait_ms` from now, by the device's clock.
pub fn soon(wait_ms: i64) -> Check {
    if wait_ms <= LONGEST_WAIT_MS {
        return Ok(());
    }
    Err(broken("I10", format!("a run is to go on in {} hours", wait_ms / 3_600_000)))
}

/// Failed requests that an app may make within a minute, if it does what the reports say. Waits are drawn from nought to a
/// limit that doubles, so that the first few may come at once.
const FAILED_A_MINUTE: usize = 30;

/// `failed_at`: when requests failed, in their order.
pub fn patient(failed_at: &[i64]) -> Check {
    let hurried =
        failed_at.windows(FAILED_A_MINUTE + 1).find(|times| times[FAILED_A_MINUTE] - times[0] < 60_000);
    match hurried {
        Some(times) => {
            let ms = times[FAILED_A_MINUTE] - times[0];
            Err(broken("I10", format!("{} requests failed within {ms} ms", FAILED_A_MINUTE + 1)))
        }
        None => Ok(()),
    }
}

/// Attempts that an operation has, by the design.
const ATTEMPTS: u64 = 10;

/// What is parked because it was tried too often was tried so often.
pub fn tried_enough(seen: &Seen, ledger: &Ledger) -> Check {
    for (place, _) in seen.operations.iter().filter(|(_, operation)| seen.exhausted.contains(&operation.key))
    {
        let tries = ledger.tries(place.1);
        if tries < ATTEMPTS {
            return Err(broken(
                "I10",
                format!("a write is given up after {tries} attempts that left the device"),
            ));
        }
    }
    Ok(())
}
