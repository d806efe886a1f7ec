//! The queue as the app sees it: list, count, retry, discard.

use super::Session;
use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::ids::{OperationId, RecordId};
use crate::merge;
use crate::observe::{Origin, Topic};
use crate::outbox::store::{self as outbox, NewOperation};
use crate::outbox::{FailureReason, Kind, Operation, QueuedOperation, State};
use crate::records::{self, Writer};

/// Largest page.
const MAX_PAGE: u32 = 500;

/// The durable queue of this user's writes.
pub struct Queue<'a> {
    pub(crate) session: &'a Session,
}

/// What a discarded operation left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discarded {
    /// The record shows the server's copy again (with what still waits for it).
    BackToServer,
    /// The record was never on the server and is gone, with everything that waited for it.
    RecordRemoved,
}

impl Queue<'_> {
    /// A page of at most `limit` (1 to 500) operations in the device's order; `after` is the position of the last one
    /// of the page before (0 to start). Acknowledged ones only with `receipts`; the last 500 of them are kept.
    ///
    /// # Errors
    /// Storage errors.
    pub fn list(&self, after: i64, limit: u32, receipts: bool) -> Result<Vec<QueuedOperation>> {
        self.session.read(|conn| {
            let page = outbox::list(conn, after, limit.clamp(1, MAX_PAGE), receipts)?;
            Ok(page.iter().map(QueuedOperation::from).collect())
        })
    }

    /// How many wait, are under way, are parked.
    ///
    /// # Errors
    /// Storage errors.
    pub fn counts(&self) -> Result<crate::QueueCounts> {
        self.session.read(outbox::counts)
    }

    /// Lets a parked operation go again, with its attempts forgotten. Its content stays; the key too, unless the
    /// server has certainly refused it (it would only repeat its answer).
    ///
    /// # Errors
    /// [`crate::ErrorKind::WrongState`] when it is not parked, or is parked by a conflict (answer that instead);
    /// [`crate::ErrorKind::NotFound`]; storage errors.
    pub fn retry(&self, position: i64, id: OperationId) -> Result<()> {
        self.session.edit(|writer| {
            let operation = find(writer, position, id)?;
            match operation.require_failed()? {
                FailureReason::Conflict => Err(wrong_state("a conflict")),
                reason if reason.is_certain() => send_anew(writer, &operation),
                _ => {
                    outbox::mark_pending(writer.tx, operation.seq, 0, 0)?;
                    told(writer, &operation);
                    Ok(())
                }
            }
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
    pub fn discard(&self, position: i64, id: OperationId) -> Result<Discarded> {
        self.session.edit(|writer| {
            let operation = find(writer, position, id)?;
            refuse_discard(&operation)?;
            let spec = operation.collection.spec();
            let row = records::get(writer.tx, spec, operation.record_id)?
                .ok_or_else(|| Error::not_found("record"))?;
            let waiting = outbox::waiting(writer.tx, operation.collection, operation.record_id)?;
            // Without its creation, what follows has nothing to change.
            let all = operation.kind == Kind::Create && row.server_copy().is_none();
            let (gone, left): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|other| all || other.seq == operation.seq);
            outbox::remove(writer.tx, &gone)?;
            let server = row.server_copy().cloned();
            let row = records::refresh(writer.tx, spec, row, server, &left)?;
            outbox::release_lane(writer.tx, operation.collection, operation.record_id)?;
            told(writer, &operation);
            Ok(if row.is_some() { Discarded::BackToServer } else { Discarded::RecordRemoved })
        })
    }
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

/// The same content as a new operation, on the version that is known now.
fn send_anew(writer: &mut Writer<'_>, operation: &Operation) -> Result<()> {
    let spec = operation.collection.spec();
    let row =
        records::get(writer.tx, spec, operation.record_id)?.ok_or_else(|| Error::not_found("record"))?;
    let waiting = outbox::waiting(writer.tx, operation.collection, operation.record_id)?;
    let new = NewOperation {
        key: writer.env.new_uuid().into(),
        user: writer.user,
        collection: operation.collection,
        record_id: operation.record_id,
        kind: operation.kind,
        payload: &operation.payload,
        seen_before: &operation.seen_before,
        base_version: row.version,
        created_at: writer.now,
        first_attempt_at: None,
        is_head: waiting.first().is_some_and(|head| head.seq == operation.seq),
    };
    outbox::replace(writer.tx, operation.seq, &new)?;
    // On the newer version it may clash with what another device did meanwhile: then a person is asked, not the server.
    let waiting = outbox::waiting(writer.tx, operation.collection, operation.record_id)?;
    let server = row.server_copy().cloned();
    if spec.is_manual() && row.version.is_some() {
        let remote = merge::Remote { version: row.version.unwrap_or(crate::Version(0)), fields: server };
        if merge::reconcile(&merge::net_change(&waiting), &remote, spec) == merge::Reconciled::Clash {
            merge::raise(writer, spec, &row, &waiting)?;
        }
    }
    told(writer, operation);
    Ok(())
}

fn find(writer: &Writer<'_>, position: i64, id: OperationId) -> Result<Operation> {
    outbox::find(writer.tx, position, id)?.ok_or_else(|| Error::not_found("operation"))
}

fn wrong_state(state: &'static str) -> Error {
    crate::ErrorKind::WrongState { state }.into()
}

fn told(writer: &mut Writer<'_>, operation: &Operation) {
    let (collection, id): (Collection, RecordId) = operation.lane();
    writer.changes.record(collection, id, Origin::Local);
    writer.changes.topic(Topic::Queue, Origin::Local);
}
