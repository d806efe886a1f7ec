//! Opening connections: explicit flags, the settings that the guarantees rest on, and the check of whose file it is.

use super::cipher::{self, FileKey, Opened, Secret};
use super::migrate;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::UserId;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) const BUSY_LIMIT: Duration = Duration::from_secs(5);
/// So often somebody else may be first at a new file.
const MOST_TURNS: u32 = 100;
/// Statements kept prepared on a connection; the crate has about sixty.
const STATEMENTS: usize = 128;

/// Which account a file holds.
pub(crate) struct Account<'a> {
    pub user: &'a UserId,
    pub server: &'a str,
    /// Id of this installation's copy, used when the file is new.
    pub device_id: uuid::Uuid,
}

/// The file of an account: its name is a hash, so that no user id can become a path and none can be read off a disk.
pub(crate) fn file_for(data_dir: &Path, account: &Account<'_>) -> Result<PathBuf> {
    std::fs::create_dir_all(data_dir)?;
    // NOFOLLOW refuses a link anywhere in the path, and phones link their data folders: resolve those first.
    let folder = data_dir.canonicalize()?;
    let mut hash = Sha256::new();
    hash.update((account.server.len() as u64).to_le_bytes());
    hash.update(account.server.as_bytes());
    hash.update(account.user.as_str().as_bytes());
    let name: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Ok(folder.join(format!("foodlens-{name}.db")))
}

/// The writing connection: creates, migrates and checks the file, and encrypts one that was plain. With it, what opens the
/// file to others; `None`: it is plain.
pub(super) fn writer(
    path: &Path,
    account: &Account<'_>,
    key: Option<&FileKey>,
) -> Result<(Connection, Option<Secret>)> {
    let Opened { mut conn, secret, turn: _turn } = cipher::open(path, account, key)?;
    migrate::refuse_newer(&conn)?;
    write_ahead(&conn)?;
    // FULL: a commit that returned is on storage (G1).
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "secure_delete", true)?;
    migrate::migrate(&mut conn)?;
    claim(&conn, account)?;
    Ok((conn, secret))
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
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if let Some(secret) = secret {
        secret.apply(&conn, c"main")?;
    }
    conn.pragma_update(None, "query_only", true)?;
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

/// Writes the account into a new file; refuses a file of another.
fn claim(conn: &Connection, account: &Account<'_>) -> Result<()> {
    if let Some(ours) = is_ours(conn, account)? {
        return if ours { Ok(()) } else { Err(ErrorKind::WrongAccount.into()) };
    }
    conn.execute(
        "INSERT INTO account (only_row, user_id, server, device_id) VALUES (1, ?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![account.user.as_str(), account.server, account.device_id.as_bytes().as_slice()],
    )?;
    // Read again: another process may have been first.
    if is_ours(conn, account)? == Some(true) { Ok(()) } else { Err(ErrorKind::WrongAccount.into()) }
}

/// Whether the file is this account's; `None`: it is new.
pub(super) fn is_ours(conn: &Connection, account: &Account<'_>) -> Result<Option<bool>> {
    let sql = "SELECT user_id = ?1 AND server = ?2 FROM account";
    Ok(conn.query_row(sql, params![account.user.as_str(), account.server], |row| row.get(0)).optional()?)
}
