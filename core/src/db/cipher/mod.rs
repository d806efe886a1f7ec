//! Encryption at rest: what a file is, which key opens it, and how a plain one becomes encrypted.

mod head;
mod key;
#[cfg(feature = "encryption")]
mod opening;
#[cfg(feature = "encryption")]
mod rewrite;
#[cfg(feature = "encryption")]
mod secret;
#[cfg(not(feature = "encryption"))]
mod without;

pub use key::DatabaseKey;
#[cfg(feature = "encryption")]
pub(crate) use {
    opening::lock_new, opening::open, opening::rekey, opening::unlock, secret::FileKey, secret::Secret,
};
#[cfg(not(feature = "encryption"))]
pub(crate) use {
    without::FileKey, without::Secret, without::lock_new, without::open, without::rekey, without::unlock,
};

use crate::error::{ErrorKind, Result};
use head::Head;
use rusqlite::Connection;

/// Without its key an encrypted file is not even looked at: to close its log would take it away.
pub(super) fn refuse_encrypted(conn: &Connection) -> Result<()> {
    match head::read(conn)? {
        Head::Encrypted(_) => Err(ErrorKind::KeyUnavailable.into()),
        Head::Empty | Head::Plain | Head::Foreign => Ok(()),
    }
}

/// A file that was opened and can be read.
pub(super) struct Opened {
    pub conn: Connection,
    /// What opens it; `None`: it is plain.
    pub secret: Option<Secret>,
    /// Nobody else opens or rewrites the file until this is dropped.
    pub turn: Option<Connection>,
}

#[cfg(test)]
mod tests;
