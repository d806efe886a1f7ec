//! SQL of the row that says whose file this is, which copy of it, and whether its user is signed in.

use super::mark::Stored;
use super::transaction::Transaction;
use crate::error::{ErrorKind, Result};
use crate::ids::UserId;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// Signed out: the file is sealed until the next sign-in. On the way out: it is being deleted, and never opened again.
const SEALED: i64 = 1;
const WIPED: i64 = 2;

/// Which account a file holds.
pub(crate) struct Account<'a> {
    pub user: &'a UserId,
    pub server: &'a str,
    /// Id of this installation's copy, used when the file is new.
    pub device_id: uuid::Uuid,
}

/// Writes the account into a new file; refuses a file of another, and an empty one where one `must_exist`.
pub(super) fn claim(conn: &Connection, account: &Account<'_>, must_exist: bool) -> Result<()> {
    match is_ours(conn, account)? {
        Some(true) => return Ok(()),
        Some(false) => return Err(ErrorKind::WrongAccount.into()),
        None if must_exist => return Err(ErrorKind::StoreMissing.into()),
        None => {}
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

/// What the file says of itself. After [`claim`].
pub(super) fn stored(conn: &Connection) -> Result<Stored> {
    Ok(conn.query_row("SELECT device_id, marked, runs FROM account", [], read_stored)?)
}

fn read_stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored { device: Uuid::from_bytes(row.get(0)?), marked: row.get(1)?, runs: row.get(2)? })
}

pub(super) fn set_marked(tx: &Transaction<'_>) -> Result<()> {
    tx.execute("UPDATE account SET marked = 1", [])?;
    Ok(())
}

/// This copy of the data becomes a device of its own.
pub(crate) fn set_device(tx: &Transaction<'_>, device: Uuid) -> Result<()> {
    tx.execute("UPDATE account SET device_id = ?1, marked = 1", [device.as_bytes().as_slice()])?;
    Ok(())
}

/// Counts a run of sync that begins.
pub(crate) fn count_run(tx: &Transaction<'_>) -> Result<i64> {
    let sql = "UPDATE account SET runs = runs + 1 RETURNING runs";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// How often the user has signed out.
pub(super) fn epoch(conn: &Connection) -> Result<i64> {
    Ok(conn.prepare_cached("SELECT epoch FROM account")?.query_row([], |row| row.get(0))?)
}

/// Shuts out whoever has the file open now. `wipe`: and whoever opens it later.
pub(crate) fn sign_out(tx: &Transaction<'_>, wipe: bool) -> Result<()> {
    let state = if wipe { WIPED } else { SEALED };
    tx.execute("UPDATE account SET epoch = epoch + 1, signed_out = ?1", [state])?;
    Ok(())
}

/// Whether it is being deleted.
pub(super) fn is_wiped(conn: &Connection) -> Result<bool> {
    Ok(conn.query_row("SELECT signed_out = ?1 FROM account", [WIPED], |row| row.get(0))?)
}

/// What a file may be opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The user signs in, or is signed in.
    SignIn,
    /// Work for a user who is signed in: nobody is let in again by it.
    SignedIn,
}

/// What the sign-in row says about letting somebody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// What the file says of itself, and how often the user has signed out.
    Open(Stored, i64),
    /// Signed out since, and this is not a sign-in.
    Shut,
    /// It is being deleted.
    Wiped,
}

/// Lets the user in, or says why not.
pub(super) fn enter(conn: &Connection, entry: Entry) -> Result<Door> {
    match door(conn)? {
        Door::Shut if entry == Entry::SignIn => {
            conn.execute("UPDATE account SET signed_out = 0 WHERE signed_out = ?1", [SEALED])?;
            // Read again: another process may have begun to delete it.
            door(conn)
        }
        door => Ok(door),
    }
}

fn door(conn: &Connection) -> Result<Door> {
    let sql = "SELECT device_id, marked, runs, epoch, signed_out FROM account";
    Ok(conn.query_row(sql, [], |row| {
        Ok(match row.get(4)? {
            WIPED => Door::Wiped,
            SEALED => Door::Shut,
            _ => Door::Open(read_stored(row)?, row.get(3)?),
        })
    })?)
}
