//! Ids cross the border as text (UUIDs), the version as a number. Text that is no UUID is a typed error, not a panic.

use crate::errors::CoreError;
use foodlens_core::{ConflictId, OperationId, RecordId, Version};

uniffi::custom_type!(
    /// The id of a record: a UUID made on a device, stable for ever.
    RecordId, String, {
    remote,
    lower: |id| id.to_string(),
    try_lift: |text| Ok(RecordId::parse(&text).map_err(CoreError::from)?),
});

uniffi::custom_type!(
    /// The id of a queued operation, and its idempotency key on the wire: a UUID.
    OperationId, String, {
    remote,
    lower: |id| id.to_string(),
    try_lift: |text| Ok(OperationId::parse(&text).map_err(CoreError::from)?),
});

uniffi::custom_type!(
    /// The id of a stored conflict: a UUID.
    ConflictId, String, {
    remote,
    lower: |id| id.to_string(),
    try_lift: |text| Ok(ConflictId::parse(&text).map_err(CoreError::from)?),
});

uniffi::custom_type!(
    /// The server's per-user sequence number of the write that last changed a record.
    Version, i64, {
    remote,
    lower: |version| version.0,
    try_lift: |number| Ok(Version(number)),
});
