//! The durable queue as the app sees it.

use crate::conflicts::RecordContent;
use crate::convert::{Count, Mirrored, Opt, Time, mirror};
use foodlens_core::{Collection, FailureReason, Kind, OperationId, OperationState, QueueFilter, RecordId};
use std::time::SystemTime;

/// What an operation does to its record.
#[uniffi::remote(Enum)]
pub enum Kind {
    /// Makes the record.
    Create,
    /// Changes fields of it.
    Update,
    /// Deletes it.
    Delete,
}

/// Why an operation is parked. It stays visible in the queue until it is retried, edited or discarded.
#[uniffi::remote(Enum)]
pub enum FailureReason {
    /// Another device changed the same: a question waits for an answer.
    Conflict,
    /// The server says that this user may not (403).
    Forbidden,
    /// The record to change is not on the server (404).
    NotFound,
    /// The record was deleted on the server (410).
    Gone,
    /// Too large for the server (413), even by itself.
    TooLarge,
    /// The server found the content invalid (422).
    Invalid,
    /// Another refusal (other 4xx).
    Refused,
    /// Tried as often as allowed without an answer that settles it.
    Exhausted,
    /// A sensitive edit that waited longer than the app allows (`staleAfter` of the configuration): it was never sent. A
    /// retry confirms it, an edit replaces it, a discard drops it.
    Stale,
    /// This build cannot read what it writes: a newer one has queued it, or it is damaged. It is never sent and never
    /// dropped; it goes by itself once a build can read it. What follows it for its record waits, a discard drops it.
    Unreadable,
}

/// The state of an operation as the app sees it.
#[uniffi::remote(Enum)]
pub enum OperationState {
    /// Waits to be sent.
    Pending,
    /// A request with it is under way, or was when the process died.
    Sending,
    /// Parked with a reason; retry, edit or discard it.
    Failed(FailureReason),
    /// Acknowledged; kept as a receipt for a while.
    Synced,
}

mirror! {
    /// An operation as the app sees it, without the record's content.
    QueuedOperation {
        /// Its id, and its idempotency key.
        id: OperationId;
        /// The place in the queue; the page after this operation starts here.
        position: i64;
        /// The record's collection.
        collection: Collection;
        /// The record.
        record_id: RecordId;
        /// What it does.
        kind: Kind;
        /// The fields that it writes, by name.
        fields: Vec<String>;
        /// Where it stands.
        state: OperationState;
        /// Attempts that counted (an answered 5xx, a time-out after bytes left).
        attempts: i64, via Count;
        /// When the edit was made, device time.
        created_at: SystemTime, via Time;
        /// When it may be sent next, device time; none when it is not the head of its record's lane.
        next_attempt_at: Option<SystemTime>, via Opt<Time>;
        /// The server's code for a refusal.
        server_code: Option<String>;
        /// The HTTP status of a refusal.
        http_status: Option<i64>, via Opt<Count>;
        /// The request id of the last attempt, for the backend's logs.
        request_id: Option<String>;
    }
}

/// Which operations a page of the queue shows.
#[uniffi::remote(Enum)]
pub enum QueueFilter {
    /// All of them, with the receipts of acknowledged ones (the last 500).
    All,
    /// Everything that is not acknowledged.
    Unsent,
    /// What waits to be sent.
    Pending,
    /// What is under way.
    Sending,
    /// What is parked with a reason.
    Failed,
    /// The receipts.
    Acknowledged,
}

mirror! {
    /// What a discard takes out of the queue, and what it leaves.
    Discard {
        /// The operations that go: this one and, where it makes the record, what waits behind it.
        operations: Vec<OperationId>;
        /// What the record shows afterwards: the server's copy with what still waits for it. None: the record is gone.
        falls_back_to: Option<RecordContent>, via Opt<Mirrored>;
    }
}

mirror! {
    /// How many operations are in which state.
    QueueCounts {
        /// Wait to be sent.
        pending: i64, via Count;
        /// Under way.
        sending: i64, via Count;
        /// Parked with a reason.
        failed: i64, via Count;
    }
}
