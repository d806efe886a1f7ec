//! The world: devices, people and a backend, in virtual time, on one thread.

mod act;
pub mod backend;
mod check;
pub mod device;
mod elsewhere;
mod follow;
mod heal;
mod hooks;
pub mod ledger;
pub mod line;
pub mod look;
pub mod people;
mod questions;
mod storage;
mod template;
mod time;

use crate::dice::Dice;
use crate::invariants::{Births, Broken, Owners, broken};
use crate::model::Events;
use crate::plan::Plan;
use crate::report::Tally;
use crate::trace::Trace;
use backend::{Backend, USERS};
use device::Device;
use foodlens_core::RecordId;
use foodlens_core::{Error, ErrorKind};
use line::Shared;
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use template::Template;
use time::WorldTime;
use uuid::Uuid;

/// Everything, at one moment.
pub struct World {
    shared: Arc<Shared>,
    devices: Vec<Device>,
    /// What each user has said.
    people: Vec<Events>,
    owners: Owners,
    births: Births,
    /// What old data became, by the keys of its writes.
    imported: BTreeSet<Uuid>,
    /// Records whose unsent writes were copied from this device to another one, which it does not know: what it drops as
    /// never sent may be sent there.
    copied: BTreeSet<(usize, RecordId)>,
    /// Records whose writes waited in a file that was copied, or put back.
    copied_records: BTreeSet<RecordId>,
    /// How often a file was copied, or put back.
    copies: usize,
    /// By whom writes are made on each device: by another one where its files were replaced.
    homes: Vec<usize>,
    /// Arrivals at the server that were checked.
    checked: usize,
    trace: Trace,
    _folder: TempDir,
}

impl World {
    /// The beginning of a plan's world: everybody has just installed the app.
    ///
    /// # Errors
    /// When there is no room for its files.
    pub fn new(plan: &Plan) -> io::Result<Self> {
        crate::logs::keep();
        let folder = tempfile::Builder::new().prefix("foodlens-simulation-").tempdir_in(room())?;
        let time = WorldTime::default();
        let backend = Backend::new(&folder.path().join("server"), time.clone(), Dice::new(plan.seed, 2))?;
        let shared =
            Arc::new(Shared { time, backend: Mutex::new(backend), tally: Mutex::new(Tally::default()) });
        let users = plan.users.clamp(1, USERS.len());
        let new = Template::of_users(&shared, folder.path(), USERS.len())?;
        let device = |index: usize| {
            let dice = [10, 20].map(|lane| Dice::new(plan.seed, lane + index as u64));
            let folder = folder.path().join(format!("device-{index}"));
            Device::new(&shared, &folder, dice, (index / 2).min(users - 1), new)
        };
        let devices = (0..plan.devices.clamp(1, 6)).map(device).collect::<io::Result<_>>()?;
        Ok(Self {
            homes: (0..plan.devices.clamp(1, 6)).collect(),
            devices,
            people: vec![Events::default(); users],
            owners: Owners::default(),
            births: Births::default(),
            imported: BTreeSet::new(),
            copied: BTreeSet::new(),
            copied_records: BTreeSet::new(),
            copies: 0,
            checked: 0,
            trace: Trace::default(),
            shared,
            _folder: folder,
        })
    }

    /// What happened so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.shared.tally().clone()
    }

    /// The hash of everything that was seen so far.
    #[must_use]
    pub fn trace(&self) -> String {
        self.trace.hash()
    }

    fn of_device(&self, device: usize) -> usize {
        device % self.devices.len()
    }
}

/// Memory, where there is a file system of it: no phone's flash is waited for.
fn room() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

/// The simulation itself cannot go on: no fault of the library's.
fn harness(error: &dyn std::error::Error) -> Broken {
    broken("harness", error.to_string())
}

/// An error that a failing storage may bring.
fn is_storage(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull
            | ErrorKind::StorageBusy
            | ErrorKind::StorageUnavailable { .. }
            | ErrorKind::Corrupt { .. }
            | ErrorKind::Internal { .. }
    )
}

/// For whoever looks for the cause of a failure: what a step left, on stderr, when `SIMULATION_TELL` is set.
pub(crate) fn tell(what: impl FnOnce() -> String) {
    static TELLS: std::sync::LazyLock<bool> =
        std::sync::LazyLock::new(|| std::env::var_os("SIMULATION_TELL").is_some());
    if *TELLS {
        eprintln!("{}", what());
    }
}
