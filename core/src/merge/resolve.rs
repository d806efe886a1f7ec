//! Raising a question and carrying out its answer, each within one write transaction.

use super::conflicts::{self, StoredConflict};
use super::lost;
use super::plan::net_change;
use super::safe;
use crate::allergies::linking::linked;
use crate::collection::Spec;
use crate::error::{Error, ErrorKind, Result};
use crate::fields::Fields;
use crate::ids::{ConflictId, RecordId, Version};
use crate::observe::{Origin, Topic};
use crate::outbox::lanes;
use crate::outbox::store::{self as outbox, Failure};
use crate::outbox::{FailureReason, Kind, Operation, State};
use crate::records::{self, Edit, Row, Writer};
use crate::session::state;
use serde_json::Value;

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
    let sides = Sides {
        other_id: None,
        base: common_base(row, waiting),
        local: (!row.deleted).then(|| row.body.clone()),
        remote: row.server_copy().cloned(),
        remote_version: row.version,
    };
    let stored = store(writer, spec, row.id, sides)?;
    // Also under a question that is as it was: the head may be another operation now.
    if head.state != State::Failed(FailureReason::Conflict) {
        let failure = Failure { reason: FailureReason::Conflict, server_code: None, http_status: None };
        outbox::mark_failed(writer.tx, head.seq, &failure, head.attempts, writer.now)?;
    }
    let Some(conflict) = stored else { return Ok(()) };
    writer.changes.topic(Topic::Queue, Origin::Both);
    writer.changes.record(spec.collection, row.id, Origin::Both);
    decide_at_once(writer, conflict)
}

/// Stores the question which of two records about the same allergen is right about its severity, or rebuilds it.
pub(crate) fn raise_between(writer: &mut Writer<'_>, spec: &Spec, one: &Row, other: &Row) -> Result<()> {
    let sides = Sides {
        other_id: Some(other.id),
        base: None,
        local: Some(one.body.clone()),
        remote: Some(other.body.clone()),
        remote_version: other.version,
    };
    match store(writer, spec, one.id, sides)? {
        Some(conflict) => decide_at_once(writer, conflict),
        None => Ok(()),
    }
}

/// Stores the question whether what a write has replaced at the server should come back: `theirs` are the replaced values
/// of fields that ask. What was written stays in effect until it is answered.
pub(crate) fn raise_after(writer: &mut Writer<'_>, spec: &Spec, row: &Row, theirs: &Fields) -> Result<()> {
    let remote = row.body.patched(theirs);
    if remote == row.body {
        return Ok(());
    }
    let sides = Sides {
        other_id: None,
        base: None,
        local: Some(row.body.clone()),
        remote: Some(remote),
        remote_version: row.version,
    };
    match store(writer, spec, row.id, sides)? {
        Some(conflict) => decide_at_once(writer, conflict),
        None => Ok(()),
    }
}

/// The record has changed, and no edit is held by a question about it: an open one about what a write has replaced is asked
/// anew with what is there now, or ends when both sides have become the same. Where the server checks, it ends: the edit that
/// it held has given way or was given up.
pub(crate) fn move_on(writer: &mut Writer<'_>, spec: &Spec, row: &Row) -> Result<()> {
    if spec.server_checks() {
        return dissolve(writer, spec, row.id);
    }
    if !spec.asks() {
        return Ok(());
    }
    let Some(open) = conflicts::open_for(writer.tx, spec.collection, row.id, None)? else { return Ok(()) };
    let (Some(local), Some(remote)) = (&open.local, &open.remote) else { return Ok(()) };
    let theirs = local.patch_to(remote);
    if row.body.patched(&theirs) == row.body {
        return close(writer, &open);
    }
    raise_after(writer, spec, row, &theirs)
}

/// What a question is about.
struct Sides {
    other_id: Option<RecordId>,
    base: Option<Fields>,
    local: Option<Fields>,
    remote: Option<Fields>,
    remote_version: Option<Version>,
}

