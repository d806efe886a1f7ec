//! What the records of all collections have in common.

use crate::convert::{Time, mirror};
use foodlens_core::{Collection, FailureReason, OperationId, SyncState, Version};
use std::time::SystemTime;

/// The kinds of data that the library keeps.
#[uniffi::remote(Enum)]
pub enum Collection {
    /// The person's profile: one record.
    Profile,
    /// The person's settings: one record.
    Settings,
    /// The state of the allergy list (unknown, confirmed none, listed): one record.
    AllergyList,
    /// The allergies.
    Allergies,
    /// Scans, meals and searches.
    History,
}

/// Where a record stands with the server.
#[uniffi::remote(Enum)]
pub enum SyncState {
    /// The server has it as it is shown.
    Synced,
    /// An edit waits to be sent.
    Pending,
    /// An edit is being sent.
    Sending,
    /// The server refused an edit, or it was tried too often: see the queue.
    Failed,
    /// Another device changed the same: a question waits for an answer.
    Conflict,
}

mirror! {
    /// What every record tells about its way to the server.
    SyncInfo {
        /// Where it stands.
        state: SyncState;
        /// The operation at the head of the record's lane, if one waits.
        pending_operation: Option<OperationId>;
        /// Why that operation failed, if it did.
        last_error: Option<FailureReason>;
        /// The server's version of the last copy; none: the server never had it.
        version: Option<Version>;
        /// The backend's own id of the record, where it mints one.
        server_id: Option<String>;
        /// When it was made, device time, for display only.
        created_at: SystemTime, via Time;
        /// When it last changed, device time, for display only.
        updated_at: SystemTime, via Time;
    }
}
