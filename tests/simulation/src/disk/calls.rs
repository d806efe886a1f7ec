//! What SQLite asks of an open file, in safe Rust: whether it may, and then the file does it.

use super::faults::Kind;
use super::locks::{Busy, Level, Slots};
use super::state::{Call, Code, Leave, Shared};
use super::stored::{Region, Stored};
use rusqlite::ffi;
use std::collections::hash_map::Entry;
use std::ffi::{c_int, c_void};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// As SQLite makes its files.
const MODE: u32 = 0o644;

/// A file that SQLite has open.
pub(super) struct Handle {
    machine: Arc<Shared>,
    /// The life of the machine in which it was opened.
    life: u64,
    /// The file's number on the file system.
    number: u64,
    id: u64,
    path: PathBuf,
    writable: bool,
    /// Keeps the memory that SQLite was given, also when the file has forgotten it.
    regions: Vec<Region>,
    /// Of `SQLITE_FCNTL_PERSIST_WAL` and `SQLITE_FCNTL_POWERSAFE_OVERWRITE`.
    pub keeps_log: bool,
    pub safe_overwrite: bool,
}

impl Handle {
    /// Opens a file by SQLite's flags.
    pub fn open(machine: Arc<Shared>, path: &Path, flags: c_int) -> Result<Self, Code> {
        let mut state = machine.lock();
        if !state.is_on() {
            return Err(ffi::SQLITE_IOERR);
        }
        let call = Call { kind: Kind::Open, bytes: 0, end: 0, error: ffi::SQLITE_CANTOPEN };
        let leave = state.enter(&call, 0, &machine)?;
        let (file, writable) = open_file(path, flags).map_err(|_| ffi::SQLITE_CANTOPEN)?;
        let number = file.metadata().map_err(|_| ffi::SQLITE_IOERR_FSTAT)?.ino();
        if flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0 {
            // As the system's VFS does: the name goes, the file stays while it is open.
            std::fs::remove_file(path).map_err(|_| ffi::SQLITE_IOERR_DELETE)?;
        }
        state.names.insert(path.to_owned());
        state.forget_done();
        if let Leave::Last = leave {
            return Err(ffi::SQLITE_IOERR);
        }
        let stored = match state.files.entry(number) {
            Entry::Occupied(entry) => {
                let stored = entry.into_mut();
                stored.renew(file, writable).map(|()| stored)
            }
            Entry::Vacant(entry) => {
                Stored::new(path.to_owned(), file, writable).map(|stored| entry.insert(stored))
            }
        };
        stored.map_err(|_| ffi::SQLITE_IOERR_FSTAT)?.join();
        let (life, id) = (state.life, state.next_handle());
        drop(state);
        Ok(Self {
            machine,
            life,
            number,
            id,
            path: path.to_owned(),
            writable,
            regions: Vec::new(),
            keeps_log: false,
            safe_overwrite: true,
        })
    }

    pub fn is_writable(&self) -> bool {
        self.writable
    }

    /// How much was read.
    pub fn read(&self, at: u64, bytes: &mut [u8]) -> Result<usize, Code> {
        let error = ffi::SQLITE_IOERR_READ;
        let call = Call { kind: Kind::Read, bytes: bytes.len(), end: 0, error };
        self.call(&call, |file, _| file.read(at, bytes).map_err(|_| error))
    }

    pub fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Code> {
        let error = ffi::SQLITE_IOERR_WRITE;
        let call = Call { kind: Kind::Write, bytes: bytes.len(), end: at + bytes.len() as u64, error };
        self.call(&call, |file, leave| {
            let part = if let Leave::Half = leave { bytes.len() / 2 } else { bytes.len() };
            file.write(at, &bytes[..part]).map_err(|_| error)
        })
    }

    pub fn resize(&self, to: u64) -> Result<(), Code> {
        let error = ffi::SQLITE_IOERR_TRUNCATE;
        let call = Call { kind: Kind::Write, bytes: 0, end: to, error };
        self.call(&call, |file, leave| match leave {
            Leave::Half => Ok(()),
            Leave::All | Leave::Last => file.resize(to).map_err(|_| error),
        })
    }

    /// Where the power goes at a sync, nobody knows what was synced.
    pub fn sync(&self) -> Result<(), Code> {
        let call = Call { kind: Kind::Sync, bytes: 0, end: 0, error: ffi::SQLITE_IOERR_FSYNC };
        self.call(&call, |file, leave| {
            if let Leave::All = leave {
                file.settle();
            }
            Ok(())
        })
    }

    pub fn size(&self) -> Result<u64, Code> {
        self.look(ffi::SQLITE_IOERR_FSTAT, |file| file.size())
    }

    pub fn lock(&self, wanted: Level) -> Result<(), Code> {
        let call = Call { kind: Kind::Lock, bytes: 0, end: 0, error: ffi::SQLITE_IOERR_LOCK };
        self.call(&call, |file, _| file.locks.take(self.id, wanted).map_err(|Busy| ffi::SQLITE_BUSY))
    }

