//! The writing connection, and the transaction that writes of one moment share: each is a part of it, taken back by itself
//! when it fails, and all of them are stored by one commit, or none is.

use super::transaction::Transaction;
use crate::error::{Error, ErrorKind, Result};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::thread;

/// Parts of one transaction: who came first does not wait for more.
const MOST: usize = 32;

/// What the commit came to, for those who wait for it.
pub(super) type Outcome = Arc<OnceLock<std::result::Result<(), ErrorKind>>>;

pub(super) struct Writer {
    conn: Connection,
    /// Of the transaction that is open, with as many parts as `parts` says.
    outcome: Outcome,
    parts: usize,
}

impl Writer {
    pub fn new(conn: Connection) -> Self {
        Self { conn, outcome: Outcome::default(), parts: 0 }
    }

    pub fn conn(&self) -> &Connection {
        &self.conn
    }

    /// Whether parts wait for their commit.
    pub fn is_shared(&self) -> bool {
        self.parts > 0
    }

    pub fn is_full(&self) -> bool {
        self.parts >= MOST
    }

    /// Does `body` as a part of the transaction, which is begun where none is open. What fails, or panics, leaves nothing of
    /// itself. With the value, where to hear of the commit.
    pub fn part<T>(
        &mut self,
        body: impl FnOnce(&Transaction<'_>) -> Result<T>,
    ) -> thread::Result<Result<(T, Outcome)>> {
        if let Err(error) = self.run(if self.is_shared() { "SAVEPOINT part" } else { "BEGIN IMMEDIATE" }) {
            return Ok(Err(error));
        }
        let done = catch_unwind(AssertUnwindSafe(|| body(&Transaction::on(&self.conn))));
        let kept = match done {
            Ok(Ok(value)) => self.keep().map(|()| value),
            Ok(Err(error)) => Err(error),
            Err(panic) => {
                self.take_back(ErrorKind::Internal { code: "rolled-back" });
                return Err(panic);
            }
        };
        if let Err(error) = &kept {
            self.take_back(error.kind().clone());
        }
        Ok(kept.map(|value| (value, Arc::clone(&self.outcome))))
    }

    fn keep(&mut self) -> Result<()> {
        // After SQLITE_FULL or an I/O error SQLite has rolled back by itself, and whatever ran since then has committed
        // statement by statement: nothing after that may be called a success.
        if self.conn.is_autocommit() {
            return Err(Error::internal("rolled-back"));
        }
        if self.is_shared() {
            self.run("RELEASE part")?;
        }
        self.parts += 1;
        Ok(())
    }

    /// Takes the last part back; all of them, for this reason, where SQLite has done so by itself.
    fn take_back(&mut self, why: ErrorKind) {
        let is_open = self.is_shared() && !self.conn.is_autocommit();
        if !is_open || self.run("ROLLBACK TO part").and_then(|()| self.run("RELEASE part")).is_err() {
            self.end(Err(why));
        }
    }

    /// Stores all parts, where `may` allows it.
    pub fn commit(&mut self, may: impl FnOnce() -> Result<()>) -> Result<()> {
        let full = |error: &Error| *error.kind() == ErrorKind::StorageFull;
        let stored = match may().and_then(|()| self.run("COMMIT")) {
            Err(error) if sabotaged!(DiskFullSwallowed) && full(&error) => Ok(()),
            stored => stored,
        };
        self.end(stored.as_ref().copied().map_err(|error| error.kind().clone()));
        stored
    }

    /// The transaction is over.
    fn end(&mut self, outcome: std::result::Result<(), ErrorKind>) {
        if !self.conn.is_autocommit() {
            let _ = self.run("ROLLBACK");
        }
        self.parts = 0;
        let _ = std::mem::take(&mut self.outcome).set(outcome);
    }

    fn run(&self, sql: &str) -> Result<()> {
        self.conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
