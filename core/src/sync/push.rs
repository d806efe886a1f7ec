//! Push: claim what is ready, send it, carry out the verdicts.

use super::another_life;
use super::apply;
use super::capabilities::Upload;
use super::engine::{Run, Step, Stop};
use super::gates::{Gate, gate};
use super::requests::Asked;
use crate::error::Result;
use crate::observe::{Origin, Topic};
use crate::outbox::store::{self as outbox, Failure};
use crate::outbox::{FailureReason, Operation, OperationVerdict, RunSignal, judge_batch, judge_single};
use crate::records::{self, Writer};
use crate::session::state;
use crate::telemetry::Happened;
use crate::transport::{Outcome, compress};

/// Operations in one request, where the backend has not said: the contract's limit.
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

/// Halves a batch that was too much down to one operation; leaves the batch where the backend has none. `most`: the
/// size of a batch when all is well.
fn after(mode: Mode, sent: usize, signal: RunSignal, most: usize) -> Then {
    match (signal, mode) {
        (RunSignal::Continue, Mode::Batch(_)) => Then::GoOn(Mode::Batch(most)),
        (RunSignal::Continue, Mode::Single) => Then::GoOn(Mode::Single),
        (RunSignal::TooLarge, Mode::Batch(_)) => Then::GoOn(Mode::Batch((sent / 2).max(1))),
        (RunSignal::NoBatch, Mode::Batch(_)) => Then::GoOn(Mode::Single),
        (signal, _) => Then::Stop(signal),
    }
}

/// What a claim may take.
struct Turn {
    /// So many operations.
    limit: usize,
    /// About so much payload, in bytes.
    bytes: usize,
    request_id: String,
}

/// What an answer came to.
enum Carried {
    /// It is of another life of the server.
    AnotherLife,
    /// All of it is stored, and this was claimed in the same transaction.
    Out(Option<Claimed>),
}

/// What a claim found.
enum Claimed {
    /// These are being sent now, in the request with this id.
    Batch(Vec<Operation>, String),
    /// All that was ready is held back, and these were parked: look again.
    HeldBack(Vec<(Operation, FailureReason)>),
}

