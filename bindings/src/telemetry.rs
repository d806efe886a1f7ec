//! Structured events about sync, handed to the app's own monitoring as they come from the core.

use crate::convert::{Count, Opt, Time, Via};
use crate::hooks::HookError;
use crate::sync::SyncReport;
use foodlens_core::{Collection, FailureReason, Kind, OperationId};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Something that happened in a run of sync. Ids, counts, codes and durations only: no token, no URL, no record content.
/// It names the user: the facades' type leaves that out of its text.
#[derive(Clone, uniffi::Record)]
pub struct CoreTelemetryEvent {
    /// Whose run it is.
    pub user_id: String,
    /// The run, as in its report and in the logs.
    pub run_id: String,
    /// When, device time.
    pub at: SystemTime,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum Happened {
    /// A run began.
    RunStarted,
    /// A request ended, in whatever way.
    Request {
        /// Its id, as sent in `X-Request-Id`.
        request_id: String,
        /// What was asked: `batch`, `changes`, `capabilities`, or the collection of a single write or read.
        endpoint: String,
        /// Writes in it.
        operations: i64,
        /// Bytes of its body, as sent.
        sent_bytes: i64,
        /// Bytes of the answer's body, decompressed.
        received_bytes: i64,
        /// The HTTP status; none: no answer.
        status: Option<i64>,
        /// Why there was no answer: a code.
        failure: Option<String>,
        /// How long it took.
        duration: Duration,
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
        http_status: Option<i64>,
        /// The request that it was last sent in.
        request_id: Option<String>,
    },
    /// A run ended.
    RunEnded {
        /// What it did. Its notes on records hold ids and field names, no content.
        report: SyncReport,
        /// How long it took.
        duration: Duration,
    },
}

/// Takes events. Called from the thread that syncs, with no lock and no transaction held; keep it short.
#[uniffi::export(foreign)]
pub trait TelemetryCallback: Send + Sync {
    /// Something happened. When it throws, the run goes on and the next event comes all the same.
    fn on_event(&self, event: CoreTelemetryEvent) -> Result<(), HookError>;
}

pub(crate) struct Tells(pub Arc<dyn TelemetryCallback>);

impl foodlens_core::Telemetry for Tells {
    fn on_event(&self, event: &foodlens_core::TelemetryEvent) {
        if self.0.on_event(event.clone().into()).is_err() {
            log::error!("foodlens: the app's telemetry failed; it is told the next event all the same");
        }
    }
}

impl From<foodlens_core::TelemetryEvent> for CoreTelemetryEvent {
    fn from(event: foodlens_core::TelemetryEvent) -> Self {
        let foodlens_core::TelemetryEvent { user, run_id, at, what } = event;
        Self { user_id: user.as_str().into(), run_id, at: Time::out(at), what: what.into() }
    }
}

impl From<foodlens_core::Happened> for Happened {
    fn from(what: foodlens_core::Happened) -> Self {
        use foodlens_core::Happened as Core;
        match what {
            Core::RunStarted => Self::RunStarted,
            Core::Request {
                request_id,
                endpoint,
                operations,
                sent_bytes,
                received_bytes,
                status,
                failure,
                duration_ms,
            } => Self::Request {
                request_id,
                endpoint: endpoint.into(),
                operations: Count::out(operations),
                sent_bytes: Count::out(sent_bytes),
                received_bytes: Count::out(received_bytes),
                status: Opt::<Count>::out(status),
                failure: failure.map(Into::into),
                duration: length(duration_ms),
            },
            Core::OperationParked {
                operation,
                collection,
                kind,
                reason,
                server_code,
                http_status,
                request_id,
            } => Self::OperationParked {
                operation,
                collection,
                kind,
                reason,
                server_code,
                http_status: Opt::<Count>::out(http_status),
                request_id,
            },
            Core::RunEnded { report, duration_ms } => {
                Self::RunEnded { report: report.into(), duration: length(duration_ms) }
            }
        }
    }
}

fn length(ms: i64) -> Duration {
    Duration::from_millis(ms.max(0).unsigned_abs())
}
