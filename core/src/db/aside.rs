//! A damaged file gives way to a fresh one: set aside beside it, never deleted, never written over. Killed at any point,
//! the next open finishes it.
//!
//! 1. The fresh file is built under a name of its own; what is left of an earlier try was never anybody's.
//! 2. It is complete and on storage: it gets the name that says so. From here on it will take the place.
//! 3. What lies beside the damaged file is moved, then the damaged file itself.
//! 4. The fresh file gets its name.

use super::account::Account;
use super::cipher::FileKey;
use super::mark::sync_folder;
use super::open;
use super::transaction::Transaction;
use crate::error::{Error, ErrorKind, Result};
use rusqlite::TransactionBehavior;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What SQLite keeps beside a file.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Steps 1 and 2: `body` writes into the fresh file all that it is to hold.
pub(crate) fn build<T>(
    path: &Path,
    account: &Account<'_>,
    key: Option<&FileKey>,
    body: impl FnOnce(&Transaction<'_>) -> Result<T>,
) -> Result<T> {
    let building = building_place(path)?;
    let mut conn = open::maker(&building, account, key)?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = body(&Transaction::on(&tx))?;
    if tx.is_autocommit() {
        return Err(Error::internal("rolled-back"));
    }
    tx.commit()?;
    // All of it in the file itself: what lies beside it does not get its name.
    let busy: bool = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy {
        return Err(ErrorKind::StorageBusy.into());
    }
    drop(conn);
    complete(path)?;
    Ok(value)
}

/// Where a fresh file is built, with nothing left of an earlier try.
fn building_place(path: &Path) -> Result<PathBuf> {
    let building = path.with_extension("building");
    for file in BESIDE.iter().map(|suffix| with_suffix(&building, suffix)).chain([building.clone()]) {
        if exists(&file)? {
            fs::remove_file(file)?;
        }
    }
    Ok(building)
}

fn complete(path: &Path) -> Result<()> {
    let building = path.with_extension("building");
    File::open(&building)?.sync_all()?;
    fs::rename(&building, path.with_extension("fresh"))?;
    sync_folder_of(path)
}

/// Whether a fresh file waits to take the place.
pub(crate) fn is_due(path: &Path) -> Result<bool> {
    exists(&path.with_extension("fresh"))
}

/// Steps 3 and 4. Nobody else may do the same at the same time. Gives the name under which the
/// damaged file is now; `None`: there was none left.
pub(crate) fn give_way(path: &Path) -> Result<Option<PathBuf>> {
    let mut number = 1;
    let aside = loop {
        let aside = path.with_extension(format!("damaged-{number}"));
        if is_free(path, &aside)? {
            break aside;
        }
        number += 1;
    };
    let was_there = exists(path)?;
    for suffix in BESIDE.iter().chain(&[""]) {
        let file = with_suffix(path, suffix);
        if exists(&file)? {
            fs::rename(file, with_suffix(&aside, suffix))?;
        }
    }
    sync_folder_of(path)?;
    fs::rename(path.with_extension("fresh"), path)?;
    sync_folder_of(path)?;
    Ok(was_there.then_some(aside))
}

/// Whether nothing would be written over under this name.
fn is_free(path: &Path, aside: &Path) -> Result<bool> {
    for suffix in BESIDE {
        if exists(&with_suffix(path, suffix))? && exists(&with_suffix(aside, suffix))? {
            return Ok(false);
        }
    }
    Ok(!exists(aside)?)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// A link that leads nowhere is there, too.
fn exists(path: &Path) -> Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn sync_folder_of(path: &Path) -> Result<()> {
    path.parent().map_or(Ok(()), sync_folder)
}
