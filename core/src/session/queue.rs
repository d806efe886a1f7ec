//! The queue as the app sees it: list, count, retry, discard, export.

use super::{Session, rescue};
use crate::error::{Error, Result};
use crate::ids::OperationId;
use crate::merge;
use crate::merge::RecordContent;
use crate::observe::{Origin, Topic};
use crate::outbox::{FailureReason, Kind, Operation, QueueFilter, QueuedOperation, State};
use crate::outbox::{lanes, store as outbox};
use crate::records::{self, Row, shown};
use crate::sync::revive::revive;
use rusqlite::Connection;

/// Largest page.
const MAX_PAGE: u32 = 500;

/// The durable queue of this user's writes.
pub struct Queue<'a> {
    pub(crate) session: &'a Session,
}

/// What a discard takes out of the queue, and what it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discard {
    /// The operations that go: this one and, where it makes the record, what waits behind it.
    pub operations: Vec<OperationId>,
    /// What the record shows afterwards: the server's copy with what still waits for it. `None`: the record is gone.
    pub falls_back_to: Option<RecordContent>,
}

impl Queue<'_> {
    /// A page of at most `limit` (1 to 500) operations in the device's order; `after` is the position of the last one
    /// of the page before (0 to start).
    ///
    /// # Errors
    /// Storage errors.
    pub fn list(&self, filter: QueueFilter, after: i64, limit: u32) -> Result<Vec<QueuedOperation>> {
        self.session.read(|conn| {
            let page = outbox::list(conn, filter, after, limit.clamp(1, MAX_PAGE))?;
            Ok(page.iter().map(QueuedOperation::from).collect())
        })
    }

    /// How many wait, are under way, are parked. Costs the same however many there are.
    ///
    /// # Errors
    /// Storage errors.
    pub fn counts(&self) -> Result<crate::QueueCounts> {
        self.session.read(outbox::counts)
    }

    /// Lets a parked operation go again, with its attempts forgotten. Its content stays; the key too, unless the
    /// server has certainly refused it (it would only repeat its answer). Where edits of the same record wait behind it,
    /// and fields of it ask a person, all of them go as one, under a new id, and none does where the server says the same
    /// by now. To send something else instead, edit the record: its parked operation gives way to one with the edit in it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::WrongState`] when it is not parked, or is parked by a conflict (answer that instead) or
    /// cannot be read;
    /// [`crate::ErrorKind::NotFound`]; storage errors.
    pub fn retry(&self, position: i64, id: OperationId) -> Result<()> {
        self.session.edit(|writer| {
            let operation = find(writer.tx, position, id)?;
            revive(writer, &operation)
        })
    }

    /// What [`Self::discard`] would do now. Changes nothing.
    ///
    /// # Errors
    /// As [`Self::discard`].
    pub fn preview_discard(&self, position: i64, id: OperationId) -> Result<Discard> {
        self.session.read(|conn| {
            let (discard, _) = plan_discard(conn, &find(conn, position, id)?)?;
            Ok(discard)
        })
    }

    /// Gives a waiting or parked operation up: a person's decision, the only way but a verdict out of the queue.
    /// The record falls back to the server's copy with what still waits for it. An open question about the record is
    /// answered by its own call, not by this.
    ///
    /// # Errors
    /// [`crate::ErrorKind::WrongState`] while it is being sent, once it is acknowledged, when it may have reached the
    /// server already (an attempt was made and its outcome is unknown), or while a conflict is open;
    /// [`crate::ErrorKind::NotFound`]; storage errors.
    pub fn discard(&self, position: i64, id: OperationId) -> Result<Discard> {
        self.session.edit(|writer| {
            let operation = find(writer.tx, position, id)?;
            let (discard, Fall { row, gone, left }) = plan_discard(writer.tx, &operation)?;
            outbox::remove(writer.tx, &gone)?;
            let server = row.server_copy().cloned();
            let spec = writer.spec(operation.collection);
            records::refresh(writer.tx, spec, row, server, &left)?;
            lanes::release(writer.tx, operation.collection, operation.record_id)?;
            if !operation.yields {
                merge::say_if_unheard(writer, spec, operation.record_id)?;
            }
            writer.changes.record(operation.collection, operation.record_id, Origin::Local);
            writer.changes.topic(Topic::Queue, Origin::Local);
            Ok(discard)
        })
    }

    /// One unacknowledged operation with its content and its key, in the form of [`Session::rescue_export`], which reads
    /// it back, too: for a person or for support. Personal data: not for logs.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`]; [`crate::ErrorKind::WrongState`] for a receipt, which has no content any more;
    /// storage errors.
    pub fn export(&self, position: i64, id: OperationId) -> Result<String> {
        self.session.read(|conn| {
            let operation = find(conn, position, id)?;
            if operation.state == State::Synced {
                return Err(wrong_state("synced"));
            }
            rescue::text_of(conn, &self.session.inner.user, vec![operation])
        })
    }
}

/// A record before a discard, what goes and what stays.
struct Fall {
    row: Row,
    gone: Vec<Operation>,
    left: Vec<Operation>,
}

fn plan_discard(conn: &Connection, operation: &Operation) -> Result<(Discard, Fall)> {
    refuse_discard(operation)?;
    let spec = operation.collection.spec();
    let row = records::get(conn, spec, operation.record_id)?.ok_or_else(|| Error::not_found("record"))?;
    let waiting = outbox::waiting(conn, operation.collection, operation.record_id)?;
    // Without its creation, what follows has nothing to change.
    let all = operation.kind == Kind::Create && row.server_copy().is_none();
    let (gone, left): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|other| all || other.seq == operation.seq);
    let (body, deleted) = shown(&row, row.server_copy(), &left);
    let falls_back_to = (!deleted).then(|| RecordContent::of(operation.collection, &body));
    let operations = gone.iter().map(|operation| operation.key).collect();
    Ok((Discard { operations, falls_back_to }, Fall { row, gone, left }))
}

fn refuse_discard(operation: &Operation) -> Result<()> {
    match &operation.state {
        State::Failed(FailureReason::Conflict) => Err(wrong_state("a conflict")),
        State::Failed(_) => Ok(()),
        State::Pending if !operation.attempted() => Ok(()),
        State::Pending => Err(wrong_state("maybe sent")),
        State::Sending => Err(wrong_state("sending")),
        State::Synced => Err(wrong_state("synced")),
    }
}

fn find(conn: &Connection, position: i64, id: OperationId) -> Result<Operation> {
    outbox::find(conn, position, id)?.ok_or_else(|| Error::not_found("operation"))
}

fn wrong_state(state: &'static str) -> Error {
    crate::ErrorKind::WrongState { state }.into()
}
