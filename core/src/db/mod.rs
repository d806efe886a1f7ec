//! One SQLite file: one writer, readers beside it. Only this folder opens connections and transactions.

mod account;
pub(crate) mod aside;
mod beside;
mod checkpoint;
mod cipher;
mod mark;
mod migrate;
mod open;
mod place;
pub(crate) mod salvage;
mod suspend;
mod transaction;
mod wipe;
mod writer;

pub use cipher::DatabaseKey;

pub(crate) use account::{Account, Entry, count_run, set_device, sign_out};
pub(crate) use beside::Work;
pub(crate) use cipher::{FileKey, rekey};
pub(crate) use mark::Standing;
pub(crate) use place::Place;
use transaction::Snapshot;
pub(crate) use transaction::Transaction;
pub(crate) use wipe::Wiping;

use crate::error::{ErrorKind, Result};
use crate::lock::{Mutex, MutexGuard};
use crate::observe::{Changes, Observers};
use account::Door;
use beside::Beside;
use checkpoint::Log;
use cipher::Secret;
use mark::{Found, Mark, MarkFile};
use rusqlite::Connection;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, TryLockError};
use std::time::Duration;
use suspend::Gate;
use writer::{Outcome, Writer};

/// Reading connections kept for the next reader; more are opened when needed and closed afterwards.
const IDLE_READERS: usize = 4;

/// The database of one account. All methods block; any thread may call them.
pub(crate) struct Database {
    place: Place,
    /// Which file it is: under its name there may be another one day, or none.
    inode: u64,
    mark: MarkFile,
    /// What opens the file; `None`: it is plain.
    secret: Option<Secret>,
    /// Sign-outs there had been when it was opened: after another one, nothing goes any more.
    epoch: i64,
    gate: Gate,
    /// `None` once closed; `Some(None)`: the first write opens it.
    writer: Mutex<Option<Option<Writer>>>,
    /// Writes that wait for the writer: each of them will have it, and either join what is open on it or end it.
    waiting: AtomicUsize,
    /// `None` once closed.
    readers: Mutex<Option<Vec<Connection>>>,
    log: Arc<Log>,
    beside: Beside,
    observers: Observers,
}

impl Database {
    /// Opens the account's file, making it when this is the first time, and says how it stands to what was left here.
    /// A [`Standing::Copied`] one must be made a device of its own before anything else ([`Self::settle_copy`]). `key`: with
    /// it the file is encrypted, and made so where it was plain; without, it has to be plain.
    ///
    /// # Errors
    /// [`ErrorKind::SignedOut`] for an [`Entry::SignedIn`] when the user is not; [`ErrorKind::StoreMissing`] when there
    /// was a file and is none; storage errors.
    pub fn open(
        place: Place,
        account: &Account<'_>,
        key: Option<&FileKey>,
        entry: Entry,
        observers: Observers,
    ) -> Result<(Self, Standing)> {
        Wiping::resume(&place)?;
        let (mark, log) = (MarkFile(place.mark()), place.log().exists());
        let (found, inode) = mark.read()?;
        if entry == Entry::SignedIn && found == Found::Nothing && !place.database().exists() {
            return Err(ErrorKind::SignedOut.into());
        }
        let (conn, secret) = open::writer(&place, account, key, found != Found::Nothing)?;
        let (stored, epoch) = match account::enter(&conn, entry).map_err(open::as_damage)? {
            Door::Open(stored, epoch) => (stored, epoch),
            Door::Shut => return Err(ErrorKind::SignedOut.into()),
            Door::Wiped => {
                // Who began it was killed, or is at it: then this says that storage is busy.
                drop(conn);
                Wiping::begin(&place)?.confirm()?;
                return Self::open(place, account, key, entry, observers);
            }
        };
        let (found, inode, log) = match found {
            // Another process may have made the mark since it was looked for; its log is there, then.
            Found::Nothing if stored.marked => mark.read().map(|(found, inode)| (found, inode, true))?,
            found => (found, inode, log),
        };
        open::read_only(&conn)?;
        let standing = mark::standing(&found, inode, stored, log);
        let db = Self {
            epoch,
            inode: mark::inode(&std::fs::metadata(place.database())?),
            place,
            mark,
            secret,
            gate: Gate::default(),
            // What opened the file reads from now on: an app begins with a list, and each connection costs a look at the schema.
            writer: Mutex::new(Some(None)),
            waiting: AtomicUsize::new(0),
            readers: Mutex::new(Some(vec![conn])),
            log: Arc::default(),
            beside: Beside::default(),
            observers,
        };
        match standing {
            Standing::Ours => {
                if let Found::Mark(mark) = found
                    && !mark.in_use
                {
                    db.mark.write_over(&Mark { in_use: true, ..mark })?;
                }
            }
            Standing::Unmarked => db.write(|tx, _| {
                // Another process may have been first.
                let stored = account::stored(tx)?;
                if !stored.marked {
                    db.mark.create(stored.device, stored.runs)?;
                    account::set_marked(tx)?;
                }
                Ok(())
            })?,
            Standing::Copied => {}
        }
        Ok((db, standing))
    }

