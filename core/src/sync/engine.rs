//! The order of a run, and when it may go on.

use super::capabilities::Capabilities;
use super::fetched::Fetched;
use super::flight::StopWord;
use super::lease::Lease;
use super::report::{NextStep, SyncReport};
use super::requests::Ahead;
use crate::clock::Environment;
use crate::db::count_run;
use crate::error::Result;
use crate::observe::{Origin, Topic};
use crate::outbox::{BackoffPolicy, MAX_WAIT_MS, RunSignal, store as outbox};
use crate::session::state::{self, SyncRow};
use crate::session::{AccessToken, Inner};
use crate::telemetry::{Happened, TelemetryEvent, tell};
use crate::transport::Endpoint;
use std::sync::atomic::Ordering;

/// How often push, pull and ask go round: an answer may make an operation, whose answer may make a question.
const ROUNDS: u32 = 4;

/// Why a run stops before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// Cancelled, out of time, or the lease went to another run.
    OutOfTime,
    /// As the server's answer (or its absence) says.
    Signal(RunSignal),
    /// The app has no token, or one of another user.
    NoToken(&'static str),
}

/// What a step of a run comes to.
pub(super) type Step<T> = Result<std::result::Result<T, Stop>>;

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// Send what waits, fetch what is new.
    Everything,
    /// Fetch at least so many more records of the history, further back.
    Older(u32),
}

/// A run under way.
pub(super) struct Run<'a> {
    pub inner: &'a Inner,
    pub backoff: BackoffPolicy,
    pub report: SyncReport,
    pub capabilities: Capabilities,
    pub fetched: Fetched,
    pub lease: Lease,
    pub token: Option<AccessToken>,
    /// An answer under this token has named its user.
    pub proven: bool,
    /// Another life of the server was met, and what it may have lost waits to be sent.
    pub another_life: bool,
    /// The page after the one that is being stored, under way already.
    pub ahead: Option<Ahead>,
    pub stop: StopWord,
    pub ends_at: i64,
}

impl Run<'_> {
    pub fn env(&self) -> &Environment {
        &self.inner.parts.env
    }

    pub fn whole(&mut self, goal: Goal) -> Result<()> {
        let began = self.env().monotonic_ms();
        self.tell(Happened::RunStarted);
        let longest = if sabotaged!(WallClockBackoff) { i64::MAX } else { self.backoff.ceiling_ms };
        // What is "sending" now belongs to a run that is no more.
        let (row, runs) = self.inner.edit(|writer| {
            if outbox::settle_interrupted(writer.tx, writer.now, longest)? > 0 {
                writer.changes.topic(Topic::Queue, Origin::Local);
            }
            outbox::release_readable(writer.tx)?;
            writer.changes.topic(Topic::Status, Origin::Local);
            Ok((state::get(writer.tx)?, count_run(writer.tx)?))
        })?;
        self.inner.db.note_runs(runs);
        let now = self.env().now_ms();
        let asked_to_wait = row.wait_until.filter(|until| (now + 1..=now + MAX_WAIT_MS).contains(until));
        match asked_to_wait {
            _ if row.paused => self.report.next = NextStep::Paused,
            Some(until) => self.report.next = NextStep::RetryAt(until),
            None => {
                let failed_before = row.failed_runs;
                let ended = self.work(goal, &row)?;
                self.forget_ahead();
                self.finish(ended, failed_before)?;
            }
        }
        self.lease.give_back(self.inner)?;
        self.log_summary();
        let duration_ms = self.env().monotonic_ms().saturating_sub(began);
        self.tell(Happened::RunEnded { report: self.report.clone(), duration_ms });
        Ok(())
    }

    fn work(&mut self, goal: Goal, row: &SyncRow) -> Step<()> {
        if let Err(stop) = self.agree(row)? {
            return Ok(Err(stop));
        }
        match goal {
            Goal::Older(records) if row.restored => self.older(records),
            _ => self.rounds(row.restored && !row.lists_restored),
        }
    }

    /// `pull_first`: another copy of this data may have gone on with it, so the server is heard before anything is sent.
    fn rounds(&mut self, pull_first: bool) -> Step<()> {
        // Nor must what was imported reach the server before it is known what the server has.
        let pull_first = pull_first || self.inner.db.read(outbox::any_yielding)?;
        if pull_first && let Err(stop) = self.pull()? {
            return Ok(Err(stop));
        }
        if let Err(stop) = self.take_place()? {
            return Ok(Err(stop));
        }
        for _ in 0..ROUNDS {
            if let Err(stop) = self.push()? {
                return Ok(Err(stop));
            }
            if let Err(stop) = self.pull()? {
                return Ok(Err(stop));
            }
            let another_life = std::mem::take(&mut self.another_life);
            if !self.ask()? && !another_life {
                return Ok(Ok(()));
            }
        }
        Ok(Err(Stop::OutOfTime))
    }

    /// Between steps: whether to go on. Also keeps the lease alive.
    pub fn may_go_on(&self) -> Step<()> {
        if self.stop.load(Ordering::Relaxed) || self.env().monotonic_ms() >= self.ends_at {
            return Ok(Err(Stop::OutOfTime));
        }
        Ok(if self.lease.keep(self.inner)? { Ok(()) } else { Err(Stop::OutOfTime) })
    }

    pub fn endpoint(&self) -> Endpoint<'_> {
        Endpoint { base_url: &self.inner.parts.config.base_url, user: &self.inner.user }
    }

    pub fn new_request_id(&self) -> String {
        self.env().new_uuid().to_string()
    }

    /// Tells the app's telemetry, if it has one. With no lock and no transaction held.
    pub fn tell(&self, what: Happened) {
        if let Some(sink) = &self.inner.parts.hooks.telemetry {
            let (user, run_id) = (self.inner.user.clone(), self.report.run_id.clone());
            tell(sink.as_ref(), &TelemetryEvent { user, run_id, at: self.env().now_ms(), what });
        }
    }
}
