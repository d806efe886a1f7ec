//! A damaged file gives way to a fresh one: set aside beside it, never deleted, never written over. Killed at any point,
//! the next open finishes it.
//!
//! 1. The fresh file is built under a name of its own; what is left of an earlier try was never anybody's.
//! 2. It is complete and on storage: it gets the name that says so. From here on it will take the place.
//! 3. What lies beside the damaged file is moved, then the damaged file itself.
//! 4. The fresh file gets its name.

use crate::error::Result;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What SQLite keeps beside a file.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Where a fresh file is built, with nothing left of an earlier try.
pub(crate) fn building_place(path: &Path) -> Result<PathBuf> {
    let building = path.with_extension("building");
    for file in BESIDE.iter().map(|suffix| with_suffix(&building, suffix)).chain([building.clone()]) {
        if exists(&file)? {
            fs::remove_file(file)?;
        }
    }
    Ok(building)
}

/// Step 2, once the fresh file is closed.
pub(crate) fn complete(path: &Path) -> Result<()> {
    let building = path.with_extension("building");
    File::open(&building)?.sync_all()?;
    fs::rename(&building, path.with_extension("fresh"))?;
    sync_folder(path)
}

/// Whether a fresh file waits to take the place.
pub(crate) fn is_due(path: &Path) -> Result<bool> {
    exists(&path.with_extension("fresh"))
}

/// Steps 3 and 4. Nobody else may do the same at the same time. Gives the name under which the damaged file is now.
pub(crate) fn give_way(path: &Path) -> Result<Option<PathBuf>> {
    let mut number = 1;
    let aside = loop {
        let aside = path.with_extension(format!("damaged-{number}"));
        if is_free(path, &aside)? {
            break aside;
        }
        number += 1;
    };
    // The file itself last: what is left of its name then says that this is not done.
    for suffix in BESIDE.iter().chain(&[""]) {
        let file = with_suffix(path, suffix);
        if exists(&file)? {
            fs::rename(file, with_suffix(&aside, suffix))?;
        }
    }
    sync_folder(path)?;
    fs::rename(path.with_extension("fresh"), path)?;
    sync_folder(path)?;
    newest(path, number)
}

/// Whether nothing would be written over under this name.
fn is_free(path: &Path, aside: &Path) -> Result<bool> {
    for suffix in BESIDE {
        if exists(&with_suffix(path, suffix))? && exists(&with_suffix(aside, suffix))? {
            return Ok(false);
        }
    }
    Ok(!exists(aside)?)
}

/// The last file that was set aside; one move may have been begun by a process that was killed.
fn newest(path: &Path, at_most: u32) -> Result<Option<PathBuf>> {
    for number in (1..=at_most).rev() {
        let aside = path.with_extension(format!("damaged-{number}"));
        if exists(&aside)? {
            return Ok(Some(aside));
        }
    }
    Ok(None)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// A link that leads nowhere is there, too.
fn exists(path: &Path) -> Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn sync_folder(path: &Path) -> Result<()> {
    match path.parent() {
        Some(folder) => Ok(File::open(folder)?.sync_all()?),
        None => Ok(()),
    }
}
