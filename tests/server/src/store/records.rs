//! Records: the current one, the feed, and the end of old tombstones.

use rusqlite::{Connection, OptionalExtension, Row, Rows, Transaction, params};
use serde_json::Value;

use super::StoreError;
use crate::decide::Current;
use crate::model::{Entity, Fields, RawRecord};
use crate::record::Record;

/// What [`page_of`] reads.
pub(super) const COLUMNS: &str = "entity, id, version, deleted, fields, received_at, server_id, is_nameless";

/// The plus keeps SQLite from walking through the whole feed to spare itself the sorting of a few rows.
const LIVE: &str =
    "SELECT entity, id, version, deleted, fields, received_at, server_id, is_nameless FROM records
    WHERE user_id = ?1 AND entity = ?2 AND deleted = 0 ORDER BY +version";

/// The plus keeps SQLite from walking through all records to have them grouped.
const RAISE_PURGE_MARKS: &str = "UPDATE users SET purged = max(purged, old.version)
    FROM (SELECT user_id, max(version) AS version FROM records
          WHERE deleted = 1 AND received_at < ?1 GROUP BY +user_id) AS old
    WHERE users.user_id = old.user_id";

/// Some records in their order, and whether there are more.
pub(crate) type Page = (Vec<Record>, bool);

/// A record in both its forms: for the decision, and for the wire.
pub(crate) struct Found {
    pub current: Current,
    pub record: Record,
}

/// What a record is looked up by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Name<'a> {
    Id(&'a str),
    ServerId(&'a str),
}

pub(crate) fn find(
    conn: &Connection,
    user_id: i64,
    entity: Entity,
    name: Name,
) -> Result<Option<Found>, StoreError> {
    let (column, name) = match name {
        Name::Id(id) => ("id", id),
        Name::ServerId(server_id) => ("server_id", server_id),
    };
    let mut statement = conn.prepare_cached(&select_by(column))?;
    let row = statement
        .query_row(params![user_id, entity.name(), name], |row| {
            Ok((read_row(row)?, row.get::<_, String>(8)?))
        })
        .optional()?;
    let Some((stored, field_versions)) = row else { return Ok(None) };
    let record = stored.parse()?;
    let current = Current {
        version: record.version,
        deleted: record.deleted,
        // Only a test's raw record holds anything but an object; a write on it starts from nothing.
        fields: record.fields.as_object().cloned().unwrap_or_default(),
        field_versions: serde_json::from_str(&field_versions)
            .map_err(|_| StoreError::Corrupt("field versions"))?,
    };
    Ok(Some(Found { current, record }))
}

fn select_by(column: &str) -> String {
    format!(
        "SELECT {COLUMNS}, field_versions FROM records WHERE user_id = ?1 AND entity = ?2 AND {column} = ?3"
    )
}

/// Gives the record as it is stored: one that was there keeps the server id of its creation.
pub(crate) fn put(
    tx: &Transaction,
    user_id: i64,
    record: Record,
    field_versions: &str,
) -> Result<Record, StoreError> {
    let sql =
        "INSERT INTO records (user_id, entity, id, version, deleted, fields, received_at, field_versions,
                                    server_id, is_nameless)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
               ON CONFLICT (user_id, entity, id) DO UPDATE SET version = excluded.version,
                 deleted = excluded.deleted, fields = excluded.fields, received_at = excluded.received_at,
                 field_versions = excluded.field_versions, is_nameless = excluded.is_nameless
               RETURNING server_id";
    let values = params![
        user_id,
        record.entity,
        record.id,
        record.version,
        record.deleted,
        record.fields.to_string(),
        record.received_at,
        field_versions,
        record.server_id,
        record.is_nameless,
    ];
    let server_id = tx.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
    Ok(Record { server_id, ..record })
}

/// The name of a record that begins with this version, which no other record of the user ever has. The slash is there
/// so that a client that does not encode it in a path meets its mistake at once.
pub(crate) fn mint_server_id(entity: &str, version: i64) -> Option<String> {
    let is_single = Entity::from_name(entity).is_some_and(Entity::is_single);
    (!is_single).then(|| format!("records/{version}"))
}

