//! One run of sync: settle, push, pull, ask, push what that made, report. Single flight; reads never wait for it.

mod apply;
mod engine;
mod flight;
mod lease;
mod pull;
mod push;
mod report;
mod status;

pub(crate) use flight::Flights;
pub use report::{NextStep, RecordNote, SyncReport};
pub use status::SyncStatus;
