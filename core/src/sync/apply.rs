//! Carries out a server's verdict on an operation, and a pulled change, within one write transaction.

use super::arrivals::{Arrivals, Arrived};
use super::revive;
use crate::collection::{Collection, FieldPolicy, Readability, Spec};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::ids::{RecordId, Version};
use crate::merge::{
    self, Incoming, Reconciled, Remote, net_change, overwritten, plan_incoming, reconcile, yielding,
};
use crate::observe::{Origin, Topic};
use crate::outbox::lanes;
use crate::outbox::payload::Payload;
use crate::outbox::store::{self as outbox, Failure};
use crate::outbox::{BackoffPolicy, FailureReason, Operation, OperationVerdict, State};
use crate::records::{self, Base, Confirm, Insertion, Row, Writer};
use crate::transport::{OverwrittenValue, RemoteRecord};

/// The contract's code for a key that the server knows with another body.
const KEY_REUSED: &str = "key_reused";

/// What a verdict came to, for the report.
pub(super) enum Effect {
    Acknowledged {
        duplicate: bool,
    },
    /// Parked; what the server said, if it was its word.
    Failed {
        reason: FailureReason,
        server: Option<(u16, String)>,
    },
    Asked,
    Waits,
}

/// Carries out the verdict on an operation that was sent.
pub(super) fn verdict(
    writer: &mut Writer<'_>,
    sent: &Operation,
    verdict: OperationVerdict,
    backoff: &BackoffPolicy,
) -> Result<Effect> {
    writer.changes.topic(Topic::Queue, Origin::Remote);
    writer.changes.record(sent.collection, sent.record_id, Origin::Remote);
    match verdict {
        OperationVerdict::Acknowledged { record, overwritten, duplicate } => {
            let (collection, id) = sent.lane();
            for value in &overwritten {
                overwritten::add(writer.tx, collection, id, &value.field, &value.value, writer.now)?;
            }
            outbox::mark_synced(writer.tx, sent.seq..=sent.seq, writer.now, &mut writer.acknowledged)?;
            let confirm = &mut Confirm::prepare(writer.tx, writer.spec(collection), false)?;
            settle(writer, sent, record, confirm)?;
            ask_after(writer, sent, &overwritten)?;
            Ok(Effect::Acknowledged { duplicate })
        }
        OperationVerdict::Conflict { record } => conflict(writer, sent, record),
        OperationVerdict::Refused { reason: FailureReason::Gone, .. } if sent.yields => gone(writer, sent),
        OperationVerdict::Refused { .. } if sabotaged!(RefusedDropped) => gone(writer, sent),
        OperationVerdict::Refused { code, .. }
            if code == KEY_REUSED && sent.attempts + 1 < backoff.max_attempts =>
        {
            key_taken(writer, sent, backoff)
        }
        OperationVerdict::Refused { reason, status, code, record } => {
            let parked = park(writer, sent, reason, Some((status, code)), sent.attempts)?;
            if let Some(record) = record {
                advance_base(writer, writer.spec(sent.collection), &record)?;
            }
            if reason == FailureReason::Gone
                && sabotaged!(DeletedRevived)
                && let Some(row) = records::get(writer.tx, sent.collection.spec(), sent.record_id)?
            {
                let waiting = outbox::waiting(writer.tx, sent.collection, sent.record_id)?;
                let wanted = Some(row.body.clone());
                merge::supersede(writer, writer.spec(sent.collection), row, &waiting, wanted)?;
            }
            Ok(parked)
        }
        OperationVerdict::Again { counted } => {
            let attempts = sent.attempts + u32::from(counted);
            if attempts >= backoff.max_attempts && sabotaged!(ExhaustedDropped) {
                return gone(writer, sent);
            }
            if attempts >= backoff.max_attempts {
                return park(writer, sent, FailureReason::Exhausted, None, attempts);
            }
            let ready_at = if counted { next_try(writer, backoff, attempts) } else { 0 };
            outbox::mark_pending(writer.tx, sent.seq, ready_at, attempts)?;
            Ok(Effect::Waits)
        }
    }
}

fn next_try(writer: &Writer<'_>, backoff: &BackoffPolicy, attempts: u32) -> i64 {
    match writer.env.up_to(backoff.longest_wait(attempts).unsigned_abs()) {
        0 => 0,
        wait => writer.now.saturating_add_unsigned(wait),
    }
}

