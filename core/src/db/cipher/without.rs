//! A build without encryption: plain files alone.

use super::head::{self, Head};
use super::{DatabaseKey, Opened};
use crate::db::Account;
use crate::db::open::connect;
use crate::error::{ErrorKind, Result};
use rusqlite::{Connection, OpenFlags};
use std::ffi::CStr;
use std::path::Path;

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

/// Opens a plain file, or a new one.
pub(crate) fn open(path: &Path, _: &Account<'_>, key: Option<&FileKey>) -> Result<Opened> {
    if let Some(key) = key {
        match *key {}
    }
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    match head::read(&conn)? {
        Head::Encrypted(_) => Err(ErrorKind::KeyUnavailable.into()),
        // What is no database, SQLite says itself.
        Head::Empty | Head::Plain | Head::Foreign => Ok(Opened { conn, secret: None, turn: None }),
    }
}

pub(crate) fn rekey(_: &Path, _: &Account<'_>, _: Option<&DatabaseKey>, new: &FileKey) -> Result<()> {
    match *new {}
}
