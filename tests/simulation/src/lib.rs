//! Bad days for devices and server, one after the other, each replayable from a number.
//!
//! - [`plan`]: all that will happen, drawn from a seed or read from a file. `dice`: the one source of chance.
//! - `world`: devices, people and a backend in virtual time, on one thread.
//! - [`disk`]: what a machine's SQLite files are on: power fails, writes tear, the disk is full.
//! - `model`: what people were told and decided. `invariants`: what must hold, one file each.
//! - [`run`]: a plan from its beginning to its end, twice; [`minimise`]: the least of a plan that still fails.
//! - [`farm`]: many seeds at once.
//! - `selftest`: whether all this catches a core that is broken on purpose (feature `sabotage`).
//! - [`report`]: what was met and reached, for a person to look at.

mod dice;
pub mod disk;
pub mod farm;
mod invariants;
mod logs;
pub mod minimise;
mod model;
pub mod plan;
pub mod report;
pub mod run;
#[cfg(feature = "sabotage")]
pub mod selftest;
mod trace;
mod world;

pub use invariants::Broken;

/// Worlds are made of small allocations, by Rust and by SQLite.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