    /// The mark follows what [`set_device`] has stored.
    pub fn settle_copy(&self) -> Result<()> {
        let stored = self.read(account::stored)?;
        self.mark.create(stored.device, stored.runs)
    }

    /// Notes in the mark how many runs the database has seen.
    pub fn note_runs(&self, runs: i64) {
        // At worst the mark says less.
        let _ = self.mark.update(|mark| mark.runs = mark.runs.max(runs));
    }

    /// Runs `body` on one consistent snapshot.
    pub fn read<T>(&self, body: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.with_reader(|conn| {
            let snapshot = Snapshot::of(conn)?;
            self.fence(&snapshot).and_then(|()| body(&snapshot))
        })
    }

    fn with_reader<T>(&self, body: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let _inside = self.come_in()?;
        let idle = match &mut *lock(&self.readers) {
            Some(pool) => pool.pop(),
            None => return Err(ErrorKind::Closed.into()),
        };
        self.still_there()?;
        let conn = match idle {
            Some(conn) => conn,
            None => open::reader(&self.place.database(), self.secret.as_ref())?,
        };
        let result = body(&conn);
        if let Some(pool) = &mut *lock(&self.readers)
            && pool.len() < IDLE_READERS
        {
            pool.push(conn);
        }
        result
    }

    /// Runs `body` in an IMMEDIATE transaction: all of it is stored and durable when this returns `Ok`, or none of it.
    /// Writes that wait at the same moment share the transaction; each fails alone, but for a commit that fails.
    /// Observers are told after the commit, when the lock is free.
    pub fn write<T>(&self, body: impl FnOnce(&Transaction<'_>, &mut Changes) -> Result<T>) -> Result<T> {
        let _inside = self.come_in()?;
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut guard = lock(&self.writer);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let writer = self.opened(&mut guard)?;
        let mut changes = Changes::default();
        let done = self.part(writer, |tx| body(tx, &mut changes));
        // Who waits now comes next, and stores this, too.
        let others_wait = self.waiting.load(Ordering::SeqCst) > 0;
        let stored = if others_wait && !writer.is_full() { Ok(()) } else { self.commit(writer) };
        drop(guard);
        let (value, outcome) = done?;
        stored?;
        outcome.wait().clone()?;
        self.observers.publish(changes);
        Ok(value)
    }

    /// As [`Self::write`], if nobody else writes now, in this process or another; `None`: somebody does.
    pub fn try_write<T>(
        &self,
        body: impl FnOnce(&Transaction<'_>, &mut Changes) -> Result<T>,
    ) -> Result<Option<T>> {
        let _inside = self.come_in()?;
        let mut guard = match self.writer.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(None),
        };
        let writer = self.opened(&mut guard)?;
        if writer.is_shared() {
            return Ok(None);
        }
        writer.conn().busy_timeout(Duration::ZERO)?;
        let mut changes = Changes::default();
        let done = self.part(writer, |tx| body(tx, &mut changes));
        let stored = self.commit(writer);
        writer.conn().busy_timeout(open::BUSY_LIMIT)?;
        drop(guard);
        match done.and_then(|(value, _)| stored.map(|()| value)) {
            Ok(value) => {
                self.observers.publish(changes);
                Ok(Some(value))
            }
            Err(error) if *error.kind() == ErrorKind::StorageBusy => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether it is still the user's: not closed, signed out of or gone, here or by another process.
    pub fn is_usable(&self) -> bool {
        let over = |kind: &ErrorKind| {
            matches!(kind, ErrorKind::Closed | ErrorKind::SignedOut | ErrorKind::StoreMissing)
        };
        !self.read(|_| Ok(())).is_err_and(|error| over(error.kind()))
    }

    /// Brings the log into the file and cuts it to nothing, as far as nobody else reads: before a deletion.
    pub fn empty_log(&self) {
        let Ok(_inside) = self.come_in() else { return };
        if let Ok(writer) = self.opened(&mut lock(&self.writer)) {
            let _ = self.commit(writer);
            let _ = writer.conn().pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(()));
        }
    }

    /// Finishes the running write, closes every idle connection and refuses further calls with
    /// [`ErrorKind::Closed`]. Observers are told, so that whoever shows something hears of it.
    pub fn close(&self) {
        self.after_work();
        let awake = self.no_more_sleep();
        let Some(readers) = lock(&self.readers).take() else { return };
        let mut writer = lock(&self.writer);
        if let Some(Some(writer)) = writer.as_mut() {
            let _ = self.commit(writer);
        }
        // Before SQLite takes the log away: a death in between must not look like a lost one.
        let _ = self.mark.update(|mark| mark.in_use = false);
        drop((writer.take(), readers));
        drop(writer);
        drop(awake);
        self.observers.publish(Changes::everything());
    }

    /// A file without a name takes writes like any other, and they are gone when it is closed: none may be called stored.
    fn still_there(&self) -> Result<()> {
        Err(match std::fs::metadata(self.place.database()) {
            Ok(file) if mark::inode(&file) == self.inode => return Ok(()),
            // Another one took its place: deleted or set aside, and begun anew.
            Ok(_) => ErrorKind::Closed,
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            Err(_) if self.place.mark().exists() => ErrorKind::StoreMissing,
            Err(_) => ErrorKind::SignedOut,
        }
        .into())
    }

    /// Whether the user is still the one who was signed in when this was opened.
    fn fence(&self, conn: &Connection) -> Result<()> {
        if account::epoch(conn)? == self.epoch || sabotaged!(FenceDown) {
            Ok(())
        } else {
            Err(ErrorKind::SignedOut.into())
        }
    }

    /// The writer, opened where nobody has written yet.
    fn opened<'a>(&self, slot: &'a mut Option<Option<Writer>>) -> Result<&'a mut Writer> {
        if let Some(unopened @ None) = slot {
            self.still_there()?;
            let mut conn = open::again(&self.place.database(), self.secret.as_ref())?;
            self.log.follow(&mut conn)?;
            *unopened = Some(Writer::new(conn));
        }
        Ok(slot.as_mut().and_then(Option::as_mut).ok_or(ErrorKind::Closed)?)
    }

    /// One write, as a part of the writer's transaction. Where it panics, what others have done is stored first.
    fn part<T>(
        &self,
        writer: &mut Writer,
        body: impl FnOnce(&Transaction<'_>) -> Result<T>,
    ) -> Result<(T, Outcome)> {
        // Of a part that is not the first, the commit asks.
        if !writer.is_shared() {
            self.still_there()?;
        }
        writer.part(|tx| self.fence(tx).and_then(|()| body(tx))).unwrap_or_else(|panic| {
            let _ = self.commit(writer);
            resume_unwind(panic)
        })
    }

    /// Stores what is open on the writer.
    fn commit(&self, writer: &mut Writer) -> Result<()> {
        if writer.is_shared() { writer.commit(|| self.still_there()) } else { Ok(()) }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.close();
    }
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
