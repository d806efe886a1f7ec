//! Single flight across threads and processes: a lock that the system frees when its owner dies, and a lease row for
//! file systems that know no locks.

use crate::error::Result;
use crate::session::Inner;
use crate::session::state;
use std::fs::{File, TryLockError};
use uuid::Uuid;

/// A run keeps its row this long without a sign of life; longer than any request may take.
const LEASE_MS: i64 = 120_000;

/// The right to drain the queue, until it is dropped or given back.
pub(super) enum Lease {
    /// The system's lock on a file beside the database, freed at once when its owner dies.
    Locked { _file: File },
    /// The row, where files cannot be locked: expires when its owner gives no sign of life.
    Row { owner: Uuid },
}

impl Lease {
    /// Takes the lease, or `None`: another run has it, in this process or another.
    pub fn take(inner: &Inner, owner: Uuid) -> Result<Option<Self>> {
        match lock(inner) {
            Lock::Held(file) => Ok(Some(Self::Locked { _file: file })),
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
enum Lock {
    Held(File),
    HeldByOther,
    Unsupported,
}

fn lock(inner: &Inner) -> Lock {
    let path = inner.db.path().with_extension("run");
    let Ok(file) = File::options().create(true).truncate(false).write(true).open(path) else {
        return Lock::Unsupported;
    };
    match file.try_lock() {
        Ok(()) => Lock::Held(file),
        Err(TryLockError::WouldBlock) => Lock::HeldByOther,
        Err(TryLockError::Error(_)) => Lock::Unsupported,
    }
}
