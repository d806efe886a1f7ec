//! SQL of the one row that says where sync stands, and of the lease that keeps it single.

use crate::collection::Collection;
use crate::db::Transaction;
use crate::error::Result;
use rusqlite::{Connection, params};

/// Where sync stands.
#[derive(Debug, Clone)]
pub(crate) struct SyncRow {
    pub epoch: Option<String>,
    pub cursor: Option<String>,
    pub restored: bool,
    pub auth_required: bool,
    pub paused: bool,
    pub failed_runs: u32,
    pub next_attempt_at: Option<i64>,
    pub wait_until: Option<i64>,
    pub single_until: Option<i64>,
    pub last_success_at: Option<i64>,
    pub last_error: Option<String>,
    /// What the backend said it can do (JSON as it came), and when it was asked.
    pub capabilities: Option<String>,
    pub capabilities_at: Option<i64>,
    pub retry_parked: Option<String>,
    pub app_version: Option<String>,
    /// The parts of a first restore, see `sync/restore.rs`.
    pub head_cursor: Option<String>,
    pub lists_cursor: Option<String>,
    pub lists_restored: bool,
    pub older_cursor: Option<String>,
    pub older_left: bool,
    pub restored_records: u64,
    pub restored_total: Option<u64>,
    /// Nobody is asked: the more cautious side is taken.
    pub safe_merge: bool,
}

impl SyncRow {
    /// The place in the feed; `None`: its beginning.
    pub fn place(&self) -> Option<&str> {
        self.cursor.as_deref().filter(|cursor| *cursor != BEGINNING)
    }

    /// A first restore has not begun.
    pub fn has_no_place(&self) -> bool {
        !self.restored && self.cursor.is_none() && self.head_cursor.is_none()
    }
}

pub(crate) fn get(conn: &Connection) -> Result<SyncRow> {
    let sql =
        "SELECT epoch, cursor, restored, auth_required, paused, failed_runs, next_attempt_at, wait_until,
        single_until, last_success_at, last_error, capabilities, capabilities_at, retry_parked, app_version,
        head_cursor, lists_cursor, lists_restored, older_cursor, older_left, restored_records, restored_total,
        safe_merge FROM sync_state";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| {
        Ok(SyncRow {
            epoch: row.get(0)?,
            cursor: row.get(1)?,
            restored: row.get(2)?,
            auth_required: row.get(3)?,
            paused: row.get(4)?,
            failed_runs: row.get(5)?,
            next_attempt_at: row.get(6)?,
            wait_until: row.get(7)?,
            single_until: row.get(8)?,
            last_success_at: row.get(9)?,
            last_error: row.get(10)?,
            capabilities: row.get(11)?,
            capabilities_at: row.get(12)?,
            retry_parked: row.get(13)?,
            app_version: row.get(14)?,
            head_cursor: row.get(15)?,
            lists_cursor: row.get(16)?,
            lists_restored: row.get(17)?,
            older_cursor: row.get(18)?,
            older_left: row.get(19)?,
            restored_records: row.get(20)?,
            restored_total: row.get(21)?,
            safe_merge: row.get(22)?,
        })
    })?)
}

/// In place of a cursor: the feed is to be read from its beginning.
const BEGINNING: &str = "";

/// A first restore begins, with all of the feed.
pub(crate) fn take_beginning(tx: &Transaction<'_>) -> Result<()> {
    tx.execute("UPDATE sync_state SET cursor = ?1", [BEGINNING])?;
    Ok(())
}

/// The cursor after a page of the feed with so many changes; all is restored once it was read to its end.
pub(crate) fn advance(tx: &Transaction<'_>, cursor: &str, changes: usize, at_end: bool) -> Result<()> {
    tx.prepare_cached(
        "UPDATE sync_state SET cursor = ?1, restored_records = restored_records + ?2 * (restored = 0),
            older_left = older_left * restored, restored = max(restored, ?3),
            lists_restored = max(lists_restored, ?3)",
    )?
    .execute(params![cursor, changes, at_end])?;
    Ok(())
}