impl Run<'_> {
    /// Sends what is ready until nothing is.
    pub(super) fn push(&mut self) -> Step<()> {
        if self.capabilities.holds_all() {
            return Ok(Ok(()));
        }
        let (mut mode, most, bytes) = self.first_mode()?;
        let mut claimed = None;
        loop {
            let claim = match claimed.take() {
                Some(claim) => claim,
                None => {
                    if let Err(stop) = self.may_go_on()? {
                        return Ok(Err(stop));
                    }
                    if !self.inner.db.read(|conn| outbox::any_ready(conn, self.env().now_ms()))? {
                        return Ok(Ok(()));
                    }
                    // Before anything is marked: without a token nothing has been attempted.
                    if let Err(stop) = self.have_token() {
                        return Ok(Err(stop));
                    }
                    let turn = self.turn(mode, bytes);
                    self.inner.edit(|writer| self.claim(writer, turn))?
                }
            };
            let (batch, request_id) = match claim {
                Claimed::Batch(batch, request_id) => (batch, request_id),
                Claimed::HeldBack(parked) => {
                    self.report.failed += parked.len() as u64;
                    parked.iter().for_each(|(operation, reason)| self.tell_parked(operation, *reason, None));
                    continue;
                }
            };
            let Some(first) = batch.first() else { return Ok(Ok(())) };
            let now = self.env().now_ms();
            let mut asked = match mode {
                Mode::Batch(_) => Asked::batch(self.endpoint().batch(&batch, now), batch.len()),
                Mode::Single => Asked::single(self.endpoint().single(first, now), first),
            };
            let compressed = self.capabilities.gzip && compress(&mut asked.request);
            let outcome = match self.send(&asked, &request_id) {
                Ok(outcome) => outcome,
                Err(stop) => {
                    self.put_back(&batch)?;
                    return Ok(Err(stop));
                }
            };
            if compressed && matches!(&outcome, Outcome::Response(response) if response.status == 415) {
                // It says that it can and cannot: as it was, then.
                self.capabilities.gzip = false;
                self.put_back(&batch)?;
                continue;
            }
            let judgement = match mode {
                Mode::Batch(_) => judge_batch(&outcome, &self.inner.user, &batch, now),
                Mode::Single => judge_single(&outcome, &self.inner.user, first, now),
            };
            let then = after(mode, batch.len(), judgement.signal, most);
            let next = match then {
                Then::GoOn(next) if self.may_go_on()?.is_ok() => Some(self.turn(next, bytes)),
                _ => None,
            };
            match self.carry_out(&batch, judgement.verdicts, judgement.epoch.as_deref(), next)? {
                Carried::AnotherLife => return Ok(Ok(())),
                Carried::Out(next) => claimed = next,
            }
            match then {
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

    fn turn(&self, mode: Mode, bytes: usize) -> Turn {
        let limit = if let Mode::Batch(limit) = mode { limit } else { 1 };
        Turn { limit, bytes, request_id: self.new_request_id() }
    }

    /// How to begin, how many operations a batch may have, and how many bytes: as the backend says. Where it has not:
    /// the batch, unless it was found to have none within the last day.
    fn first_mode(&self) -> Result<(Mode, usize, usize)> {
        let (until, now) = (self.inner.db.read(state::get)?.single_until, self.env().now_ms());
        let none_found = until.is_some_and(|until| (now..=now.saturating_add(SINGLE_MS)).contains(&until));
        Ok(match self.capabilities.upload {
            Upload::Batch { operations, bytes } => (Mode::Batch(operations), operations, bytes),
            Upload::Single => (Mode::Single, BATCH, BATCH_BYTES),
            Upload::Unsaid if none_found => (Mode::Single, BATCH, BATCH_BYTES),
            Upload::Unsaid => (Mode::Batch(BATCH), BATCH, BATCH_BYTES),
        })
    }

    /// Marks the next operations as being sent; from here on they may have reached the server. What a gate holds back is
    /// put off or parked instead.
    fn claim(&self, writer: &mut Writer<'_>, turn: Turn) -> Result<Claimed> {
        let Turn { limit, bytes, request_id } = turn;
        let stale_after = self.inner.parts.config.stale_after.map(|age| age.as_millis());
        let stale_after = stale_after.map(|age| i64::try_from(age).unwrap_or(i64::MAX));
        let (mut batch, mut parked, mut held) = (Vec::new(), Vec::new(), false);
        let failure = |reason| Failure { reason, server_code: None, http_status: None };
        let ready = outbox::peek_ready(writer.tx, writer.now, limit, bytes)?;
        for seq in ready.strangers {
            outbox::mark_failed(writer.tx, seq, &failure(FailureReason::Unreadable), 0, writer.now)?;
            held = true;
        }
        for operation in ready.batch {
            let spec = writer.spec(operation.collection);
            let gate = gate(&operation, spec, &self.capabilities, stale_after, writer.now);
            let reason = match gate {
                _ if !operation.readable => FailureReason::Unreadable,
                Gate::Stale => FailureReason::Stale,
                Gate::Open => {
                    batch.push(operation);
                    continue;
                }
                Gate::Paused => {
                    outbox::postpone(writer.tx, operation.seq, self.hold_until(writer.tx)?)?;
                    held = true;
                    continue;
                }
            };
            let attempts = operation.attempts;
            outbox::mark_failed(writer.tx, operation.seq, &failure(reason), attempts, writer.now)?;
            writer.changes.record(operation.collection, operation.record_id, Origin::Local);
            parked.push((operation, reason));
        }
        writer.changes.topic(Topic::Queue, Origin::Local);
        if held || !parked.is_empty() {
            // What is open stays ready: the next claim finds it.
            return Ok(Claimed::HeldBack(parked));
        }
        if !sabotaged!(AttemptUnmarked) {
            outbox::mark_sending(writer.tx, &batch, &request_id, writer.now)?;
        }
        for operation in &mut batch {
            if sabotaged!(NewKeyOnRetry) && operation.attempted() {
                operation.key = writer.env.new_uuid().into();
            }
            operation.first_attempt_at.get_or_insert(writer.now);
            operation.request_id = Some(request_id.clone());
            if self.capabilities.mints_ids {
                let spec = operation.collection.spec();
                operation.server_id = records::server_id(writer.tx, spec, operation.record_id)?;
            }
            writer.changes.record(operation.collection, operation.record_id, Origin::Local);
        }
        Ok(Claimed::Batch(batch, request_id))
    }

    /// Nothing was sent after all (the fresh token was not to be had): back to wait, uncounted.
    fn put_back(&self, batch: &[Operation]) -> Result<()> {
        self.inner.edit(|writer| {
            writer.changes.topic(Topic::Queue, Origin::Local);
            batch.iter().try_for_each(|op| outbox::mark_pending(writer.tx, op.seq, 0, op.attempts))
        })
    }

    /// Tells that an operation was parked: to the app's telemetry and to the log. By ids and codes, never content.
    fn tell_parked(&self, operation: &Operation, reason: FailureReason, server: Option<(u16, String)>) {
        let (http_status, server_code) = server.unzip();
        log::warn!(
            "foodlens: {} {} of {} parked: {}",
            operation.collection.name(),
            operation.kind.wire_name(),
            operation.key,
            reason.code()
        );
        self.tell(Happened::OperationParked {
            operation: operation.key,
            collection: operation.collection,
            kind: operation.kind,
            reason,
            server_code,
            http_status,
            request_id: operation.request_id.clone(),
        });
    }

    /// One transaction for the whole answer, and for the claim of what is sent next: one commit a request.
    fn carry_out(
        &mut self,
        batch: &[Operation],
        verdicts: Vec<OperationVerdict>,
        epoch: Option<&str>,
        next: Option<Turn>,
    ) -> Result<Carried> {
        let backoff = self.backoff;
        self.proven |= epoch.is_some();
        let (effects, another_life, claimed) = self.inner.edit(|writer| {
            let another_life = match epoch {
                Some(epoch) => another_life::meet(writer, epoch)?,
                None => false,
            };
            let pairs = batch.iter().zip(verdicts);
            let effects: Result<Vec<_>> = pairs
                .map(|(operation, verdict)| apply::verdict(writer, operation, verdict, &backoff))
                .collect();
            // Here and not at the run's end: a long drain must not pile them up.
            outbox::prune_receipts(writer.tx)?;
            let next = next.filter(|_| !another_life).map(|turn| self.claim(writer, turn)).transpose();
            Ok((effects?, another_life, next?))
        })?;
        self.another_life |= another_life;
        for (operation, effect) in batch.iter().zip(effects) {
            match effect {
                apply::Effect::Acknowledged { duplicate } => {
                    self.report.acknowledged += 1;
                    self.report.duplicates += u64::from(duplicate);
                }
                apply::Effect::Failed { reason, server } => {
                    self.report.failed += 1;
                    self.tell_parked(operation, reason, server);
                }
                apply::Effect::Asked => self.report.conflicts_raised += 1,
                apply::Effect::Waits => {}
            }
        }
        Ok(if another_life { Carried::AnotherLife } else { Carried::Out(claimed) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_is_halved_down_to_one_and_no_batch_means_one_by_one() {
        let (mut mode, mut sizes) = (Mode::Batch(BATCH), Vec::new());
        while let Then::GoOn(Mode::Batch(next)) =
            after(mode, if let Mode::Batch(n) = mode { n } else { 1 }, RunSignal::TooLarge, BATCH)
        {
            sizes.push(next);
            if next == 1 {
                break;
            }
            mode = Mode::Batch(next);
        }
        assert_eq!(sizes, [50, 25, 12, 6, 3, 1]);
        assert_eq!(after(Mode::Batch(1), 1, RunSignal::Continue, BATCH), Then::GoOn(Mode::Batch(BATCH)));
        assert_eq!(after(Mode::Batch(100), 7, RunSignal::NoBatch, BATCH), Then::GoOn(Mode::Single));
        assert_eq!(after(Mode::Single, 1, RunSignal::NoBatch, BATCH), Then::Stop(RunSignal::NoBatch));
    }
}
