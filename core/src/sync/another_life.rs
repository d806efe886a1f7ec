//! Another life of the backend: it was restored from a backup, and may have lost what it had acknowledged.
//!
//! What this device knows of the account is said again, as old data are: where the server says the same, nothing is sent;
//! what it has lost, it gets back; where it says something else of an allergy, a person is asked, and the more cautious side is
//! shown until then. In the other collections its word stays, and what it replaces is in the log of overwritten values. The
//! history is not said again: a deletion that the server has forgotten by now must not come undone. What it lost of it stays
//! on this device alone.

use crate::allergies::{self, after_allergies};
use crate::collection::{Collection, Spec};
use crate::error::Result;
use crate::fields::Fields;
use crate::observe::{Origin, Topic};
use crate::outbox::{Kind, store as outbox};
use crate::records::{self, Row, Writer};
use crate::session::state;

/// Records that are read at once.
const PAGE: u32 = 200;

/// Notes the epoch that an answer names. `true`: it is another life of the server than the one that was known, so that it has
/// to be heard before anything more is sent.
pub(super) fn meet(writer: &mut Writer<'_>, epoch: &str) -> Result<bool> {
    if !state::meet_epoch(writer.tx, epoch)? {
        return Ok(false);
    }
    if sabotaged!(LossBelieved) {
        return Ok(true);
    }
    for collection in Collection::ALL.into_iter().filter(|one| *one != Collection::History) {
        say_again(writer, writer.spec(collection))?;
    }
    if !allergies::any(writer.tx)? {
        after_allergies(writer)?;
    }
    Ok(true)
}

fn say_again(writer: &mut Writer<'_>, spec: &Spec) -> Result<()> {
    let mut after = None;
    loop {
        let (page, _) = records::list(writer.tx, spec, after, PAGE, false)?;
        let Some((_, last)) = page.last() else { return Ok(()) };
        after = Some(*last);
        for (row, _) in page {
            say_record(writer, spec, row)?;
        }
    }
}

fn say_record(writer: &mut Writer<'_>, spec: &Spec, row: Row) -> Result<()> {
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
