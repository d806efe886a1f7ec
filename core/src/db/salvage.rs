//! Reading what can still be read of a damaged file, row by row. Changes nothing in it.

use super::account;
use super::cipher::{self, FileKey};
use super::mark::{self, MarkFile, Standing};
use super::open;
use super::place::Place;
use crate::error::{Error, ErrorKind, Result};
use rusqlite::config::DbConfig;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags};
use std::cell::RefCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Rows that are looked up one by one between two ends that can be read; then it is enough.
const MOST_LOOKUPS: i64 = 20_000;

/// Looks at what seems damaged.
const LOOKS: u32 = 2;

/// One row, as values.
pub(crate) struct Salvaged {
    pub values: Vec<Value>,
    /// Every text in it was text: else what could not be read of it is replaced.
    pub exact: bool,
}

/// What could be read of a table.
pub(crate) struct Rows {
    pub rows: Vec<Salvaged>,
    /// From end to end, without a hole.
    pub complete: bool,
}

/// A damaged file, open to be read.
pub(crate) struct Wreck<'a> {
    conn: RefCell<Connection>,
    path: PathBuf,
    key: Option<&'a FileKey>,
    device: Option<Uuid>,
    wiped: bool,
}

impl Wreck<'_> {
    /// Reads, and once more where that met damage. `None`: it is damaged. What failed once for another reason looks the same to
    /// SQLite; and SQLCipher reads nothing right any more by a connection whose first read failed (it has drawn a salt of its own
    /// then) or that has met a damaged page: so each look after damage has a connection of its own.
    pub fn read<T>(&self, mut read: impl FnMut(&Connection) -> Result<T>) -> Result<Option<T>> {
        for _ in 0..LOOKS {
            if let Some(value) = intact(read(&self.conn.borrow()))? {
                return Ok(Some(value));
            }
            self.conn.replace(connect(&self.path, self.key)?);
        }
        Ok(None)
    }

    /// The id of this copy of the data. `None`: it cannot be read, or the file is not as this installation left it.
    pub fn device(&self) -> Option<Uuid> {
        self.device
    }

    /// Whether it was being deleted.
    pub fn is_wiped(&self) -> bool {
        self.wiped
    }
}

/// Opens a damaged file so that it, and what lies beside it, stays as it is. `None`: there is none,
/// or nothing in it.
pub(crate) fn reader<'a>(place: &Place, key: Option<&'a FileKey>) -> Result<Option<Wreck<'a>>> {
    let (path, log) = (place.database(), place.log().exists());
    // SQLite deletes the log beside an empty file, and that may be all that is left.
    if std::fs::metadata(&path).map_or(true, |file| file.len() == 0) {
        return Ok(None);
    }
    let (found, inode) = MarkFile(place.mark()).read()?;
    let conn = RefCell::new(connect(&path, key)?);
    let wreck = Wreck { conn, path, key, device: None, wiped: false };
    let stored = wreck.read(account::stored)?;
    let ours = stored.filter(|stored| mark::standing(&found, inode, *stored, log) != Standing::Copied);
    let wiped = wreck.read(account::is_wiped)?.unwrap_or(false);
    Ok(Some(Wreck { device: ours.map(|stored| stored.device), wiped, ..wreck }))
}

fn connect(path: &Path, key: Option<&FileKey>) -> Result<Connection> {
    let conn = open::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    cipher::unlock(&conn, key)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // A table whose definition is damaged hides no other.
    conn.pragma_update(None, "writable_schema", true)?;
    Ok(conn)
}

