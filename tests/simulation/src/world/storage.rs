//! What a device's files lie on: a simulated disk, and which of its faults is to come.

use crate::dice::Dice;
use crate::disk::{Failure, Fault, Machine, Position};
use crate::plan::DiskFault;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A device's disk: a folder for the databases, and one for the marks.
pub struct Storage {
    machine: Machine,
    folder: PathBuf,
    dice: Mutex<Dice>,
    armed: Mutex<Option<DiskFault>>,
    /// Calls that had met a fault when somebody last looked.
    met: AtomicU64,
}

impl Storage {
    /// An empty one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(folder: &Path, dice: Dice) -> io::Result<Self> {
        let machine = Machine::new(folder)?;
        let folder = machine.folder().join("data");
        std::fs::create_dir_all(&folder)?;
        Ok(Self { machine, folder, dice: Mutex::new(dice), armed: Mutex::new(None), met: AtomicU64::new(0) })
    }

    /// Where the databases are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A folder beside them, on the same disk.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.with_file_name(name)
    }

    /// The storage fails at so many calls from now.
    pub fn arm(&self, after: u32, fault: DiskFault) {
        let n = u64::from(after) + 1;
        let (at, error, times) = match fault {
            DiskFault::CrashAtWrite => (Position::Write(n), Failure::PowerLoss, 1),
            DiskFault::CrashAtSync => (Position::Sync(n), Failure::PowerLoss, 1),
            DiskFault::Full => (Position::Write(n), Failure::Full, u64::MAX),
            DiskFault::WriteError => (Position::Write(n), Failure::IoError, 1),
            DiskFault::SyncError => (Position::Sync(n), Failure::IoError, 1),
            DiskFault::ReadError => (Position::Read(n), Failure::IoError, 1),
            DiskFault::OpenError => (Position::Open(n), Failure::IoError, 1),
            DiskFault::Busy => (Position::Lock(n), Failure::Busy, u64::MAX),
        };
        self.machine.fail(Fault { at, error, times });
        *self.armed() = Some(fault);
    }

    /// Whether an armed fault has come true.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.is_dead() || self.met_so_far() > self.met.load(Ordering::Relaxed)
    }

    /// Nothing fails any more. The fault that came true meanwhile.
    pub fn disarm(&self) -> Option<DiskFault> {
        let failed = self.has_failed();
        self.machine.heal();
        self.met.store(self.met_so_far(), Ordering::Relaxed);
        self.armed().take().filter(|_| failed)
    }

    /// Power is gone, now: what was not forced to storage is lost, kept or torn.
    pub fn crash(&self) {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        // A disk that cannot even be torn is found broken by the next open.
        let _ = self.machine.crash(&mut || dice.any());
    }

    /// Whether power has gone since [`Self::start`].
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.machine.is_down()
    }

    /// Power is back.
    ///
    /// # Errors
    /// Of the file system below.
    pub fn start(&self) -> io::Result<()> {
        self.machine.restart()
    }

    /// Other files are about to be put there past SQLite.
    pub fn settle(&self) {
        self.machine.settle();
    }

    /// The storage is there, and no fault waits.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        !self.is_dead() && self.armed().is_none()
    }

    /// Calls so far that wrote to a file of SQLite's.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.machine.counts().writes
    }

    fn met_so_far(&self) -> u64 {
        let counts = self.machine.counts();
        counts.io_errors + counts.full + counts.busy + counts.deaths
    }

    fn armed(&self) -> std::sync::MutexGuard<'_, Option<DiskFault>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Copies a folder's files into another one, which is made where it is not there.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Removes a folder's files, if it is there.
///
/// # Errors
/// When one cannot be removed.
pub fn remove_files(folder: &Path) -> io::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        std::fs::remove_file(entry?.path())?;
    }
    Ok(())
}
