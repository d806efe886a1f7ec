//! What lies beside SQLite's files (marks, flags), as it was when the machine died: whatever a dead process does when it is
//! dropped did not happen.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that is longer is nobody's mark.
const LONGEST: u64 = 1024;

/// The small files of a folder that are not SQLite's, and what was in them.
#[derive(Debug, Default)]
pub(super) struct Others(Vec<(PathBuf, Vec<u8>)>);

impl Others {
    /// `sqlite`: the files that it has opened, which are none of these.
    pub fn of(folder: &Path, sqlite: &HashSet<PathBuf>) -> io::Result<Self> {
        let mut found = Vec::new();
        collect(folder, sqlite, &mut found)?;
        found.sort();
        Ok(Self(found))
    }

    /// Puts them back: in place, since a file that is made anew is another one to whoever knows files by their number.
    pub fn put_back(self, folder: &Path, sqlite: &HashSet<PathBuf>) -> io::Result<()> {
        let now = Self::of(folder, sqlite)?;
        for (path, _) in now.0.iter().filter(|(path, _)| self.0.iter().all(|(before, _)| before != path)) {
            fs::remove_file(path)?;
        }
        for (path, content) in self.0 {
            if !now.0.iter().any(|(there, is)| *there == path && *is == content) {
                File::options().create(true).write(true).truncate(true).open(path)?.write_all(&content)?;
            }
        }
        Ok(())
    }
}

fn collect(folder: &Path, sqlite: &HashSet<PathBuf>, found: &mut Vec<(PathBuf, Vec<u8>)>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let file = entry.metadata()?;
        if file.is_dir() {
            collect(&path, sqlite, found)?;
        } else if file.is_file() && file.len() <= LONGEST && !sqlite.contains(&path) {
            let content = fs::read(&path)?;
            found.push((path, content));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn what_was_changed_made_or_removed_is_as_it_was_and_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        fs::create_dir(file("inner")).unwrap();
        for name in ["inner/changed", "removed", "same"] {
            fs::write(file(name), name).unwrap();
        }
        fs::write(file("a.db-wal"), "log").unwrap();
        let number = fs::metadata(file("inner/changed")).unwrap().ino();
        let sqlite = HashSet::from([file("a.db-wal")]);
        let before = Others::of(folder.path(), &sqlite).unwrap();

        fs::write(file("inner/changed"), "shut").unwrap();
        fs::remove_file(file("removed")).unwrap();
        fs::write(file("made"), "late").unwrap();
        fs::write(file("a.db-wal"), "torn").unwrap();
        before.put_back(folder.path(), &sqlite).unwrap();

        assert_eq!(fs::read_to_string(file("inner/changed")).unwrap(), "inner/changed");
        assert_eq!(fs::metadata(file("inner/changed")).unwrap().ino(), number);
        assert_eq!(fs::read_to_string(file("removed")).unwrap(), "removed");
        assert!(!file("made").exists());
        assert_eq!(fs::read_to_string(file("a.db-wal")).unwrap(), "torn", "SQLite's own are not looked at");
    }
}
