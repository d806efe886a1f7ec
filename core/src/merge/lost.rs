//! What another life of the server may have lost of a record is said again.

use crate::collection::{Collection, Spec};
use crate::error::Result;
use crate::fields::Fields;
use crate::ids::RecordId;
use crate::observe::{Origin, Topic};
use crate::outbox::{Kind, store as outbox};
use crate::records::{self, Row, Writer};

/// Says what is known of a record, as old data are said, unless what waits for it does.
pub(crate) fn say_record(writer: &mut Writer<'_>, spec: &Spec, row: Row) -> Result<()> {
    let Some(server) = row.server_copy().cloned() else { return Ok(()) };
    let waiting =
        if row.has_pending() { outbox::waiting(writer.tx, spec.collection, row.id)? } else { Vec::new() };
    // Said already, in the life before this one; or made anew, with all that it has.
    if waiting.iter().any(|one| one.yields && !one.attempted() || one.kind != Kind::Update) {
        return Ok(());
    }
    // What a person has changed since is said by that edit, and goes with it when it is given up.
    let mut known = server.clone();
    for (name, _) in waiting.iter().flat_map(|operation| operation.payload.iter()) {
        known = known.without(name);
    }
    writer.yields = true;
    let unknown = Row { version: None, ..row.clone() };
    writer.append(spec, &unknown, Kind::Create, &known, &Fields::new(), waiting.is_empty())?;
    let waiting = outbox::waiting(writer.tx, spec.collection, row.id)?;
    writer.changes.record(spec.collection, row.id, Origin::Remote);
    writer.changes.topic(Topic::Queue, Origin::Remote);
    records::refresh(writer.tx, spec, row, Some(server), &waiting)?;
    Ok(())
}

/// What waited for the record, so that it was not said again or not whole, is given up: it is said now, if the server has not
/// named it since. (The history never is.)
pub(crate) fn say_if_unheard(writer: &mut Writer<'_>, spec: &Spec, id: RecordId) -> Result<()> {
    let Some(row) = records::get(writer.tx, spec, id)?.filter(Row::is_unheard) else { return Ok(()) };
    let waiting = outbox::waiting(writer.tx, spec.collection, id)?;
    if spec.collection == Collection::History || waiting.iter().any(|one| !one.yields || one.attempted()) {
        return Ok(());
    }
    outbox::remove(writer.tx, &waiting)?;
    say_record(writer, spec, row)
}
