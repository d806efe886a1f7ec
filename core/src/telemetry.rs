//! Structured events about sync, for the app's own monitoring. Ids, counts, codes and durations only: no token, no URL,
//! no record content.

use crate::collection::Collection;
use crate::ids::{OperationId, UserId};
use crate::outbox::{FailureReason, Kind};
use crate::sync::SyncReport;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Something that happened in a run of sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryEvent {
    /// Whose run it is. Its `Debug` form hides the id.
    pub user: UserId,
    /// The run, as in its report and in the logs.
    pub run_id: String,
    /// When, device time in ms since 1970.
    pub at: i64,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// A run began.
    RunStarted,
    /// A request ended, in whatever way.
    Request {
        /// Its id, as sent in `X-Request-Id`.
        request_id: String,
        /// What was asked: `batch`, `changes`, `capabilities`, or the collection of a single write or read.
        endpoint: &'static str,
        /// Writes in it.
        operations: u64,
        /// Bytes of its body, as sent.
        sent_bytes: u64,
        /// Bytes of the answer's body, decompressed.
        received_bytes: u64,
        /// The HTTP status; `None`: no answer.
        status: Option<u16>,
        /// Why there was no answer: a code.
        failure: Option<&'static str>,
        /// How long it took, in ms.
        duration_ms: i64,
    },
    /// An operation was parked.
    OperationParked {
        /// The operation.
        operation: OperationId,
        /// Its record's collection, which is also its endpoint.
        collection: Collection,
        /// What it does.
        kind: Kind,
        /// Why it is parked.
        reason: FailureReason,
        /// The server's code for a refusal.
        server_code: Option<String>,
        /// The HTTP status of a refusal.
        http_status: Option<u16>,
        /// The request that it was last sent in.
        request_id: Option<String>,
    },
    /// A run ended.
    RunEnded {
        /// What it did. Its notes on records hold ids and field names, no content.
        report: SyncReport,
        /// How long it took, in ms.
        duration_ms: i64,
    },
}

/// Takes events. Called from the thread that syncs, with no lock and no transaction held; keep it short. A panic in it is
/// caught and logged.
pub trait Telemetry: Send + Sync {
    /// Something happened.
    fn on_event(&self, event: &TelemetryEvent);
}

/// Hands an event to the app's sink.
pub(crate) fn tell(sink: &dyn Telemetry, event: &TelemetryEvent) {
    if catch_unwind(AssertUnwindSafe(|| sink.on_event(event))).is_err() {
        log::error!("foodlens: the app's telemetry panicked");
    }
}
