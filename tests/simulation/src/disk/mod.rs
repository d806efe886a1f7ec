//! A disk under SQLite that can lose its power: what was written and not synced is then lost, kept or torn, as on a phone.
//!
//! A [`Machine`] is a folder. Whatever SQLite in this process opens below it, by whatever connection, is on that machine's disk;
//! every other file is on the system's own. The files are real ones, so that they can be looked at, copied and put back.
//!
//! - What a process does with files past SQLite (marks, locks of runs, renames) is real and durable at once; so are names: a file
//!   that SQLite made or removed stays so. Only what is *in* SQLite's files is held back until it is synced.
//! - Locks and the index of the write-ahead log are kept here and not by the system: the dead hold none, and nothing of theirs is
//!   read again. So another process does not see them; one process simulates all.
//! - One control thread that does the same twice finds the same twice. Calls may come from any thread.
//!
//! Own code, because the libraries for this (`sqlite-vfs`, `sqlite-plugin`, `rsqlite-vfs`) replace all files of a connection and
//! leave no way to hand some of them to the system's VFS.

mod calls;
mod changes;
mod faults;
mod locks;
mod machine;
mod others;
mod registry;
mod state;
mod stored;
mod tear;
mod vfs;

pub use faults::{Counts, Failure, Fault, Position};
pub use machine::Machine;
pub use vfs::without_waiting;

/// Where chance comes from: any number, each as likely as any other.
pub type Draw<'a> = &'a mut dyn FnMut() -> u64;
