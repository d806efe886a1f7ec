//! Push: claim what is ready, send it, carry out the verdicts.

use super::apply;
use super::engine::{Run, Step, Stop};
use crate::error::Result;
use crate::observe::{Origin, Topic};
use crate::outbox::{Operation, OperationVerdict, RunSignal, judge_batch, judge_single, store as outbox};
use crate::session::state;

/// Operations in one request; the contract's limit.
const BATCH: usize = 100;
/// Payload in one request, in bytes: well below the contract's 1 MiB.
const BATCH_BYTES: usize = 512 * 1024;

/// How long a backend is believed to have no batch endpoint, before it is tried again: one day.
const SINGLE_MS: i64 = 24 * 60 * 60_000;

/// How writes go up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Many in one request, at most so many.
    Batch(usize),
    /// One request a write.
    Single,
}

/// What to do after an answer.
#[derive(Debug, PartialEq, Eq)]
enum Then {
    GoOn(Mode),
    Stop(RunSignal),
}

/// Halves a batch that was too much down to one operation; leaves the batch where the backend has none.
fn after(mode: Mode, sent: usize, signal: RunSignal) -> Then {
    match (signal, mode) {
        (RunSignal::Continue, Mode::Batch(_)) => Then::GoOn(Mode::Batch(BATCH)),
        (RunSignal::Continue, Mode::Single) => Then::GoOn(Mode::Single),
        (RunSignal::TooLarge, Mode::Batch(_)) => Then::GoOn(Mode::Batch((sent / 2).max(1))),
        (RunSignal::NoBatch, Mode::Batch(_)) => Then::GoOn(Mode::Single),
        (signal, _) => Then::Stop(signal),
    }
}

impl Run<'_> {
    /// Sends what is ready until nothing is.
    pub(super) fn push(&mut self) -> Step<()> {
        let mut mode = self.first_mode()?;
        loop {
            if let Err(stop) = self.may_go_on()? {
                return Ok(Err(stop));
            }
            let ready =
                self.inner.db.read(|conn| outbox::peek_ready(conn, self.env().now_ms(), 1, BATCH_BYTES))?;
            if ready.is_empty() {
                return Ok(Ok(()));
            }
            // Before anything is marked: without a token nothing has been attempted.
            if let Err(stop) = self.have_token() {
                return Ok(Err(stop));
            }
            let request_id = self.new_request_id();
            let limit = if let Mode::Batch(limit) = mode { limit } else { 1 };
            let batch = self.claim(limit, &request_id)?;
            let Some(first) = batch.first() else { return Ok(Ok(())) };
            let now = self.env().now_ms();
            let request = match mode {
                Mode::Batch(_) => self.endpoint().batch(&batch, now),
                Mode::Single => self.endpoint().single(first, now),
            };
            let outcome = match self.send(&request, &request_id) {
                Ok(outcome) => outcome,
                Err(stop) => {
                    self.put_back(&batch)?;
                    return Ok(Err(stop));
                }
            };
            let judgement = match mode {
                Mode::Batch(_) => judge_batch(&outcome, &self.inner.user, &batch, now),
                Mode::Single => judge_single(&outcome, &self.inner.user, first, now),
            };
            self.carry_out(&batch, judgement.verdicts, judgement.epoch.as_deref())?;
            match after(mode, batch.len(), judgement.signal) {
                Then::Stop(signal) => return Ok(Err(Stop::Signal(signal))),
                Then::GoOn(next) => {
                    if next == Mode::Single && mode != Mode::Single {
                        self.inner
                            .edit(|w| state::set_single_until(w.tx, w.now.saturating_add(SINGLE_MS)))?;
                    }
                    mode = next;
                }
            }
        }
    }

    /// The batch, unless this backend was found to have none within the last day.
    fn first_mode(&self) -> Result<Mode> {
        let (until, now) = (self.inner.db.read(state::get)?.single_until, self.env().now_ms());
        let single = until.is_some_and(|until| (now..=now.saturating_add(SINGLE_MS)).contains(&until));
        Ok(if single { Mode::Single } else { Mode::Batch(BATCH) })
    }

    /// Marks the next operations as being sent; from here on they may have reached the server.
    fn claim(&self, limit: usize, request_id: &str) -> Result<Vec<Operation>> {
        self.inner.edit(|writer| {
            let mut batch = outbox::peek_ready(writer.tx, writer.now, limit, BATCH_BYTES)?;
            outbox::mark_sending(writer.tx, &batch, request_id, writer.now)?;
            for operation in &mut batch {
                operation.first_attempt_at.get_or_insert(writer.now);
                writer.changes.record(operation.collection, operation.record_id, Origin::Local);
            }
            writer.changes.topic(Topic::Queue, Origin::Local);
            Ok(batch)
        })
    }

    /// Nothing was sent after all (the fresh token was not to be had): back to wait, uncounted.
    fn put_back(&self, batch: &[Operation]) -> Result<()> {
        self.inner.edit(|writer| {
            writer.changes.topic(Topic::Queue, Origin::Local);
            batch.iter().try_for_each(|op| outbox::mark_pending(writer.tx, op.seq, 0, op.attempts))
        })
    }

    /// One transaction for the whole answer.
    fn carry_out(
        &mut self,
        batch: &[Operation],
        verdicts: Vec<OperationVerdict>,
        epoch: Option<&str>,
    ) -> Result<()> {
        let backoff = self.backoff;
        let effects = self.inner.edit(|writer| {
            if let Some(epoch) = epoch {
                state::meet_epoch(writer.tx, epoch)?;
            }
            let pairs = batch.iter().zip(verdicts);
            let effects: Result<Vec<_>> = pairs
                .map(|(operation, verdict)| apply::verdict(writer, operation, verdict, &backoff))
                .collect();
            // Here and not at the run's end: a long drain must not pile them up.
            outbox::prune_receipts(writer.tx)?;
            effects
        })?;
        for effect in effects {
            match effect {
                apply::Effect::Acknowledged { duplicate } => {
                    self.report.acknowledged += 1;
                    self.report.duplicates += u64::from(duplicate);
                }
                apply::Effect::Failed => self.report.failed += 1,
                apply::Effect::Asked => self.report.conflicts_raised += 1,
                apply::Effect::Waits => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_is_halved_down_to_one_and_no_batch_means_one_by_one() {
        let (mut mode, mut sizes) = (Mode::Batch(BATCH), Vec::new());
        while let Then::GoOn(Mode::Batch(next)) =
            after(mode, if let Mode::Batch(n) = mode { n } else { 1 }, RunSignal::TooLarge)
        {
            sizes.push(next);
            if next == 1 {
                break;
            }
            mode = Mode::Batch(next);
        }
        assert_eq!(sizes, [50, 25, 12, 6, 3, 1]);
        assert_eq!(after(Mode::Batch(1), 1, RunSignal::Continue), Then::GoOn(Mode::Batch(BATCH)));
        assert_eq!(after(Mode::Batch(100), 7, RunSignal::NoBatch), Then::GoOn(Mode::Single));
        assert_eq!(after(Mode::Single, 1, RunSignal::NoBatch), Then::Stop(RunSignal::NoBatch));
    }
}
