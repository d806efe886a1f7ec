//! The few values that belong to the whole database.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::StoreError;
use crate::clock::Seams;

/// What the database says about itself.
#[derive(Debug, Clone)]
pub(crate) struct Meta {
    /// One life of the database.
    pub epoch: String,
    /// Seals cursors; kept here so that they outlive a restart and a change of the token secret.
    pub cursor_key: String,
    /// Grows when all cursors are to be forgotten.
    pub cursor_generation: i64,
}

pub(crate) fn read(conn: &Connection) -> Result<Meta, StoreError> {
    let generation = value(conn, "cursor_generation")?;
    Ok(Meta {
        epoch: value(conn, "epoch")?,
        cursor_key: value(conn, "cursor_key")?,
        cursor_generation: generation.parse().map_err(|_| StoreError::Corrupt("cursor generation"))?,
    })
}

/// Gives a new database its epoch and its key.
pub(crate) fn ensure(tx: &Transaction, seams: &Seams) -> Result<(), StoreError> {
    let known: Option<i64> =
        tx.query_row("SELECT 1 FROM meta WHERE name = 'epoch'", [], |row| row.get(0)).optional()?;
    if known.is_none() {
        let fresh = || (seams.fresh_id)().simple().to_string();
        set(tx, "cursor_key", &format!("{}{}", fresh(), fresh()))?;
        set(tx, "cursor_generation", "1")?;
        set(tx, "epoch", &fresh())?;
    }
    Ok(())
}

pub(crate) fn set_epoch(tx: &Transaction, epoch: &str) -> Result<(), StoreError> {
    set(tx, "epoch", epoch)
}

pub(crate) fn forget_cursors(tx: &Transaction) -> Result<(), StoreError> {
    let next = read(tx)?.cursor_generation + 1;
    set(tx, "cursor_generation", &next.to_string())
}

fn value(conn: &Connection, name: &str) -> Result<String, StoreError> {
    let mut statement = conn.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0))?)
}

fn set(tx: &Transaction, name: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.prepare_cached(sql)?.execute([name, value])?;
    Ok(())
}
