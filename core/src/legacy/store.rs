//! SQL of the snapshot: the old data as they were handed in, what became of each record, and how far an import is.
//! `+source`: by position, not by an index that would have to be sorted.

use super::item::{Item, Readable, Turn, stored_fields};
use super::report::{LegacyRecord, LegacyResult};
use crate::collection::Collection;
use crate::db::Transaction;
use crate::error::Result;
use crate::ids::RecordId;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params};

/// Where old data come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// An app's export.
    Export,
    /// Another user of this device.
    Adoption,
}

/// What became of a record of the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Imported,
    AlreadyThere,
    Unreadable,
}

/// How far an import is.
#[derive(Debug, Clone)]
pub(super) struct ImportRow {
    pub origin: String,
    pub round: i64,
    pub stored: bool,
    pub done: bool,
    pub finished: bool,
    pub reads_on: bool,
}

/// A record of the snapshot that is to be taken over.
pub(super) struct Kept {
    pub position: i64,
    pub collection: Collection,
    pub stable_id: RecordId,
    pub raw: String,
}

pub(super) fn import(conn: &Connection, source: Source) -> Result<ImportRow> {
    let sql = "SELECT origin, round, stored, done, finished, reads_on FROM legacy_imports WHERE source = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([source], |row| {
        Ok(ImportRow {
            origin: row.get(0)?,
            round: row.get(1)?,
            stored: row.get(2)?,
            done: row.get(3)?,
            finished: row.get(4)?,
            reads_on: row.get(5)?,
        })
    })?)
}

pub(super) fn put_import(tx: &Transaction<'_>, source: Source, row: &ImportRow) -> Result<()> {
    tx.prepare_cached(
        "UPDATE legacy_imports SET origin = ?2, round = ?3, stored = ?4, done = ?5, finished = ?6, reads_on = ?7
         WHERE source = ?1",
    )?
    .execute(params![source, row.origin, row.round, row.stored, row.done, row.finished, row.reads_on])?;
    Ok(())
}

/// The one record of the collection with this code.
macro_rules! single {
    ($code:literal) => {
        concat!(
            "(SELECT zeroblob(16) AS id, NULL AS server_id, NULL AS version, raw AS body, NULL AS base, 0 AS base_kind,
                0 AS deleted, sort_key AS created_at, sort_key AS updated_at
             FROM legacy WHERE source = 0 AND collection = ",
            $code,
            " AND shelf >= 0)"
        )
    };
}

/// The records of the collection with this code.
macro_rules! many {
    ($code:literal) => {
        concat!(
            "(SELECT position AS rowid, stable_id AS id, NULL AS server_id, NULL AS version,
                json_remove(raw, '$.legacy_id') AS body, NULL AS base, 0 AS base_kind, 0 AS deleted,
                sort_key AS created_at, sort_key AS updated_at, sort_key, shelf
             FROM legacy WHERE source = 0 AND collection = ",
            $code,
            " AND shelf >= 0)"
        )
    };
}

/// What stands in the place of the collection's table where reads are on the snapshot: a statement with the table's columns.
pub(super) const fn as_table(collection: Collection) -> &'static str {
    match collection {
        Collection::Profile => single!("1"),
        Collection::Settings => single!("2"),
        Collection::AllergyList => single!("3"),
        Collection::Allergies => many!("4"),
        Collection::History => many!("5"),
    }
}