/// The rows of a table whose first column is its rowid: from the first on, as far as that goes; from the last back; and
/// one by one between the two.
pub(crate) fn by_rowid(from: &Wreck<'_>, table: &str, columns: &str) -> Result<Rows> {
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    let (id, _) = columns.split_once(',').unwrap_or((columns, ""));
    let sql = |rest: &str| format!("SELECT {columns} FROM {table} NOT INDEXED {rest}");
    if walk(from, &sql(&format!("ORDER BY {id}")), &[], 1, &mut rows, &mut seen)? {
        return Ok(Rows { rows, complete: true });
    }
    let first = rowids(&rows).max().unwrap_or(0);
    let forward = rows.len();
    walk(from, &sql(&format!("ORDER BY {id} DESC")), &[], 1, &mut rows, &mut seen)?;
    let to = rowids(rows.get(forward..).unwrap_or_default()).min();
    let to = match to {
        Some(to) => to,
        None => beyond(from, table)?.unwrap_or(if rows.is_empty() { first } else { i64::MAX }),
    };
    let to = to.min(first.saturating_add(MOST_LOOKUPS));
    let one = sql(&format!("WHERE {id} = ?1"));
    for rowid in first.saturating_add(1)..to {
        walk(from, &one, &[rowid], 1, &mut rows, &mut seen)?;
    }
    rows.sort_by_key(rowid);
    Ok(Rows { rows, complete: false })
}

/// One more than the highest rowid that a table has ever had, if SQLite's own count of that can be read.
fn beyond(from: &Wreck<'_>, table: &str) -> Result<Option<i64>> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
    let last = from.read(|conn| Ok(conn.query_row(sql, [table], |row| row.get::<_, i64>(0))?))?;
    Ok(last.map(|last| last.saturating_add(1)))
}

/// The rows of a table without rowids, whose first columns are its key: from the first on, and from the last back.
pub(crate) fn by_key(from: &Wreck<'_>, table: &str, columns: &str, key: &[&str]) -> Result<Rows> {
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    let sql = format!("SELECT {columns} FROM {table} ORDER BY ");
    if walk(from, &(sql.clone() + &key.join(", ")), &[], key.len(), &mut rows, &mut seen)? {
        return Ok(Rows { rows, complete: true });
    }
    walk(from, &(sql + &key.join(" DESC, ") + " DESC"), &[], key.len(), &mut rows, &mut seen)?;
    Ok(Rows { rows, complete: false })
}

/// Whether an error says that what was read is damaged, and not that it cannot be read now.
pub(crate) fn is_damage(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Corrupt { .. } | ErrorKind::Internal { .. } | ErrorKind::Unreadable)
}

/// `None`: it is damaged.
pub(crate) fn intact<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_damage(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Collects what a query gives and was not seen before, by its first `key` columns. `false`: it ended in damage.
fn walk(
    from: &Wreck<'_>,
    sql: &str,
    values: &[i64],
    key: usize,
    rows: &mut Vec<Salvaged>,
    seen: &mut HashSet<String>,
) -> Result<bool> {
    let collect = |conn: &Connection| -> Result<()> {
        let mut statement = conn.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut found = statement.query(rusqlite::params_from_iter(values))?;
        while let Some(row) = found.next()? {
            let salvaged = read(row, columns)?;
            if seen.insert(format!("{:?}", salvaged.values.get(..key))) {
                rows.push(salvaged);
            }
        }
        Ok(())
    };
    Ok(from.read(collect)?.is_some())
}

fn read(row: &rusqlite::Row<'_>, columns: usize) -> Result<Salvaged> {
    let mut salvaged = Salvaged { values: Vec::with_capacity(columns), exact: true };
    for column in 0..columns {
        salvaged.values.push(match row.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Real(number) => Value::Real(number),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            ValueRef::Text(bytes) => {
                salvaged.exact &= std::str::from_utf8(bytes).is_ok();
                Value::Text(String::from_utf8_lossy(bytes).into_owned())
            }
        });
    }
    Ok(salvaged)
}

fn rowid(row: &Salvaged) -> i64 {
    match row.values.first() {
        Some(Value::Integer(rowid)) => *rowid,
        _ => 0,
    }
}

fn rowids(rows: &[Salvaged]) -> impl Iterator<Item = i64> {
    rows.iter().map(rowid)
}
