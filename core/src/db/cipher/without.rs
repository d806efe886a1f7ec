//! A build without encryption: plain files alone.

use super::{DatabaseKey, Opened, refuse_encrypted};
use crate::db::open::connect;
use crate::db::{Account, Place};
use crate::error::{ErrorKind, Result};
use rusqlite::{Connection, OpenFlags};
use std::ffi::CStr;

/// There is none here.
pub(crate) enum FileKey {}

impl FileKey {
    /// # Errors
    /// Always: a plain file must never be written where a key was handed in.
    pub fn new(_: DatabaseKey, _: [u8; 6]) -> Result<Self> {
        let rule = "this build has no encryption (cargo feature `encryption`)";
        Err(ErrorKind::Config { field: "keys", rule }.into())
    }
}

/// There is none here.
pub(crate) enum Secret {}

impl Secret {
    pub fn apply(&self, _: &Connection, _: &CStr) -> Result<()> {
        match *self {}
    }
}

/// Opens a plain file, or a new one where `access` says so.
pub(crate) fn open(
    place: &Place,
    _: &Account<'_>,
    key: Option<&FileKey>,
    access: OpenFlags,
) -> Result<Opened> {
    if let Some(key) = key {
        match *key {}
    }
    let conn = connect(&place.database(), access)?;
    // What is no database, SQLite says itself.
    refuse_encrypted(&conn)?;
    Ok(Opened { conn, secret: None, turn: None })
}

/// A new file is plain.
pub(crate) fn lock_new(_: &Connection, key: Option<&FileKey>) -> Result<()> {
    key.map_or(Ok(()), |key| match *key {})
}

/// Refuses to look at an encrypted file.
pub(crate) fn unlock(conn: &Connection, _: Option<&FileKey>) -> Result<()> {
    refuse_encrypted(conn)
}

pub(crate) fn rekey(_: &Place, _: &Account<'_>, _: Option<&DatabaseKey>, new: &FileKey) -> Result<()> {
    match *new {}
}
