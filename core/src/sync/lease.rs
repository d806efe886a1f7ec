//! Single flight across threads and processes: a lock that the system frees when its owner dies, and a lease row for
//! file systems that know no locks.

use crate::error::Result;
use crate::session::Inner;
use crate::session::state;
use std::fs::{File, TryLockError};
use std::path::Path;
use uuid::Uuid;

/// A run keeps its row this long without a sign of life; longer than any request may take.
const LEASE_MS: i64 = 120_000;

/// The right to drain the queue, until it is dropped or given back.
pub(super) enum Lease {
    /// The system's lock on a file beside the database, freed at once when its owner dies.
    Locked { _lock: HeldLock },
    /// The row, where files cannot be locked: expires when its owner gives no sign of life.
    Row { owner: Uuid },
}

/// A lock on a file, freed when this is dropped: by name, since a child process that was being started meanwhile holds the
/// same open file until it runs its own program, and closing ours alone would leave the lock with it.
pub(crate) struct HeldLock(File);

impl Drop for HeldLock {
    fn drop(&mut self) {
        // If it fails, closing the file frees it all the same, but for such a child.
        let _ = self.0.unlock();
    }
}

impl Lease {
    /// Takes the lease, or `None`: another run has it, in this process or another.
    pub fn take(inner: &Inner, owner: Uuid) -> Result<Option<Self>> {
        match lock(&inner.db.place().database()) {
            Lock::Held(lock) => Ok(Some(Self::Locked { _lock: lock })),
            Lock::HeldByOther => Ok(None),
            Lock::Unsupported => {
                let lease = Self::Row { owner };
                Ok(lease.keep(inner)?.then_some(lease))
            }
        }
    }

    /// A sign of life between two steps. `false`: the lease went to another run.
    pub fn keep(&self, inner: &Inner) -> Result<bool> {
        match self {
            Self::Locked { .. } => Ok(true),
            Self::Row { owner } => {
                inner.edit(|writer| state::take_lease(writer.tx, *owner, writer.now, LEASE_MS))
            }
        }
    }

    pub fn give_back(&self, inner: &Inner) -> Result<()> {
        match self {
            Self::Locked { .. } => Ok(()),
            Self::Row { owner } => inner.edit(|writer| state::drop_lease(writer.tx, *owner)),
        }
    }
}

/// What can be had of the lock beside the database.
pub(crate) enum Lock {
    Held(HeldLock),
    HeldByOther,
    Unsupported,
}

/// The lock beside a database: who has it drains the queue, or puts another file in its place.
pub(crate) fn lock(database: &Path) -> Lock {
    let path = database.with_extension("run");
    let Ok(file) = File::options().create(true).truncate(false).write(true).open(path) else {
        return Lock::Unsupported;
    };
    match file.try_lock() {
        Ok(()) => Lock::Held(HeldLock(file)),
        Err(TryLockError::WouldBlock) => Lock::HeldByOther,
        Err(TryLockError::Error(_)) => Lock::Unsupported,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_is_free_though_a_child_still_has_the_file_open() {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            let path = folder.path().join("lock");
            File::options().create(true).truncate(false).write(true).open(path).unwrap()
        };
        let file = open();
        // What a child gets when it is started.
        let childs = file.try_clone().unwrap();
        file.try_lock().unwrap();
        let held = HeldLock(file);
        assert!(open().try_lock().is_err());
        drop(held);
        assert!(open().try_lock().is_ok());
        drop(childs);
    }
}
