//! One record as stored: the last server copy (base), what waits on top of it, and the view that the app reads.

use crate::fields::Fields;
use crate::ids::{RecordId, Version};
use crate::outbox::{FailureReason, Kind, Operation, State};

/// The last server copy, as far as it differs from the body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Base {
    /// Nothing waits: the body is the server's copy.
    Body,
    /// The server never had it.
    Absent,
    /// The server's copy.
    Fields(Fields),
    /// Deleted on the server while edits wait here; this is what it was before.
    Deleted(Fields),
}

/// What every version is set to when another life of the server is met: less than any that a server gives.
pub(crate) const UNHEARD: Version = Version(0);

/// A row of one of the record tables.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub id: RecordId,
    pub server_id: Option<String>,
    pub version: Option<Version>,
    /// What the app reads.
    pub body: Fields,
    pub base: Base,
    /// Deleted here, not yet acknowledged.
    pub deleted: bool,
    pub created_at: i64,
    pub updated_at: i64,
}

impl Row {
    /// A record of which nothing but edits is known.
    pub fn blank(id: RecordId, made: i64) -> Self {
        Self {
            id,
            server_id: None,
            version: None,
            body: Fields::new(),
            base: Base::Absent,
            deleted: true,
            created_at: made,
            updated_at: made,
        }
    }

    /// Whether this life of the server has not named the record yet: it may have lost it.
    pub fn is_unheard(&self) -> bool {
        self.version == Some(UNHEARD)
    }

    /// The version that an edit stands on, where this life of the server has named one.
    pub fn base_version(&self) -> Option<Version> {
        self.version.filter(|version| *version != UNHEARD)
    }

    /// The server's copy; `None` when it has none (never had, or deleted).
    pub fn server_copy(&self) -> Option<&Fields> {
        match &self.base {
            Base::Body => Some(&self.body),
            Base::Fields(fields) => Some(fields),
            Base::Absent | Base::Deleted(_) => None,
        }
    }

    /// The server's copy, or what it was before it was deleted there.
    pub fn last_server_copy(&self) -> Option<&Fields> {
        match &self.base {
            Base::Deleted(before) => Some(before),
            _ => self.server_copy(),
        }
    }

    pub fn has_pending(&self) -> bool {
        self.base != Base::Body
    }
}

/// What the app reads, made of the server's copy and the operations that wait, in order; the second value: deleted.
/// `before`: what the server's copy was before it was deleted there. An edit of what the server deleted shows the
/// whole record, not only the fields that the edit touches. The fields of a deleted record stay known, so that it can
/// be shown while the deletion is in question.
pub(crate) fn view(
    server_copy: Option<&Fields>,
    before: Option<&Fields>,
    waiting: &[Operation],
) -> (Fields, bool) {
    let mut body = server_copy.or(before).cloned().unwrap_or_default();
    let mut deleted = server_copy.is_none();
    for operation in waiting {
        match operation.kind {
            // Over a copy that the server made of the same record (an import on two phones) a creation is a patch.
            Kind::Create if deleted => body = Fields::clone(&operation.payload),
            Kind::Create | Kind::Update => body = body.patched(&operation.payload),
            Kind::Delete => {}
        }
        deleted = operation.kind == Kind::Delete;
    }
    (body.without_nulls(), deleted)
}

/// What a record shows over this server's copy. Where what waits holds an operation that cannot be read, what was shown
/// stays, and only what follows that one is laid over it: nobody knows what else to show.
pub(crate) fn shown(row: &Row, server: Option<&Fields>, waiting: &[Operation]) -> (Fields, bool) {
    let Some(held) = waiting.iter().rposition(|operation| !operation.readable) else {
        return view(server, row.last_server_copy(), waiting);
    };
    let after = waiting.get(held + 1..).unwrap_or_default();
    let (body, deleted) = view((!row.deleted).then_some(&row.body), Some(&row.body), after);
    (body, if after.is_empty() { row.deleted } else { deleted })
}

/// Where a record stands with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// What every record tells about its way to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncInfo {
    /// Where it stands.
    pub state: SyncState,
    /// The operation at the head of the record's lane, if one waits.
    pub pending_operation: Option<crate::ids::OperationId>,
    /// Why that operation failed, if it did.
    pub last_error: Option<FailureReason>,
    /// The server's version of the last copy; `None`: the server never had it.
    pub version: Option<Version>,
    /// The backend's own id of the record, where it mints one.
    pub server_id: Option<String>,
    /// When it was made, device time, for display only.
    pub created_at: i64,
    /// When it last changed, device time, for display only.
    pub updated_at: i64,
}

impl SyncInfo {
    pub(crate) fn of(row: &Row, waiting: &[Operation]) -> Self {
        let head = waiting.first();
        let state = match head.map(|operation| &operation.state) {
            None | Some(State::Synced) => SyncState::Synced,
            Some(State::Pending) => SyncState::Pending,
            Some(State::Sending) => SyncState::Sending,
            Some(State::Failed(FailureReason::Conflict)) => SyncState::Conflict,
            Some(State::Failed(_)) => SyncState::Failed,
        };
        let last_error = head.and_then(|operation| match &operation.state {
            State::Failed(reason) => Some(*reason),
            _ => None,
        });
        Self {
            state,
            pending_operation: head.map(|operation| operation.key),
            last_error,
            version: row.version,
            server_id: row.server_id.clone(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }

    /// What an entry shows that stands for two records: the more urgent; of the first, where they are equal.
    pub(crate) fn or_more_urgent(self, other: Self) -> Self {
        if other.state.urgency() > self.state.urgency() { other } else { self }
    }
}

impl SyncState {
    fn urgency(self) -> u8 {
        match self {
            Self::Synced => 0,
            Self::Pending => 1,
            Self::Sending => 2,
            Self::Failed => 3,
            Self::Conflict => 4,
        }
    }
}
