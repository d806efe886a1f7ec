//! Records: the current one, and the feed.

use rusqlite::{Connection, OptionalExtension, Row, Rows, Transaction, params};

use crate::model::Entity;
use crate::record::Record;
use crate::store::rows::{Growing, StoredRow};
use crate::store::{Found, Name, Page, StoreError};

/// What [`page_of`] reads.
pub(super) const COLUMNS: &str = "entity, id, version, deleted, fields, received_at, server_id, is_nameless";

/// The plus keeps SQLite from walking through the whole feed to spare itself the sorting of a few rows.
const LIVE: &str =
    "SELECT entity, id, version, deleted, fields, received_at, server_id, is_nameless FROM records
    WHERE user_id = ?1 AND entity = ?2 AND deleted = 0 ORDER BY +version";

pub(super) fn find(
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
    row.map(|(stored, field_versions)| stored.found(&field_versions)).transpose()
}

fn select_by(column: &str) -> String {
    format!(
        "SELECT {COLUMNS}, field_versions FROM records WHERE user_id = ?1 AND entity = ?2 AND {column} = ?3"
    )
}

pub(super) fn put(
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

pub(super) fn feed_after(
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
    let mut growing = Growing::new(limit, max_bytes);
    while let Some(row) = rows.next()? {
        if !growing.takes(read_row(row)?)? {
            return Ok(growing.page(true));
        }
    }
    Ok(growing.page(false))
}

pub(super) fn live_of(conn: &Connection, user_id: i64, entity: Entity) -> Result<Vec<Record>, StoreError> {
    let mut statement = conn.prepare_cached(LIVE)?;
    let rows = statement.query_map(params![user_id, entity.name()], read_row)?;
    rows.map(|row| row?.parse()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::tests::plan;

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
    }
}
