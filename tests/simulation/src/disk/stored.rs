//! One file of a machine: what is in it and not synced yet, who has it open, who has locked it.

use super::changes::{Change, Changes};
use super::locks::{FileLocks, Holder, Level, SlotLocks};
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A part of the index of a write-ahead log, in memory that all handles share. SQLite reads and writes it without asking.
pub(super) type Region = Arc<[AtomicU64]>;

pub(super) struct Stored {
    /// For the order among files.
    pub path: PathBuf,
    file: File,
    writable: bool,
    size: u64,
    changes: Changes,
    handles: usize,
    pub locks: FileLocks,
    pub slots: SlotLocks,
    regions: Vec<Region>,
    /// Who uses the regions.
    users: Vec<Holder>,
}

impl Stored {
    pub fn new(path: PathBuf, file: File, writable: bool) -> io::Result<Self> {
        Ok(Self {
            path,
            size: file.metadata()?.len(),
            file,
            writable,
            changes: Changes::default(),
            handles: 0,
            locks: FileLocks::default(),
            slots: SlotLocks::default(),
            regions: Vec::new(),
            users: Vec::new(),
        })
    }

    /// It was opened once more: looked at anew, and written by this one if the other could not.
    pub fn renew(&mut self, file: File, writable: bool) -> io::Result<()> {
        if writable && !self.writable {
            (self.file, self.writable) = (file, true);
        }
        self.size = self.file.metadata()?.len();
        Ok(())
    }

    /// One handle more.
    pub fn join(&mut self) {
        self.handles += 1;
    }

    pub fn leave(&mut self, holder: Holder) {
        self.handles -= 1;
        self.locks.lower(holder, Level::None);
        self.unmap(holder);
    }

    /// Nobody has it open, and a crash would change nothing.
    pub fn is_done(&self) -> bool {
        self.handles == 0
            && (self.changes.is_empty() || self.file.metadata().is_ok_and(|file| file.nlink() == 0))
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// As much as there is, and how much that was.
    pub fn read(&self, mut at: u64, mut bytes: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while !bytes.is_empty() {
            match self.file.read_at(bytes, at) {
                Ok(0) => break,
                Ok(count) => {
                    done += count;
                    at += count as u64;
                    bytes = &mut bytes[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    pub fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.size = self.changes.write(&self.file, self.size, at, bytes)?;
        Ok(())
    }

    pub fn resize(&mut self, to: u64) -> io::Result<()> {
        self.size = self.changes.resize(&self.file, self.size, to)?;
        Ok(())
    }

    pub fn settle(&mut self) {
        self.changes.settle();
    }

    /// The part of the log's index, made when it is not there and `make` says so.
    pub fn region(&mut self, holder: Holder, number: usize, bytes: usize, make: bool) -> Option<Region> {
        if !self.users.contains(&holder) {
            self.users.push(holder);
        }
        while make && self.regions.len() <= number {
            self.regions.push((0..bytes / 8).map(|_| AtomicU64::new(0)).collect());
        }
        self.regions.get(number).cloned()
    }

    /// When the last one goes the index goes: the next one makes it anew from the log.
    pub fn unmap(&mut self, holder: Holder) {
        self.slots.give_back(holder, u8::MAX);
        self.users.retain(|user| *user != holder);
        if self.users.is_empty() {
            self.regions.clear();
        }
    }

    /// What a loss of power may undo, and the file.
    pub fn into_changes(self) -> (File, Vec<Change>) {
        (self.file, self.changes.into_vec())
    }
}
