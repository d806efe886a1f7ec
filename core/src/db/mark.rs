//! The mark beside a database: what tells a file that was lost, rolled back or copied from a new one. SQLite cannot: an
//! empty file is an empty database to it, and one without its log an elder state, without an error.

use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::fs::{File, Metadata};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Every mark is as long as this, so that a new one replaces an old one in one write.
const LENGTH: usize = 192;

/// What stands in the mark. No personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Id of this copy of the account's data, as in the database.
    pub device: Uuid,
    /// The mark's own place on the file system (0: it has none): a copy of it has another.
    pub inode: u64,
    /// Runs of sync begun when it was written. The database is never behind.
    pub runs: i64,
    /// The database is open, or its process died: then its log must be there.
    pub in_use: bool,
}

/// What is found where a mark may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// No mark of this library's, or a torn one.
    Unreadable,
    Mark(Mark),
}

/// What the database says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    pub device: Uuid,
    pub marked: bool,
    pub runs: i64,
}

/// How a database stands to its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// As this installation left it.
    Ours,
    /// Without a mark until now: it is new, or of a build that made none.
    Unmarked,
    /// Another installation's, or an elder state of this one's: restored from a backup, cloned, or without its log.
    Copied,
}

/// Pure. `inode`: of the mark found; `log`: the write-ahead log was there before the database was opened.
pub(super) fn standing(found: &Found, inode: u64, stored: Stored, log: bool) -> Standing {
    match found {
        _ if !stored.marked => Standing::Unmarked,
        Found::Mark(mark)
            if mark.device == stored.device
                && mark.inode == inode
                && mark.runs <= stored.runs
                && (log || !mark.in_use) =>
        {
            Standing::Ours
        }
        _ => Standing::Copied,
    }
}

/// Where the mark of a database is kept.
#[derive(Debug, Clone)]
pub(super) struct MarkFile(pub PathBuf);

impl MarkFile {
    /// What is there, and its inode.
    pub fn read(&self) -> Result<(Found, u64)> {
        let mut file = match File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((Found::Nothing, 0)),
            Err(error) => return Err(error.into()),
        };
        let mut text = Vec::with_capacity(2 * LENGTH);
        (&mut file).take(LENGTH as u64 + 1).read_to_end(&mut text)?;
        let mark = (text.len() == LENGTH).then(|| serde_json::from_slice(&text).ok()).flatten();
        Ok((mark.map_or(Found::Unreadable, Found::Mark), inode(&file.metadata()?)))
    }

    /// Puts a mark there that survives a loss of power, whatever was there before.
    pub fn create(&self, device: Uuid, runs: i64) -> Result<()> {
        let folder = self.0.parent().ok_or(ErrorKind::StorageUnavailable { code: 0 })?;
        std::fs::create_dir_all(folder)?;
        let beside = self.0.with_extension("mark-new");
        let mut file = File::create(&beside)?;
        let mark = Mark { device, inode: inode(&file.metadata()?), runs, in_use: true };
        file.write_all(&text_of(&mark)?)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.0)?;
        sync_folder(folder)
    }

    /// Writes over the mark that is there. Not forced to storage: at worst an elder one is found, which says less.
    pub fn update(&self, change: impl FnOnce(&mut Mark)) -> Result<()> {
        if let (Found::Mark(mut mark), _) = self.read()? {
            let before = mark.clone();
            change(&mut mark);
            if mark != before {
                self.write_over(&mark)?;
            }
        }
        Ok(())
    }

    /// As [`Self::update`], of the mark that was just found.
    pub fn write_over(&self, mark: &Mark) -> Result<()> {
        Ok(File::options().write(true).open(&self.0)?.write_all(&text_of(mark)?)?)
    }
}

fn text_of(mark: &Mark) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec(mark).map_err(|_| Error::internal("mark"))?;
    text.resize(LENGTH, b' ');
    Ok(text)
}

/// Makes renames and removals in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Which file of the file system it is, whatever its name; 0 where that cannot be told.
pub(super) fn inode(file: &Metadata) -> u64 {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::ino(file);
    #[cfg(not(unix))]
    return 0;
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: Uuid = Uuid::from_u128(1);

    #[test]
    fn what_is_new_copied_or_ours() {
        let mark = |runs, in_use| Found::Mark(Mark { device: OURS, inode: 7, runs, in_use });
        let of_other = Found::Mark(Mark { device: Uuid::from_u128(2), inode: 7, runs: 3, in_use: false });
        let stored = |marked, runs| Stored { device: OURS, marked, runs };
        let cases = [
            (
                "new, or of a build without marks",
                Found::Nothing,
                0,
                stored(false, 0),
                false,
                Standing::Unmarked,
            ),
            ("killed before it was noted", mark(0, true), 7, stored(false, 0), true, Standing::Unmarked),
            ("closed well", mark(3, false), 7, stored(true, 3), false, Standing::Ours),
            ("killed in use", mark(3, true), 7, stored(true, 3), true, Standing::Ours),
            ("killed at the beginning of a run", mark(3, true), 7, stored(true, 4), true, Standing::Ours),
            ("its log is gone", mark(3, true), 7, stored(true, 3), false, Standing::Copied),
            ("an elder state", mark(3, false), 7, stored(true, 2), false, Standing::Copied),
            ("without its mark: a backup", Found::Nothing, 0, stored(true, 3), false, Standing::Copied),
            ("a torn mark", Found::Unreadable, 7, stored(true, 3), false, Standing::Copied),
            ("another installation's mark", of_other, 7, stored(true, 3), false, Standing::Copied),
            ("copied with its mark", mark(3, false), 8, stored(true, 3), false, Standing::Copied),
        ];
        for (name, found, inode, stored, log, expected) in cases {
            assert_eq!(standing(&found, inode, stored, log), expected, "{name}");
        }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written_and_anything_else_is_unreadable() {
        let folder = tempfile::tempdir().unwrap();
        let file = MarkFile(folder.path().join("inner").join("a.mark"));
        assert_eq!(file.read().unwrap(), (Found::Nothing, 0));
        file.update(|mark| mark.runs = 9).unwrap();
        assert_eq!(file.read().unwrap().0, Found::Nothing, "an update makes none");
        file.create(OURS, i64::MAX).unwrap();
        file.update(|mark| mark.in_use = false).unwrap();
        let (found, inode) = file.read().unwrap();
        assert_eq!(found, Found::Mark(Mark { device: OURS, inode, runs: i64::MAX, in_use: false }));
        let text = std::fs::read(&file.0).unwrap();
        for spoilt in [&text[..LENGTH - 1], &[&text[..], b" "].concat(), b"", &[0; LENGTH]] {
            std::fs::write(&file.0, spoilt).unwrap();
            assert_eq!(file.read().unwrap().0, Found::Unreadable);
        }
    }
}
