//! The end of a run: what it comes to, what is next, and the line in the log.

use super::engine::{Run, Stop};
use super::report::NextStep;
use crate::error::Result;
use crate::merge::conflicts;
use crate::observe::{Origin, Topic};
use crate::outbox::{RunSignal, store as outbox};
use crate::session::state::{self, RunEnd};

impl Run<'_> {
    /// Writes how the run ended, gives the lease back, and says what is next.
    pub(super) fn finish(&mut self, ended: std::result::Result<(), Stop>, failed_before: u32) -> Result<()> {
        let now = self.env().now_ms();
        let (mut failed_runs, mut wait_until, mut auth_required) = (0, None, false);
        let retry = |at: i64| NextStep::RetryAt(now.saturating_add(at));
        let next = match &ended {
            Ok(()) => NextStep::Done,
            Err(Stop::OutOfTime) => NextStep::MoreWork,
            Err(Stop::NoToken(code)) => {
                auth_required = true;
                self.report.error = Some((*code).to_owned());
                NextStep::NeedsSignIn
            }
            Err(Stop::Signal(signal)) => {
                self.report.error = Some(signal.code().to_owned());
                match signal {
                    RunSignal::Unauthorized | RunSignal::WrongUser => {
                        auth_required = true;
                        NextStep::NeedsSignIn
                    }
                    RunSignal::Wait(ms) => {
                        wait_until = Some(now.saturating_add(*ms));
                        retry(*ms)
                    }
                    _ => {
                        failed_runs = failed_before.saturating_add(1);
                        let longest = self.backoff.longest_wait(failed_runs);
                        let wait = self.env().up_to(u64::try_from(longest).unwrap_or(0));
                        retry(i64::try_from(wait).unwrap_or(longest))
                    }
                }
            }
        };
        let error = self.report.error.clone();
        let held_until = match self.capabilities.holds_all() {
            true => Some(self.inner.db.read(|conn| self.hold_until(conn))?),
            false => None,
        };
        self.report.next = self.inner.edit(|writer| {
            let next = match next {
                NextStep::Done => what_is_left(writer.tx, now, held_until)?,
                other => other,
            };
            let next_attempt_at = match next {
                NextStep::RetryAt(at) => Some(at),
                NextStep::MoreWork => Some(now),
                _ => None,
            };
            if wait_until.is_some() {
                // "Not now" may be a pause: its rules are asked for when the wait is over.
                state::doubt_capabilities(writer.tx)?;
            }
            let error = error.as_deref();
            let end = RunEnd { now, error, auth_required, failed_runs, next_attempt_at, wait_until };
            state::end_run(writer.tx, &end)?;
            writer.changes.topic(Topic::Status, Origin::Local);
            Ok(next)
        })?;
        Ok(())
    }

    /// The one line a run leaves in the log.
    pub(super) fn log_summary(&self) {
        let r = &self.report;
        log::info!(
            "foodlens: run {} {:?}: acknowledged {} (duplicates {}), failed {}, conflicts {}/{}, pulled {}, requests {}",
            r.run_id,
            r.next,
            r.acknowledged,
            r.duplicates,
            r.failed,
            r.conflicts_answered,
            r.conflicts_raised,
            r.pulled,
            r.requests
        );
    }
}

/// After a run that went to its end: whether anything still waits, and for what. `held_until`: the backend holds every
/// write back until then.
fn what_is_left(conn: &rusqlite::Connection, now: i64, held_until: Option<i64>) -> Result<NextStep> {
    let counts = outbox::counts(conn)?;
    if sabotaged!(NeverDone) {
        return Ok(NextStep::MoreWork);
    }
    if let Some(at) = outbox::next_ready_at(conn)? {
        let at = held_until.map_or(at, |until| at.max(until));
        return Ok(if at <= now { NextStep::MoreWork } else { NextStep::RetryAt(at) });
    }
    let waits_for_person = counts.failed > 0 || conflicts::count_open(conn)? > 0;
    Ok(if waits_for_person { NextStep::NeedsPerson } else { NextStep::Done })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::tests::{fail, in_a_file, queue};

    #[test]
    fn what_is_next_where_something_is_left() {
        in_a_file(|tx| {
            assert_eq!(what_is_left(tx, 10, None)?, NextStep::Done);
            let one = queue(tx, 1, 0, true)?;
            assert_eq!(what_is_left(tx, 10, None)?, NextStep::MoreWork);
            assert_eq!(what_is_left(tx, 10, Some(90))?, NextStep::RetryAt(90), "the backend holds all back");
            outbox::mark_pending(tx, one.seq, 50, 1)?;
            assert_eq!(what_is_left(tx, 49, None)?, NextStep::RetryAt(50));
            assert_eq!(what_is_left(tx, 50, None)?, NextStep::MoreWork);
            assert_eq!(what_is_left(tx, 10, Some(40))?, NextStep::RetryAt(50), "the later of the two");
            fail(tx, one.seq)?;
            assert_eq!(what_is_left(tx, 10, None)?, NextStep::NeedsPerson);
            Ok(())
        });
    }
}
