//! I9: at rest, all devices of a user have what the server has.

use super::{Check, broken, name};
use crate::world::ledger::Ledger;
use crate::world::look::{Place, Seen, collection};
use foodlens_core::{Collection, RecordId};
use foodlens_server::Record;

/// A device keeps what was deleted so long ago that the server has forgotten it, and an entry of the history that a server lost
/// when it was set back: it cannot tell the one from the other.
fn is_left_alone(place: Place, ledger: &Ledger) -> bool {
    ledger.is_forgotten(place) || place.0 == Collection::History && ledger.has_lost(place)
}

/// Record by record, field by field.
pub fn equal(seen: &Seen, server: &[Record], ledger: &Ledger) -> Check {
    let mut alive = 0;
    for record in server.iter().filter(|record| !record.deleted) {
        let Some(place) = collection(&record.entity).zip(RecordId::parse(&record.id).ok()) else { continue };
        alive += 1;
        let Some(here) = seen.records.get(&place) else {
            return Err(broken("I9", format!("{} is on the server only", name(place))));
        };
        if here.pending || here.version != Some(record.version) {
            let what = format!("{}: version {:?} here, {} there", name(place), here.version, record.version);
            return Err(broken("I9", what));
        }
        let there = record.fields.as_object();
        if there.is_none_or(|there| {
            there.iter().any(|(field, value)| !value.is_null() && here.fields.get(field) != Some(value))
                || here.fields.iter().any(|(field, value)| !value.is_null() && !there.contains_key(field))
        }) {
            return Err(broken("I9", format!("{} says something else here than there", name(place))));
        }
    }
    let there = |place: &Place| {
        let of_it = |record: &&Record| {
            collection(&record.entity) == Some(place.0)
                && RecordId::parse(&record.id).is_ok_and(|id| id == place.1)
        };
        server.iter().find(of_it).is_some_and(|record| !record.deleted)
    };
    if seen.records.len() == alive
        || seen.records.keys().all(|place| there(place) || is_left_alone(*place, ledger))
    {
        return Ok(());
    }
    let count = seen.records.len();
    Err(broken("I9", format!("{count} records here, {alive} there")))
}
