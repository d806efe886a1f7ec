//! Notices after commit.

use foodlens_core::{Collection, Notice, Origin, RecordId, Topic};

/// Something that changed.
#[uniffi::remote(Enum)]
pub enum Topic {
    /// Records of a collection.
    Records(Collection),
    /// The queue of operations.
    Queue,
    /// The open conflicts.
    Conflicts,
    /// The sync status.
    Status,
}

/// Where a change came from.
#[uniffi::remote(Enum)]
pub enum Origin {
    /// A call on this device.
    Local,
    /// The server.
    Remote,
    /// Both, since the last notice.
    Both,
}

/// One conflated notice: everything that changed in a topic since the observer was last told.
#[uniffi::remote(Record)]
pub struct Notice {
    /// What changed.
    pub topic: Topic,
    /// The records that changed; none: too many to name (over 256), or the session has ended; read the list again.
    pub ids: Option<Vec<RecordId>>,
    /// Where the change came from.
    pub origin: Origin,
}

/// Keeps an observer registered; letting go of it ends the observation.
#[derive(uniffi::Object)]
pub struct Subscription {
    _held: foodlens_core::Subscription,
}

impl From<foodlens_core::Subscription> for Subscription {
    fn from(held: foodlens_core::Subscription) -> Self {
        Self { _held: held }
    }
}
