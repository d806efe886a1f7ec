//! What only the bindings' own tests call; no shipped library has it (feature `test-hooks`).

use crate::errors::Result;
use crate::session::CoreSession;

#[uniffi::export]
impl CoreSession {
    /// Unwinds as a defect would, to show that this is an error on the other side and that the next call works.
    pub fn panic_for_test(&self) -> Result<()> {
        std::panic::resume_unwind(Box::new("a deliberate panic"))
    }
}
