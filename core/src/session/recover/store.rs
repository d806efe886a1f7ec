//! SQL of a recovery: what a damaged file still holds that no server can give back, and into a fresh one with it.

use crate::collection::Collection;
use crate::db::Transaction;
use crate::db::salvage::{self, Rows, Salvaged, Wreck, intact};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{RecordId, UserId};
use crate::outbox::lanes;
use rusqlite::params_from_iter;
use rusqlite::types::Value;
use std::collections::HashMap;

/// Of an operation, in the order of [`FIELDS`].
const OPERATION: &str = "seq, key, user_id, collection, record_id, kind, payload_version, payload, seen_before, base_version, attempts,
    created_at, first_attempt_at, request_id, state, failure, settled_at, server_code, http_status, ";
/// How many of them an insert takes over as they are.
const FIELDS: usize = 14;
const USER: usize = 2;
const PAYLOAD_VERSION: usize = 6;
const STATE: usize = 14;
const FAILURE: usize = 15;
const YIELDS: usize = 19;

/// An operation that was taken over.
pub(super) struct Carried {
    pub seq: i64,
    pub collection: Collection,
    pub record_id: RecordId,
}

/// What became of the queue.
#[derive(Default)]
pub(super) struct Queue {
    pub carried: Vec<Carried>,
    /// Seen, and nothing that could be stored again.
    pub lost: u64,
    pub complete: bool,
    /// New places by old ones.
    places: HashMap<i64, i64>,
}

/// What the app has set on this device, and the server's epoch: versions of another one compare with nothing.
pub(super) fn settings(from: &Wreck<'_>, tx: &Transaction<'_>) -> Result<()> {
    let copy = |column: &str| -> Result<()> {
        let sql = format!("SELECT {column} FROM sync_state");
        let value = from.read(|conn| Ok(conn.query_row(&sql, [], |row| row.get::<_, Value>(0))?))?;
        if let Some(value) = value.filter(|value| *value != Value::Null) {
            // Of another type than it must be: then it is not what the app has set.
            intact(
                tx.execute(&format!("UPDATE sync_state SET {column} = ?1"), [value]).map_err(Error::from),
            )?;
        }
        Ok(())
    };
    ["paused", "safe_merge", "epoch"].into_iter().try_for_each(copy)
}

/// Every operation of this user that is not acknowledged: key, content, first attempt and order stay. What was under way
/// waits again. What was parked stays so; but for a question, which is raised anew by the server's own answer.
pub(super) fn operations(from: &Wreck<'_>, tx: &Transaction<'_>, user: &UserId) -> Result<Queue> {
    let columns = OPERATION.to_owned() + if has_imports(from)? { "yields" } else { "0" };
    let Rows { rows, complete } = salvage::by_rowid(from, "operations", &columns)?;
    let mut queue = Queue { complete, ..Queue::default() };
    for row in rows.into_iter().filter(|row| row.values.get(STATE) != Some(&Value::Integer(3))) {
        let ours = matches!(row.values.get(USER), Some(Value::Text(owner)) if owner == user.as_str());
        match intact(if ours { insert(tx, &row) } else { Err(ErrorKind::Unreadable.into()) })? {
            Some(carried) => {
                if let Some(Value::Integer(seq)) = row.values.first() {
                    queue.places.insert(*seq, carried.seq);
                }
                queue.carried.push(carried);
            }
            None => queue.lost += 1,
        }
    }
    Ok(queue)
}

/// Files that have known only elder schemas have no imports to be told from edits.
fn has_imports(from: &Wreck<'_>) -> Result<bool> {
    let found = from.read(|conn| Ok(conn.column_exists(None, "operations", "yields")?))?;
    Ok(found.unwrap_or(false))
}

fn insert(tx: &Transaction<'_>, row: &Salvaged) -> Result<Carried> {
    let mut values = row.values.clone();
    if !row.exact
        && let Some(version) = values.get_mut(PAYLOAD_VERSION)
    {
        // No form that any build writes: held as damaged, never sent with what is left of it.
        *version = Value::Integer(0);
    }
    tx.prepare_cached(
        "INSERT INTO operations (key, user_id, collection, record_id, kind, payload_version, payload, seen_before,
            base_version, attempts, created_at, first_attempt_at, request_id, yields, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0)",
    )?
    .execute(params_from_iter(values.get(1..FIELDS).into_iter().flatten().chain(values.get(YIELDS))))?;
    let seq = tx.last_insert_rowid();
    let lane = tx
        .prepare_cached("SELECT collection, record_id FROM operations WHERE seq = ?1")?
        .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let asked = values.get(FAILURE) == Some(&Value::Text("conflict".to_owned()));
    if values.get(STATE) == Some(&Value::Integer(2)) && !asked {
        let parked = [&[Value::Integer(seq)], values.get(FAILURE..YIELDS).unwrap_or_default()].concat();
        let mut park = tx.prepare_cached(
            "UPDATE operations SET state = 2, failure = ?2, settled_at = ?3, server_code = ?4, http_status = ?5
             WHERE seq = ?1",
        )?;
        // If why it was parked is damaged, it waits: the server says it again.
        intact(park.execute(params_from_iter(parked)).map_err(Error::from))?;
    }
    Ok(Carried { seq, collection: lane.0, record_id: lane.1 })
}

