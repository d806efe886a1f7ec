//! Opening under the feature: which key fits, and what has to be done first.

use super::head::{self, Head};
use super::secret::Secret;
use super::{DatabaseKey, FileKey, Opened, rewrite};
use crate::db::open::connect;
use crate::db::{Account, Place};
use crate::error::{ErrorKind, Result};
use rusqlite::{Connection, OpenFlags, ffi};

/// Makes what is not there, a copy that is attached, too.
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

/// Opens the file, making it where `access` says so, and encrypting it when it is plain and there is a key.
pub(crate) fn open(
    place: &Place,
    account: &Account<'_>,
    key: Option<&FileKey>,
    access: OpenFlags,
) -> Result<Opened> {
    let (path, turn) = (place.database(), Some(turn(place)?));
    let conn = connect(&path, access)?;
    match step(head::read(&conn)?, key)? {
        Step::Nothing => Ok(Opened { conn, secret: None, turn }),
        Step::Key(secret) => {
            secret.apply(&conn, c"main")?;
            Ok(Opened { conn, secret: Some(secret), turn })
        }
        Step::Encrypt(secret) => {
            drop(conn);
            rewrite::under(connect(&path, MADE)?, place, account, &secret)?;
            let conn = connect(&path, access)?;
            secret.apply(&conn, c"main")?;
            Ok(Opened { conn, secret: Some(secret), turn })
        }
    }
}

/// Gives the key to a file that is new.
pub(crate) fn lock_new(conn: &Connection, key: Option<&FileKey>) -> Result<()> {
    key.map_or(Ok(()), |key| Secret::fresh(key)?.apply(conn, c"main"))
}

/// Gives the key to a file that is read as it is, whatever state it is in: a plain one stays so.
pub(crate) fn unlock(conn: &Connection, key: Option<&FileKey>) -> Result<()> {
    match (head::read(conn)?, key) {
        (Head::Encrypted(salt), Some(key)) => Secret::of_file(&key.key, &salt)?.apply(conn, c"main"),
        (Head::Encrypted(_), None) => Err(ErrorKind::KeyUnavailable.into()),
        (Head::Empty | Head::Plain | Head::Foreign, _) => Ok(()),
    }
}

/// Writes the file anew under another key. What the new key opens already is left as it is, so that this can be repeated
/// after a kill; so is a file that is not there.
pub(crate) fn rekey(
    place: &Place,
    account: &Account<'_>,
    old: Option<&DatabaseKey>,
    new: &FileKey,
) -> Result<()> {
    if !place.database().exists() {
        return Ok(());
    }
    let _turn = turn(place)?;
    let conn = connect(&place.database(), MADE)?;
    match (head::read(&conn)?, old) {
        (Head::Empty, _) => return Ok(()),
        (Head::Plain, _) => {}
        (Head::Encrypted(salt), _) if Secret::of_file(&new.key, &salt).is_ok() => return Ok(()),
        (Head::Encrypted(salt), Some(old)) => Secret::of_file(old, &salt)?.apply(&conn, c"main")?,
        (Head::Encrypted(_), None) => return Err(ErrorKind::KeyUnavailable.into()),
        (Head::Foreign, _) => return Err(ErrorKind::Corrupt { code: ffi::SQLITE_NOTADB }.into()),
    }
    rewrite::under(conn, place, account, &Secret::fresh(new)?)
}

/// Waits until nobody else opens or rewrites this file, in this process or another: who opened it while another puts a new
/// one in its place would go on in a file that has no name any more. SQLite's own lock, on a file that stays empty: it
/// waits no longer than the busy limit, and dies with its owner.
fn turn(place: &Place) -> Result<Connection> {
    let conn = connect(&place.database().with_extension("opening"), MADE)?;
    conn.execute_batch("BEGIN EXCLUSIVE")?;
    Ok(conn)
}
