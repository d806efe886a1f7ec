//! I8: nothing that was deleted returns without a new creation.

use super::{Check, broken, name};
use crate::world::ledger::{Ledger, Verdict};
use crate::world::look::Seen;
use foodlens_core::{Collection, RecordId};
use std::collections::BTreeSet;

/// What was deleted in this file stays away. `deleted`: history entries, whose deletion always wins.
pub fn stays_deleted(seen: &Seen, deleted: &BTreeSet<RecordId>) -> Check {
    let back = deleted.iter().map(|id| (Collection::History, *id)).find(|place| {
        // While its deletion is parked, the app may show it again: it was refused.
        seen.records.get(place).is_some_and(|record| !record.deleted && !record.pending)
    });
    match back {
        Some(place) => Err(broken("I8", format!("{} was deleted here and is back", name(place)))),
        None => Ok(()),
    }
}

/// Nor does it return at the server, but by a creation or by an answer to a question (arrivals from `from` on).
pub fn stays_deleted_there(ledger: &Ledger, from: usize) -> Check {
    for (index, arrival) in ledger.arrivals().iter().enumerate().skip(from) {
        let applied = |arrival: &crate::world::ledger::Arrival| arrival.verdict == Verdict::Applied;
        if arrival.kind == "create" || arrival.deleted || !applied(arrival) || arrival.version.is_none() {
            continue;
        }
        let before = ledger.arrivals()[..index].iter().rev().find(|elder| {
            applied(elder)
                && (&elder.entity, &elder.id, elder.user) == (&arrival.entity, &arrival.id, arrival.user)
        });
        if before.is_some_and(|elder| elder.deleted) {
            let what = format!("a {} brought a deleted record of {} back", arrival.kind, arrival.entity);
            return Err(broken("I8", what));
        }
    }
    Ok(())
}
