//! SQL of the lanes: which operation may go. A record's operations go in order; an operation that waits for one of
//! another record goes after it.

use super::FailureReason;
use crate::collection::Collection;
use crate::db::Transaction;
use crate::error::Result;
use crate::ids::RecordId;
use rusqlite::{Connection, params};
use std::ops::RangeInclusive;

/// Lets the eldest waiting operation of a record go, unless it is parked, under way, or waits for another record's.
pub(crate) fn release(tx: &Transaction<'_>, collection: Collection, id: RecordId) -> Result<()> {
    tx.prepare_cached(
        "UPDATE operations SET ready_at = coalesce(ready_at, 0) WHERE state = 0 AND seq =
            (SELECT min(seq) FROM operations WHERE collection = ?1 AND record_id = ?2 AND receipt = 0)
            AND NOT EXISTS (SELECT 1 FROM waits_for WHERE waits_for.seq = operations.seq)",
    )?
    .execute(params![collection, id])?;
    Ok(())
}

/// A question is answered, and the operation that it had parked stays (it cannot be read): it waits again.
pub(crate) fn unpark_asked(tx: &Transaction<'_>, seq: i64) -> Result<()> {
    tx.prepare_cached(
        "UPDATE operations SET state = 0, failure = NULL, settled_at = NULL
         WHERE seq = ?1 AND state = 2 AND failure = ?2",
    )?
    .execute(params![seq, FailureReason::Conflict.code()])?;
    Ok(())
}

/// Holds an operation that was never sent back until these others have left the queue.
pub(crate) fn hold(tx: &Transaction<'_>, seq: i64, others: &[i64]) -> Result<()> {
    if others.is_empty() {
        return Ok(());
    }
    let mut statement =
        tx.prepare_cached("INSERT INTO waits_for (seq, on_seq) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    for other in others {
        statement.execute([seq, *other])?;
    }
    tx.prepare_cached("UPDATE operations SET ready_at = NULL WHERE seq = ?1 AND state = 0")?
        .execute([seq])?;
    Ok(())
}

/// What an operation waits for in the lanes of other records: their places.
pub(crate) fn waits_for(conn: &Connection, seq: i64) -> Result<Vec<i64>> {
    let mut statement = conn.prepare_cached("SELECT on_seq FROM waits_for WHERE seq = ?1")?;
    let rows = statement.query_map([seq], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The operations that wait for those from one place to another: their places.
pub(crate) fn dependents(conn: &Connection, on: &RangeInclusive<i64>) -> Result<Vec<i64>> {
    let mut statement =
        conn.prepare_cached("SELECT seq FROM waits_for WHERE on_seq BETWEEN ?1 AND ?2 ORDER BY on_seq, seq")?;
    let rows = statement.query_map([on.start(), on.end()], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The operations from one place to another were acknowledged: what waited for nothing else may go.
pub(super) fn release_dependents(tx: &Transaction<'_>, on: &RangeInclusive<i64>) -> Result<()> {
    let waiting = dependents(tx, on)?;
    if waiting.is_empty() {
        return Ok(());
    }
    tx.prepare_cached("DELETE FROM waits_for WHERE on_seq BETWEEN ?1 AND ?2")?
        .execute([on.start(), on.end()])?;
    let mut lane = tx.prepare_cached("SELECT collection, record_id FROM operations WHERE seq = ?1")?;
    for seq in waiting {
        let (collection, id) = lane.query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
        release(tx, collection, id)?;
    }
    Ok(())
}

/// An operation was taken out of the queue: it waits for nothing, and nothing for it.
pub(super) fn forget(tx: &Transaction<'_>, seq: i64) -> Result<()> {
    tx.prepare_cached("DELETE FROM waits_for WHERE seq = ?1")?.execute([seq])?;
    release_dependents(tx, &(seq..=seq))
}
