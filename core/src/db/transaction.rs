//! The type that says: a write transaction is open. Code that writes asks for it, and only this folder makes one. And what
//! reads stand in.

use crate::error::Result;
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

/// One consistent state of the data, until it is dropped.
pub(super) struct Snapshot<'a>(&'a Connection);

impl<'a> Snapshot<'a> {
    pub fn of(conn: &'a Connection) -> Result<Self> {
        conn.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self(conn))
    }
}

impl Deref for Snapshot<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        // A connection on which this fails is of no use any more, and says so to the next who reads.
        let _ = self.0.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]));
    }
}
