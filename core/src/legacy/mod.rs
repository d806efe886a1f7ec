//! Old data becoming an account's: an app's export, or what a person did before signing in. Both are put into a snapshot
//! record by record, with stable ids, and taken over from there.

mod adopt;
mod export;
mod item;
mod plan;
mod preview;
pub(crate) mod reads;
mod report;
mod run;
mod seen;
mod snapshot;
mod source;
mod store;
mod take_over;

pub use report::{LegacyProgress, LegacyRecord, LegacyReport, LegacyResult, LegacyStatus};
pub use run::LegacyImport;
pub(crate) use store::raw_records;
pub(crate) use take_over::retract_none;
