//! The files of new users: the library makes one of each user's once in this process, and devices begin with a copy. Where a
//! fault of the storage waits, the library makes the file itself, so that faults meet the making as well.

use super::device::Device;
use super::line::Shared;
use crate::dice::Dice;
use rusqlite::Connection;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A database with nothing in it, not even whose it is.
pub struct Template {
    name: OsString,
    content: Vec<u8>,
}

impl Template {
    /// One for each of so many users. `folder`: for the making.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn of_users(shared: &Arc<Shared>, folder: &Path, users: usize) -> io::Result<&'static [Self]> {
        static ALL: OnceLock<Vec<Template>> = OnceLock::new();
        static TURN: Mutex<()> = Mutex::new(());
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(all) = ALL.get() {
            return Ok(all);
        }
        let made: io::Result<Vec<_>> =
            (0..users).map(|user| Self::make(shared, &folder.join(format!("new-{user}")), user)).collect();
        let made = made?;
        Ok(ALL.get_or_init(|| made))
    }

    fn make(shared: &Arc<Shared>, folder: &Path, user: usize) -> io::Result<Self> {
        let device = Device::new(shared, folder, [Dice::new(0, 1), Dice::new(0, 2)], user, &[])?;
        device.make_file().map_err(io::Error::other)?;
        let mut files = std::fs::read_dir(device.storage.folder())?;
        let path = files.next().ok_or(io::ErrorKind::NotFound)??.path();
        let conn = Connection::open(&path).map_err(io::Error::other)?;
        conn.execute_batch("DELETE FROM account").map_err(io::Error::other)?;
        // The last connection brings the log into the file.
        conn.close().map_err(|(_, error)| io::Error::other(error))?;
        let name = path.file_name().ok_or(io::ErrorKind::NotFound)?.to_owned();
        Ok(Self { name, content: std::fs::read(&path)? })
    }

    /// Puts a copy into a folder of databases, if neither it nor the folder of marks knows the user.
    ///
    /// # Errors
    /// Of the file system.
    pub fn put(&self, folder: &Path, marks: &Path) -> io::Result<()> {
        let stem = Path::new(&self.name).file_stem().unwrap_or_default();
        for known in [folder, marks] {
            let entries = match std::fs::read_dir(known) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                if entry?.file_name().as_encoded_bytes().starts_with(stem.as_encoded_bytes()) {
                    return Ok(());
                }
            }
        }
        std::fs::write(folder.join(&self.name), &self.content)
    }
}