/// A first restore begins, at this place of the feed.
pub(crate) fn begin_restore(tx: &Transaction<'_>, head_cursor: &str) -> Result<()> {
    tx.execute("UPDATE sync_state SET head_cursor = ?1, older_left = 1", [head_cursor])?;
    Ok(())
}

/// The place in the feed of everything but the history.
pub(crate) fn advance_lists(tx: &Transaction<'_>, cursor: &str, changes: usize, at_end: bool) -> Result<()> {
    tx.execute(
        "UPDATE sync_state SET lists_cursor = ?1, restored_records = restored_records + ?2,
            lists_restored = max(lists_restored, ?3)",
        params![cursor, changes, at_end],
    )?;
    Ok(())
}

/// The place in the history, read backwards; `None`: it was read to its beginning.
pub(crate) fn advance_older(
    tx: &Transaction<'_>,
    next: Option<&str>,
    records: usize,
    total: Option<u64>,
) -> Result<()> {
    tx.execute(
        "UPDATE sync_state SET older_cursor = ?1, older_left = ?1 IS NOT NULL,
            restored_records = restored_records + ?2, restored_total = ?3",
        params![next, records, total],
    )?;
    Ok(())
}

/// A first restore is done: from now on the feed goes on from where it stood when that began.
pub(crate) fn end_restore(tx: &Transaction<'_>) -> Result<()> {
    tx.execute("UPDATE sync_state SET cursor = head_cursor, head_cursor = NULL, restored = 1", [])?;
    Ok(())
}

/// Reads all of the feed again, merging: nothing that is stored goes away. Also where a first restore was under way: its
/// place in the feed is lost, and what was deleted after that place is told by nothing but the feed.
pub(crate) fn start_over(tx: &Transaction<'_>) -> Result<()> {
    tx.execute(
        "UPDATE sync_state SET cursor = ?1, head_cursor = NULL, lists_cursor = NULL, older_cursor = NULL,
            older_left = 0, lists_restored = lists_restored * restored, restored_records = 0, restored_total = NULL",
        [BEGINNING],
    )?;
    Ok(())
}

/// The data may be elder than what this user's device has had: not complete until the feed was read to its end again. A copy
/// that was never restored reads all of the feed: what waits in it may have been sent by the original, and deleted since,
/// which nothing but the feed tells.
pub(crate) fn doubt_completeness(tx: &Transaction<'_>) -> Result<()> {
    tx.execute(
        "UPDATE sync_state SET lists_restored = lists_restored * (1 - restored),
            cursor = iif(head_cursor IS NULL, coalesce(cursor, ?1), cursor)",
        [BEGINNING],
    )?;
    Ok(())
}

/// What the backend says it can do, as it came.
pub(crate) fn put_capabilities(tx: &Transaction<'_>, said: &str, now: i64) -> Result<()> {
    tx.execute("UPDATE sync_state SET capabilities = ?1, capabilities_at = ?2", params![said, now])?;
    Ok(())
}

/// What the backend said does not hold: it is not believed any more, and the next run asks, also with nothing to send.
pub(crate) fn forget_capabilities(tx: &Transaction<'_>) -> Result<()> {
    tx.execute("UPDATE sync_state SET capabilities = NULL, capabilities_at = NULL", [])?;
    Ok(())
}

/// What the backend said may no longer hold: the next run asks again. Until then it is believed.
pub(crate) fn doubt_capabilities(tx: &Transaction<'_>) -> Result<()> {
    tx.execute("UPDATE sync_state SET capabilities_at = NULL", [])?;
    Ok(())
}

/// The last "send again" of the backend that was followed.
pub(crate) fn put_retry_parked(tx: &Transaction<'_>, word: &str) -> Result<()> {
    tx.execute("UPDATE sync_state SET retry_parked = ?1", [word])?;
    Ok(())
}

