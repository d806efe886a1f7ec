//! How long deletions and keys are remembered, and what lets go of them afterwards.

use super::Service;
use crate::store::{Operate, StoreError};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The most rows that one transaction lets go of: a writer never waits for more than that.
const SLICE: usize = 500;

/// How many days tombstones, and answers under their keys, are kept at least. Capabilities tell the devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// A cursor that is behind a tombstone which is no longer kept is too old.
    pub tombstone_days: i64,
    /// A key that is no longer kept would take effect again.
    pub key_days: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { tombstone_days: 180, key_days: 180 }
    }
}

impl Service {
    /// Lets go of tombstones and answers that are older than they must be kept, slice by slice. Of several servers over
    /// one database only one does; the others return at once.
    pub fn purge(&self) -> Result<(), StoreError> {
        let now_ms = (self.seams.now_ms)();
        let Retention { tombstone_days, key_days } = self.retention;
        let tombstones =
            self.sweep(|all| all.sweep_tombstones(now_ms.saturating_sub(days_ms(tombstone_days)), SLICE))?;
        let keys = self.sweep(|all| all.sweep_answers(now_ms.saturating_sub(days_ms(key_days)), SLICE))?;
        tracing::debug!(tombstones, keys, "purged");
        Ok(())
    }

    /// Gives how many rows went.
    fn sweep(&self, slice: impl Fn(&dyn Operate) -> Result<usize, StoreError>) -> Result<usize, StoreError> {
        let mut gone = 0;
        loop {
            let count = self.store.operate(|all| if all.may_sweep()? { slice(all) } else { Ok(0) })?;
            gone += count;
            if count < SLICE {
                return Ok(gone);
            }
        }
    }
}

fn days_ms(days: i64) -> i64 {
    days.saturating_mul(DAY_MS)
}
