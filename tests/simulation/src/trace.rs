//! The trace of a run: a hash over everything that was seen. The same plan must give the same one.

use sha2::{Digest, Sha256};

/// A hash that grows with the run.
#[derive(Clone, Default)]
pub struct Trace(Sha256);

impl Trace {
    /// Something was seen.
    pub fn note(&mut self, what: &[u8]) {
        self.0.update((what.len() as u64).to_le_bytes());
        self.0.update(what);
    }

    /// The hash so far.
    #[must_use]
    pub fn hash(&self) -> String {
        self.0.clone().finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }
}
