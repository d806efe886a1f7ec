//! Carries out what was planned for a record of the snapshot, within one write transaction.

use super::item::stored_fields;
use super::plan::{Ahead, Planned, plan};
use super::store::{Kept, State};
use crate::allergies::{after_allergies, say_listed};
use crate::collection::Collection;
use crate::error::Result;
use crate::fields::Fields;
use crate::ids::RecordId;
use crate::merge::{self, overwritten};
use crate::outbox::store as outbox;
use crate::records::{self, Writer, shown};
use crate::session::unreadable;

/// Takes a record over, once and for all. What became of it.
pub(super) fn take_over(writer: &mut Writer<'_>, kept: &Kept) -> Result<State> {
    let fields = stored_fields(kept.collection, &kept.raw)?;
    let planned = plan(writer.tx, kept.collection, kept.stable_id, fields, Ahead::default())?;
    let (state, lost) = match planned {
        Planned::AlreadyThere { lost } => (State::AlreadyThere, lost),
        Planned::Take { fields, lost } => {
            take(writer, kept, fields)?;
            (State::Imported, lost)
        }
    };
    // What another value stays for can be shown, and brought back.
    lost.iter().try_for_each(|(name, value)| {
        overwritten::add(writer.tx, kept.collection, RecordId::SINGLE, name, value, writer.now)
    })?;
    unreadable::mark_imported(writer.tx, kept.stable_id)?;
    Ok(state)
}

fn take(writer: &mut Writer<'_>, kept: &Kept, fields: Fields) -> Result<()> {
    let spec = kept.collection.spec();
    match kept.collection {
        Collection::Allergies => {
            writer.import(spec, kept.stable_id, fields)?;
            // A statement like any other: whoever said "none" is asked.
            say_listed(writer)
        }
        Collection::History => writer.import(spec, kept.stable_id, fields),
        Collection::AllergyList if fields.get("state") == "listed" => {
            writer.put_single(spec, Fields::new(), fields)
        }
        Collection::AllergyList => {
            writer.import(spec, RecordId::SINGLE, fields)?;
            after_allergies(writer)
        }
        Collection::Profile | Collection::Settings => writer.import(spec, RecordId::SINGLE, fields),
    }
}

/// An imported "no allergies" that was never sent is taken back as soon as there is one. Part of every write that touches
/// allergies.
pub(crate) fn retract_none(writer: &mut Writer<'_>) -> Result<()> {
    let spec = writer.spec(Collection::AllergyList);
    let Some(row) = records::single(writer.tx, spec)?.filter(records::Row::has_pending) else {
        return Ok(());
    };
    let waiting = outbox::waiting(writer.tx, Collection::AllergyList, row.id)?;
    let says_none = |operation: &crate::outbox::Operation| {
        operation.yields && operation.payload.get("state") == "confirmed_none"
    };
    if !waiting.iter().any(says_none)
        || waiting.iter().any(crate::outbox::Operation::attempted)
        || !crate::allergies::any(writer.tx)?
    {
        return Ok(());
    }
    let left: Vec<_> = waiting.iter().filter(|operation| !says_none(operation)).cloned().collect();
    let (body, deleted) = shown(&row, row.server_copy(), &left);
    merge::supersede(writer, spec, row, &waiting, (!deleted).then_some(body))
}