/// Stores a question or what it has become. `None`: it is stored as it is.
fn store(writer: &mut Writer<'_>, spec: &Spec, id: RecordId, sides: Sides) -> Result<Option<StoredConflict>> {
    let Sides { other_id, base, local, remote, remote_version } = sides;
    let conflict = match conflicts::open_for(writer.tx, spec.collection, id, other_id)? {
        Some(open) if open.local == local && open.remote == remote => return Ok(None),
        Some(open) => StoredConflict { revision: open.revision + 1, local, remote, deferred: false, ..open },
        None => StoredConflict {
            id: writer.env.new_uuid().into(),
            collection: spec.collection,
            record_id: id,
            other_id,
            revision: 1,
            base,
            local,
            remote,
            remote_version: remote_version.unwrap_or(Version(0)),
            deferred: false,
            created_at: writer.now,
            answered_at: None,
        },
    };
    conflicts::put(writer.tx, &conflict)?;
    writer.changes.topic(Topic::Conflicts, Origin::Both);
    Ok(Some(conflict))
}

/// Where nobody is to be asked, a question is answered as it comes, by the more cautious side.
fn decide_at_once(writer: &mut Writer<'_>, conflict: StoredConflict) -> Result<()> {
    if state::get(writer.tx)?.safe_merge { safe::decide(writer, &conflict) } else { Ok(()) }
}

/// What both sides started from, as far as it is known: the server's copy with what the person saw laid over it.
fn common_base(row: &Row, waiting: &[Operation]) -> Option<Fields> {
    let net = net_change(waiting);
    let existed = !net.creates || row.version.is_some();
    existed.then(|| row.last_server_copy().cloned().unwrap_or_default().patched(&net.seen).without_nulls())
}

