//! SQL of the record tables, all five of one form.

use super::row::{Base, Row, SyncInfo};
use super::shelves::{self, Part};
use crate::collection::{Collection, Spec};
use crate::db::Transaction;
use crate::error::{Error, Result, readable};
use crate::fields::Fields;
use crate::ids::{RecordId, Version};
use crate::outbox::store as outbox;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

pub(super) const COLUMNS: &str =
    "id, server_id, version, body, base, base_kind, deleted, created_at, updated_at";

/// The place after which a page goes on: the last record of the page before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    pub sort_key: i64,
    pub id: RecordId,
}

impl Cursor {
    /// Before every record of a list.
    pub fn newest() -> Self {
        Self { sort_key: i64::MAX, id: uuid::Uuid::max().into() }
    }
}

/// One record, deleted ones included.
pub(crate) fn get(conn: &Connection, spec: &Spec, id: RecordId) -> Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM {} WHERE id = ?1", spec.name);
    Ok(conn.prepare_cached(&sql)?.query_row([id], read_row).optional()?)
}

/// The backend's own id of a record, where it has minted one.
pub(crate) fn server_id(conn: &Connection, spec: &Spec, id: RecordId) -> Result<Option<String>> {
    let sql = format!("SELECT server_id FROM {} WHERE id = ?1", spec.name);
    Ok(conn.prepare_cached(&sql)?.query_row([id], |row| row.get(0)).optional()?.flatten())
}

/// The one record of a collection that holds one.
pub(crate) fn single(conn: &Connection, spec: &Spec) -> Result<Option<Row>> {
    get(conn, spec, RecordId::SINGLE)
}

/// A page of visible records, newest first, by key and not by offset. A row that cannot be read is skipped and counted
/// in the second value: it never ends the list.
pub(crate) fn list(
    conn: &Connection,
    spec: &Spec,
    after: Option<Cursor>,
    limit: u32,
    include_deleted: bool,
) -> Result<(Vec<(Row, Cursor)>, u32)> {
    if spec.collection == Collection::History {
        let shelves = crate::history::shelf::all(include_deleted);
        return shelves::page(conn, spec, &Part { shelves, from: i64::MIN, before: after }, limit);
    }
    let visible = if include_deleted { "1" } else { "deleted = 0" };
    let after = after.unwrap_or_else(Cursor::newest);
    let sql = format!(
        "SELECT {COLUMNS}, sort_key FROM {} WHERE {visible} AND (sort_key, id) < (?1, ?2)
         ORDER BY sort_key DESC, id DESC LIMIT ?3",
        spec.name
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(params![after.sort_key, after.id, limit])?;
    let (mut page, mut unreadable) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        match readable(read_row(row).and_then(|record| Ok((row.get(9)?, record))))? {
            Some((sort_key, record)) => {
                let cursor = Cursor { sort_key, id: record.id };
                page.push((record, cursor));
            }
            None => unreadable += 1,
        }
    }
    Ok((page, unreadable))
}

/// Whether a page of [`list`] with so many records is the last one: nobody has to ask for an empty one after it.
pub(crate) fn is_last(records: usize, unreadable: u32, limit: u32) -> bool {
    records == 0 || records as u64 + u64::from(unreadable) < u64::from(limit)
}

