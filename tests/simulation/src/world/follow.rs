//! Run after run, whatever goes on: by an app that does what each report says, or by a person who does not wait.

use super::World;
use super::line::lock;
use crate::invariants::{self, Broken, Check};
use crate::plan::Step;
use foodlens_core::{Clock, NextStep};

/// More than the waits of an hour or two, and than what an app in a hurry needs to be noticed.
const MOST_RUNS: usize = 60;

impl World {
    /// Follows one device's reports for so long.
    pub(super) fn follow(&mut self, index: usize, ms: i64) -> Check {
        let ends_at = self.shared.time.now_ms().saturating_add(ms);
        lock(&self.devices[index].line.state).failed_at.clear();
        for _ in 0..MOST_RUNS {
            let next = self.run_and_look(index)?;
            let device = &self.devices[index];
            invariants::patient(&lock(&device.line.state).failed_at)?;
            let wait = match next {
                Some(NextStep::RetryAt(at)) => at.saturating_sub(device.clock.now_ms()).max(1),
                Some(NextStep::MoreWork) => 0,
                _ => return Ok(()),
            };
            if self.shared.time.now_ms().saturating_add(wait) > ends_at {
                return Ok(());
            }
            self.shared.time.pass(wait);
        }
        Ok(())
    }

    /// A run every so often, so many times.
    pub(super) fn insist(&mut self, index: usize, every_ms: i64, times: u32) -> Check {
        for _ in 0..times {
            self.run_and_look(index)?;
            self.shared.time.pass(every_ms);
        }
        Ok(())
    }

    fn run_and_look(&mut self, index: usize) -> Result<Option<NextStep>, Broken> {
        let step = Step::Sync { device: index, budget_ms: 60_000 };
        let Some(done) = self.on_device(index, &step)? else { return Ok(None) };
        let next = done.next;
        self.check(index, done, &step)?;
        Ok(next)
    }
}