    pub fn unlock(&self, to: Level) -> Result<(), Code> {
        self.look(ffi::SQLITE_IOERR_UNLOCK, |file| file.locks.lower(self.id, to))
    }

    pub fn level(&self) -> Level {
        self.look(ffi::SQLITE_IOERR, |file| file.locks.level(self.id)).unwrap_or(Level::None)
    }

    pub fn is_reserved(&self) -> Result<bool, Code> {
        self.look(ffi::SQLITE_IOERR_CHECKRESERVEDLOCK, |file| file.locks.is_reserved())
    }

    /// Whether the file has lost its name, or another one has it.
    pub fn has_moved(&self) -> bool {
        std::fs::metadata(&self.path).map_or(true, |file| file.ino() != self.number)
    }

    /// The memory of a part of the log's index; `None`: there is none yet.
    pub fn region(&mut self, part: usize, bytes: usize, make: bool) -> Result<Option<*mut c_void>, Code> {
        let region = self.look(ffi::SQLITE_IOERR_SHMMAP, |file| file.region(self.id, part, bytes, make))?;
        Ok(region.map(|region| {
            // Words that may change at any time: a pointer that writes may be made of a shared one.
            let memory = region.as_ptr().cast_mut().cast();
            if !self.regions.iter().any(|known| Arc::ptr_eq(known, &region)) {
                self.regions.push(region);
            }
            memory
        }))
    }

    pub fn lock_slots(&self, slots: Slots, alone: bool) -> Result<(), Code> {
        let call = Call { kind: Kind::Lock, bytes: 0, end: 0, error: ffi::SQLITE_IOERR_SHMLOCK };
        self.call(&call, |file, _| {
            let locks = &mut file.slots;
            let taken = if alone { locks.take(self.id, slots) } else { locks.share(self.id, slots) };
            taken.map_err(|Busy| ffi::SQLITE_BUSY)
        })
    }

    pub fn unlock_slots(&self, slots: Slots) -> Result<(), Code> {
        self.look(ffi::SQLITE_IOERR_SHMLOCK, |file| file.slots.give_back(self.id, slots))
    }

    /// Others may go on using the memory.
    pub fn unmap(&mut self) {
        // A dead one has nothing there any more.
        let _ = self.look(ffi::SQLITE_IOERR, |file| file.unmap(self.id));
        self.regions.clear();
    }

    fn call<T>(
        &self,
        call: &Call,
        body: impl FnOnce(&mut Stored, &Leave) -> Result<T, Code>,
    ) -> Result<T, Code> {
        let state = &mut *self.machine.lock();
        if !state.lives(self.life) {
            return Err(call.error);
        }
        let size = state.files.get(&self.number).map_or(0, Stored::size);
        let leave = state.enter(call, size, &self.machine)?;
        let done = body(state.files.get_mut(&self.number).ok_or(call.error)?, &leave)?;
        match leave {
            Leave::All => Ok(done),
            Leave::Half | Leave::Last => Err(call.error),
        }
    }

    /// Without a count.
    fn look<T>(&self, error: Code, body: impl FnOnce(&mut Stored) -> T) -> Result<T, Code> {
        let state = &mut *self.machine.lock();
        if !state.lives(self.life) {
            return Err(error);
        }
        state.files.get_mut(&self.number).map(body).ok_or(error)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let state = &mut *self.machine.lock();
        if state.lives(self.life)
            && let Some(file) = state.files.get_mut(&self.number)
        {
            file.leave(self.id);
            if file.is_done() {
                state.files.remove(&self.number);
            }
        }
    }
}

/// Takes a file's name away, for good.
pub(super) fn remove(machine: &Shared, path: &Path) -> Result<(), Code> {
    let mut state = machine.lock();
    let error = ffi::SQLITE_IOERR_DELETE;
    if !state.is_on() {
        return Err(error);
    }
    let call = Call { kind: Kind::Write, bytes: 0, end: 0, error };
    let leave = state.enter(&call, 0, machine)?;
    if !matches!(leave, Leave::Half) {
        std::fs::remove_file(path).map_err(|failed| match failed.kind() {
            io::ErrorKind::NotFound => ffi::SQLITE_IOERR_DELETE_NOENT,
            _ => error,
        })?;
    }
    match leave {
        Leave::All => {
            state.forget_done();
            Ok(())
        }
        Leave::Half | Leave::Last => Err(error),
    }
}

/// As SQLite's own VFS opens: read only, where it may not be written.
fn open_file(path: &Path, flags: c_int) -> io::Result<(File, bool)> {
    let has = |flag| flags & flag != 0;
    let reading = || File::open(path).map(|file| (file, false));
    if !has(ffi::SQLITE_OPEN_READWRITE) {
        return reading();
    }
    let make = has(ffi::SQLITE_OPEN_CREATE);
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(make)
        .create_new(make && has(ffi::SQLITE_OPEN_EXCLUSIVE))
        .mode(MODE)
        .open(path);
    match opened {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => reading(),
        opened => opened.map(|file| (file, true)),
    }
}
