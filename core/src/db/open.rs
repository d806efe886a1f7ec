//! Opening connections: explicit flags, the settings that the guarantees rest on, and the check of whose file it is.

use super::account::{Account, claim};
use super::cipher::{self, FileKey, Opened, Secret};
use super::migrate;
use super::place::Place;
use crate::error::{Error, ErrorKind, Result};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::time::Duration;

pub(super) const BUSY_LIMIT: Duration = Duration::from_secs(5);
/// So often somebody else may be first at a new file.
const MOST_TURNS: u32 = 100;
/// The smallest page that SQLite knows, in bytes.
const SHORTEST: u64 = 512;
/// Statements kept prepared on a connection; the crate has about sixty.
const STATEMENTS: usize = 128;

/// The writing connection: creates, migrates and checks the file, and encrypts one that was plain. With it, what opens the
/// file to others; `None`: it is plain. `must_exist`: there was one, so none is made, and an empty one is not taken for it.
pub(super) fn writer(
    place: &Place,
    account: &Account<'_>,
    key: Option<&FileKey>,
    must_exist: bool,
) -> Result<(Connection, Option<Secret>)> {
    refuse_stump(&place.database())?;
    if must_exist && std::fs::metadata(place.database()).map_or(true, |file| file.len() == 0) {
        return Err(ErrorKind::StoreMissing.into());
    }
    let create = if must_exist { OpenFlags::empty() } else { OpenFlags::SQLITE_OPEN_CREATE };
    let access = OpenFlags::SQLITE_OPEN_READ_WRITE | create;
    let Opened { conn, secret, turn: _turn } = cipher::open(place, account, key, access)?;
    Ok((prepared(conn, account, must_exist)?, secret))
}

/// The writing connection to a file that is made now, of no use to anybody yet.
pub(super) fn maker(path: &Path, account: &Account<'_>, key: Option<&FileKey>) -> Result<Connection> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    cipher::lock_new(&conn, key)?;
    prepared(conn, account, false)
}

fn prepared(mut conn: Connection, account: &Account<'_>, must_exist: bool) -> Result<Connection> {
    let found = migrate::refuse_newer(&conn)?;
    if must_exist && found == 0 {
        return Err(ErrorKind::StoreMissing.into());
    }
    durable(&conn)?;
    let newest = if found == migrate::supported() { Ok(()) } else { migrate::migrate(&mut conn) };
    newest.and_then(|()| claim(&conn, account, must_exist)).map_err(as_damage)?;
    Ok(conn)
}

/// The settings of a connection that writes.
fn durable(conn: &Connection) -> Result<()> {
    write_ahead(conn)?;
    // FULL: a commit that returned is on storage (G1).
    let how = if sabotaged!(NotDurable) { "OFF" } else { "FULL" };
    conn.pragma_update(None, "synchronous", how)?;
    conn.pragma_update(None, "secure_delete", true)?;
    Ok(())
}

/// The writing connection once more, to a file that this process has had open before.
pub(super) fn again(path: &Path, secret: Option<&Secret>) -> Result<Connection> {
    let conn = known(path, secret)?;
    migrate::refuse_newer(&conn)?;
    durable(&conn)?;
    Ok(conn)
}

/// SQLite takes a file that is shorter than its header for a new one and writes over it. But what was being made when the
/// power failed has its journal beside it.
fn refuse_stump(path: &Path) -> Result<()> {
    let length = std::fs::metadata(path).map_or(0, |file| file.len());
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    if (1..SHORTEST).contains(&length) && !Path::new(&journal).exists() {
        return Err(ErrorKind::Corrupt { code: rusqlite::ffi::SQLITE_NOTADB }.into());
    }
    Ok(())
}

/// A file whose tables are not those of its version, or whose account cannot be read, is no healthy one.
pub(super) fn as_damage(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Internal { .. } | ErrorKind::Unreadable => {
            ErrorKind::Corrupt { code: rusqlite::ffi::SQLITE_CORRUPT }.into()
        }
        _ => error,
    }
}

/// Turns the write-ahead log on. Where two meet at a new file, both hold a read lock and want more: SQLite then fails at
/// once instead of waiting (either would wait for the other). So this one waits as a writer does, and asks again.
fn write_ahead(conn: &Connection) -> Result<()> {
    let ask = || conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
    let mut answer = ask();
    for _ in 0..MOST_TURNS {
        match &answer {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                conn.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
                answer = ask();
            }
            _ => break,
        }
    }
    if answer?.eq_ignore_ascii_case("wal") { Ok(()) } else { Err(Error::internal("wal")) }
}

/// A reading connection to a file that the writer has opened.
pub(super) fn reader(path: &Path, secret: Option<&Secret>) -> Result<Connection> {
    let conn = known(path, secret)?;
    // It brings the log into the file, too.
    conn.pragma_update(None, "synchronous", "FULL")?;
    read_only(&conn)?;
    Ok(conn)
}

/// From now on the connection writes no more.
pub(super) fn read_only(conn: &Connection) -> Result<()> {
    Ok(conn.pragma_update(None, "query_only", true)?)
}

/// A connection to a file of which it is known what opens it.
fn known(path: &Path, secret: Option<&Secret>) -> Result<Connection> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    match secret {
        Some(secret) => secret.apply(&conn, c"main")?,
        None => cipher::refuse_encrypted(&conn)?,
    }
    Ok(conn)
}

/// A connection that has read nothing of the file yet.
pub(super) fn connect(path: &Path, access: OpenFlags) -> Result<Connection> {
    // Not the default flags: those take a path like `file:x?mode=memory` for a URI.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY_LIMIT)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // Else SQLite prepares a statement anew whenever a bound value changes, where an index has a WHERE on that column.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    Ok(conn)
}
