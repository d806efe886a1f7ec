//! Parked operations that go again: by a person's word, another version of the app, or the backend's.

use super::apply::{are_steps, desired};
use crate::error::{Error, ErrorKind, Result};
use crate::merge::{self, Reconciled};
use crate::observe::{Origin, Topic};
use crate::outbox::store::{self as outbox, NewOperation};
use crate::outbox::{FailureReason, Operation, QueueFilter};
use crate::records::{self, Writer};
use crate::session::Inner;

/// Operations in one transaction.
const PAGE: u32 = 200;

/// Lets a parked operation go again, with its attempts forgotten. What may be at the server keeps its key; what was
/// certainly refused gets a new one, since the server would repeat its answer.
///
/// # Errors
/// `WrongState` when it is not parked, is parked by a question, or cannot be read.
pub(crate) fn revive(writer: &mut Writer<'_>, operation: &Operation) -> Result<()> {
    match operation.require_failed()? {
        _ if !operation.readable => return Err(ErrorKind::WrongState { state: "unreadable" }.into()),
        FailureReason::Conflict => return Err(ErrorKind::WrongState { state: "a conflict" }.into()),
        reason if reason.is_certain() => send_anew(writer, operation)?,
        _ => outbox::mark_pending(writer.tx, operation.seq, 0, 0)?,
    }
    writer.changes.record(operation.collection, operation.record_id, Origin::Local);
    writer.changes.topic(Topic::Queue, Origin::Local);
    Ok(())
}

/// Lets everything go again that may fare better now. Page by page: killed between two, the next run goes on.
pub(super) fn revive_parked(inner: &Inner) -> Result<()> {
    let mut after = 0;
    loop {
        let page = inner.db.read(|conn| outbox::list(conn, QueueFilter::Failed, after, PAGE))?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.seq;
        inner.edit(|writer| {
            for seen in &page {
                // Between the reading and now a person may have settled it.
                let found = outbox::find(writer.tx, seen.seq, seen.key)?;
                if let Some(operation) = found
                    && operation.require_failed().is_ok_and(FailureReason::may_change)
                {
                    revive(writer, &operation)?;
                }
            }
            Ok(())
        })?;
    }
}

/// The same content as a new operation, on the version that is known now. `operation` is parked; where it clashes with that
/// version, a question is raised instead, and where both sides have deleted the record meanwhile, nothing is sent any more.
/// Edits in steps go as one: see [`are_steps`].
pub(super) fn send_anew(writer: &mut Writer<'_>, operation: &Operation) -> Result<()> {
    let spec = writer.spec(operation.collection);
    let row =
        records::get(writer.tx, spec, operation.record_id)?.ok_or_else(|| Error::not_found("record"))?;
    let new = NewOperation {
        key: writer.env.new_uuid().into(),
        user: writer.user,
        collection: operation.collection,
        record_id: operation.record_id,
        kind: operation.kind,
        payload: &operation.payload,
        seen_before: &operation.seen_before,
        base_version: row.base_version(),
        created_at: writer.now,
        first_attempt_at: None,
        is_head: true,
        yields: operation.yields,
    };
    outbox::replace(writer.tx, operation.seq, &new)?;
    // On the newer version it may clash with what another device did meanwhile: then a person is asked, not the server.
    let waiting = outbox::waiting(writer.tx, operation.collection, operation.record_id)?;
    let server = row.server_copy().cloned();
    if spec.asks()
        && let Some(version) = row.version
    {
        let remote = merge::Remote { version, fields: server };
        match merge::reconcile(&merge::net_change(&waiting), &remote, spec) {
            Reconciled::Clash => merge::raise(writer, spec, &row, &waiting)?,
            reconciled if remote.fields.is_none() || are_steps(&waiting) => {
                let desired = desired(&reconciled, &remote);
                merge::supersede(writer, spec, row, &waiting, desired)?;
            }
            _ => {}
        }
    }
    Ok(())
}
