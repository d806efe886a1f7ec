//! Bad days for devices and server, one after the other, each replayable from a number.
//!
//! - [`disk`]: what a machine's SQLite files are on: power fails, writes tear, the disk is full.

pub mod disk;