/// The key of this one is taken: a copy of this queue has been at the server before it, with a body that stood on another
/// version. What a person says by a retry is said at once, but no oftener than any other try.
fn key_taken(writer: &mut Writer<'_>, sent: &Operation, backoff: &BackoffPolicy) -> Result<Effect> {
    let attempts = sent.attempts + 1;
    park(writer, sent, FailureReason::Invalid, None, attempts)?;
    revive::send_anew(writer, sent)?;
    let waiting = outbox::waiting(writer.tx, sent.collection, sent.record_id)?;
    match waiting.first() {
        Some(head) if head.state == State::Failed(FailureReason::Conflict) => return Ok(Effect::Asked),
        Some(head) if head.state == State::Pending => {
            outbox::mark_pending(writer.tx, head.seq, next_try(writer, backoff, attempts), attempts)?;
        }
        // It is as the person wants it by now.
        _ => {}
    }
    Ok(Effect::Waits)
}

fn park(
    writer: &mut Writer<'_>,
    sent: &Operation,
    reason: FailureReason,
    server: Option<(u16, String)>,
    attempts: u32,
) -> Result<Effect> {
    let failure = Failure {
        reason,
        server_code: server.as_ref().map(|(_, code)| code.as_str()),
        http_status: server.as_ref().map(|(status, _)| *status),
    };
    outbox::mark_failed(writer.tx, sent.seq, &failure, attempts, writer.now)?;
    Ok(Effect::Failed { reason, server })
}

/// What was imported had been deleted on another device: that stays so.
fn gone(writer: &mut Writer<'_>, sent: &Operation) -> Result<Effect> {
    let spec = writer.spec(sent.collection);
    let row = records::get(writer.tx, spec, sent.record_id)?.ok_or_else(|| Error::internal("row"))?;
    outbox::remove(writer.tx, std::slice::from_ref(sent))?;
    let left = outbox::waiting(writer.tx, sent.collection, sent.record_id)?;
    let server = row.server_copy().cloned();
    records::refresh(writer.tx, spec, row, server, &left)?;
    lanes::release(writer.tx, sent.collection, sent.record_id)?;
    Ok(Effect::Waits)
}

/// The server has it: its copy becomes the base, what was edited meanwhile stays on top, the next of the lane may go. The
/// operation is a receipt by now.
pub(super) fn settle(
    writer: &Writer<'_>,
    sent: &Operation,
    record: Option<RemoteRecord<Payload>>,
    confirm: &mut Confirm<'_>,
) -> Result<()> {
    if let Some(RemoteRecord { version, deleted: false, fields, server_id, .. }) = &record
        && confirm.record(sent.record_id, *version, fields.text(), server_id.as_deref())?
    {
        return Ok(());
    }
    let (spec, record) = (writer.spec(sent.collection), record.map(RemoteRecord::from));
    let row = records::get(writer.tx, spec, sent.record_id)?.ok_or_else(|| Error::internal("row"))?;
    let left = outbox::waiting(writer.tx, sent.collection, sent.record_id)?;
    // What follows stands on what the server made of this one. If the base is newer already (a pull came between),
    // the server will find that version stale, which is right: that copy has not been merged with what follows.
    let acknowledged_version = record.as_ref().map(|record| record.version);
    let left = if sabotaged!(EditInFlightLost) {
        outbox::remove(writer.tx, &left)?;
        Vec::new()
    } else {
        left
    };
    for operation in &left {
        outbox::rebase(writer.tx, operation.seq, acknowledged_version)?;
    }
    let (row, server) = match record {
        Some(record) => newer_of(row, record),
        None => (row, None),
    };
    records::refresh(writer.tx, spec, row, server, &left)?;
    if left.is_empty() { Ok(()) } else { lanes::release(writer.tx, sent.collection, sent.record_id) }
}

