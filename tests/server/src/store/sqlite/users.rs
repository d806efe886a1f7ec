//! Users and their sequence numbers.

use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use crate::store::{StoreError, User};

pub(super) fn find(conn: &Connection, name: &str) -> Result<Option<User>, StoreError> {
    let sql = "SELECT user_id, seq, purged, live_history FROM users WHERE name = ?1";
    let read = |row: &Row| {
        Ok(User { id: row.get(0)?, seq: row.get(1)?, purged: row.get(2)?, live_history: row.get(3)? })
    };
    Ok(conn.prepare_cached(sql)?.query_row([name], read).optional()?)
}

/// The id of the user's row.
pub(in crate::store) fn find_or_add(tx: &Transaction, name: &str) -> Result<i64, StoreError> {
    if let Some(user) = find(tx, name)? {
        return Ok(user.id);
    }
    tx.prepare_cached("INSERT INTO users (name) VALUES (?1)")?.execute([name])?;
    Ok(tx.last_insert_rowid())
}

pub(super) fn take_next_version(tx: &Transaction, user_id: i64) -> Result<i64, StoreError> {
    let mut statement =
        tx.prepare_cached("UPDATE users SET seq = seq + 1 WHERE user_id = ?1 RETURNING seq")?;
    Ok(statement.query_row([user_id], |row| row.get(0))?)
}

pub(super) fn skip_versions(tx: &Transaction, count: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE users SET seq = seq + ?1", [count])?;
    Ok(())
}
