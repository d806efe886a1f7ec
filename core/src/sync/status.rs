//! Where sync stands, for a banner.

use crate::error::Result;
use crate::merge::conflicts;
use crate::observe::{Origin, Topic};
use crate::outbox::store as outbox;
use crate::session::{Session, state};

/// Where sync stands. Times are device time in ms since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncStatus {
    /// Operations that wait.
    pub pending: u64,
    /// Operations under way.
    pub sending: u64,
    /// Operations that are parked with a reason.
    pub failed: u64,
    /// Questions that wait for an answer.
    pub conflicts: u64,
    /// When a run last went to its end.
    pub last_success_at: Option<i64>,
    /// Why the last run did not: a code.
    pub last_error: Option<String>,
    /// When the next attempt makes sense.
    pub next_attempt_at: Option<i64>,
    /// When the oldest unacknowledged edit was made.
    pub oldest_unsent_at: Option<i64>,
    /// Dispatch is paused by the app.
    pub paused: bool,
    /// A sign-in is needed.
    pub auth_required: bool,
    /// The first sync has not yet brought everything: lists may be incomplete.
    pub restoring: bool,
}

impl Session {
    /// Where sync stands.
    ///
    /// # Errors
    /// Storage errors.
    pub fn status(&self) -> Result<SyncStatus> {
        self.read(|conn| {
            let (row, counts) = (state::get(conn)?, outbox::counts(conn)?);
            Ok(SyncStatus {
                pending: counts.pending,
                sending: counts.sending,
                failed: counts.failed,
                conflicts: conflicts::count_open(conn)?,
                last_success_at: row.last_success_at,
                last_error: row.last_error,
                next_attempt_at: row.next_attempt_at,
                oldest_unsent_at: outbox::oldest_unsent(conn)?,
                paused: row.paused,
                auth_required: row.auth_required,
                restoring: !row.restored,
            })
        })
    }

    /// Pauses or resumes dispatch; kept over restarts. A paused run neither sends nor pulls. Writes go on as ever.
    ///
    /// # Errors
    /// Storage errors.
    pub fn set_paused(&self, paused: bool) -> Result<()> {
        self.edit(|writer| {
            writer.changes.topic(Topic::Status, Origin::Local);
            state::set_paused(writer.tx, paused)
        })
    }
}
