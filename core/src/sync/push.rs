//! Push: claim what is ready, send it, carry out the verdicts.

use super::another_life;
use super::answers::Answers;
use super::apply;
use super::engine::{Run, Step, Stop};
use super::gates::{Gate, gate};
use super::mode::{Mode, SINGLE_MS, Then, after};
use super::settle;
use crate::error::Result;
use crate::observe::{Origin, Topic};
use crate::outbox::store::{self as outbox, Failure};
use crate::outbox::{FailureReason, Judgement, Operation};
use crate::records::{self, Writer};
use crate::session::state;
use crate::telemetry::Happened;

/// What a claim may take.
#[derive(Clone, Copy)]
struct Turn {
    mode: Mode,
    /// About so much payload in a request, in bytes.
    bytes: usize,
}

/// What the answers came to.
enum Carried {
    /// One is of another life of the server.
    AnotherLife,
    /// All of them are stored, and this was claimed in the same transaction.
    Out(Option<Claimed>),
}

/// What a claim found.
enum Claimed {
    /// These are being sent now, by requests.
    Requests(Vec<Vec<Operation>>),
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
                    self.inner.edit(|writer| self.claim(writer, Turn { mode, bytes }))?
                }
            };
            let requests = match claim {
                Claimed::Requests(requests) => requests,
                Claimed::HeldBack(parked) => {
                    self.report.failed += parked.len() as u64;
                    parked.iter().for_each(|(operation, reason)| self.tell_parked(operation, *reason, None));
                    continue;
                }
            };
            if requests.is_empty() {
                return Ok(Ok(()));
            }
            let answers = self.ask_for_verdicts(mode, &requests);
            let then = after(mode, answers.signal(), most);
            let next = match then {
                Then::GoOn(mode) if answers.stop.is_none() && self.may_go_on()?.is_ok() => {
                    Some(Turn { mode, bytes })
                }
                _ => None,
            };
            let stop = answers.stop.clone();
            match self.carry_out(&requests, answers, next)? {
                _ if stop.is_some() => {}
                Carried::AnotherLife => return Ok(Ok(())),
                Carried::Out(next) => claimed = next,
            }
            match (stop, then) {
                (Some(stop), _) => return Ok(Err(stop)),
                (None, Then::Stop(signal)) => return Ok(Err(Stop::Signal(signal))),
                (None, Then::GoOn(next)) => {
                    if matches!((mode, next), (Mode::Batch { .. }, Mode::Single(_))) {
                        self.inner
                            .edit(|w| state::set_single_until(w.tx, w.now.saturating_add(SINGLE_MS)))?;
                    }
                    mode = next;
                }
            }
        }
    }

    /// Marks the next operations as being sent; from here on they may have reached the server. What a gate holds back is
    /// put off or parked instead.
    fn claim(&self, writer: &mut Writer<'_>, turn: Turn) -> Result<Claimed> {
        let stale_after = self.inner.parts.config.stale_after.map(|age| age.as_millis());
        let stale_after = stale_after.map(|age| i64::try_from(age).unwrap_or(i64::MAX));
        let (mut parked, mut held) = (Vec::new(), false);
        let failure = |reason| Failure { reason, server_code: None, http_status: None };
        let Turn { mode, bytes } = turn;
        let (limit, most_bytes) =
            (mode.in_a_request() * mode.at_once(), bytes.saturating_mul(mode.at_once()));
        let ready = outbox::peek_ready(writer.tx, writer.now, limit, most_bytes)?;
        for seq in ready.strangers {
            outbox::mark_failed(writer.tx, seq, &failure(FailureReason::Unreadable), 0, writer.now)?;
            held = true;
        }
        let mut requests = mode.requests(ready.batch, bytes);
        for operation in requests.iter().flatten() {
            let spec = writer.spec(operation.collection);
            let gate = gate(operation, spec, &self.capabilities, stale_after, writer.now);
            let reason = match gate {
                _ if !operation.readable => FailureReason::Unreadable,
                Gate::Stale => FailureReason::Stale,
                Gate::Open => continue,
                Gate::Paused => {
                    outbox::postpone(writer.tx, operation.seq, self.hold_until(writer.tx)?)?;
                    held = true;
                    continue;
                }
            };
            let attempts = operation.attempts;
            outbox::mark_failed(writer.tx, operation.seq, &failure(reason), attempts, writer.now)?;
            writer.changes.record(operation.collection, operation.record_id, Origin::Local);
            parked.push((operation.clone(), reason));
        }
        writer.changes.topic(Topic::Queue, Origin::Local);
        if held || !parked.is_empty() {
            // What is open stays ready: the next claim finds it.
            return Ok(Claimed::HeldBack(parked));
        }
        for request in &mut requests {
            let request_id = writer.env.new_uuid().to_string();
            if !sabotaged!(AttemptUnmarked) {
                outbox::mark_sending(writer.tx, request, &request_id, writer.now)?;
            }
            request.iter_mut().for_each(|operation| operation.request_id = Some(request_id.clone()));
        }
        for operation in requests.iter_mut().flatten() {
            if sabotaged!(NewKeyOnRetry) && operation.attempted() {
                operation.key = writer.env.new_uuid().into();
            }
            operation.first_attempt_at.get_or_insert(writer.now);
            if self.capabilities.mints_ids {
                let spec = operation.collection.spec();
                operation.server_id = records::server_id(writer.tx, spec, operation.record_id)?;
            }
            writer.changes.record(operation.collection, operation.record_id, Origin::Local);
        }
        Ok(Claimed::Requests(requests))
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

    /// One transaction for the answers, and for the claim of what is sent next: one commit for what goes at one time.
    fn carry_out(
        &mut self,
        requests: &[Vec<Operation>],
        answers: Answers,
        next: Option<Turn>,
    ) -> Result<Carried> {
        let backoff = self.backoff;
        self.proven |= answers.judgements.iter().any(|judgement| judgement.epoch.is_some());
        let (effects, another_life, claimed) = self.inner.edit(|writer| {
            let (mut effects, mut another_life) = (Vec::new(), false);
            // One answer after the other: what an earlier one has stored, a later one of another life may have lost.
            for (Judgement { verdicts, epoch, .. }, sent) in answers.judgements.into_iter().zip(requests) {
                if let Some(epoch) = epoch {
                    another_life |= another_life::meet(writer, &epoch)?;
                }
                effects.extend(settle::verdicts(writer, sent, verdicts, &backoff)?);
            }
            // Here and not at the run's end: a long drain must not pile them up.
            outbox::prune_receipts(writer.tx)?;
            let next = next.filter(|_| !another_life).map(|turn| self.claim(writer, turn)).transpose();
            Ok((effects, another_life, next?))
        })?;
        self.another_life |= another_life;
        for (operation, effect) in requests.iter().flatten().zip(effects) {
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
