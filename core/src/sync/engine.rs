//! The order of a run, its lease, its budget, and one request with its token.

use super::lease::Lease;
use super::report::{NextStep, SyncReport};
use crate::clock::Environment;
use crate::error::Result;
use crate::merge::{self, conflicts};
use crate::observe::{Origin, Topic};
use crate::outbox::{BackoffPolicy, MAX_WAIT_MS, RunSignal, store as outbox};
use crate::session::state::{self, RunEnd};
use crate::session::{AccessToken, Inner, MergeAnswer, MergeHook, Session};
use crate::transport::{Endpoint, Outcome, Request};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

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

/// A run under way.
pub(super) struct Run<'a> {
    pub inner: &'a Inner,
    pub backoff: BackoffPolicy,
    pub report: SyncReport,
    lease: Lease,
    token: Option<AccessToken>,
    ends_at: i64,
}

impl Session {
    /// Syncs now, on this thread: pushes what waits, pulls what is new, asks the merge hook. `budget` bounds the time
    /// spent: a request under way when it ends is given up. Never holds a lock or a transaction across a request
    /// or a hook. Whatever happens, nothing leaves the queue but by a verdict.
    ///
    /// # Errors
    /// Storage errors and [`crate::ErrorKind::Closed`]; everything about the network, the server, tokens and hooks is
    /// told by the report instead.
    pub fn sync(&self, budget: Duration) -> Result<SyncReport> {
        let inner = &*self.inner;
        let env = &inner.parts.env;
        let run_id = env.new_uuid();
        let report = SyncReport {
            run_id: run_id.to_string(),
            next: NextStep::AlreadyRunning,
            acknowledged: 0,
            duplicates: 0,
            failed: 0,
            conflicts_raised: 0,
            conflicts_answered: 0,
            pulled: 0,
            requests: 0,
            unrecognised: Vec::new(),
            unreadable: Vec::new(),
            error: None,
        };
        let Some(_running) = inner.flights.start() else { return Ok(report) };
        let Some(lease) = Lease::take(inner, run_id)? else { return Ok(report) };
        let budget = i64::try_from(budget.as_millis()).unwrap_or(i64::MAX);
        let ends_at = env.monotonic_ms().saturating_add(budget);
        let mut run = Run { inner, backoff: BackoffPolicy::default(), report, lease, token: None, ends_at };
        let ended = run.whole();
        if ended.is_err() {
            // The row must not outlive the run; if this fails too, the lock is free all the same, or the row expires.
            let _ = run.lease.give_back(inner);
        }
        ended.map(|()| run.report)
    }

    /// Asks a running sync to stop: it gives up the request that it waits for (a late answer is dropped, the writes in
    /// it stay queued under their keys) and ends with [`NextStep::MoreWork`]. Returns at once.
    pub fn cancel_sync(&self) {
        self.inner.flights.cancel();
    }

    /// Cancels a running sync and waits, at most `longest`, until it has ended and no request of it is in flight. When
    /// this gives `true` and the app makes no call of its own, no lock on the database is held: an app that is about
    /// to be suspended calls this first. `false`: the time was up before.
    #[must_use]
    pub fn quiesce(&self, longest: Duration) -> bool {
        self.cancel_sync();
        self.inner.flights.wait_until_quiet(longest)
    }
}

