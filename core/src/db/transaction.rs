//! The type that says: a write transaction is open. Code that writes asks for it, and only this folder makes one.

use rusqlite::Connection;
use std::ops::Deref;

/// An open write transaction. Whoever made it ends it.
pub(crate) struct Transaction<'a>(&'a Connection);

impl<'a> Transaction<'a> {
    /// Of a connection on which one is open.
    pub(super) fn on(conn: &'a Connection) -> Self {
        Self(conn)
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}
