//! SQL of the one row that says where sync stands, and of the lease that keeps it single.

use crate::collection::Collection;
use crate::error::Result;
use rusqlite::{Connection, Transaction, params};

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
}

pub(crate) fn get(conn: &Connection) -> Result<SyncRow> {
    let sql =
        "SELECT epoch, cursor, restored, auth_required, paused, failed_runs, next_attempt_at, wait_until,
        single_until, last_success_at, last_error FROM sync_state";
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
        })
    })?)
}

/// The cursor after a page; `restored` once the feed was read to its end.
pub(crate) fn advance(tx: &Transaction<'_>, cursor: &str, at_end: bool) -> Result<()> {
    tx.prepare_cached("UPDATE sync_state SET cursor = ?1, restored = max(restored, ?2)")?
        .execute(params![cursor, at_end])?;
    Ok(())
}

/// Reads the feed from its beginning again, merging: nothing that is stored goes away.
pub(crate) fn start_over(tx: &Transaction<'_>) -> Result<()> {
    tx.execute("UPDATE sync_state SET cursor = NULL", [])?;
    Ok(())
}

/// Notes the server's epoch. Another one than before means another life of its database: versions of the old one
/// compare with nothing, so every copy of the new one counts as newer.
pub(crate) fn meet_epoch(tx: &Transaction<'_>, epoch: &str) -> Result<()> {
    let known = get(tx)?.epoch;
    if known.as_deref() == Some(epoch) {
        return Ok(());
    }
    tx.execute("UPDATE sync_state SET epoch = ?1", [epoch])?;
    if known.is_some() {
        start_over(tx)?;
        for collection in Collection::ALL {
            let sql = format!("UPDATE {} SET version = 0 WHERE version IS NOT NULL", collection.spec().name);
            tx.execute(&sql, [])?;
        }
    }
    Ok(())
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
    tx.execute(
        "UPDATE sync_state SET last_success_at = CASE WHEN ?2 IS NULL THEN ?1 ELSE last_success_at END,
            last_error = ?2, auth_required = ?3, failed_runs = ?4, next_attempt_at = ?5, wait_until = ?6",
        params![end.now, end.error, end.auth_required, end.failed_runs, end.next_attempt_at, end.wait_until],
    )?;
    Ok(())
}

/// The backend has no batch endpoint: one request per write until then.
pub(crate) fn set_single_until(tx: &Transaction<'_>, until: i64) -> Result<()> {
    tx.execute("UPDATE sync_state SET single_until = ?1", [until])?;
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
    tx.execute(
        "UPDATE sync_state SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = ?1",
        params![owner.as_bytes().as_slice()],
    )?;
    Ok(())
}
