//! Deleting everything of an account. Once confirmed it is finished, whatever happens in between: a flag beside the mark
//! says so until the last of the other files is gone.

use super::mark::sync_folder;
use super::place::Place;
use super::{account, open};
use crate::error::{ErrorKind, Result};
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::Path;

/// The right to delete the files of an account: nobody opens them meanwhile. Given back when dropped.
pub(crate) struct Wiping<'a> {
    place: &'a Place,
    flag: File,
}

impl<'a> Wiping<'a> {
    /// # Errors
    /// `StorageBusy` while somebody else has the right; storage errors.
    pub fn begin(place: &'a Place) -> Result<Self> {
        Self::take(place, true)?.ok_or_else(|| ErrorKind::StorageBusy.into())
    }

    /// Finishes what somebody has confirmed and not finished.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn resume(place: &'a Place) -> Result<()> {
        match Self::take(place, false)? {
            Some(wiping) if wiping.flag.metadata()?.len() > 0 || was_fenced(place) => wiping.confirm(),
            _ => Ok(()),
        }
    }

    fn take(place: &'a Place, create: bool) -> Result<Option<Self>> {
        let path = place.wiping();
        let flag = match File::options().create(create).truncate(false).read(true).append(true).open(&path) {
            Err(error) if !create && error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        if let Err(TryLockError::WouldBlock) = flag.try_lock() {
            return Err(ErrorKind::StorageBusy.into());
        }
        // Somebody may have finished between the opening and the lock, and an account may have begun anew since.
        Ok(path.exists().then_some(Self { place, flag }))
    }

    /// Deletes every file of the account, in both folders. From the beginning of this on, there is no way back.
    ///
    /// # Errors
    /// Storage errors: what is left goes with [`Self::resume`].
    pub fn confirm(mut self) -> Result<()> {
        self.flag.write_all(b"confirmed")?;
        self.flag.sync_all()?;
        sync_folder(&self.place.mark_folder)?;
        // The mark first: without it, nothing that is left is missed.
        remove_all(self.place, &self.place.mark_folder)?;
        remove_all(self.place, &self.place.folder)?;
        sync_folder(&self.place.folder)?;
        remove(&self.place.wiping())?;
        sync_folder(&self.place.mark_folder)
    }
}

/// Killed between the word in the database, which shuts everybody out, and the one in the flag. What an encrypted one says
/// is heard when its user opens it.
fn was_fenced(place: &Place) -> bool {
    let database = place.database();
    database.exists()
        && open::reader(&database, None).and_then(|conn| account::is_wiped(&conn)).unwrap_or(false)
}

impl Drop for Wiping<'_> {
    fn drop(&mut self) {
        // Not confirmed: as if it had not been begun.
        if self.flag.metadata().is_ok_and(|flag| flag.len() == 0) {
            let _ = remove(&self.place.wiping());
        }
        let _ = self.flag.unlock();
    }
}

fn remove_all(place: &Place, folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let ours = entry.file_name().to_str().is_some_and(|name| place.owns(name));
        if ours && entry.path() != place.wiping() {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

fn remove(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
