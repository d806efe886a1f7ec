//! What the model knows of one user's file on one device.

use super::events::EventId;
use crate::world::look::{Place, Seen};
use foodlens_core::{OperationId, RecordId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An operation that was in the queue: a write that somebody was told is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    pub place: Place,
    /// Its place in the queue then.
    pub turn: usize,
    /// It was parked then: a retry has another key.
    pub parked: bool,
    /// It may have reached the server: what it says is fixed.
    pub attempted: bool,
    /// It makes the record.
    pub creates: bool,
    /// Of an import: it gives way to what the account knows.
    pub yields: bool,
    /// What it writes; `None`: it deletes.
    pub payload: Option<serde_json::Map<String, serde_json::Value>>,
}

/// What is known of a file. A copy of the file has a copy of this.
#[derive(Debug, Clone, Default)]
pub struct FileModel {
    /// What was seen last.
    pub seen: Option<Arc<Seen>>,
    /// The unsent operations then.
    pub promises: BTreeMap<OperationId, Promise>,
    /// What this file has heard of each allergy.
    pub known: BTreeMap<RecordId, BTreeSet<EventId>>,
    /// Records of the history that were deleted in it.
    pub deleted: BTreeSet<RecordId>,
    /// Nobody is asked.
    pub safe_merge: bool,
}