/// The version of the app that runs now.
pub(crate) fn put_app_version(tx: &Transaction<'_>, version: &str) -> Result<()> {
    tx.execute("UPDATE sync_state SET app_version = ?1", [version])?;
    Ok(())
}

/// Notes the server's epoch. Another one than before (`true`) means another life of its database: versions of the old one
/// compare with nothing, so every copy of the new one counts as newer.
pub(crate) fn meet_epoch(tx: &Transaction<'_>, epoch: &str) -> Result<bool> {
    let known = get(tx)?.epoch;
    if known.as_deref() == Some(epoch) || known.is_some() && sabotaged!(EpochIgnored) {
        return Ok(false);
    }
    tx.execute("UPDATE sync_state SET epoch = ?1", [epoch])?;
    if known.is_some() {
        start_over(tx)?;
        for collection in Collection::ALL {
            // What the server called a record in a life that is lost may be another one's name in this one.
            let name = collection.spec().name;
            let sql = format!("UPDATE {name} SET version = 0, server_id = NULL WHERE version IS NOT NULL");
            tx.execute(&sql, [])?;
        }
    }
    Ok(known.is_some())
}

/// How a run ended.
pub(crate) struct RunEnd<'a> {
    pub now: i64,
    /// `None`: it went well.
    pub error: Option<&'a str>,
    pub auth_required: bool,
    pub failed_runs: u32,
    pub next_attempt_at: Option<i64>,
    pub wait_until: Option<i64>,
}

pub(crate) fn end_run(tx: &Transaction<'_>, end: &RunEnd<'_>) -> Result<()> {
    let (error, auth, failed) = (end.error, end.auth_required, end.failed_runs);
    tx.prepare_cached(
        "UPDATE sync_state SET last_success_at = CASE WHEN ?2 IS NULL THEN ?1 ELSE last_success_at END,
            last_error = ?2, auth_required = ?3, failed_runs = ?4, next_attempt_at = ?5, wait_until = ?6",
    )?
    .execute(params![end.now, error, auth, failed, end.next_attempt_at, end.wait_until])?;
    Ok(())
}

/// The backend has no batch endpoint: one request per write until then.
pub(crate) fn set_single_until(tx: &Transaction<'_>, until: i64) -> Result<()> {
    tx.execute("UPDATE sync_state SET single_until = ?1", [until])?;
    Ok(())
}

pub(crate) fn set_safe_merge(tx: &Transaction<'_>, safe: bool) -> Result<()> {
    tx.execute("UPDATE sync_state SET safe_merge = ?1", [safe])?;
    Ok(())
}

pub(crate) fn set_paused(tx: &Transaction<'_>, paused: bool) -> Result<()> {
    tx.execute("UPDATE sync_state SET paused = ?1", [paused])?;
    Ok(())
}

/// Takes the lease for a run, or extends it. `false`: another run holds it and is not overdue. A lease that ends later
/// than any run could have asked for is the work of a clock that jumped, and is not believed.
pub(crate) fn take_lease(tx: &Transaction<'_>, owner: uuid::Uuid, now: i64, length: i64) -> Result<bool> {
    let taken = tx
        .prepare_cached(
            "UPDATE sync_state SET lease_owner = ?1, lease_until = ?2
             WHERE lease_owner IS NULL OR lease_owner = ?1 OR lease_until <= ?3 OR lease_until > ?2",
        )?
        .execute(params![owner.as_bytes().as_slice(), now.saturating_add(length), now])?;
    Ok(taken == 1)
}

pub(crate) fn drop_lease(tx: &Transaction<'_>, owner: uuid::Uuid) -> Result<()> {
    tx.prepare_cached("UPDATE sync_state SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = ?1")?
        .execute(params![owner.as_bytes().as_slice()])?;
    Ok(())
}
