//! Starting a run, cancelling it, and waiting until nothing of it is left.

use super::capabilities::Capabilities;
use super::engine::{Goal, Run};
use super::fetched::Fetched;
use super::flight::StopWord;
use super::lease::Lease;
use super::report::{NextStep, SyncReport};
use crate::error::Result;
use crate::history::History;
use crate::history::search::upkeep::catch_up;
use crate::observe::{Changes, Origin, Topic};
use crate::outbox::BackoffPolicy;
use crate::session::{Inner, Session};
use std::sync::Arc;
use std::time::Duration;

/// One run of sync that can be cancelled from another thread, also before it has begun: then it does nothing. For
/// schedulers, which may stop a job at any moment.
#[derive(Clone)]
pub struct SyncRun {
    inner: Arc<Inner>,
    stop: StopWord,
    goal: Goal,
}

impl SyncRun {
    /// Runs, on this thread. See [`Session::sync`] and [`History::fetch_older`]. A second start, or one after a cancel, does nothing and gives
    /// [`NextStep::MoreWork`].
    ///
    /// # Errors
    /// As [`Session::sync`].
    pub fn start(&self, budget: Duration) -> Result<SyncReport> {
        let report = run(&self.inner, &self.stop, self.goal, budget);
        self.cancel();
        report
    }

    /// Asks this run to stop, whether it has begun or not. Returns at once.
    pub fn cancel(&self) {
        self.inner.flights.cancel_one(&self.stop);
    }
}

impl Session {
    /// Syncs now, on this thread: asks what the backend can do (at most every 15 minutes, when something waits), pushes
    /// what waits, pulls what is new, asks the merge hook. `budget` bounds the time spent: a request under way when it
    /// ends is given up. Never holds a lock or a transaction across a request or a hook. Whatever happens, nothing
    /// leaves the queue but by a verdict.
    ///
    /// # Errors
    /// Storage errors and [`crate::ErrorKind::Closed`]; everything about the network, the server, tokens and hooks is
    /// told by the report instead.
    pub fn sync(&self, budget: Duration) -> Result<SyncReport> {
        self.sync_run().start(budget)
    }

    /// A run that can be cancelled by itself, before it begins, too.
    #[must_use]
    pub fn sync_run(&self) -> SyncRun {
        SyncRun { inner: Arc::clone(&self.inner), stop: StopWord::default(), goal: Goal::Everything }
    }

    /// Asks a running sync to stop: it gives up the request that it waits for (a late answer is dropped, the writes in
    /// it stay queued under their keys) and ends with [`NextStep::MoreWork`]. Returns at once. A run that has not begun
    /// is not meant: [`SyncRun::cancel`] is for that.
    pub fn cancel_sync(&self) {
        self.inner.flights.cancel();
    }

    /// Cancels a running sync and waits, at most `longest`, until it has ended and no request of it is in flight. When
    /// this gives `true` and the app makes no call of its own, no transaction is under way. `false`: the time was up before.
    /// An app that is about to be suspended itself calls [`Session::suspend`].
    #[must_use]
    pub fn quiesce(&self, longest: Duration) -> bool {
        self.cancel_sync();
        self.inner.flights.wait_until_quiet(longest)
    }
}

impl History<'_> {
    /// Fetches at least `records` more entries from the server, further back than what is here, on this thread; for a
    /// device that keeps a window ([`crate::Config::history_window`]). Does nothing where all is here already
    /// ([`crate::SyncStatus::older_history`]). While a first restore is not done, this goes on with it.
    ///
    /// # Errors
    /// As [`Session::sync`].
    pub fn fetch_older(&self, records: u32, budget: Duration) -> Result<SyncReport> {
        self.older_run(records).start(budget)
    }

    /// The same as a run that can be cancelled by itself, before it begins, too.
    #[must_use]
    pub fn older_run(&self, records: u32) -> SyncRun {
        let inner = Arc::clone(&self.session.inner);
        SyncRun { inner, stop: StopWord::default(), goal: Goal::Older(records) }
    }
}

fn run(inner: &Inner, stop: &StopWord, goal: Goal, budget: Duration) -> Result<SyncReport> {
    let env = &inner.parts.env;
    let run_id = env.new_uuid();
    let mut report = SyncReport {
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
    if stop.load(std::sync::atomic::Ordering::Relaxed) {
        report.next = NextStep::MoreWork;
        return Ok(report);
    }
    // A file that was deleted gets no lock beside it.
    inner.db.read(|_| Ok(()))?;
    let Some(running) = inner.flights.start(stop)? else { return Ok(report) };
    let Some(lease) = Lease::take(inner, run_id)? else { return Ok(report) };
    let budget = i64::try_from(budget.as_millis()).unwrap_or(i64::MAX);
    let mut run = Run {
        inner,
        backoff: BackoffPolicy::default(),
        report,
        capabilities: Capabilities::read(None, None),
        fetched: Fetched::default(),
        lease,
        token: None,
        proven: false,
        another_life: false,
        ahead: None,
        stop: Arc::clone(stop),
        ends_at: env.monotonic_ms().saturating_add(budget),
    };
    let ended = run.whole(goal);
    if ended.is_err() {
        // The row must not outlive the run; if this fails too, the lock is free all the same, or the row expires.
        let _ = run.lease.give_back(inner);
    }
    let Run { report, ends_at, lease, .. } = run;
    // Another process may sync from now on.
    drop(lease);
    // What came is searchable before the app is told that the run is over; a cancel stops this, too.
    catch_up(&inner.db, || !stop.load(std::sync::atomic::Ordering::Relaxed) && env.monotonic_ms() < ends_at);
    let report = ended.map(|()| report);
    drop(running);
    let mut changes = Changes::default();
    changes.topic(Topic::Status, Origin::Local);
    inner.observers.publish(changes);
    report
}
