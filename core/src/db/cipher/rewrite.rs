//! A file written anew under a key, and put in the place of the old one in one step: after a kill at any moment, the one or
//! the other is there, whole, and nothing of one beside the other.

use super::secret::Secret;
use crate::db::account::is_ours;
use crate::db::mark::{MarkFile, sync_folder};
use crate::db::{Account, Place, migrate};
use crate::error::{Error, ErrorKind, Result};
use rusqlite::Connection;
use std::fs::{self, File};
use std::path::Path;

/// Puts a copy of `source`, the only connection to the account's file, in that file's place, under this key. A file that
/// would be refused afterwards is left as it is.
pub(super) fn under(source: Connection, place: &Place, account: &Account<'_>, secret: &Secret) -> Result<()> {
    migrate::refuse_newer(&source)?;
    if migrate::found(&source)? > 0 && is_ours(&source, account)? == Some(false) {
        return Err(ErrorKind::WrongAccount.into());
    }
    let path = place.database();
    let copy = path.with_extension("db.encrypting");
    // Left by a kill. Never the only copy: until it has its final name, the old file stands.
    remove(&copy)?;
    let done = alone(&source, place)
        .and_then(|()| write(&source, &copy, secret))
        .and_then(|()| Ok(File::open(&copy)?.sync_all()?))
        .and_then(|()| Ok(fs::rename(&copy, &path)?));
    if done.is_err() {
        // It takes room, and the disk may be full.
        let _ = remove(&copy);
        return done;
    }
    sync_folder(&place.folder)
}

/// Folds the write-ahead log into the file, so that none is left beside the new one, and lets nobody else in until the
/// connection is closed. SQLite does the first only for who is alone at the file.
fn alone(source: &Connection, place: &Place) -> Result<()> {
    if place.log().exists() {
        // As at a close: a death in between must not look like a log that was lost.
        MarkFile(place.mark()).update(|mark| mark.in_use = false)?;
    }
    let mode: String = source.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("delete") {
        return Err(ErrorKind::StorageBusy.into());
    }
    source.execute_batch("PRAGMA main.locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT")?;
    Ok(())
}

fn write(source: &Connection, copy: &Path, secret: &Secret) -> Result<()> {
    let name = copy.to_str().ok_or_else(|| Error::internal("path"))?;
    source.execute("ATTACH ?1 AS copy KEY ''", [name])?;
    secret.apply(source, c"copy")?;
    // A kill leaves a copy that is thrown away: it needs no journal, and is synced as a whole.
    source.execute_batch("PRAGMA copy.journal_mode = MEMORY; PRAGMA copy.synchronous = OFF; BEGIN")?;
    source.query_row("SELECT sqlcipher_export('copy')", [], |_| Ok(()))?;
    source.pragma_update(Some("copy"), "user_version", migrate::found(source)?)?;
    forget_index(source)?;
    source.execute_batch("COMMIT; DETACH copy")?;
    Ok(())
}

/// Rows may have other numbers in the copy, and the search index knows them by number: it is made anew.
fn forget_index(source: &Connection) -> Result<()> {
    let sql = "SELECT EXISTS (SELECT 1 FROM copy.sqlite_schema WHERE name = 'search_state')";
    if source.query_row(sql, [], |row| row.get(0))? {
        source.execute_batch("UPDATE copy.search_state SET indexed_to = 0, form = 0")?;
    }
    Ok(())
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
