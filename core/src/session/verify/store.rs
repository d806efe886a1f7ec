//! SQL of the check: pages of ids, so that memory stays flat, and what SQLite says of the file.

use crate::collection::{Collection, Spec};
use crate::error::{ErrorKind, Result};
use crate::ids::{OperationId, RecordId, UserId};
use crate::outbox::QueueCounts;
use rusqlite::{Connection, params};

/// Whether SQLite finds the file sound. Its messages are not kept: they may quote what is stored.
pub(in crate::session) fn file_is_sound(conn: &Connection) -> Result<bool> {
    let mut statement = conn.prepare("PRAGMA integrity_check")?;
    let told = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>();
    // SQLite 3.54 takes the empty leaf that FTS5's own secure deletion leaves behind for damage. The index is looked at by
    // what it holds, and is made anew where it cannot be read.
    let of_the_index = |word: &str| word.contains("history_words");
    match told.map_err(crate::Error::from) {
        Ok(told) => Ok(told.iter().all(|word| word == "ok" || of_the_index(word))),
        Err(error) if matches!(error.kind(), ErrorKind::Corrupt { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The ids after this one with their place in the lists: shelf and sort key.
pub(super) fn records_after(
    conn: &Connection,
    spec: &Spec,
    after: Option<RecordId>,
    limit: u32,
) -> Result<Vec<(RecordId, (i64, i64))>> {
    let sql = format!(
        "SELECT id, shelf, sort_key FROM {} WHERE id > coalesce(?1, x'') ORDER BY id LIMIT ?2",
        spec.name
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let rows =
        statement.query_map(params![after, limit], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The records on which operations wait, after this one.
pub(super) fn lanes_after(
    conn: &Connection,
    after: Option<(Collection, RecordId)>,
    limit: u32,
) -> Result<Vec<(Collection, RecordId)>> {
    let (collection, id) = after.unzip();
    let mut statement = conn.prepare_cached(
        "SELECT DISTINCT collection, record_id FROM operations
         WHERE receipt = 0 AND (collection, record_id) > (coalesce(?1, 0), coalesce(?2, x''))
         ORDER BY collection, record_id LIMIT ?3",
    )?;
    let rows = statement.query_map(params![collection, id, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The queue, counted one by one.
pub(super) fn counted(conn: &Connection) -> Result<QueueCounts> {
    let sql = "SELECT coalesce(sum(state = 0), 0), coalesce(sum(state = 1), 0), coalesce(sum(state = 2), 0)
         FROM operations";
    Ok(conn.query_row(sql, [], |row| {
        Ok(QueueCounts { pending: row.get(0)?, sending: row.get(1)?, failed: row.get(2)? })
    })?)
}

/// An operation, by the record that it is of.
pub(super) type Place = (Collection, RecordId, OperationId);

/// Operations of another user.
pub(super) fn of_another_user(conn: &Connection, user: &UserId, limit: u32) -> Result<Vec<Place>> {
    let sql = "SELECT collection, record_id, key FROM operations WHERE user_id <> ?1 LIMIT ?2";
    places(conn, sql, params![user.as_str(), limit])
}

/// Operations that wait for one that has left the queue: nothing would ever let them go.
pub(super) fn waiting_for_nothing(conn: &Connection, limit: u32) -> Result<Vec<Place>> {
    let sql = "SELECT held.collection, held.record_id, held.key FROM waits_for
         JOIN operations AS held ON held.seq = waits_for.seq
         WHERE NOT EXISTS (SELECT 1 FROM operations AS other WHERE other.seq = waits_for.on_seq AND other.state <> 3)
         LIMIT ?1";
    places(conn, sql, params![limit])
}

fn places(conn: &Connection, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<Place>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
