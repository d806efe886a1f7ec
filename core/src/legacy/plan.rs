//! What is done with an old record beside what is here. Reads only, so that a dry run says what an import does.

use crate::allergies;
use crate::collection::Collection;
use crate::error::Result;
use crate::fields::Fields;
use crate::history;
use crate::ids::RecordId;
use crate::records::{self, Row, shelves};
use crate::session::unreadable;
use rusqlite::Connection;

/// Entries of one moment that are compared; nobody does more at once.
const AT_ONCE: u32 = 100;

/// What is done with a readable record.
#[derive(Debug, PartialEq)]
pub(super) enum Planned {
    /// Nothing: it is here, was taken over before, or something speaks against it. `lost`: values that differ from those
    /// that stay.
    AlreadyThere { lost: Fields },
    /// These fields are taken over.
    Take { fields: Fields, lost: Fields },
}

/// What the records before it in the same import bring, as far as it matters: an import has stored them, a dry run not.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ahead {
    /// An allergy, be it one that cannot be read.
    pub allergy: bool,
}

pub(super) fn plan(
    conn: &Connection,
    collection: Collection,
    stable_id: RecordId,
    fields: Fields,
    ahead: Ahead,
) -> Result<Planned> {
    let here = Planned::AlreadyThere { lost: Fields::new() };
    if unreadable::was_imported(conn, stable_id)? {
        return Ok(here);
    }
    match collection {
        Collection::AllergyList => plan_list(conn, fields, ahead),
        Collection::Profile | Collection::Settings => plan_single(conn, collection, &fields),
        Collection::Allergies | Collection::History => {
            let spec = collection.spec();
            let known = records::get(conn, spec, stable_id)?.is_some() || is_here(conn, collection, &fields)?;
            Ok(if known { here } else { Planned::Take { fields, lost: Fields::new() } })
        }
    }
}

/// Only what is not known is taken: what a person set here since, or on another device, is newer.
fn plan_single(conn: &Connection, collection: Collection, fields: &Fields) -> Result<Planned> {
    let known = known(conn, collection)?;
    let (mut patch, mut lost) = (Fields::new(), Fields::new());
    for (name, value) in fields.iter() {
        match known.get(name) {
            theirs if theirs.is_null() => patch.set(name, value.clone()),
            theirs if theirs != value => lost.set(name, value.clone()),
            _ => {}
        }
    }
    if patch.is_empty() {
        return Ok(Planned::AlreadyThere { lost });
    }
    if known.patched(&patch).check_size().is_err() {
        // Both together are more than one record may hold.
        return Ok(Planned::AlreadyThere { lost: lost.overlaid(&patch) });
    }
    Ok(Planned::Take { fields: patch, lost })
}

/// The state of the list, if nothing is said about it yet. "None" is never said where an allergy is, or may be.
fn plan_list(conn: &Connection, fields: Fields, ahead: Ahead) -> Result<Planned> {
    let here = Planned::AlreadyThere { lost: Fields::new() };
    if known(conn, Collection::AllergyList)?.contains("state") {
        return Ok(here);
    }
    let none = fields.get("state") == "confirmed_none";
    if fields.is_empty() || none && (ahead.allergy || allergies::any(conn)?) {
        return Ok(here);
    }
    Ok(Planned::Take { fields, lost: Fields::new() })
}

fn known(conn: &Connection, collection: Collection) -> Result<Fields> {
    let row = records::single(conn, collection.spec())?.filter(|row| !row.deleted);
    Ok(row.map(|row| row.body).unwrap_or_default())
}

/// Whether a record that no import brought is equal in all it says.
fn is_here(conn: &Connection, collection: Collection, fields: &Fields) -> Result<bool> {
    for row in beside(conn, collection, fields)? {
        if says(&row.body) == says(fields) && !unreadable::was_imported(conn, row.id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The records that may be the same.
fn beside(conn: &Connection, collection: Collection, fields: &Fields) -> Result<Vec<Row>> {
    if collection == Collection::Allergies {
        return allergies::linking::all(conn);
    }
    let spec = collection.spec();
    let places = shelves::moment(conn, spec, history::shelf::only(fields), (spec.sort_key)(fields), AT_ONCE)?;
    // One that cannot be read is no double.
    let mut reader = shelves::Reader::new(conn, spec)?;
    Ok(places.iter().filter_map(|place| reader.at(place.rowid).ok()).collect())
}

/// What a record says; when it was written down is not part of it.
fn says(fields: &Fields) -> Vec<(&str, &serde_json::Value)> {
    fields.iter().filter(|(name, _)| !matches!(*name, "created_at" | "updated_at")).collect()
}