/// Whether reads are on the snapshot.
pub(super) fn reads_on(conn: &Connection) -> Result<bool> {
    let sql = "SELECT reads_on FROM legacy_imports WHERE source = 0";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Puts a record into the snapshot. One that is there stays as it is, unless it could not be read and now comes otherwise.
/// `false`: nothing was stored.
pub(super) fn put(tx: &Transaction<'_>, source: Source, round: i64, item: &Item) -> Result<bool> {
    let spec = item.collection.spec();
    let (state, note, shelf, sort_key) = match &item.read {
        Ok(read) => {
            let (shelf, sort_key) = (spec.shelf(&read.fields, false), (spec.sort_key)(&read.fields));
            (State::Waiting, read.unrecognised.as_deref(), shelf, sort_key)
        }
        Err(why) => (State::Unreadable, Some(why.as_str()), -1, 0),
    };
    let changed = tx
        .prepare_cached(
            "INSERT INTO legacy (source, collection, legacy_id, stable_id, raw, state, note, turn, round, shelf, sort_key)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (stable_id) DO UPDATE
                SET raw = ?5, state = ?6, note = ?7, turn = ?8, round = ?9, shelf = ?10, sort_key = ?11
                WHERE legacy.state = 3 AND legacy.raw <> ?5",
        )?
        .execute(params![
            source,
            item.collection,
            item.legacy_id,
            item.stable_id,
            item.raw,
            state,
            note,
            item.turn(),
            round,
            shelf,
            sort_key
        ])?;
    Ok(changed == 1)
}

/// The next records that wait to be taken over, in the order of their turns, then as they came.
pub(super) fn waiting(conn: &Connection, source: Source, limit: usize) -> Result<Vec<Kept>> {
    let mut statement = conn.prepare_cached(
        "SELECT position, collection, stable_id, raw FROM legacy WHERE source = ?1 AND state = 0
         ORDER BY turn, position LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![source, limit], |row| {
        Ok(Kept { position: row.get(0)?, collection: row.get(1)?, stable_id: row.get(2)?, raw: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A page of the snapshot as it was handed in, after this position; the position of each.
pub(super) fn items(conn: &Connection, source: Source, after: i64, limit: u32) -> Result<Vec<(i64, Item)>> {
    let mut statement = conn.prepare_cached(
        "SELECT position, collection, legacy_id, stable_id, raw, state, note FROM legacy
         WHERE +source = ?1 AND position > ?2 ORDER BY position LIMIT ?3",
    )?;
    let rows = statement.query_map(params![source, after, limit], |row| {
        let (collection, raw, note): (Collection, String, Option<String>) =
            (row.get(1)?, row.get(4)?, row.get(6)?);
        let read = match row.get(5)? {
            State::Unreadable => Err(note.unwrap_or_default()),
            _ => Ok(Readable {
                fields: stored_fields(collection, &raw).unwrap_or_default(),
                unrecognised: note,
            }),
        };
        let (legacy_id, stable_id) = (row.get(2)?, row.get(3)?);
        Ok((row.get(0)?, Item { collection, legacy_id, stable_id, raw, read }))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A page of what was handed in, of every source, after this position: position, collection, id and the record as it is.
pub(crate) fn raw_records(
    conn: &Connection,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, Collection, String, String)>> {
    let sql = "SELECT position, collection, legacy_id, raw FROM legacy WHERE position > ?1 ORDER BY position LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement
        .query_map(params![after, limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes what became of a record.
pub(super) fn settle(tx: &Transaction<'_>, position: i64, state: State, round: i64) -> Result<()> {
    tx.prepare_cached("UPDATE legacy SET state = ?2, round = ?3 WHERE position = ?1")?
        .execute(params![position, state, round])?;
    Ok(())
}

/// How many records are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub waiting: u64,
    pub imported: u64,
    pub already_there: u64,
    pub unreadable: u64,
}

impl Counts {
    pub fn settled(&self) -> u64 {
        self.imported + self.already_there + self.unreadable
    }
}

pub(super) fn counts(conn: &Connection, source: Source) -> Result<Counts> {
    let sql = "SELECT total(state = 0), total(state = 1), total(state = 2), total(state = 3) FROM legacy
        WHERE source = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([source], |row| {
        let count = |at| Ok::<_, rusqlite::Error>(row.get::<_, f64>(at)? as u64);
        Ok(Counts {
            waiting: count(0)?,
            imported: count(1)?,
            already_there: count(2)?,
            unreadable: count(3)?,
        })
    })?)
}

/// A page of the report, after this position: the lines of the settled records, and the position of the last one.
pub(super) fn lines(
    conn: &Connection,
    source: Source,
    round: i64,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, LegacyRecord)>> {
    let mut statement = conn.prepare_cached(
        "SELECT position, collection, legacy_id, state, note, round FROM legacy
         WHERE +source = ?1 AND position > ?2 AND state <> 0 ORDER BY position LIMIT ?3",
    )?;
    let rows = statement.query_map(params![source, after, limit], |row| {
        let result = result(row.get(3)?, row.get(4)?, row.get::<_, i64>(5)? == round);
        Ok((row.get(0)?, LegacyRecord { collection: row.get(1)?, legacy_id: row.get(2)?, result }))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What became of a record in the import of this round; `None`: it waits, or is not in the snapshot.
pub(super) fn settled(conn: &Connection, id: RecordId, round: i64) -> Result<Option<LegacyResult>> {
    let sql = "SELECT state, note, round FROM legacy WHERE stable_id = ?1 AND state <> 0";
    let found = conn
        .prepare_cached(sql)?
        .query_row([id], |row| Ok(result(row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? == round)));
    Ok(found.optional()?)
}

/// What a person is told of a settled record. What an earlier import took over was there already.
fn result(state: State, note: Option<String>, in_this_round: bool) -> LegacyResult {
    match (state, note) {
        (State::Unreadable, why) => LegacyResult::Unreadable { reason: why.unwrap_or_default() },
        (State::Imported, Some(field)) if in_this_round => LegacyResult::Unrecognised { field },
        (State::Imported, None) if in_this_round => LegacyResult::Imported,
        _ => LegacyResult::AlreadyThere,
    }
}

/// Takes some of a snapshot away. `false`: nothing is left.
pub(super) fn remove_some(tx: &Transaction<'_>, source: Source) -> Result<bool> {
    let removed = tx
        .prepare_cached(
            "DELETE FROM legacy WHERE position IN
                (SELECT position FROM legacy WHERE +source = ?1 AND position > 0 ORDER BY position LIMIT 1000)",
        )?
        .execute([source])?;
    Ok(removed > 0)
}

impl ToSql for Source {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(match self {
            Self::Export => 0_i64,
            Self::Adoption => 1,
        }))
    }
}

impl ToSql for Turn {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(match self {
            Self::First => 0_i64,
            Self::Middle => 1,
            Self::Last => 2,
        }))
    }
}

impl ToSql for State {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(match self {
            Self::Waiting => 0_i64,
            Self::Imported => 1,
            Self::AlreadyThere => 2,
            Self::Unreadable => 3,
        }))
    }
}

impl FromSql for State {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            0 => Ok(Self::Waiting),
            1 => Ok(Self::Imported),
            2 => Ok(Self::AlreadyThere),
            3 => Ok(Self::Unreadable),
            other => Err(FromSqlError::OutOfRange(other)),
        }
    }
}
