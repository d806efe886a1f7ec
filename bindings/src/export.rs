//! Everything that the device holds of a user, into a file that is there whole or not at all.

use crate::errors;
use crate::session::CoreSession;
use foodlens_core::Result;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

#[uniffi::export]
impl CoreSession {
    /// As `exportJson`, into a file, with little memory however much there is. A file of that name is replaced once the new
    /// one is complete and durable, and not before: it is written beside it. Only the app's own user may read it.
    pub fn export_to(&self, path: String) -> errors::Result<()> {
        Ok(write_whole(Path::new(&path), |to| self.0.export_to(to))?)
    }
}

/// Writes a file beside its place, and then puts it there.
fn write_whole(place: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let (part, file) = Part::beside(place)?;
    let mut to = BufWriter::new(file);
    write(&mut to)?;
    let file = to.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    part.put(place)?;
    Ok(())
}

/// A file that is not complete: it goes when it is let go of.
struct Part(PathBuf);

impl Part {
    /// Each has a name of its own: two exports to one place must not write into one another.
    fn beside(place: &Path) -> io::Result<(Self, File)> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let Some(name) = place.file_name() else { return Err(io::ErrorKind::InvalidInput.into()) };
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let mut own = name.to_owned();
            own.push(format!(".{}-{number}.part", std::process::id()));
            let part = place.with_file_name(own);
            match create(&part) {
                Ok(file) => return Ok((Self(part), file)),
                // Left behind by a process that was killed, which had the same number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn put(&self, place: &Path) -> io::Result<()> {
        fs::rename(&self.0, place)?;
        // The name is durable, too, where folders can be made so.
        if let Some(folder) = place.parent().and_then(|folder| File::open(folder).ok()) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After the rename there is nothing under its name.
        let _ = fs::remove_file(&self.0);
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]
mod tests {
    use super::*;
    use foodlens_core::ErrorKind;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_whole_and_only_by_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("export.json");
        write_whole(&place, |to| Ok(to.write_all(b"old")?)).unwrap();
        let failed = write_whole(&place, |to| {
            to.write_all(&[b'n'; 100_000])?;
            assert_eq!(names(folder.path()).len(), 2, "beside the old one");
            assert_eq!(fs::read(&place).unwrap(), b"old");
            Err(ErrorKind::Closed.into())
        });
        assert_eq!(*failed.unwrap_err().kind(), ErrorKind::Closed);
        assert_eq!(fs::read(&place).unwrap(), b"old");
        write_whole(&place, |to| Ok(to.write_all(b"new")?)).unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["export.json"]);
    }

    #[test]
    fn two_at_once_do_not_mix_and_leftovers_are_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("export.json");
        write_whole(&place, |to| {
            to.write_all(b"one")?;
            write_whole(&place, |to| Ok(to.write_all(b"another")?))?;
            Ok(to.write_all(b", whole")?)
        })
        .unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"one, whole");
        let (left, _) = Part::beside(&place).unwrap();
        let same =
            |number: u64| place.with_file_name(format!("export.json.{}-{number}.part", std::process::id()));
        let (_, number) = left.0.to_str().unwrap().trim_end_matches(".part").rsplit_once('-').unwrap();
        let next: u64 = number.parse::<u64>().unwrap() + 1;
        for number in next..next + 20 {
            fs::write(same(number), "left behind").unwrap();
        }
        write_whole(&place, |to| Ok(to.write_all(b"later")?)).unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"later");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error_of_the_storage() {
        let folder = tempfile::tempdir().unwrap();
        for place in [folder.path().join("no folder/export.json"), folder.path().join(".."), PathBuf::new()] {
            let failed = write_whole(&place, |_| Ok(())).unwrap_err();
            assert_eq!(*failed.kind(), ErrorKind::StorageUnavailable { code: 0 }, "{}", place.display());
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("export.json");
        write_whole(&place, |_| Ok(())).unwrap();
        assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