/// How many visible records there are.
pub(crate) fn count(conn: &Connection, spec: &Spec) -> Result<u64> {
    if spec.collection == Collection::History {
        let shelves = crate::history::shelf::all(false);
        let part = Part { shelves, from: i64::MIN, before: None };
        return shelves.iter().map(|&one| Ok(shelves::count(conn, spec, (one, None), &part)?.0)).sum();
    }
    let sql = format!("SELECT count(*) FROM {} WHERE deleted = 0", spec.name);
    Ok(conn.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
}

/// The fields of a single record (empty when it is not there) and where it stands.
pub(crate) fn single_with_sync(conn: &Connection, spec: &Spec) -> Result<(Fields, Option<SyncInfo>)> {
    let Some(row) = single(conn, spec)?.filter(|row| !row.deleted) else { return Ok((Fields::new(), None)) };
    let waiting = outbox::waiting(conn, spec.collection, row.id)?;
    let sync = SyncInfo::of(&row, &waiting);
    Ok((row.body, Some(sync)))
}

/// Inserts a record or replaces what is stored of it.
pub(crate) fn put(tx: &Transaction<'_>, spec: &Spec, row: &Row) -> Result<()> {
    let replace =
        "ON CONFLICT (id) DO UPDATE SET server_id = ?2, version = ?3, body = ?4, base = ?5, base_kind = ?6,
            deleted = ?7, updated_at = ?9, sort_key = ?10, shelf = ?11";
    write(tx, spec, row, &row.body.to_json(), replace)
}

/// Inserts a record that is not there; `body` is the row's, as text. A statement of its own: one that might also replace a
/// record would fire the trigger of the search index, and SQLite keeps a journal for such a statement at every write.
pub(crate) fn insert(tx: &Transaction<'_>, spec: &Spec, row: &Row, body: &str) -> Result<()> {
    write(tx, spec, row, body, "")
}

fn write(tx: &Transaction<'_>, spec: &Spec, row: &Row, body: &str, on_conflict: &str) -> Result<()> {
    let (kind, base) = base_columns(&row.base);
    let sql = format!(
        "INSERT INTO {} ({COLUMNS}, sort_key, shelf) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         {on_conflict}",
        spec.name
    );
    let changed = tx.prepare_cached(&sql)?.execute(params![
        row.id,
        row.server_id,
        row.version,
        body,
        base,
        kind,
        row.deleted,
        row.created_at,
        row.updated_at,
        sort_key(spec, row),
        spec.shelf(&row.body, row.deleted),
    ])?;
    if changed == 1 { Ok(()) } else { Err(Error::internal("put")) }
}

/// Replaces what is stored beside a body that stays as it is: most of what an acknowledgement changes. `false`: the
/// record is not there.
pub(crate) fn put_beside_body(tx: &Transaction<'_>, spec: &Spec, row: &Row) -> Result<bool> {
    let (kind, base) = base_columns(&row.base);
    let sql = format!(
        "UPDATE {} SET server_id = ?2, version = ?3, base = ?4, base_kind = ?5, updated_at = ?6 WHERE id = ?1",
        spec.name
    );
    let values = params![row.id, row.server_id, row.version, base, kind, row.updated_at];
    Ok(tx.prepare_cached(&sql)?.execute(values)? == 1)
}

/// The fast path of acknowledgements in one collection: the server has exactly what is shown here, and nothing else waits for
/// the record.
pub(crate) struct Confirm<'a> {
    collection: Collection,
    nothing_waits: bool,
    statement: CachedStatement<'a>,
}

impl<'a> Confirm<'a> {
    /// `nothing_waits`: for none of the records; it is not looked for at each, then.
    pub fn prepare(tx: &'a Transaction<'_>, spec: &Spec, nothing_waits: bool) -> Result<Self> {
        let sql = format!(
            "UPDATE {} SET server_id = coalesce(?2, server_id), version = ?3, base = NULL, base_kind = 0
             WHERE id = ?1 AND deleted = 0 AND body = ?4 AND (version IS NULL OR version <= ?3) AND (?6 OR NOT EXISTS
                (SELECT 1 FROM operations WHERE collection = ?5 AND record_id = ?1 AND receipt = 0))",
            spec.name
        );
        Ok(Self { collection: spec.collection, nothing_waits, statement: tx.prepare_cached(&sql)? })
    }

    /// Takes the server's copy; `fields`: as text. `false`: it is not what is shown, something waits, or the record is not
    /// there, and nothing was changed.
    pub fn record(
        &mut self,
        id: RecordId,
        version: Version,
        fields: &str,
        server_id: Option<&str>,
    ) -> Result<bool> {
        let values = params![id, server_id, version, fields, self.collection, self.nothing_waits];
        Ok(self.statement.execute(values)? == 1)
    }
}

fn base_columns(base: &Base) -> (i64, Option<&Fields>) {
    match base {
        Base::Body => (0, None),
        Base::Absent => (1, None),
        Base::Fields(fields) => (2, Some(fields)),
        Base::Deleted(before) => (3, Some(before)),
    }
}

/// What the row of a server's copy has beside its body, as far as the fields say it.
#[derive(Clone, Copy)]
pub(crate) struct Beside {
    sort_key: i64,
    shelf: i64,
    created_at: Option<i64>,
    updated_at: Option<i64>,
}

