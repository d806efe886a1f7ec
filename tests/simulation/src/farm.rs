//! Many seeds on several threads.

use crate::plan::draw;
use crate::report::Tally;
use crate::run::{Outcome, run_twice};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

/// What came of it.
#[derive(Debug, Default)]
pub struct Farmed {
    /// All counts together.
    pub tally: Tally,
    /// The seeds that failed, in their order.
    pub failed: Vec<(u64, Outcome)>,
}

/// More failures than anybody looks at: the rest is not run.
const ENOUGH: usize = 5;

/// Runs every seed twice.
#[must_use]
pub fn run_all(seeds: Range<u64>, jobs: usize, steps: usize) -> Farmed {
    let next = AtomicU64::new(seeds.start);
    let farmed = Mutex::new(Farmed::default());
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let outcome = run_twice(&draw(seed, steps));
                    let mut farmed = farmed.lock().unwrap_or_else(PoisonError::into_inner);
                    farmed.tally.add(&outcome.tally);
                    if outcome.broken.is_some() {
                        farmed.failed.push((seed, outcome));
                    }
                    if farmed.failed.len() >= ENOUGH {
                        next.store(seeds.end, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut farmed = farmed.into_inner().unwrap_or_else(PoisonError::into_inner);
    farmed.failed.sort_by_key(|(seed, _)| *seed);
    farmed
}