/// Carries out an answer: the waiting operations give way to at most one, which turns the server's copy into what was
/// decided. `false`: it was answered before, or its record is no more; nothing was done.
pub(crate) fn answer(
    writer: &mut Writer<'_>,
    id: ConflictId,
    revision: i64,
    decision: Decision,
) -> Result<bool> {
    let conflict = conflicts::get(writer.tx, id)?.ok_or_else(|| Error::not_found("conflict"))?;
    if conflict.answered_at.is_some() && !sabotaged!(AnsweredAgain) {
        return Ok(false);
    }
    if conflict.revision != revision && !sabotaged!(StaleAnswerTaken) {
        return Err(ErrorKind::StaleAnswer.into());
    }
    let spec = writer.spec(conflict.collection);
    if let Some(other_id) = conflict.other_id {
        answer_between(writer, spec, &conflict, other_id, decision)?;
        close(writer, &conflict)?;
        return Ok(true);
    }
    let Some(row) = records::get(writer.tx, spec, conflict.record_id)? else {
        close(writer, &conflict)?;
        return Ok(false);
    };
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

/// Both records get what was decided: the chosen side's severity, or all that a merged content says. So does every other
/// record about the allergen that says what one of the two said: else three records would be asked about for ever. One that
/// says a third thing is asked about next, since it was not shown.
fn answer_between(
    writer: &mut Writer<'_>,
    spec: &Spec,
    conflict: &StoredConflict,
    other_id: RecordId,
    decision: Decision,
) -> Result<()> {
    let severity = |side: &Option<Fields>| {
        let mut fields = Fields::new();
        fields.set("severity", side.as_ref().map_or(Value::Null, |fields| fields.get("severity").clone()));
        fields
    };
    let decided = match decision {
        Decision::KeepLocal => severity(&conflict.local),
        Decision::KeepRemote => severity(&conflict.remote),
        Decision::Merged(fields) => fields,
    };
    let shown = [severity(&conflict.local), severity(&conflict.remote)];
    let says = |row: &Row| shown.iter().any(|side| side.get("severity") == row.body.get("severity"));
    for row in linked(writer.tx, conflict.record_id)? {
        if says(&row) || [conflict.record_id, other_id].contains(&row.id) {
            writer.edit(spec, row.id, Edit::Update { seen: row.body, patch: decided.clone() })?;
        }
    }
    Ok(())
}

/// Replaces everything that waits for a record by the one operation that turns the server's copy into `desired`
/// (`None`: deleted), or by none when it is so already. What cannot be read gives way to nothing: it stays, and the new
/// one waits behind it.
pub(crate) fn supersede(
    writer: &mut Writer<'_>,
    spec: &Spec,
    row: Row,
    waiting: &[Operation],
    desired: Option<Fields>,
) -> Result<()> {
    supersede_saying(writer, spec, row, waiting, desired, &Fields::new())
}

/// As [`supersede`]; fields of `said` are sent also where the server's copy says the same.
pub(crate) fn supersede_saying(
    writer: &mut Writer<'_>,
    spec: &Spec,
    row: Row,
    waiting: &[Operation],
    desired: Option<Fields>,
    said: &Fields,
) -> Result<()> {
    let (gone, held): (Vec<_>, Vec<_>) = waiting.iter().cloned().partition(|operation| operation.readable);
    let (dependents, dependencies) = neighbours(writer, &gone)?;
    outbox::remove(writer.tx, &gone)?;
    let server = row.server_copy().cloned();
    let is_head = held.is_empty();
    let row = match &desired {
        _ if is_head => row,
        Some(wanted) => Row { body: wanted.clone(), deleted: false, ..row },
        None => Row { deleted: true, ..row },
    };
    if let Some(head) = held.first() {
        // What was decided stands in nothing that waits, so that a view made anew would not show it.
        records::put(writer.tx, spec, &row)?;
        // It comes to the sender, which parks it for what it is.
        lanes::unpark_asked(writer.tx, head.seq)?;
        lanes::release(writer.tx, spec.collection, row.id)?;
    }
    let none = Fields::new();
    match (&server, &desired) {
        (Some(theirs), Some(wanted)) => {
            let patch = said.overlaid(&theirs.patch_to(wanted));
            if !patch.is_empty() {
                writer.append(spec, &row, Kind::Update, &patch, &theirs.touched_by(&patch), is_head)?;
            }
        }
        (Some(theirs), None) => writer.append(spec, &row, Kind::Delete, &none, theirs, is_head)?,
        (None, Some(wanted)) => writer.append(spec, &row, Kind::Create, wanted, &none, is_head)?,
        (None, None) => {}
    }
    let id: RecordId = row.id;
    let left = outbox::waiting(writer.tx, spec.collection, id)?;
    if let Some(new) = left.last().filter(|new| new.readable) {
        lanes::hold(writer.tx, new.seq, &dependencies)?;
        dependents.iter().try_for_each(|seq| lanes::hold(writer.tx, *seq, &[new.seq]))?;
    }
    records::refresh(writer.tx, spec, row, server, &left)?;
    writer.changes.record(spec.collection, id, Origin::Local);
    writer.changes.topic(Topic::Queue, Origin::Local);
    lost::say_if_unheard(writer, spec, id)
}

/// The operations of other records that wait for these, and the ones that these wait for. What is in both is in the
/// first only: two operations that become one cannot wait for what waits for them.
pub(super) fn neighbours(writer: &Writer<'_>, waiting: &[Operation]) -> Result<(Vec<i64>, Vec<i64>)> {
    let (mut dependents, mut dependencies) = (Vec::new(), Vec::new());
    for operation in waiting {
        dependents.extend(lanes::dependents(writer.tx, &(operation.seq..=operation.seq))?);
        dependencies.extend(lanes::waits_for(writer.tx, operation.seq)?);
    }
    dependencies.retain(|seq| !dependents.contains(seq));
    Ok((dependents, dependencies))
}

/// Ends an open question about a record that no longer is one. Does nothing when there is none.
pub(crate) fn dissolve(writer: &mut Writer<'_>, spec: &Spec, id: RecordId) -> Result<()> {
    match conflicts::open_for(writer.tx, spec.collection, id, None)? {
        Some(conflict) => close(writer, &conflict),
        None => Ok(()),
    }
}

/// A question is none any more, or is answered.
pub(crate) fn close(writer: &mut Writer<'_>, conflict: &StoredConflict) -> Result<()> {
    conflicts::mark_answered(writer.tx, conflict.id, writer.now)?;
    writer.changes.topic(Topic::Conflicts, Origin::Local);
    Ok(())
}
