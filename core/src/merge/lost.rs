//! What another life of the server may have lost of a record is said again.

use super::resolve::neighbours;
use crate::collection::{Collection, Spec};
use crate::error::Result;
use crate::fields::Fields;
use crate::ids::RecordId;
use crate::observe::{Origin, Topic};
use crate::outbox::{Kind, State, lanes, store as outbox};
use crate::records::{self, Row, Writer};

/// Says what is known of a record, as old data are said, unless what waits for it does. What was said so in a life before this
/// one and never sent is in it.
pub(crate) fn say_record(writer: &mut Writer<'_>, spec: &Spec, row: Row) -> Result<()> {
    let Some(server) = row.server_copy().cloned() else { return Ok(()) };
    let waiting =
        if row.has_pending() { outbox::waiting(writer.tx, spec.collection, row.id)? } else { Vec::new() };
    let (said, standing): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|one| one.yields && !one.attempted() && one.state == State::Pending);
    // To be deleted; or made anew, with all that it has.
    if standing.iter().any(|one| one.kind != Kind::Update) {
        return Ok(());
    }
    let mut known = said.iter().fold(server.clone(), |known, one| known.overlaid(&one.payload));
    // That a severity is not stated is said, too: what the server says now may be a weak one that was taken back.
    if spec.collection == Collection::Allergies && known.get("severity").is_null() {
        known.set("severity", serde_json::Value::Null);
    }
    // What a person has changed since is said by that edit, and goes with it when it is given up.
    for (name, _) in standing.iter().flat_map(|operation| operation.payload.iter()) {
        known = known.without(name);
    }
    // A creation has all of a record: made of what is left, it would be all that there is when the edit before it is through.
    let whole = standing.is_empty() || !spec.server_checks();
    let kind = if whole { Kind::Create } else { Kind::Update };
    let (dependents, dependencies) = neighbours(writer, &said)?;
    outbox::remove(writer.tx, &said)?;
    writer.yields = true;
    if whole || !known.is_empty() {
        writer.append(spec, &row, kind, &known, &Fields::new(), standing.is_empty())?;
    }
    lanes::release(writer.tx, spec.collection, row.id)?;
    let waiting = outbox::waiting(writer.tx, spec.collection, row.id)?;
    if let Some(new) = waiting.last() {
        lanes::hold(writer.tx, new.seq, &dependencies)?;
        dependents.iter().try_for_each(|seq| lanes::hold(writer.tx, *seq, &[new.seq]))?;
    }
    writer.changes.record(spec.collection, row.id, Origin::Remote);
    writer.changes.topic(Topic::Queue, Origin::Remote);
    records::refresh(writer.tx, spec, row, Some(server), &waiting)?;
    Ok(())
}

/// What waited for the record, so that it was not said again or not whole, is given up or has become something else: what that
/// leaves unsaid is said now, if the server has not named the record since. (The history never is.)
pub(crate) fn say_if_unheard(writer: &mut Writer<'_>, spec: &Spec, id: RecordId) -> Result<()> {
    match records::get(writer.tx, spec, id)?.filter(Row::is_unheard) {
        Some(row) if spec.collection != Collection::History => say_record(writer, spec, row),
        _ => Ok(()),
    }
}
