//! The few values that belong to the whole database.

use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::clock::Seams;
use crate::store::{Meta, StoreError};

pub(super) fn read(conn: &Connection) -> Result<Meta, StoreError> {
    Meta::from_values(|name| {
        let mut statement = conn.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0))?)
    })
}

/// Gives a new database its epoch and its key.
pub(super) fn ensure(tx: &Transaction, seams: &Seams) -> Result<(), StoreError> {
    let known: Option<i64> =
        tx.query_row("SELECT 1 FROM meta WHERE name = 'epoch'", [], |row| row.get(0)).optional()?;
    if known.is_none() {
        for (name, value) in Meta::fresh(seams) {
            set(tx, name, &value)?;
        }
    }
    Ok(())
}

pub(super) fn set_epoch(tx: &Transaction, epoch: &str) -> Result<(), StoreError> {
    set(tx, "epoch", epoch)
}

pub(super) fn forget_cursors(tx: &Transaction) -> Result<(), StoreError> {
    let next = read(tx)?.cursor_generation + 1;
    set(tx, "cursor_generation", &next.to_string())
}

fn set(tx: &Transaction, name: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.prepare_cached(sql)?.execute([name, value])?;
    Ok(())
}
