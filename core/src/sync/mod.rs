//! One run of sync: settle, push, pull, ask, push what that made, report. Single flight; reads never wait for it.

mod agree;
mod another_life;
mod answers;
mod apply;
mod arrivals;
mod ask;
mod capabilities;
mod ending;
mod engine;
mod fetched;
mod flight;
mod gates;
mod landing;
pub(crate) mod lease;
mod mode;
mod pull;
mod push;
mod report;
mod requests;
mod restore;
pub(crate) mod revive;
mod settle;
mod start;
mod status;

pub(crate) use flight::Flights;
pub use report::{NextStep, RecordNote, SyncReport};
pub use start::SyncRun;
pub use status::{RestoreProgress, SyncStatus};
