//! What only the bindings' own tests call; no shipped library has it (feature `test-hooks`).

use crate::errors::Result;
use crate::session::CoreSession;

#[uniffi::export]
impl CoreSession {
    /// Panics, to show that a panic is an error on the other side and that the next call works.
    #[expect(clippy::panic, reason = "the point of it")]
    pub fn panic_for_test(&self) -> Result<()> {
        panic!("a deliberate panic")
    }
}
