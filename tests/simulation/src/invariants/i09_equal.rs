//! I9: at rest, all devices of a user have what the server has.

use super::{Check, broken, name};
use crate::world::look::{Seen, collection};
use foodlens_core::RecordId;
use foodlens_server::Record;

/// Record by record, field by field.
pub fn equal(seen: &Seen, server: &[Record]) -> Check {
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
    if seen.records.len() == alive {
        return Ok(());
    }
    let count = seen.records.len();
    Err(broken("I9", format!("{count} records here, {alive} there")))
}
