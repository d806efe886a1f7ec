//! The durable queue of a user's writes: what an operation is, how edits fold, what a server's answer means, SQL.

mod backoff;
mod coalesce;
pub(crate) mod lanes;
mod operation;
pub(crate) mod payload;
pub(crate) mod store;
#[cfg(test)]
pub(crate) mod tests;
mod verdict;

pub(crate) use backoff::BackoffPolicy;
pub(crate) use coalesce::{EditKind, Enqueue, Queued, enqueue};
pub use operation::{FailureReason, Kind, OperationState, QueuedOperation};
pub(crate) use operation::{Operation, State};
pub use store::{QueueCounts, QueueFilter};
pub(crate) use verdict::{
    Judgement, MAX_WAIT_MS, OperationVerdict, REFUSED, RunSignal, Said, judge_batch, judge_capabilities,
    judge_read, judge_single,
};
