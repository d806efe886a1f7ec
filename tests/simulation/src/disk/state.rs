//! A machine between two calls: its power, its files, the faults that wait, and what was counted.

use super::Draw;
use super::faults::{Armed, Counts, Failure, Kind};
use super::others::Others;
use super::stored::Stored;
use super::tear::tear;
use rusqlite::ffi;
use std::collections::{HashMap, HashSet};
use std::ffi::c_int;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a call ends with when it does not succeed: SQLite's code.
pub(super) type Code = c_int;

pub(super) struct Shared {
    pub folder: PathBuf,
    state: Mutex<State>,
}

impl Shared {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, state: Mutex::default() }
    }

    /// A call that panicked has left the files as they were, or half written like any torn call.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
pub(super) struct State {
    /// Handles of another life are dead.
    pub life: u64,
    power: Power,
    /// By the number that the file system knows them by.
    pub files: HashMap<u64, Stored>,
    /// Every name that SQLite has opened.
    pub names: HashSet<PathBuf>,
    pub faults: Armed,
    pub is_full: bool,
    pub counts: Counts,
    last_handle: u64,
}

#[derive(Default)]
enum Power {
    #[default]
    On,
    /// What lay beside SQLite's files when it went.
    Off(io::Result<Others>),
}

/// A call that is counted, and may meet a fault.
pub(super) struct Call {
    pub kind: Kind,
    pub bytes: usize,
    /// The file's size afterwards, if it grows.
    pub end: u64,
    /// Its code when the disk does not answer.
    pub error: Code,
}

/// How far a call may go.
pub(super) enum Leave {
    All,
    /// Half of it, then it fails.
    Half,
    /// All of it, then the power is gone.
    Last,
}

impl State {
    pub fn next_handle(&mut self) -> u64 {
        self.last_handle += 1;
        self.last_handle
    }

    pub fn is_on(&self) -> bool {
        matches!(self.power, Power::On)
    }

    /// Whether a handle of that life can do anything.
    pub fn lives(&self, life: u64) -> bool {
        self.is_on() && self.life == life
    }

    /// Counts a call, and says how far it may go. `size`: of its file.
    pub fn enter(&mut self, call: &Call, size: u64, machine: &Shared) -> Result<Leave, Code> {
        let bytes = call.bytes as u64;
        match call.kind {
            Kind::Open => self.counts.opens += 1,
            Kind::Read => {
                self.counts.reads += 1;
                self.counts.bytes_read += bytes;
            }
            Kind::Write => {
                self.counts.writes += 1;
                self.counts.bytes_written += bytes;
            }
            Kind::Sync => self.counts.syncs += 1,
            Kind::Lock => self.counts.locks += 1,
        }
        match self.faults.meet(call.kind) {
            None if self.is_full && call.end > size => Err(self.refuse_full()),
            None => Ok(Leave::All),
            Some(Failure::Full) => Err(self.refuse_full()),
            Some(Failure::IoError) => {
                self.counts.io_errors += 1;
                if call.kind == Kind::Write { Ok(Leave::Half) } else { Err(call.error) }
            }
            Some(Failure::Busy) => {
                self.counts.busy += 1;
                Err(ffi::SQLITE_BUSY)
            }
            Some(Failure::PowerLoss) => {
                self.power_off(machine);
                Ok(Leave::Last)
            }
        }
    }

    fn refuse_full(&mut self) -> Code {
        self.counts.full += 1;
        ffi::SQLITE_FULL
    }

    /// Every handle that there is, is dead from now on.
    pub fn power_off(&mut self, machine: &Shared) {
        if self.is_on() {
            self.counts.deaths += 1;
            self.power = Power::Off(Others::of(&machine.folder, &self.names));
        }
    }

    /// What the disk has of the files, once the power is off.
    pub fn lose(&mut self, draw: Draw<'_>) -> io::Result<()> {
        let mut files: Vec<Stored> = self.files.drain().map(|(_, file)| file).collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files.into_iter().try_for_each(|file| {
            let (file, changes) = file.into_changes();
            tear(&file, changes, draw)
        })
    }

    /// A new life, with what the last one left.
    pub fn power_on(&mut self, machine: &Shared) -> io::Result<()> {
        if let Power::Off(others) = std::mem::take(&mut self.power) {
            self.files.clear();
            self.life += 1;
            others?.put_back(&machine.folder, &self.names)?;
        }
        Ok(())
    }

    pub fn forget_done(&mut self) {
        self.files.retain(|_, file| !file.is_done());
    }
}
