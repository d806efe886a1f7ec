//! Where an account's files are: their names are a hash, so that no user id can become a path and none can be read off a
//! disk.

use super::account::Account;
use crate::error::Result;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The files of one account: the database and all beside it begin with the same stem.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Of the database.
    pub folder: PathBuf,
    /// Of the mark.
    pub mark_folder: PathBuf,
    stem: String,
}

/// Of a file that says: everything of this account is being deleted.
pub(super) const WIPING: &str = "wiping";
const PREFIX: &str = "foodlens-";

impl Place {
    /// Makes the folders when they are not there.
    pub fn of(data_dir: &Path, mark_dir: &Path, account: &Account<'_>) -> Result<Self> {
        let mut hash = Sha256::new();
        hash.update((account.server.len() as u64).to_le_bytes());
        hash.update(account.server.as_bytes());
        hash.update(account.user.as_str().as_bytes());
        let name: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let (folder, mark_folder) = both_made(data_dir, mark_dir)?;
        Ok(Self { folder, mark_folder, stem: format!("{PREFIX}{name}") })
    }

    /// Every account in these folders whose wiping was begun.
    pub fn wiping_in(data_dir: &Path, mark_dir: &Path) -> Result<Vec<Self>> {
        let (folder, mark_folder) = both_made(data_dir, mark_dir)?;
        let mut places = Vec::new();
        for entry in std::fs::read_dir(&mark_folder)? {
            let name = entry?.file_name();
            let stem = name.to_str().and_then(|name| name.strip_suffix(WIPING)?.strip_suffix('.'));
            if let Some(stem) = stem.filter(|stem| stem.starts_with(PREFIX)) {
                let (folder, mark_folder) = (folder.clone(), mark_folder.clone());
                places.push(Self { folder, mark_folder, stem: stem.to_owned() });
            }
        }
        Ok(places)
    }

    pub fn database(&self) -> PathBuf {
        self.folder.join(format!("{}.db", self.stem))
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join(format!("{}.db-wal", self.stem))
    }

    pub(super) fn mark(&self) -> PathBuf {
        self.mark_folder.join(format!("{}.mark", self.stem))
    }

    pub(super) fn wiping(&self) -> PathBuf {
        self.mark_folder.join(format!("{}.{WIPING}", self.stem))
    }

    /// Whether a file of this name belongs to the account.
    pub(super) fn owns(&self, name: &str) -> bool {
        name.strip_prefix(&self.stem).is_some_and(|rest| rest.starts_with('.'))
    }
}

/// Of the database, and of the mark: as a rule they are the same.
fn both_made(data_dir: &Path, mark_dir: &Path) -> Result<(PathBuf, PathBuf)> {
    let folder = made(data_dir)?;
    let mark_folder = if mark_dir == data_dir { folder.clone() } else { made(mark_dir)? };
    Ok((folder, mark_folder))
}

/// NOFOLLOW refuses a link anywhere in the path, and phones link their data folders: resolve those first.
fn made(folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    Ok(folder.canonicalize()?)
}