/// What waits for what. Where that cannot be read: what was said of the allergy list goes after every elder edit of an
/// allergy, which is what it waits for.
pub(super) fn waits(from: &Wreck<'_>, tx: &Transaction<'_>, queue: &Queue) -> Result<()> {
    let pairs = intact(salvage::by_key(from, "waits_for", "seq, on_seq", &["seq", "on_seq"]))?;
    let place = |value: Option<&Value>| match value {
        Some(Value::Integer(seq)) => queue.places.get(seq),
        _ => None,
    };
    for pair in pairs.iter().flat_map(|pairs| &pairs.rows) {
        if let (Some(seq), Some(on)) = (place(pair.values.first()), place(pair.values.get(1))) {
            lanes::hold(tx, *seq, &[*on])?;
        }
    }
    if pairs.is_some_and(|pairs| pairs.complete) {
        return Ok(());
    }
    for said in queue.carried.iter().filter(|said| said.collection == Collection::AllergyList) {
        let edits = queue.carried.iter().filter(|edit| edit.collection == Collection::Allergies);
        let elder: Vec<_> = edits.map(|edit| edit.seq).filter(|seq| *seq < said.seq).collect();
        lanes::hold(tx, said.seq, &elder)?;
    }
    Ok(())
}

/// What is kept beside the records: what could not be read, what was imported, what was overwritten.
pub(super) fn beside(from: &Wreck<'_>, tx: &Transaction<'_>) -> Result<()> {
    let unreadable = "source, entity, record, raw, reason, noticed_at";
    let overwritten = "seq, collection, record_id, field, value, noticed_at";
    let tables = [
        (
            "unreadable",
            unreadable,
            salvage::by_key(from, "unreadable", unreadable, &["source", "entity", "record"]),
        ),
        ("imported", "record_id", salvage::by_key(from, "imported", "record_id", &["record_id"])),
        ("overwritten", overwritten, salvage::by_rowid(from, "overwritten", overwritten)),
    ];
    for (table, columns, rows) in tables {
        for row in intact(rows)?.map(|rows| rows.rows).unwrap_or_default() {
            put(tx, table, columns, &row)?;
        }
    }
    Ok(())
}

/// The old data that were handed in, and how far their import is. If some of them are lost, the snapshot is not whole: the
/// app hands the text in again.
pub(super) fn old_data(from: &Wreck<'_>, tx: &Transaction<'_>) -> Result<()> {
    let columns =
        "position, source, collection, legacy_id, stable_id, raw, state, note, turn, round, shelf, sort_key";
    let Some(old) = intact(salvage::by_rowid(from, "legacy", columns))? else { return Ok(()) };
    let mut whole = old.complete;
    for row in &old.rows {
        whole &= row.exact && put(tx, "legacy", columns, row)?;
    }
    let whole = Value::Integer(i64::from(whole));
    let columns = "source, origin, round, stored, done, finished, reads_on";
    for import in intact(salvage::by_rowid(from, "legacy_imports", columns))?
        .map(|found| found.rows)
        .unwrap_or_default()
    {
        let values = import.values.iter().chain([&whole]);
        let update = "UPDATE legacy_imports SET origin = ?2, round = ?3, stored = ?4 * ?8, done = ?5 * ?8, finished = ?6,
            reads_on = ?7 * ?8 WHERE source = ?1";
        intact(tx.execute(update, params_from_iter(values)).map_err(Error::from))?;
    }
    Ok(())
}

/// `false`: what the row says cannot be stored.
fn put(tx: &Transaction<'_>, table: &str, columns: &str, row: &Salvaged) -> Result<bool> {
    let marks = vec!["?"; columns.split(',').count()].join(", ");
    let sql = format!("INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING");
    Ok(intact(tx.prepare_cached(&sql)?.execute(params_from_iter(&row.values)).map_err(Error::from))?
        == Some(1))
}
