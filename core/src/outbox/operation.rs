//! An operation of the queue: one write of one record, on its way to the server.

use crate::collection::Collection;
use crate::error::ErrorKind;
use crate::fields::Fields;
use crate::ids::{OperationId, RecordId, Version};
use crate::outbox::payload::Payload;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// What an operation does to its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Makes the record.
    Create,
    /// Changes fields of it.
    Update,
    /// Deletes it.
    Delete,
}

impl Kind {
    pub(crate) const fn wire_name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// Why an operation is parked. It stays visible in the queue until it is retried, edited or discarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// A sensitive edit that waited longer than the app allows ([`crate::Config::stale_after`]): it was never sent. A
    /// retry confirms it, an edit replaces it, a discard drops it.
    Stale,
    /// This build cannot read what it writes: a newer one has queued it, or it is damaged. It is never sent and never
    /// dropped; it goes by itself once a build can read it. What follows it for its record waits, a discard drops it.
    Unreadable,
}

impl FailureReason {
    /// All of them, with their stored codes; append-only.
    const CODES: [(Self, &'static str); 10] = [
        (Self::Conflict, "conflict"),
        (Self::Forbidden, "forbidden"),
        (Self::NotFound, "not_found"),
        (Self::Gone, "gone"),
        (Self::TooLarge, "too_large"),
        (Self::Invalid, "invalid"),
        (Self::Refused, "refused"),
        (Self::Exhausted, "exhausted"),
        (Self::Stale, "stale"),
        (Self::Unreadable, "unreadable"),
    ];

    /// The stable code, as stored and logged.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::CODES.iter().find(|(reason, _)| *reason == self).map_or("refused", |(_, code)| code)
    }

    pub(crate) fn from_code(code: &str) -> Self {
        Self::CODES.iter().find(|(_, known)| *known == code).map_or(Self::Refused, |(reason, _)| *reason)
    }

    /// Whether the server certainly did not apply the operation: then a retry is a new operation with a new key.
    pub(crate) fn is_certain(self) -> bool {
        !matches!(self, Self::Exhausted | Self::Unreadable)
    }

    /// Whether another version of the app, or a mended backend, may have better luck. Not where a person has to say,
    /// nor where the record is gone.
    pub(crate) fn may_change(self) -> bool {
        match self {
            Self::Forbidden | Self::TooLarge | Self::Invalid | Self::Refused | Self::Exhausted => true,
            Self::Conflict | Self::Stale | Self::NotFound | Self::Gone | Self::Unreadable => false,
        }
    }
}

/// The state of a stored operation, with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Sending,
    Failed(FailureReason),
    Synced,
}

impl State {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sending => "sending",
            Self::Failed(_) => "failed",
            Self::Synced => "synced",
        }
    }
}

/// A row of the outbox.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub seq: i64,
    pub key: OperationId,
    pub collection: Collection,
    pub record_id: RecordId,
    pub kind: Kind,
    /// What it writes can be read. If not, `payload` and `seen_before` are empty and say nothing, and it is parked as
    /// [`FailureReason::Unreadable`], whatever was stored.
    pub readable: bool,
    /// The fields exactly as they are sent.
    pub payload: Payload,
    /// What the person saw in those fields before the edit; for a delete, the whole record.
    pub seen_before: Fields,
    pub base_version: Option<Version>,
    pub state: State,
    pub attempts: u32,
    pub created_at: i64,
    pub first_attempt_at: Option<i64>,
    pub ready_at: Option<i64>,
    pub server_code: Option<String>,
    pub http_status: Option<u16>,
    pub request_id: Option<String>,
    /// Made by an import: gives way to what the server knows of the record.
    pub yields: bool,
    /// The backend's own id of the record, where it mints one: known when the operation is sent, not stored with it.
    pub server_id: Option<String>,
}

impl Operation {
    /// A pending one that was never sent, for tables of cases.
    #[cfg(test)]
    pub fn example(collection: Collection, kind: Kind, seen_before: Fields, payload: Fields) -> Self {
        Self {
            seq: 1,
            key: uuid::Uuid::from_u128(1).into(),
            collection,
            record_id: uuid::Uuid::from_u128(2).into(),
            kind,
            readable: true,
            payload: payload.into(),
            seen_before,
            base_version: Some(Version(1)),
            state: State::Pending,
            attempts: 0,
            created_at: 0,
            first_attempt_at: None,
            ready_at: None,
            server_code: None,
            http_status: None,
            request_id: None,
            yields: false,
            server_id: None,
        }
    }

