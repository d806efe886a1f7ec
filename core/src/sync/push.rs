//! Push: claim what is ready, send it, carry out the verdicts.

use super::apply;
use super::engine::{Run, Step, Stop};
use crate::error::Result;
use crate::observe::{Origin, Topic};
use crate::outbox::{Operation, OperationVerdict, RunSignal, judge_batch, store as outbox};
use crate::session::state;

/// Operations in one request; the contract's limit.
const BATCH: usize = 100;
/// Payload in one request, in bytes: well below the contract's 1 MiB.
const BATCH_BYTES: usize = 512 * 1024;

impl Run<'_> {
    /// Sends what is ready until nothing is.
    pub(super) fn push(&mut self) -> Step<()> {
        let mut limit = BATCH;
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
            let batch = self.claim(limit, &request_id)?;
            let request = self.endpoint().batch(&batch, self.env().now_ms());
            let outcome = match self.send(&request, &request_id) {
                Ok(outcome) => outcome,
                Err(stop) => {
                    self.put_back(&batch)?;
                    return Ok(Err(stop));
                }
            };
            let judgement = judge_batch(&outcome, &self.inner.user, &batch);
            self.carry_out(&batch, judgement.verdicts, judgement.epoch.as_deref())?;
            match judgement.signal {
                RunSignal::Continue => limit = BATCH,
                RunSignal::TooLarge => limit = (batch.len() / 2).max(1),
                signal => return Ok(Err(Stop::Signal(signal))),
            }
        }
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
            pairs
                .map(|(operation, verdict)| apply::verdict(writer, operation, verdict, &backoff))
                .collect::<Result<Vec<_>>>()
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