impl Run<'_> {
    pub fn env(&self) -> &Environment {
        &self.inner.parts.env
    }

    fn whole(&mut self) -> Result<()> {
        let longest = self.backoff.ceiling_ms;
        // What is "sending" now belongs to a run that is no more.
        let row = self.inner.edit(|writer| {
            if outbox::settle_interrupted(writer.tx, writer.now, longest)? > 0 {
                writer.changes.topic(Topic::Queue, Origin::Local);
            }
            state::get(writer.tx)
        })?;
        let now = self.env().now_ms();
        let asked_to_wait = row.wait_until.filter(|until| (now..now + MAX_WAIT_MS).contains(until));
        let ended = if row.paused {
            self.report.next = NextStep::Paused;
            None
        } else if let Some(until) = asked_to_wait {
            self.report.next = NextStep::RetryAt(until);
            None
        } else {
            Some(self.rounds()?)
        };
        self.finish(ended, row.failed_runs)?;
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
        Ok(())
    }

    fn rounds(&mut self) -> Result<std::result::Result<(), Stop>> {
        for _ in 0..ROUNDS {
            if let Err(stop) = self.push()? {
                return Ok(Err(stop));
            }
            if let Err(stop) = self.pull()? {
                return Ok(Err(stop));
            }
            if !self.ask()? {
                return Ok(Ok(()));
            }
        }
        Ok(Err(Stop::OutOfTime))
    }

    /// Asks the hook about every open question that it has not put off. `true`: an answer made something to send.
    fn ask(&mut self) -> Result<bool> {
        let Some(hook) = self.inner.parts.hooks.merge.clone() else { return Ok(false) };
        let open = self.inner.db.read(|conn| conflicts::open(conn, true))?;
        let mut answered = false;
        for stored in open {
            let conflict = stored.to_public();
            let answer = ask_hook(hook.as_ref(), &conflict);
            let decision = answer.decision(&conflict).unwrap_or_else(|_| {
                log::warn!(
                    "foodlens: the merge hook's answer to {} breaks a rule; left to a person",
                    conflict.id
                );
                None
            });
            let done = self.inner.edit(|writer| match decision {
                Some(decision) => match merge::answer(writer, conflict.id, conflict.revision, decision) {
                    // The question moved on while the hook thought: it is asked anew in the next round.
                    Err(error) if *error.kind() == crate::ErrorKind::StaleAnswer => Ok(true),
                    other => other,
                },
                None => {
                    conflicts::mark_deferred(writer.tx, conflict.id, conflict.revision)?;
                    writer.changes.topic(Topic::Conflicts, Origin::Local);
                    Ok(false)
                }
            })?;
            self.report.conflicts_answered += u64::from(done);
            answered |= done;
        }
        Ok(answered)
    }

    /// Between steps: whether to go on. Also keeps the lease alive.
    pub fn may_go_on(&self) -> Step<()> {
        let out_of_time = self.inner.flights.is_cancelled() || self.env().monotonic_ms() >= self.ends_at;
        if out_of_time {
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

    /// Makes sure that there is a token of this user, before anything is marked as being sent.
    pub fn have_token(&mut self) -> std::result::Result<(), Stop> {
        if self.token.is_none() {
            self.token = Some(self.ask_for_token(false)?);
        }
        Ok(())
    }

    /// One request with its token; after a 401, once more with a fresh one.
    pub fn send(&mut self, request: &Request, request_id: &str) -> std::result::Result<Outcome, Stop> {
        self.have_token()?;
        let outcome = self.send_once(request, request_id)?;
        match &outcome {
            Outcome::Response(response) if response.status == 401 => {
                self.token = Some(self.ask_for_token(true)?);
                self.send_once(request, request_id)
            }
            _ => Ok(outcome),
        }
    }

    fn send_once(&mut self, request: &Request, request_id: &str) -> std::result::Result<Outcome, Stop> {
        let mut request = request.clone();
        let token = self.token.as_ref().map_or("", |token| token.value.as_str());
        request.headers.push(("authorization".into(), format!("Bearer {token}")));
        request.headers.push(("x-request-id".into(), request_id.to_owned()));
        request.headers.push(("accept".into(), "application/json, application/problem+json".into()));
        self.report.requests += 1;
        let left = u64::try_from(self.ends_at.saturating_sub(self.env().monotonic_ms())).unwrap_or(0);
        let (flights, transport) = (&self.inner.flights, &self.inner.parts.transport);
        flights.send(transport, request, Duration::from_millis(left)).ok_or(Stop::OutOfTime)
    }

    fn ask_for_token(&self, refused: bool) -> std::result::Result<AccessToken, Stop> {
        let (tokens, user) = (&self.inner.parts.hooks.tokens, &self.inner.user);
        let given = catch_unwind(AssertUnwindSafe(|| tokens.token(user, refused)));
        match given {
            Ok(Ok(token)) if token.user_id == user.as_str() => Ok(token),
            Ok(Ok(_)) => Err(Stop::NoToken("token of another user")),
            Ok(Err(_)) | Err(_) => Err(Stop::NoToken("no token")),
        }
    }

    /// Writes how the run ended, gives the lease back, and says what is next. `None`: it was not even started.
    fn finish(&mut self, ended: Option<std::result::Result<(), Stop>>, failed_before: u32) -> Result<()> {
        let now = self.env().now_ms();
        let (mut failed_runs, mut wait_until, mut auth_required) = (0, None, false);
        let retry = |at: i64| NextStep::RetryAt(now.saturating_add(at));
        let next = match &ended {
            None => None,
            Some(Ok(())) => Some(NextStep::Done),
            Some(Err(Stop::OutOfTime)) => Some(NextStep::MoreWork),
            Some(Err(Stop::NoToken(code))) => {
                auth_required = true;
                self.report.error = Some((*code).to_owned());
                Some(NextStep::NeedsSignIn)
            }
            Some(Err(Stop::Signal(signal))) => {
                self.report.error = Some(signal.code().to_owned());
                match signal {
                    RunSignal::Unauthorized | RunSignal::WrongUser => {
                        auth_required = true;
                        Some(NextStep::NeedsSignIn)
                    }
                    RunSignal::Wait(ms) => {
                        wait_until = Some(now.saturating_add(*ms));
                        Some(retry(*ms))
                    }
                    _ => {
                        failed_runs = failed_before.saturating_add(1);
                        let longest = self.backoff.longest_wait(failed_runs);
                        let wait = self.env().up_to(u64::try_from(longest).unwrap_or(0));
                        Some(retry(i64::try_from(wait).unwrap_or(longest)))
                    }
                }
            }
        };
        self.lease.give_back(self.inner)?;
        let error = self.report.error.clone();
        let next = self.inner.edit(|writer| {
            let Some(next) = next else { return Ok(None) };
            let next = match next {
                NextStep::Done => what_is_left(writer.tx)?,
                other => other,
            };
            let next_attempt_at = match next {
                NextStep::RetryAt(at) => Some(at),
                NextStep::MoreWork => Some(now),
                _ => None,
            };
            let error = error.as_deref();
            let end = RunEnd { now, error, auth_required, failed_runs, next_attempt_at, wait_until };
            state::end_run(writer.tx, &end)?;
            writer.changes.topic(Topic::Status, Origin::Local);
            Ok(Some(next))
        })?;
        if let Some(next) = next {
            self.report.next = next;
        }
        Ok(())
    }
}

/// After a run that went to its end: whether anything still waits, and for what.
fn what_is_left(conn: &rusqlite::Connection) -> Result<NextStep> {
    let counts = outbox::counts(conn)?;
    if let Some(at) = outbox::next_ready_at(conn)? {
        return Ok(if at == 0 { NextStep::MoreWork } else { NextStep::RetryAt(at) });
    }
    let waits_for_person = counts.failed > 0 || conflicts::count_open(conn)? > 0;
    Ok(if waits_for_person { NextStep::NeedsPerson } else { NextStep::Done })
}

/// A hook that fails or panics leaves the question to a person.
fn ask_hook(hook: &dyn MergeHook, conflict: &crate::Conflict) -> MergeAnswer {
    match catch_unwind(AssertUnwindSafe(|| hook.resolve(conflict))) {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => {
            log::warn!("foodlens: the merge hook failed on {}; left to a person", conflict.id);
            MergeAnswer::Defer
        }
    }
}