/// Where the server takes what arrives, a clash in a field that asks is noticed by what the write replaced there.
fn ask_after(writer: &mut Writer<'_>, sent: &Operation, replaced: &[OverwrittenValue]) -> Result<()> {
    let spec = writer.spec(sent.collection);
    let mut theirs = Fields::new();
    for value in replaced.iter().filter(|value| spec.policy_of(&value.field) == FieldPolicy::Manual) {
        theirs.set(value.field.clone(), value.value.clone());
    }
    if spec.server_checks() || theirs.is_empty() {
        return Ok(());
    }
    match records::get(writer.tx, spec, sent.record_id)?.filter(|row| !row.deleted) {
        Some(row) => merge::raise_after(writer, spec, &row, &theirs),
        None => Ok(()),
    }
}

/// The row with the newer of its own base and the server's copy.
fn newer_of(row: Row, record: RemoteRecord) -> (Row, Option<Fields>) {
    let row = Row { server_id: record.server_id.or(row.server_id), ..row };
    let copy = (!record.deleted).then(|| record.fields.without_nulls());
    if row.version.is_none_or(|known| known <= record.version) {
        return (Row { version: Some(record.version), ..row }, copy);
    }
    match (row.server_copy().cloned(), copy) {
        // Deleted since: this is what it was before, on which the waiting edits stand.
        (None, Some(before)) => (Row { base: Base::Deleted(before), ..row }, None),
        (server, _) => (row, server),
    }
}

/// Takes a server's copy under what waits, without asking anything (the operation in question is parked).
fn advance_base(writer: &mut Writer<'_>, spec: &Spec, record: &RemoteRecord) -> Result<()> {
    let Some(row) = records::get(writer.tx, spec, record.id.into())? else { return Ok(()) };
    let waiting = outbox::waiting(writer.tx, spec.collection, row.id)?;
    let (row, server) = newer_of(row, record.clone());
    records::refresh(writer.tx, spec, row, server, &waiting)?;
    Ok(())
}

/// The operation's base was stale: merge what waits with the server's copy, and ask only where both sides changed
/// something that asks.
fn conflict(writer: &mut Writer<'_>, sent: &Operation, record: Option<RemoteRecord>) -> Result<Effect> {
    let spec = writer.spec(sent.collection);
    let row = records::get(writer.tx, spec, sent.record_id)?.ok_or_else(|| Error::internal("row"))?;
    let (row, server) = match record {
        Some(record) => newer_of(row, record),
        // The server lost the record: what is sent next makes it anew.
        None => (Row { version: None, ..row }, None),
    };
    let waiting = outbox::waiting(writer.tx, sent.collection, sent.record_id)?;
    let id = row.id;
    let Some(row) = records::refresh(writer.tx, spec, row, server, &waiting)? else {
        return Err(Error::internal("row"));
    };
    let remote = remote_of(&row);
    let (standing, yielded) = match &remote.fields {
        Some(fields) => yielding::standing(&waiting, fields, spec),
        None => (waiting.clone(), Fields::new()),
    };
    match reconcile(&net_change(&standing), &remote, spec) {
        Reconciled::Clash if spec.server_checks() && sabotaged!(TheirsTaken) => {
            merge::supersede(writer, spec, row, &waiting, remote.fields)?;
            Ok(Effect::Waits)
        }
        Reconciled::Clash if spec.asks() => {
            merge::raise(writer, spec, &row, &waiting)?;
            Ok(Effect::Asked)
        }
        Reconciled::Clash => park(writer, sent, FailureReason::Gone, None, sent.attempts),
        reconciled => {
            note_overtaken(writer, spec, &row, &reconciled)?;
            note_fields(writer, spec, &row, &yielded)?;
            let desired = desired(&reconciled, &remote);
            let said = match &remote.fields {
                Some(copy) if spec.server_checks() => merge::unheard(&standing, copy, spec),
                _ => Fields::new(),
            };
            merge::supersede_saying(writer, spec, row, &waiting, desired, &said)?;
            merge::dissolve(writer, spec, id)?;
            Ok(Effect::Waits)
        }
    }
}

fn remote_of(row: &Row) -> Remote {
    Remote { version: row.version.unwrap_or(Version(0)), fields: row.server_copy().cloned() }
}

/// What the record should be after a merge that needed no question.
pub(super) fn desired(reconciled: &Reconciled, remote: &Remote) -> Option<Fields> {
    match reconciled {
        Reconciled::Clean { patch, .. } => remote.fields.as_ref().map(|fields| fields.patched(patch)),
        Reconciled::CleanDelete => None,
        Reconciled::Nothing | Reconciled::Clash => remote.fields.clone(),
    }
}

