//! Checks any backend against the duties of `tests/contract/README.md`, over HTTP and from outside.
//!
//! - [`DUTIES`] is the table: each [`Duty`] of the contract with its [`Check`]s, one theme a file in `checks/`.
//! - [`run`] carries them out and gives a [`Report`]: a table for a person, JSON, JUnit.
//! - [`Hooks`] are what only an operator can do, such as a restart.

mod bench;
mod checks;
mod client;
mod duties;
mod duty;
mod report;
mod run;
mod write;

pub use duties::DUTIES;
pub use duty::{Check, Duty, Outcome};
pub use report::{Line, Report};
pub use run::{CannotRun, Hook, Hooks, Options, run};