/// Every field of a raw record counts as written now.
pub(crate) fn raw_field_versions(raw: &RawRecord, version: i64) -> String {
    let names = raw.fields.as_object().into_iter().flat_map(Fields::keys);
    Value::Object(names.map(|name| (name.clone(), Value::from(version))).collect()).to_string()
}

/// The part of the feed after `position`, until the limit or `max_bytes` is reached; and whether there is more.
pub(crate) fn feed_after(
    conn: &Connection,
    user_id: i64,
    position: i64,
    entities: &[Entity],
    limit: usize,
    max_bytes: usize,
) -> Result<Page, StoreError> {
    // Without a choice of entities also those that this build does not know.
    let names: Vec<String> = entities.iter().map(|entity| format!("'{}'", entity.name())).collect();
    let choice = if entities.len() == Entity::ALL.len() {
        String::new()
    } else {
        format!("AND entity IN ({})", names.join(","))
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM records WHERE user_id = ?1 AND version > ?2 {choice} ORDER BY version"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    page_of(statement.query(params![user_id, position])?, limit, max_bytes)
}

/// The first of the rows, until the limit or `max_bytes` is reached.
pub(super) fn page_of(mut rows: Rows, limit: usize, max_bytes: usize) -> Result<Page, StoreError> {
    let mut records = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let stored = read_row(row)?;
        bytes += stored.fields.len();
        if records.len() == limit || (bytes > max_bytes && !records.is_empty()) {
            return Ok((records, true));
        }
        records.push(stored.parse()?);
    }
    Ok((records, false))
}

/// Live records of one entity in the order of versions.
pub(crate) fn live_of(conn: &Connection, user_id: i64, entity: Entity) -> Result<Vec<Record>, StoreError> {
    let mut statement = conn.prepare_cached(LIVE)?;
    let rows = statement.query_map(params![user_id, entity.name()], read_row)?;
    rows.map(|row| row?.parse()).collect()
}

/// Removes tombstones that were received before `before_ms`, and raises their users' purge marks.
pub(crate) fn purge_tombstones(tx: &Transaction, before_ms: i64) -> Result<usize, StoreError> {
    tx.execute(RAISE_PURGE_MARKS, [before_ms])?;
    Ok(tx.execute("DELETE FROM records WHERE deleted = 1 AND received_at < ?1", [before_ms])?)
}

struct StoredRow {
    entity: String,
    id: String,
    version: i64,
    deleted: bool,
    fields: String,
    received_at: i64,
    server_id: Option<String>,
    is_nameless: bool,
}

fn read_row(row: &Row) -> rusqlite::Result<StoredRow> {
    Ok(StoredRow {
        entity: row.get(0)?,
        id: row.get(1)?,
        version: row.get(2)?,
        deleted: row.get(3)?,
        fields: row.get(4)?,
        received_at: row.get(5)?,
        server_id: row.get(6)?,
        is_nameless: row.get(7)?,
    })
}

impl StoredRow {
    fn parse(self) -> Result<Record, StoreError> {
        let fields = serde_json::from_str(&self.fields).map_err(|_| StoreError::Corrupt("fields"))?;
        let Self { entity, id, server_id, is_nameless, version, deleted, received_at, .. } = self;
        Ok(Record { entity, id, server_id, is_nameless, version, deleted, fields, received_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::plan;

    #[test]
    fn a_record_is_found_by_an_index_under_either_name() {
        for name in ["id", "server_id"] {
            let steps = plan(&select_by(name));
            assert!(steps[0].ends_with(&format!("(user_id=? AND entity=? AND {name}=?)")), "{steps:?}");
        }
    }

    #[test]
    fn reads_of_a_few_rows_do_not_walk_through_all() {
        assert!(plan(LIVE)[0].ends_with("(user_id=? AND entity=?)"), "{:?}", plan(LIVE));
        let steps = plan(RAISE_PURGE_MARKS);
        let of_records: Vec<_> = steps.iter().filter(|step| step.contains(" records ")).collect();
        assert!(
            of_records.iter().all(|step| step.contains("records_tombstones (received_at<?)")),
            "{steps:?}"
        );
        assert!(!of_records.is_empty(), "{steps:?}");
    }
}
