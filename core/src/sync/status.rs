//! Where sync stands, for a banner.

use super::capabilities::Capabilities;
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
    /// The backend holds some or all writes back (see the contract's pauses); they wait.
    pub paused_by_server: bool,
    /// A run is under way in this process.
    pub running: bool,
    /// The allergy list, the profile and the settings have not all come yet: do not take the list for complete.
    pub restoring: bool,
    /// How far the first restore is; `None`: it is done.
    pub restore: Option<RestoreProgress>,
    /// The server has older history than what is here ([`crate::History::fetch_older`]).
    pub older_history: bool,
}

/// How far the first restore is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestoreProgress {
    /// Records that have come.
    pub records: u64,
    /// History entries at the server, where it says so. Not all of them come where a window is kept.
    pub history_total: Option<u64>,
}

impl Session {
    /// Where sync stands.
    ///
    /// # Errors
    /// Storage errors.
    pub fn status(&self) -> Result<SyncStatus> {
        let running = self.inner.flights.is_running();
        let app_version = self.inner.parts.config.app_version.as_deref();
        self.read(|conn| {
            let (row, counts) = (state::get(conn)?, outbox::counts(conn)?);
            let capabilities = Capabilities::read(row.capabilities.as_deref(), app_version);
            let progress =
                RestoreProgress { records: row.restored_records, history_total: row.restored_total };
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
                paused_by_server: capabilities.holds_any(),
                running,
                restoring: !row.lists_restored,
                restore: (!row.restored).then_some(progress),
                older_history: row.restored && row.older_left,
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