fn note_overtaken(writer: &mut Writer<'_>, spec: &Spec, row: &Row, reconciled: &Reconciled) -> Result<()> {
    if let Reconciled::Clean { overtaken, .. } = reconciled {
        note_fields(writer, spec, row, overtaken)?;
    }
    Ok(())
}

fn note_fields(writer: &mut Writer<'_>, spec: &Spec, row: &Row, overtaken: &Fields) -> Result<()> {
    overtaken.iter().try_for_each(|(name, value)| {
        overwritten::add(writer.tx, spec.collection, row.id, name, value, writer.now)
    })
}

/// What a pulled change came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pulled {
    Applied,
    Asked,
    Nothing,
}

/// Applies a pulled copy: most are new.
pub(super) fn change(
    writer: &mut Writer<'_>,
    new: &mut Insertion<'_>,
    page: &Arrivals,
    record: &Arrived,
) -> Result<Pulled> {
    let Arrived { collection, id, version, .. } = *record;
    let server_id = record.server_id.as_deref();
    let body = record.copy.as_ref().map(|copy| (page.body(copy), &copy.beside));
    if let Some((body, beside)) = body
        && new.insert(collection, (id, server_id, version), body, beside, writer.now)?
    {
        writer.changes.record(collection, id, Origin::Remote);
        return Ok(Pulled::Applied);
    }
    let fields = body.map(|(body, _)| Fields::from_json(body)).transpose()?;
    known(writer, writer.spec(collection), id, server_id, Remote { version, fields })
}

/// Applies a copy of a record of which something is known.
fn known(
    writer: &mut Writer<'_>,
    spec: &Spec,
    id: RecordId,
    server_id: Option<&str>,
    remote: Remote,
) -> Result<Pulled> {
    let Some((row, waiting)) = standing(writer, spec, id)? else { return Ok(Pulled::Nothing) };
    let is_elder = row.is_unheard() && is_asked(&waiting) && row.server_copy() != remote.fields.as_ref();
    let (row, waiting) = if is_elder && decided(writer, spec, id)? {
        standing(writer, spec, id)?.ok_or_else(|| Error::internal("row"))?
    } else {
        (row, waiting)
    };
    let waiting = if row.version.is_none_or(|known| known < remote.version) {
        give_way(writer, spec, &row, waiting, &remote)?
    } else {
        waiting
    };
    let planned = plan_incoming(spec, row.version, &waiting, &remote);
    if planned == Incoming::Ignore {
        return Ok(Pulled::Nothing);
    }
    writer.changes.record(spec.collection, id, Origin::Remote);
    let server_id = server_id.map(str::to_owned).or(row.server_id);
    let row = Row { version: Some(remote.version), server_id, updated_at: writer.now, ..row };
    let mut pulled = Pulled::Applied;
    match planned {
        Incoming::Ignore => {}
        Incoming::Take | Incoming::Remove => {
            match records::refresh(writer.tx, spec, row, remote.fields, &[])? {
                Some(row) => merge::move_on(writer, spec, &row)?,
                None => merge::dissolve(writer, spec, id)?,
            }
        }
        Incoming::Advance { rebase, overtaken } => {
            note_fields(writer, spec, &row, &overtaken)?;
            advance(writer, spec, row, &waiting, remote, rebase)?;
            if spec.server_checks() && !is_asked(&waiting) {
                merge::dissolve(writer, spec, id)?;
            }
        }
        Incoming::Ask => {
            let row = records::refresh(writer.tx, spec, row, remote.fields, &waiting)?;
            let row = row.ok_or_else(|| Error::internal("row"))?;
            merge::raise(writer, spec, &row, &waiting)?;
            pulled = Pulled::Asked;
        }
    }
    Ok(pulled)
}

/// A server that was set back has lost what is asked about, and says something elder. What was known of it must not go with
/// the question: the more cautious side is taken, on top of what it says.
fn decided(writer: &mut Writer<'_>, spec: &Spec, id: RecordId) -> Result<bool> {
    let open = merge::conflicts::open_for(writer.tx, spec.collection, id, None)?;
    open.map_or(Ok(false), |open| merge::decide_safely(writer, &open).map(|()| true))
}

