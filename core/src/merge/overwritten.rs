//! The log of values that a later write replaced: SQL, its public form, and the way back.

use super::RecordContent;
use crate::collection::{Collection, Readability, Spec};
use crate::db::Transaction;
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::fields::Fields;
use crate::ids::RecordId;
use crate::records::{self, Edit, Writer};
use rusqlite::{Connection, OptionalExtension, params};

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
    let rows = statement.query_map(params![before.unwrap_or(i64::MAX), limit], read_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn get(conn: &Connection, position: i64) -> Result<Option<OverwrittenEntry>> {
    let sql = "SELECT seq, collection, record_id, field, value, noticed_at FROM overwritten WHERE seq = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([position], read_row).optional()?)
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<OverwrittenEntry> {
    Ok(OverwrittenEntry {
        position: row.get(0)?,
        collection: row.get(1)?,
        record_id: row.get(2)?,
        field: row.get(3)?,
        value_json: row.get(4)?,
        noticed_at: row.get(5)?,
    })
}

/// Brings a replaced value back: an edit of its field like any other, made on what is shown now.
pub(crate) fn restore(writer: &mut Writer<'_>, position: i64) -> Result<()> {
    let entry = get(writer.tx, position)?.ok_or_else(|| Error::not_found("entry"))?;
    let spec = entry.collection.spec();
    let row = records::get(writer.tx, spec, entry.record_id)?.filter(|row| !row.deleted);
    let row = row.ok_or_else(|| Error::not_found("record"))?;
    let mut patch = Fields::new();
    patch.set(entry.field.as_str(), read_value(&entry.value_json)?);
    check(spec, &row.body, &patch)?;
    let seen = row.body.touched_by(&patch);
    writer.edit(spec, entry.record_id, Edit::Update { seen, patch })
}

fn read_value(json: &str) -> Result<serde_json::Value> {
    // serde_json's error would quote the value: only the kind is kept.
    serde_json::from_str(json).map_err(|_| ErrorKind::Unreadable.into())
}

/// Refuses what the API would refuse: another device, or a later rule, may have been of another opinion.
fn check(spec: &Spec, body: &Fields, patch: &Fields) -> Result<()> {
    let restored = body.patched(patch);
    if restored == *body {
        return Ok(());
    }
    let refused = |field, expected| Err(Error::invalid(field, Rule::Form { expected }));
    if let Readability::Unreadable(field) = (spec.read)(&restored) {
        return refused(field, "a value that this field can have");
    }
    // What no content shows, nobody can enter here. Its name came from elsewhere, and errors hold no such text.
    if RecordContent::of(spec.collection, &restored) == RecordContent::of(spec.collection, body) {
        return refused("field", "a field that can be edited here");
    }
    (spec.check)(&restored)
}
