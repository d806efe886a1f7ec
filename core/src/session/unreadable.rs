//! SQL of what an import and the feed leave behind: records that this build could not read (kept raw, listed, never
//! taken for absent), and the legacy records that were taken over.

use crate::collection::Collection;
use crate::db::Transaction;
use crate::error::Result;
use crate::ids::RecordId;
use rusqlite::{Connection, params};

/// Where an unreadable record came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadableSource {
    /// The server's feed.
    Feed,
    /// A legacy export.
    Legacy,
}

impl UnreadableSource {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Legacy => "legacy",
        }
    }
}

/// A record that could not be read, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableRecord {
    /// Where it came from.
    pub source: UnreadableSource,
    /// The collection's name, as it came.
    pub entity: String,
    /// The record's id, as it came.
    pub record: String,
    /// Why it could not be read: the field, or a code.
    pub reason: String,
    /// The record itself: personal data, not for logs.
    pub raw: String,
}

pub(crate) fn keep(tx: &Transaction<'_>, record: &UnreadableRecord, now: i64) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO unreadable (source, entity, record, raw, reason, noticed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (source, entity, record) DO UPDATE SET raw = ?4, reason = ?5, noticed_at = ?6",
    )?
    .execute(params![record.source.code(), record.entity, record.record, record.raw, record.reason, now])?;
    Ok(())
}

/// Whether any record of the feed is kept here: a page looks once, not once a record.
pub(crate) fn any_from_feed(conn: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM unreadable WHERE source = 'feed')";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// A later copy of the record could be read, it was deleted, or a person has settled it. `false`: it was not here.
pub(crate) fn forget(
    tx: &Transaction<'_>,
    source: UnreadableSource,
    entity: &str,
    record: &str,
) -> Result<bool> {
    let removed = tx
        .prepare_cached("DELETE FROM unreadable WHERE source = ?1 AND entity = ?2 AND record = ?3")?
        .execute(params![source.code(), entity, record])?;
    Ok(removed == 1)
}

/// How many of a collection are kept here.
pub(crate) fn count(conn: &Connection, collection: Collection) -> Result<u64> {
    let sql = "SELECT count(*) FROM unreadable WHERE source IN ('feed', 'legacy') AND entity = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([collection.name()], |row| row.get(0))?)
}

/// How many from there are kept here.
pub(crate) fn count_from(conn: &Connection, source: UnreadableSource) -> Result<u64> {
    let sql = "SELECT count(*) FROM unreadable WHERE source = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([source.code()], |row| row.get(0))?)
}

/// Notes that a legacy record is taken over.
pub(crate) fn mark_imported(tx: &Transaction<'_>, id: RecordId) -> Result<()> {
    tx.prepare_cached("INSERT INTO imported (record_id) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([id])?;
    Ok(())
}

/// Whether a legacy record was taken over before.
pub(crate) fn was_imported(conn: &Connection, id: RecordId) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM imported WHERE record_id = ?1)";
    Ok(conn.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
}

pub(crate) fn list(conn: &Connection) -> Result<Vec<UnreadableRecord>> {
    let mut statement =
        conn.prepare_cached("SELECT source, entity, record, reason, raw FROM unreadable ORDER BY 1, 2, 3")?;
    let rows = statement.query_map([], |row| {
        let source: String = row.get(0)?;
        Ok(UnreadableRecord {
            source: if source == "legacy" { UnreadableSource::Legacy } else { UnreadableSource::Feed },
            entity: row.get(1)?,
            record: row.get(2)?,
            reason: row.get(3)?,
            raw: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
