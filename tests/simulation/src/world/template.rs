//! The files of new users: the library makes one of each user's once in this process, and devices begin with a copy. Where a
//! fault of the storage waits, the library makes the file itself, so that faults meet the making as well.

use super::device::Device;
use super::line::Shared;
use crate::dice::Dice;
use rusqlite::Connection;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A database with nothing in it, not even whose it is: all of it in its log still, as right after its making.
pub struct Template {
    stem: OsString,
    files: Vec<(OsString, Vec<u8>)>,
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
        // The last connection that closes would bring the log into the file.
        let _open = device.make_file().map_err(io::Error::other)?;
        let paths = std::fs::read_dir(device.storage.folder())?;
        let paths: Vec<_> = paths.map(|file| file.map(|file| file.path())).collect::<io::Result<_>>()?;
        let database = paths.iter().find(|path| path.extension().is_some_and(|kind| kind == "db"));
        let database = database.ok_or(io::ErrorKind::NotFound)?;
        let conn = Connection::open(database).map_err(io::Error::other)?;
        conn.execute_batch("DELETE FROM account").map_err(io::Error::other)?;
        let read =
            |path: &PathBuf| Ok((path.file_name().unwrap_or_default().to_owned(), std::fs::read(path)?));
        let files = paths.iter().map(read).collect::<io::Result<_>>()?;
        Ok(Self { stem: database.file_stem().unwrap_or_default().to_owned(), files })
    }

    /// Puts a copy into a folder of databases, if neither it nor the folder of marks knows the user.
    ///
    /// # Errors
    /// Of the file system.
    pub fn put(&self, folder: &Path, marks: &Path) -> io::Result<()> {
        for known in [folder, marks] {
            let entries = match std::fs::read_dir(known) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                if entry?.file_name().as_encoded_bytes().starts_with(self.stem.as_encoded_bytes()) {
                    return Ok(());
                }
            }
        }
        self.files.iter().try_for_each(|(name, content)| std::fs::write(folder.join(name), content))
    }
}
