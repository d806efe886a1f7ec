//! A machine, as the simulation handles it.

use super::faults::{Counts, Fault};
use super::state::Shared;
use super::{Draw, registry, vfs};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder whose SQLite files are on a disk of their own, until this is dropped. All methods may be called from any thread;
/// each waits for the call under way.
pub struct Machine {
    shared: Arc<Shared>,
}

impl Machine {
    /// Makes a folder (which is made when it is not there) the disk of a machine that is on. What lies in it already is on
    /// storage. Connections that were opened below it before stay on the system's own disk.
    ///
    /// The first one registers the VFS of this disk as SQLite's default in this process, for ever.
    ///
    /// # Errors
    /// The folder cannot be made or resolved; SQLite refuses the VFS ([`io::ErrorKind::Other`]).
    pub fn new(folder: impl AsRef<Path>) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let folder = folder.as_ref().canonicalize()?;
        vfs::install().map_err(|code| io::Error::other(format!("sqlite code {code}")))?;
        let shared = Arc::new(Shared::new(folder));
        registry::add(Arc::clone(&shared));
        Ok(Self { shared })
    }

    /// Its folder, without links in its path.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.shared.folder.clone()
    }

    /// Arms a fault. Several wait side by side; they outlive a crash.
    pub fn fail(&self, fault: Fault) {
        self.shared.lock().faults.add(fault);
    }

    /// Disarms every fault.
    pub fn heal(&self) {
        self.shared.lock().faults.clear();
    }

    /// While it is full, no file grows: what is written within its size still is.
    pub fn set_full(&self, full: bool) {
        self.shared.lock().is_full = full;
    }

    /// The power goes: what SQLite wrote and did not sync is lost, kept or torn, as chance has it; every handle is dead, holds
    /// no lock, and does nothing any more but return errors. Nothing can be opened until [`Self::restart`]; drop what is dead
    /// before that. After a [`super::Failure::PowerLoss`] it is this call that decides what was lost.
    ///
    /// # Errors
    /// Of the file system below: the files are then of no use to anybody.
    pub fn crash(&self, draw: Draw<'_>) -> io::Result<()> {
        let mut state = self.shared.lock();
        state.power_off(&self.shared);
        state.lose(draw)
    }

    /// The process dies and the system lives on: as [`Self::crash`], but all that was written stays.
    pub fn kill(&self) {
        self.shared.lock().power_off(&self.shared);
    }

    /// The machine is on again. What lies beside SQLite's files (marks, flags) is as it was when the machine died, whatever the
    /// dead did since. One that was not dead stays as it is.
    ///
    /// # Errors
    /// Of the file system below.
    pub fn restart(&self) -> io::Result<()> {
        self.shared.lock().power_on(&self.shared)
    }

    /// Whether it has lost its power, by a fault or a call, and was not restarted.
    #[must_use]
    pub fn is_down(&self) -> bool {
        !self.shared.lock().is_on()
    }

    /// All that was written is on storage, as after a while without a crash. To be called before files below the folder are
    /// written past SQLite (a backup put back): a crash would else undo what is older than they are.
    pub fn settle(&self) {
        let mut state = self.shared.lock();
        state.files.values_mut().for_each(super::stored::Stored::settle);
        state.forget_done();
    }

    /// What has been counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.lock().counts
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        registry::remove(&self.shared);
    }
}
