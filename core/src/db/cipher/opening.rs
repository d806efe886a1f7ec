//! Opening under the feature: which key fits, and what has to be done first.

use super::head::{self, Head};
use super::secret::Secret;
use super::{DatabaseKey, FileKey, Opened, rewrite};
use crate::db::migrate;
use crate::db::open::{self, Account, connect};
use crate::error::{ErrorKind, Result};
use rusqlite::{Connection, OpenFlags, ffi};
use std::path::Path;

/// Makes what is not there; a copy that is attached, too.
const MADE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_CREATE);

/// What a file needs before it can be read.
enum Step {
    Nothing,
    Key(Secret),
    /// It is plain, and has to become encrypted.
    Encrypt(Secret),
}

fn step(head: Head, key: Option<&FileKey>) -> Result<Step> {
    match (head, key) {
        // What is no database, SQLite says itself.
        (Head::Empty | Head::Plain | Head::Foreign, None) => Ok(Step::Nothing),
        (Head::Encrypted(_), None) => Err(ErrorKind::KeyUnavailable.into()),
        (Head::Empty, Some(key)) => Ok(Step::Key(Secret::fresh(key)?)),
        (Head::Plain, Some(key)) => Ok(Step::Encrypt(Secret::fresh(key)?)),
        (Head::Encrypted(salt), Some(key)) => Ok(Step::Key(Secret::of_file(&key.key, &salt)?)),
        (Head::Foreign, Some(_)) => Err(ErrorKind::Corrupt { code: ffi::SQLITE_NOTADB }.into()),
    }
}

/// Opens the file, making it when it is not there, and encrypting it when it is plain and there is a key.
pub(crate) fn open(path: &Path, account: &Account<'_>, key: Option<&FileKey>) -> Result<Opened> {
    let turn = Some(turn(path)?);
    let conn = connect(path, MADE)?;
    match step(head::read(&conn)?, key)? {
        Step::Nothing => Ok(Opened { conn, secret: None, turn }),
        Step::Key(secret) => {
            secret.apply(&conn, c"main")?;
            Ok(Opened { conn, secret: Some(secret), turn })
        }
        Step::Encrypt(secret) => {
            refuse_others(&conn, account)?;
            rewrite::under(conn, path, &secret)?;
            let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            secret.apply(&conn, c"main")?;
            Ok(Opened { conn, secret: Some(secret), turn })
        }
    }
}

/// Writes the file anew under another key. What the new key opens already is left as it is, so that this can be repeated
/// after a kill; so is a file that is not there.
pub(crate) fn rekey(
    path: &Path,
    account: &Account<'_>,
    old: Option<&DatabaseKey>,
    new: &FileKey,
) -> Result<()> {
    let _turn = turn(path)?;
    if !path.exists() {
        return Ok(());
    }
    let conn = connect(path, MADE)?;
    match (head::read(&conn)?, old) {
        (Head::Empty, _) => return Ok(()),
        (Head::Plain, _) => {}
        (Head::Encrypted(salt), _) if Secret::of_file(&new.key, &salt).is_ok() => return Ok(()),
        (Head::Encrypted(salt), Some(old)) => Secret::of_file(old, &salt)?.apply(&conn, c"main")?,
        (Head::Encrypted(_), None) => return Err(ErrorKind::KeyUnavailable.into()),
        (Head::Foreign, _) => return Err(ErrorKind::Corrupt { code: ffi::SQLITE_NOTADB }.into()),
    }
    refuse_others(&conn, account)?;
    rewrite::under(conn, path, &Secret::fresh(new)?)
}

/// Waits until nobody else opens or rewrites this file, in this process or another: who opened it while another puts a new
/// one in its place would go on in a file that has no name any more. SQLite's own lock, on a file that stays empty: it
/// waits no longer than the busy limit, and dies with its owner.
fn turn(path: &Path) -> Result<Connection> {
    let conn = connect(&path.with_extension("opening"), MADE)?;
    conn.execute_batch("BEGIN EXCLUSIVE")?;
    Ok(conn)
}

/// A file that would be refused afterwards is left as it is.
fn refuse_others(conn: &Connection, account: &Account<'_>) -> Result<()> {
    migrate::refuse_newer(conn)?;
    if migrate::found(conn)? > 0 && open::is_ours(conn, account)? == Some(false) {
        return Err(ErrorKind::WrongAccount.into());
    }
    Ok(())
}
