//! Which folder is whose disk.

use super::state::Shared;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

static MACHINES: LazyLock<RwLock<HashMap<PathBuf, Arc<Shared>>>> = LazyLock::new(RwLock::default);

pub(super) fn add(machine: Arc<Shared>) {
    let mut machines = MACHINES.write().unwrap_or_else(PoisonError::into_inner);
    machines.insert(machine.folder.clone(), machine);
}

/// Its folder is the system's again, unless another machine has it by now.
pub(super) fn remove(machine: &Arc<Shared>) {
    let mut machines = MACHINES.write().unwrap_or_else(PoisonError::into_inner);
    if machines.get(&machine.folder).is_some_and(|there| Arc::ptr_eq(there, machine)) {
        machines.remove(&machine.folder);
    }
}

/// The machine that this file is on; `None`: it is the system's.
pub(super) fn of(file: &Path) -> Option<Arc<Shared>> {
    let machines = MACHINES.read().unwrap_or_else(PoisonError::into_inner);
    file.ancestors().skip(1).find_map(|folder| machines.get(folder)).cloned()
}
