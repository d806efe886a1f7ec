//! The durable queue of a user's writes: what an operation is, how edits fold, what a server's answer means, SQL.

mod coalesce;
mod operation;
mod policy;
pub(crate) mod store;

pub(crate) use coalesce::{EditKind, Enqueue, Queued, enqueue};
pub use operation::{FailureReason, Kind, OperationState, QueuedOperation};
pub(crate) use operation::{Operation, State};
pub(crate) use policy::{BackoffPolicy, MAX_WAIT_MS, OperationVerdict, RunSignal, judge_batch, judge_page};
pub use store::QueueCounts;