impl Beside {
    pub fn of(spec: &Spec, fields: &Fields) -> Self {
        let time = |name| fields.get(name).as_i64();
        let (created_at, updated_at) = (time("created_at"), time("updated_at"));
        Self { sort_key: (spec.sort_key)(fields), shelf: spec.shelf(fields, false), created_at, updated_at }
    }

    /// The times that a record carries from the device that wrote it, else now.
    fn times(&self, now: i64) -> (i64, i64) {
        let created_at = self.created_at.unwrap_or(now);
        (created_at, self.updated_at.unwrap_or(created_at))
    }
}

/// The fast path of a restore: stores server's copies of which nothing is known, with one statement for all that are of a
/// collection.
pub(crate) struct Insertion<'a> {
    tx: &'a Transaction<'a>,
    statement: Option<(Collection, CachedStatement<'a>)>,
}

impl<'a> Insertion<'a> {
    pub fn on(tx: &'a Transaction<'a>) -> Self {
        Self { tx, statement: None }
    }

    /// Stores a copy if nothing is known of the record. `false`: something is. `body`: its fields, as JSON without nulls.
    pub fn insert(
        &mut self,
        collection: Collection,
        (id, server_id, version): (RecordId, Option<&str>, Version),
        body: &str,
        beside: &Beside,
        now: i64,
    ) -> Result<bool> {
        let statement = match self.statement.take_if(|(of, _)| *of == collection) {
            Some((_, statement)) => statement,
            None => self.prepared(collection)?,
        };
        let (_, statement) = self.statement.insert((collection, statement));
        let (created_at, updated_at) = beside.times(now);
        let Beside { sort_key, shelf, .. } = beside;
        let values = params![id, version, body, created_at, updated_at, sort_key, shelf, server_id];
        Ok(statement.execute(values)? == 1)
    }

    fn prepared(&self, collection: Collection) -> Result<CachedStatement<'a>> {
        let sql = format!(
            "INSERT INTO {} (id, version, body, base_kind, deleted, created_at, updated_at, sort_key, shelf, server_id)
             VALUES (?1, ?2, ?3, 0, 0, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
            collection.name()
        );
        Ok(self.tx.prepare_cached(&sql)?)
    }
}

/// One such copy.
#[cfg(test)]
pub(crate) fn insert_from_server(
    tx: &Transaction<'_>,
    spec: &Spec,
    id: RecordId,
    version: Version,
    fields: &Fields,
    server_id: Option<&str>,
    now: i64,
) -> Result<bool> {
    let named = (id, server_id, version);
    Insertion::on(tx).insert(spec.collection, named, &fields.to_json(), &Beside::of(spec, fields), now)
}

pub(crate) fn remove(tx: &Transaction<'_>, spec: &Spec, id: RecordId) -> Result<()> {
    tx.prepare_cached(&format!("DELETE FROM {} WHERE id = ?1", spec.name))?.execute([id])?;
    Ok(())
}

fn sort_key(spec: &Spec, row: &Row) -> i64 {
    (spec.sort_key)(&row.body)
}

pub(super) fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let base = match row.get::<_, i64>(5)? {
        0 => Base::Body,
        1 => Base::Absent,
        2 => Base::Fields(row.get(4)?),
        _ => Base::Deleted(row.get(4)?),
    };
    Ok(Row {
        id: row.get(0)?,
        server_id: row.get(1)?,
        version: row.get(2)?,
        body: row.get(3)?,
        base,
        deleted: row.get(6)?,
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
    })
}

#[cfg(test)]
mod tests {
    use super::is_last;

    #[test]
    fn a_page_is_the_last_one_when_it_is_not_full() {
        let cases = [
            ("nothing", 0, 0, true),
            ("less than was asked for", 9, 0, true),
            ("all that was asked for", 10, 0, false),
            ("all, some of it unreadable", 8, 2, false),
            ("less, some of it unreadable", 7, 2, true),
            ("nothing that can be read: there is no place to go on from", 0, 10, true),
        ];
        for (name, records, unreadable, expected) in cases {
            assert_eq!(is_last(records, unreadable, 10), expected, "{name}");
        }
    }
}
