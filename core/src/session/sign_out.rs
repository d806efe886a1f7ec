//! Signing out: what would be lost, and then keeping it sealed, sending it first, or deleting everything.

use super::Session;
use crate::clock::Environment;
use crate::db::{Wiping, sign_out};
use crate::error::{ErrorKind, Result};
use crate::merge::conflicts;
use crate::outbox::store as outbox;
use crate::sync::{NextStep, SyncReport};
use rusqlite::Connection;
use std::time::Duration;

/// How long a sign-out waits for a run under way: it is cancelled, and what it would still store is refused.
const RUN_ENDS: Duration = Duration::from_secs(2);

/// What is done with a user's data at the sign-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignOut {
    /// All of it stays, closed to everybody, until the user signs in again: the queue goes on then.
    KeepSealed,
    /// What waits is sent first, as far as that goes within this time; then as [`Self::KeepSealed`].
    Flush(Duration),
    /// All of it is deleted from this device, as a person has confirmed who saw this. There is no way back.
    Wipe(SignOutPreview),
}

/// What a deletion would lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignOutPreview {
    /// Edits that wait to be sent, or are under way: the server may never hear of them.
    pub unsent: u64,
    /// Edits that are parked with a reason.
    pub failed: u64,
    /// Questions that nobody has answered.
    pub conflicts: u64,
    /// When the oldest of these edits was made, milliseconds since 1970 by this device's clock.
    pub oldest_unsent_at: Option<i64>,
    /// Position of the last edit that was made: a later one was not seen by the person.
    pub last_edit: i64,
}

/// What a sign-out did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOutReport {
    /// What stays sealed, or went with the deletion.
    pub left: SignOutPreview,
    /// The last run of a [`SignOut::Flush`].
    pub last_run: Option<SyncReport>,
}

impl Session {
    /// What a deletion would lose now: show it to the person before [`SignOut::Wipe`].
    ///
    /// # Errors
    /// Storage errors.
    pub fn sign_out_preview(&self) -> Result<SignOutPreview> {
        self.read(preview)
    }

    /// Signs the user out, with or without a network. A running sync is cancelled; what it would still store, a late
    /// page, a late hook or a worker of another process, is refused with [`ErrorKind::SignedOut`]. Every handle of this
    /// session ends. Blocks for a moment, a flush for as long as it may.
    ///
    /// # Errors
    /// [`ErrorKind::UnsentWork`] when a [`SignOut::Wipe`] was confirmed for less than there is now: nothing has
    /// happened, show the preview again. [`ErrorKind::StorageBusy`] and other storage errors: the user is signed out
    /// when the next call says [`ErrorKind::SignedOut`] or [`ErrorKind::Closed`]; a deletion that had begun goes on at the
    /// next opening of any session.
    pub fn sign_out(&self, how: &SignOut) -> Result<SignOutReport> {
        match how {
            SignOut::KeepSealed => Ok(SignOutReport { left: self.seal()?, last_run: None }),
            SignOut::Flush(longest) => {
                let last_run = self.flush(*longest)?;
                Ok(SignOutReport { left: self.seal()?, last_run })
            }
            SignOut::Wipe(shown) => {
                self.wipe(Some(shown))?;
                Ok(SignOutReport { left: *shown, last_run: None })
            }
        }
    }

    fn seal(&self) -> Result<SignOutPreview> {
        self.end_runs();
        let left = self.edit(|writer| {
            let left = preview(writer.tx)?;
            if sabotaged!(SignOutDropsQueue) {
                for seq in outbox::places(writer.tx, crate::collection::Collection::Allergies)? {
                    outbox::mark_synced(writer.tx, seq..=seq, writer.now, &mut writer.acknowledged)?;
                }
            }
            sign_out(writer.tx, false)?;
            Ok(left)
        })?;
        self.close();
        Ok(left)
    }

    /// Deletes everything. `shown`: no more than this may be lost.
    pub(super) fn wipe(&self, shown: Option<&SignOutPreview>) -> Result<()> {
        self.end_runs();
        let wiping = Wiping::begin(self.inner.db.place())?;
        self.edit(|writer| {
            let now = preview(writer.tx)?;
            if shown.is_some_and(|shown| now.last_edit > shown.last_edit || now.conflicts > shown.conflicts) {
                return Err(ErrorKind::UnsentWork.into());
            }
            sign_out(writer.tx, true)
        })?;
        self.inner.db.empty_log();
        self.close();
        wiping.confirm()
    }

    /// What it may still store afterwards is refused; waiting is for the sake of order.
    fn end_runs(&self) {
        self.cancel_sync();
        self.inner.flights.wait_until_ended(RUN_ENDS);
    }

    /// Syncs until nothing is left to send or the time is up, and gives the last run's report.
    fn flush(&self, longest: Duration) -> Result<Option<SyncReport>> {
        let env = &self.inner.parts.env;
        let ends_at =
            env.monotonic_ms().saturating_add(i64::try_from(longest.as_millis()).unwrap_or(i64::MAX));
        let mut last = None;
        loop {
            let left = time_left(env, ends_at);
            if left.is_zero() || self.read(preview)?.unsent == 0 {
                return Ok(last);
            }
            let report = self.sync(left)?;
            let go_on = report.next == NextStep::MoreWork;
            last = Some(report);
            if !go_on {
                return Ok(last);
            }
        }
    }
}

fn time_left(env: &Environment, ends_at: i64) -> Duration {
    Duration::from_millis(u64::try_from(ends_at.saturating_sub(env.monotonic_ms())).unwrap_or(0))
}

fn preview(conn: &Connection) -> Result<SignOutPreview> {
    let counts = outbox::counts(conn)?;
    Ok(SignOutPreview {
        unsent: counts.pending + counts.sending,
        failed: counts.failed,
        conflicts: conflicts::count_open(conn)?,
        oldest_unsent_at: outbox::oldest_unsent(conn)?,
        last_edit: outbox::last_ever(conn)?,
    })
}
