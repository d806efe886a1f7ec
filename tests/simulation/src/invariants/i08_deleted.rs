//! I8: nothing that was deleted returns without a new creation.

use super::{Check, broken, name};
use crate::model::Promise;
use crate::world::ledger::{Ledger, Verdict};
use crate::world::look::Seen;
use foodlens_core::{Collection, OperationId, RecordId};
use std::collections::{BTreeMap, BTreeSet};

/// What was deleted in this file stays away. `deleted`: history entries, whose deletion always wins.
pub fn stays_deleted(seen: &Seen, deleted: &BTreeSet<RecordId>, ledger: &Ledger) -> Check {
    // `known`: the version that is here; of what came after it this file has not heard.
    let made_anew = |id: &RecordId, known: Option<i64>| {
        let id = id.to_string();
        let heard =
            |version: Option<i64>| version.is_none_or(|version| known.is_none_or(|known| version <= known));
        let of_it = || {
            let arrivals = ledger.arrivals().iter().enumerate();
            arrivals.filter(|(_, arrival)| arrival.id == id && heard(arrival.version))
        };
        let last_deletion =
            of_it().filter(|(_, arrival)| arrival.deleted).map(|(index, _)| index).next_back();
        // A person who went on with it elsewhere, after they were told that it is gone.
        last_deletion.is_some_and(|at| of_it().any(|(index, arrival)| index > at && arrival.kind == "create"))
    };
    let back = deleted.iter().map(|id| (Collection::History, *id)).find(|place| {
        // While its deletion is parked, the app may show it again: it was refused.
        let shown = seen.records.get(place).filter(|record| !record.deleted && !record.pending);
        shown.is_some_and(|record| !made_anew(&place.1, record.version)) && !ledger.has_lost(*place)
    });
    match back {
        Some(place) => Err(broken("I8", format!("{} was deleted here and is back", name(place)))),
        None => Ok(()),
    }
}

/// Nor is it made anew by a run, unasked: `promises` waited before the run; `made`: what it made and sent.
pub fn not_revived(
    promises: &BTreeMap<OperationId, Promise>,
    seen: &Seen,
    made: &[(RecordId, OperationId)],
    ledger: &Ledger,
) -> Check {
    let queued =
        seen.operations.iter().filter(|(_, op)| op.kind == "create").map(|(place, op)| (*place, op.key));
    let creates = |key: &OperationId| ledger.of_key(key.as_uuid()).any(|arrival| arrival.kind == "create");
    let sent =
        made.iter().filter(|(_, key)| creates(key)).map(|(id, key)| ((Collection::History, *id), *key));
    for (place, _) in queued
        .chain(sent)
        .filter(|(place, key)| place.0 == Collection::History && !promises.contains_key(key))
    {
        let mut waited = promises.values().filter(|promise| promise.place == place).peekable();
        if waited.peek().is_some() && waited.all(|promise| !promise.creates) {
            return Err(broken("I8", format!("a run makes {} anew, and nobody said so", name(place))));
        }
    }
    Ok(())
}

/// Nor does it return at the server, but by a creation or by an answer to a question (arrivals from `from` on), as long as
/// the server itself knows of the deletion.
pub fn stays_deleted_there(ledger: &Ledger, from: usize) -> Check {
    for (index, arrival) in ledger.arrivals().iter().enumerate().skip(from) {
        let applied =
            |arrival: &crate::world::ledger::Arrival| arrival.verdict == Verdict::Applied && !arrival.lost;
        if arrival.kind == "create" || arrival.deleted || !applied(arrival) || arrival.version.is_none() {
            continue;
        }
        let before = ledger.arrivals()[..index].iter().rev().find(|elder| {
            applied(elder)
                && (&elder.entity, &elder.id, elder.user) == (&arrival.entity, &arrival.id, arrival.user)
        });
        if before.is_some_and(|elder| elder.deleted && !elder.forgotten) {
            let what = format!("a {} brought a deleted record of {} back", arrival.kind, arrival.entity);
            return Err(broken("I8", what));
        }
    }
    Ok(())
}
