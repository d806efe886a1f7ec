//! One SQLite file: one writer, readers beside it. Only this folder opens connections and transactions.

mod cipher;
mod migrate;
mod open;

pub use cipher::DatabaseKey;
pub(crate) use cipher::{FileKey, rekey};
pub(crate) use open::{Account, file_for};

use crate::error::{Error, ErrorKind, Result};
use crate::observe::{Changes, Observers};
use cipher::Secret;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// Reading connections kept for the next reader; more are opened when needed and closed afterwards.
const IDLE_READERS: usize = 4;

/// The database of one account. All methods block; any thread may call them.
pub(crate) struct Database {
    path: PathBuf,
    /// What opens the file; `None`: it is plain.
    secret: Option<Secret>,
    /// `None` once closed.
    writer: Mutex<Option<Connection>>,
    /// `None` once closed.
    readers: Mutex<Option<Vec<Connection>>>,
    observers: Observers,
}

impl Database {
    /// `key`: with it the file is encrypted, and made so where it was plain; without, it has to be plain.
    pub fn open(
        path: &Path,
        account: &Account<'_>,
        key: Option<&FileKey>,
        observers: Observers,
    ) -> Result<Self> {
        let (writer, secret) = open::writer(path, account, key)?;
        Ok(Self {
            path: path.to_owned(),
            secret,
            writer: Mutex::new(Some(writer)),
            readers: Mutex::new(Some(Vec::new())),
            observers,
        })
    }

    /// Runs `body` on one consistent snapshot.
    pub fn read<T>(&self, body: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = match &mut *lock(&self.readers) {
            Some(pool) => pool.pop(),
            None => return Err(ErrorKind::Closed.into()),
        };
        let conn = match idle {
            Some(conn) => conn,
            None => open::reader(&self.path, self.secret.as_ref())?,
        };
        let result = {
            let snapshot = conn.unchecked_transaction()?;
            body(&snapshot)
        };
        if let Some(pool) = &mut *lock(&self.readers)
            && pool.len() < IDLE_READERS
        {
            pool.push(conn);
        }
        result
    }

    /// Runs `body` in one IMMEDIATE transaction: all of it is stored and durable when this returns `Ok`, or none of it.
    /// Observers are told after the commit, when the lock is free.
    pub fn write<T>(&self, body: impl FnOnce(&Transaction<'_>, &mut Changes) -> Result<T>) -> Result<T> {
        let mut guard = lock(&self.writer);
        let conn = guard.as_mut().ok_or(ErrorKind::Closed)?;
        let (value, changes) = transact(conn, body)?;
        drop(guard);
        self.observers.publish(changes);
        Ok(value)
    }

    /// As [`Self::write`], if nobody else writes now, in this process or another; `None`: somebody does.
    pub fn try_write<T>(
        &self,
        body: impl FnOnce(&Transaction<'_>, &mut Changes) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut guard = match self.writer.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(None),
        };
        let conn = guard.as_mut().ok_or(ErrorKind::Closed)?;
        conn.busy_timeout(Duration::ZERO)?;
        let done = transact(conn, body);
        conn.busy_timeout(open::BUSY_LIMIT)?;
        drop(guard);
        match done {
            Ok((value, changes)) => {
                self.observers.publish(changes);
                Ok(Some(value))
            }
            Err(error) if *error.kind() == ErrorKind::StorageBusy => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn is_closed(&self) -> bool {
        lock(&self.readers).is_none()
    }

    /// Finishes the running write, closes every idle connection and refuses further calls with
    /// [`ErrorKind::Closed`].
    pub fn close(&self) {
        lock(&self.readers).take();
        lock(&self.writer).take();
    }
}

/// One IMMEDIATE transaction around `body`, and what it changed.
fn transact<T>(
    conn: &mut Connection,
    body: impl FnOnce(&Transaction<'_>, &mut Changes) -> Result<T>,
) -> Result<(T, Changes)> {
    let mut changes = Changes::default();
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = body(&tx, &mut changes)?;
    // After SQLITE_FULL or an I/O error SQLite has rolled back by itself, and whatever ran since then has committed
    // statement by statement: nothing after that may be called a success.
    if tx.is_autocommit() {
        return Err(Error::internal("rolled-back"));
    }
    tx.commit()?;
    Ok((value, changes))
}

/// A panic under the lock has rolled its transaction back: the connection is as good as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The key of all files in this crate's tests: with the feature, the whole suite runs on encrypted files.
#[cfg(test)]
pub(crate) fn test_key() -> Option<FileKey> {
    FileKey::new(DatabaseKey::new(&[7; 32]), [1, 2, 3, 4, 5, 6]).ok()
}

#[cfg(test)]
mod tests;