    /// The lane that keeps this operation's order: its record.
    pub fn lane(&self) -> (Collection, RecordId) {
        (self.collection, self.record_id)
    }

    /// About what it takes in a request, in bytes.
    pub fn bytes(&self) -> usize {
        self.payload.text().len() + 256
    }

    pub fn attempted(&self) -> bool {
        self.first_attempt_at.is_some()
    }

    pub fn require_failed(&self) -> Result<FailureReason, ErrorKind> {
        match self.state {
            State::Failed(reason) => Ok(reason),
            _ => Err(ErrorKind::WrongState { state: self.state.name() }),
        }
    }
}

/// The state of an operation as the app sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// An operation as the app sees it, without the record's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedOperation {
    /// Its id, and its idempotency key.
    pub id: OperationId,
    /// The place in the queue; the page after this operation starts here.
    pub position: i64,
    /// The record's collection.
    pub collection: Collection,
    /// The record.
    pub record_id: RecordId,
    /// What it does.
    pub kind: Kind,
    /// The fields that it writes, by name.
    pub fields: Vec<String>,
    /// Where it stands.
    pub state: OperationState,
    /// Attempts that counted (an answered 5xx, a time-out after bytes left).
    pub attempts: u32,
    /// When the edit was made, device time in ms.
    pub created_at: i64,
    /// When it may be sent next, device time in ms; `None` when it is not the head of its record's lane.
    pub next_attempt_at: Option<i64>,
    /// The server's code for a refusal.
    pub server_code: Option<String>,
    /// The HTTP status of a refusal.
    pub http_status: Option<u16>,
    /// The request id of the last attempt, for the backend's logs.
    pub request_id: Option<String>,
}

impl From<&Operation> for QueuedOperation {
    fn from(operation: &Operation) -> Self {
        Self {
            id: operation.key,
            position: operation.seq,
            collection: operation.collection,
            record_id: operation.record_id,
            kind: operation.kind,
            fields: operation.payload.iter().map(|(name, _)| name.to_owned()).collect(),
            state: match operation.state {
                State::Pending => OperationState::Pending,
                State::Sending => OperationState::Sending,
                State::Failed(reason) => OperationState::Failed(reason),
                State::Synced => OperationState::Synced,
            },
            attempts: operation.attempts,
            created_at: operation.created_at,
            next_attempt_at: operation.ready_at,
            server_code: operation.server_code.clone(),
            http_status: operation.http_status,
            request_id: operation.request_id.clone(),
        }
    }
}

impl ToSql for Kind {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(match self {
            Self::Create => 1_i64,
            Self::Update => 2,
            Self::Delete => 3,
        }))
    }
}

impl FromSql for Kind {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            1 => Ok(Self::Create),
            2 => Ok(Self::Update),
            3 => Ok(Self::Delete),
            other => Err(FromSqlError::OutOfRange(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_code_of_its_own_and_says_whether_time_may_mend_it() {
        use FailureReason as R;
        let cases = [
            (R::Conflict, "conflict", false),
            (R::Forbidden, "forbidden", true),
            (R::NotFound, "not_found", false),
            (R::Gone, "gone", false),
            (R::TooLarge, "too_large", true),
            (R::Invalid, "invalid", true),
            (R::Refused, "refused", true),
            (R::Exhausted, "exhausted", true),
            (R::Stale, "stale", false),
            (R::Unreadable, "unreadable", false),
        ];
        for (reason, code, may_change) in cases {
            assert_eq!((reason.code(), reason.may_change()), (code, may_change));
            assert_eq!(R::from_code(code), reason);
        }
        assert_eq!(R::from_code("of a later build"), R::Refused);
    }

    #[test]
    fn only_what_is_parked_has_a_reason() {
        let none = Fields::new();
        let mut operation = Operation::example(Collection::Profile, Kind::Update, none.clone(), none);
        operation.state = State::Failed(FailureReason::Gone);
        assert_eq!(operation.require_failed(), Ok(FailureReason::Gone));
        for (state, name) in
            [(State::Pending, "pending"), (State::Sending, "sending"), (State::Synced, "synced")]
        {
            operation.state = state;
            assert_eq!(operation.require_failed(), Err(ErrorKind::WrongState { state: name }));
        }
        assert_eq!(State::Failed(FailureReason::Gone).name(), "failed");
    }
}