/// A record, and what waits for it.
fn standing(writer: &Writer<'_>, spec: &Spec, id: RecordId) -> Result<Option<(Row, Vec<Operation>)>> {
    let Some(row) = records::get(writer.tx, spec, id)? else { return Ok(None) };
    let looked_for = row.has_pending() && !sabotaged!(PageOverPending);
    let waiting = if looked_for { outbox::waiting(writer.tx, spec.collection, id)? } else { Vec::new() };
    Ok(Some((row, waiting)))
}

/// What was imported and never sent gives way to the server's copy. What still waits then.
fn give_way(
    writer: &mut Writer<'_>,
    spec: &Spec,
    row: &Row,
    waiting: Vec<Operation>,
    remote: &Remote,
) -> Result<Vec<Operation>> {
    let gives_way = |operation: &Operation| operation.yields && !operation.attempted();
    let (collection, id) = (spec.collection, row.id);
    match &remote.fields {
        _ if !waiting.iter().any(gives_way) => return Ok(waiting),
        // Deleted since it was imported elsewhere. What a person does with an allergy, a person is asked about.
        None if spec.server_checks() || !waiting.iter().all(gives_way) => return Ok(waiting),
        None => outbox::remove(writer.tx, &waiting)?,
        Some(fields) => {
            let row = Row { version: Some(remote.version), ..row.clone() };
            for operation in waiting.iter().filter(|operation| gives_way(operation)) {
                let left = yielding::left_of(&operation.payload, fields, spec);
                note_fields(writer, spec, &row, &left.yielded)?;
                writer.reduce(spec, &row, operation, &left.payload)?;
            }
            lanes::release(writer.tx, collection, id)?;
        }
    }
    writer.changes.topic(Topic::Queue, Origin::Remote);
    outbox::waiting(writer.tx, collection, id)
}

/// A question holds what waits.
fn is_asked(waiting: &[Operation]) -> bool {
    waiting.first().is_some_and(|head| head.state == State::Failed(FailureReason::Conflict))
}

/// The base moves on below what waits. A question that this settles (the other side came round) ends, and what is
/// left to send goes as a new operation, and so do edits that wait in steps. What both sides have deleted needs none: an edit
/// that waits before the deletion would bring it back until the deletion follows.
fn advance(
    writer: &mut Writer<'_>,
    spec: &Spec,
    row: Row,
    waiting: &[Operation],
    remote: Remote,
    rebase: bool,
) -> Result<()> {
    let id = row.id;
    let row = records::refresh(writer.tx, spec, row, remote.fields.clone(), waiting)?;
    let row = row.ok_or_else(|| Error::internal("row"))?;
    if rebase && (is_asked(waiting) || remote.fields.is_none() || are_steps(waiting)) {
        let desired = desired(&reconcile(&net_change(waiting), &remote, spec), &remote);
        merge::supersede(writer, spec, row, waiting, desired)?;
        return merge::dissolve(writer, spec, id);
    }
    if rebase {
        for operation in waiting {
            outbox::rebase(writer.tx, operation.seq, Some(remote.version))?;
        }
    }
    Ok(())
}

/// Edits on the way to what a person wants, none of them sent. On a copy that has moved on, a step is not what it was: a
/// severity on the way to the one that another device has said meanwhile, too, would lower it there until the next step.
pub(super) fn are_steps(waiting: &[Operation]) -> bool {
    let is_step = |operation: &Operation| {
        operation.state == State::Pending && !operation.attempted() && !operation.yields && operation.readable
    };
    waiting.len() > 1 && waiting.iter().all(is_step)
}

/// Whether the fields of a copy can be read, and by which collection. `Err`: the reason why not.
pub(super) fn readable(
    record: &RemoteRecord,
) -> std::result::Result<(Collection, Option<&'static str>), &'static str> {
    let collection = Collection::from_name(&record.entity).ok_or("entity")?;
    let spec = collection.spec();
    if spec.single != record.id.is_nil() {
        return Err("id");
    }
    if record.deleted {
        return Ok((collection, None));
    }
    match (spec.read)(&record.fields) {
        Readability::Clear => Ok((collection, None)),
        Readability::Unrecognised(field) => Ok((collection, Some(field))),
        Readability::Unreadable(field) => Err(field),
    }
}

#[cfg(test)]
pub(super) mod tests;
