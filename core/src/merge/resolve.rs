//! Raising a question and carrying out its answer, each within one write transaction.

use super::conflicts::{self, StoredConflict};
use super::plan::net_change;
use crate::collection::Spec;
use crate::error::{Error, ErrorKind, Result};
use crate::fields::Fields;
use crate::ids::{ConflictId, RecordId};
use crate::observe::{Origin, Topic};
use crate::outbox::lanes;
use crate::outbox::store::{self as outbox, Failure};
use crate::outbox::{FailureReason, Kind, Operation, State};
use crate::records::{self, Row, Writer};

/// What a person, or the hook for them, chose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Decision {
    KeepLocal,
    KeepRemote,
    /// These known fields over the server's copy (or, when it has none, over this device's).
    Merged(Fields),
}

/// Stores the question about a record, or rebuilds it when a side has moved on. The head of the lane is parked as
/// `failed(conflict)`; what waits behind it stays.
pub(crate) fn raise(writer: &mut Writer<'_>, spec: &Spec, row: &Row, waiting: &[Operation]) -> Result<()> {
    let Some(head) = waiting.first() else { return Err(Error::internal("question-without-edit")) };
    let open = conflicts::open_for(writer.tx, spec.collection, row.id)?;
    let local = (!row.deleted).then(|| row.body.clone());
    let remote = row.server_copy().cloned();
    let conflict = match open {
        Some(open) if open.local == local && open.remote == remote => return Ok(()),
        Some(open) => StoredConflict { revision: open.revision + 1, local, remote, deferred: false, ..open },
        None => StoredConflict {
            id: writer.env.new_uuid().into(),
            collection: spec.collection,
            record_id: row.id,
            revision: 1,
            base: common_base(row, waiting),
            local,
            remote,
            remote_version: row.version.unwrap_or(crate::ids::Version(0)),
            deferred: false,
            created_at: writer.now,
            answered_at: None,
        },
    };
    conflicts::put(writer.tx, &conflict)?;
    if head.state != State::Failed(FailureReason::Conflict) {
        let failure = Failure { reason: FailureReason::Conflict, server_code: None, http_status: None };
        outbox::mark_failed(writer.tx, head.seq, &failure, head.attempts, writer.now)?;
    }
    writer.changes.topic(Topic::Conflicts, Origin::Both);
    writer.changes.topic(Topic::Queue, Origin::Both);
    writer.changes.record(spec.collection, row.id, Origin::Both);
    Ok(())
}

/// What both sides started from, as far as it is known: the server's copy with what the person saw laid over it.
fn common_base(row: &Row, waiting: &[Operation]) -> Option<Fields> {
    let net = net_change(waiting);
    let existed = !net.creates || row.version.is_some();
    existed.then(|| row.last_server_copy().cloned().unwrap_or_default().patched(&net.seen).without_nulls())
}

/// Carries out an answer: the waiting operations give way to at most one, which turns the server's copy into what was
/// decided. `false`: it was answered before, nothing was done.
pub(crate) fn answer(
    writer: &mut Writer<'_>,
    id: ConflictId,
    revision: i64,
    decision: Decision,
) -> Result<bool> {
    let conflict = conflicts::get(writer.tx, id)?.ok_or_else(|| Error::not_found("conflict"))?;
    if conflict.answered_at.is_some() {
        return Ok(false);
    }
    if conflict.revision != revision {
        return Err(ErrorKind::StaleAnswer.into());
    }
    let spec = conflict.collection.spec();
    let row = records::get(writer.tx, spec, conflict.record_id)?.ok_or_else(|| Error::internal("row"))?;
    let waiting = outbox::waiting(writer.tx, conflict.collection, conflict.record_id)?;
    let desired = match decision {
        Decision::KeepLocal => conflict.local.clone(),
        Decision::KeepRemote => conflict.remote.clone(),
        Decision::Merged(fields) => {
            let under = conflict.remote.as_ref().or(conflict.local.as_ref()).cloned().unwrap_or_default();
            Some(under.patched(&fields))
        }
    };
    supersede(writer, spec, row, &waiting, desired)?;
    close(writer, &conflict)?;
    Ok(true)
}

/// Replaces everything that waits for a record by the one operation that turns the server's copy into `desired`
/// (`None`: deleted), or by none when it is so already.
pub(crate) fn supersede(
    writer: &mut Writer<'_>,
    spec: &Spec,
    row: Row,
    waiting: &[Operation],
    desired: Option<Fields>,
) -> Result<()> {
    let (dependents, dependencies) = neighbours(writer, waiting)?;
    outbox::remove(writer.tx, waiting)?;
    let server = row.server_copy().cloned();
    let none = Fields::new();
    match (&server, &desired) {
        (Some(theirs), Some(wanted)) => {
            let patch = theirs.patch_to(wanted);
            if !patch.is_empty() {
                writer.append(spec, &row, Kind::Update, &patch, &theirs.touched_by(&patch), true)?;
            }
        }
        (Some(theirs), None) => writer.append(spec, &row, Kind::Delete, &none, theirs, true)?,
        (None, Some(wanted)) => writer.append(spec, &row, Kind::Create, wanted, &none, true)?,
        (None, None) => {}
    }
    let id: RecordId = row.id;
    let left = outbox::waiting(writer.tx, spec.collection, id)?;
    if let Some(new) = left.first() {
        lanes::hold(writer.tx, new.seq, &dependencies)?;
        dependents.iter().try_for_each(|seq| lanes::hold(writer.tx, *seq, &[new.seq]))?;
    }
    records::refresh(writer.tx, spec, row, server, &left)?;
    writer.changes.record(spec.collection, id, Origin::Local);
    writer.changes.topic(Topic::Queue, Origin::Local);
    Ok(())
}

/// The operations of other records that wait for these, and the ones that these wait for. What is in both is in the
/// first only: two operations that become one cannot wait for what waits for them.
fn neighbours(writer: &Writer<'_>, waiting: &[Operation]) -> Result<(Vec<i64>, Vec<i64>)> {
    let (mut dependents, mut dependencies) = (Vec::new(), Vec::new());
    for operation in waiting {
        dependents.extend(lanes::dependents(writer.tx, operation.seq)?);
        dependencies.extend(lanes::waits_for(writer.tx, operation.seq)?);
    }
    dependencies.retain(|seq| !dependents.contains(seq));
    Ok((dependents, dependencies))
}

/// Ends an open question about a record that no longer is one. Does nothing when there is none.
pub(crate) fn dissolve(writer: &mut Writer<'_>, spec: &Spec, id: RecordId) -> Result<()> {
    match conflicts::open_for(writer.tx, spec.collection, id)? {
        Some(conflict) => close(writer, &conflict),
        None => Ok(()),
    }
}

fn close(writer: &mut Writer<'_>, conflict: &StoredConflict) -> Result<()> {
    conflicts::mark_answered(writer.tx, conflict.id, writer.now)?;
    writer.changes.topic(Topic::Conflicts, Origin::Local);
    Ok(())
}
