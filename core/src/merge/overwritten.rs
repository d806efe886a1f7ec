//! The log of values that a later write replaced: SQL and its public form.

use crate::collection::Collection;
use crate::error::Result;
use crate::ids::RecordId;
use rusqlite::{Connection, Transaction, params};

/// Entries that are kept.
const KEPT: i64 = 1_000;

/// A value that a later write replaced under last-writer-wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverwrittenEntry {
    /// Its place in the log; the page before this entry starts here.
    pub position: i64,
    /// The record's collection.
    pub collection: Collection,
    /// The record.
    pub record_id: RecordId,
    /// The field.
    pub field: String,
    /// The value that was replaced, as JSON text.
    pub value_json: String,
    /// When this device learned of it, device time in ms.
    pub noticed_at: i64,
}

pub(crate) fn add(
    tx: &Transaction<'_>,
    collection: Collection,
    id: RecordId,
    field: &str,
    value: &serde_json::Value,
    now: i64,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO overwritten (collection, record_id, field, value, noticed_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![collection, id, field, value.to_string(), now])?;
    tx.prepare_cached("DELETE FROM overwritten WHERE seq <= ?1")?.execute([tx.last_insert_rowid() - KEPT])?;
    Ok(())
}

/// The newest entries first, before `before` (a position) when given.
pub(crate) fn list(conn: &Connection, before: Option<i64>, limit: u32) -> Result<Vec<OverwrittenEntry>> {
    let mut statement = conn.prepare_cached(
        "SELECT seq, collection, record_id, field, value, noticed_at FROM overwritten WHERE seq < ?1
         ORDER BY seq DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![before.unwrap_or(i64::MAX), limit], |row| {
        Ok(OverwrittenEntry {
            position: row.get(0)?,
            collection: row.get(1)?,
            record_id: row.get(2)?,
            field: row.get(3)?,
            value_json: row.get(4)?,
            noticed_at: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
