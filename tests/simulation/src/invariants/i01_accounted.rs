//! I1: every accepted write is on the server, queued, parked and visible, in a question, superseded by the same user, or
//! discarded by an explicit call.

use super::{Check, broken, name};
use crate::model::Promise;
use crate::world::ledger::{Arrival, Ledger, Verdict};
use crate::world::look::{Place, Seen, SeenOperation};
use foodlens_core::{Collection, OperationId, RecordId};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a person did in a step, as far as it may take an operation out of the queue.
#[derive(Debug, Clone, Default)]
pub struct Why {
    /// Edited these records: what was never sent may have been folded, what was refused replaced.
    pub edited: BTreeSet<Place>,
    /// Answered a question about these, themselves or by the hook.
    pub answered: BTreeSet<Place>,
    /// Gave these up.
    pub discarded: BTreeSet<OperationId>,
    /// Made and sent within the step's run.
    pub on_the_way: Vec<(RecordId, OperationId)>,
    /// A question may be decided by the more cautious side.
    pub safe_merge: bool,
    /// There were questions about these.
    pub asked: BTreeSet<Place>,
}

/// Checks what is not in the queue any more.
pub fn accounted(
    promises: &BTreeMap<OperationId, Promise>,
    seen: &Seen,
    ledger: &Ledger,
    why: &Why,
) -> Check {
    let queued: BTreeSet<_> = seen.operations.iter().map(|(_, operation)| operation.key).collect();
    for (key, promise) in promises.iter().filter(|(key, _)| !queued.contains(key)) {
        if !is_accounted(*key, promise, promises, seen, ledger, why) {
            let said: Vec<_> = ledger.of_key(key.as_uuid()).map(|arrival| arrival.verdict).collect();
            let what = format!("a write of {} left the queue; the server said {said:?}", name(promise.place));
            return Err(broken("I1", what));
        }
    }
    Ok(())
}

fn is_accounted(
    key: OperationId,
    promise: &Promise,
    promises: &BTreeMap<OperationId, Promise>,
    seen: &Seen,
    ledger: &Ledger,
    why: &Why,
) -> bool {
    let place = promise.place;
    let verdicts = || ledger.of_key(key.as_uuid()).map(|arrival| arrival.verdict);
    let (collection, _) = place;
    let asks = matches!(collection, Collection::Allergies | Collection::AllergyList);
    // A question is about all that waits for its record.
    let of_record = || promises.iter().filter(|(_, other)| other.place == place).map(|(key, _)| key);
    let arrivals = of_record().flat_map(|key| ledger.of_key(key.as_uuid()));
    let conflicted = arrivals.map(|arrival| arrival.verdict).any(|verdict| verdict == Verdict::Conflict);
    let deletion_of_nothing = || {
        let mut arrivals = ledger.of_key(key.as_uuid());
        arrivals.any(|arrival| arrival.kind == "delete" && arrival.verdict == Verdict::Rejected)
    };
    verdicts().any(|verdict| matches!(verdict, Verdict::Applied | Verdict::Duplicate))
        || why.discarded.contains(&key)
        // Never sent, or certainly refused: the person's own later edit takes its place.
        || why.edited.contains(&place)
            && (promise.parked || !promise.attempted)
            && verdicts().all(|verdict| verdict != Verdict::Deferred)
        || why.answered.contains(&place)
        // A backend that was set back has lost what the question was about: it is decided by the more cautious side.
        || why.asked.contains(&place) && ledger.has_lost(place)
        || promise.yields
        || promise.parked && goes_again(promise, promises, seen, why)
        || deletion_of_nothing()
        || asks && promise.payload.is_none() && was_gone(promise, promises, ledger)
        // Merged with the server's copy: what follows carries it on, or the server says the same, see I4 and I11.
        || asks && (why.safe_merge || conflicted || seen.waiting(place).next().is_some() || is_so(promise, promises, seen))
}

/// The server said to a write before it that the record is deleted, if only in an answer that it repeated.
fn was_gone(promise: &Promise, promises: &BTreeMap<OperationId, Promise>, ledger: &Ledger) -> bool {
    let elders =
        promises.iter().filter(|(_, elder)| elder.place == promise.place && elder.turn < promise.turn);
    let said_so = |arrival: &Arrival| arrival.verdict == Verdict::Conflict && arrival.deleted;
    elders.flat_map(|(key, _)| ledger.of_key(key.as_uuid())).any(said_so)
}

/// What was refused for certain goes again under another key.
fn goes_again(promise: &Promise, promises: &BTreeMap<OperationId, Promise>, seen: &Seen, why: &Why) -> bool {
    let mut new = seen.waiting(promise.place).filter(|operation| !promises.contains_key(&operation.key));
    let is_same = |operation: &SeenOperation| match &promise.payload {
        Some(payload) => *payload == operation.payload,
        None => operation.kind == "delete",
    };
    new.any(is_same) || why.on_the_way.iter().any(|(record, _)| *record == promise.place.1)
}

/// The record is as the write wanted it, but for what a later write of the same user says: the server was told the same by
/// another device.
fn is_so(promise: &Promise, promises: &BTreeMap<OperationId, Promise>, seen: &Seen) -> bool {
    let later =
        || promises.values().filter(|other| other.place == promise.place && other.turn > promise.turn);
    let overtaken = |field: &str| {
        later().any(|other| other.payload.as_ref().is_none_or(|payload| payload.contains_key(field)))
    };
    if promise.payload.is_none() && later().next().is_some() {
        return true;
    }
    match (seen.records.get(&promise.place), &promise.payload) {
        (None, payload) => payload.is_none() || later().any(|other| other.payload.is_none()),
        (Some(record), None) => record.deleted,
        (Some(record), Some(payload)) => payload
            .iter()
            .filter(|(field, _)| !overtaken(field))
            .all(|(field, value)| record.fields.get(field).unwrap_or(&serde_json::Value::Null) == value),
    }
}

/// What was imported takes the place of nothing that the account knew (arrivals from `from` on).
pub fn imports_yield(ledger: &Ledger, imported: &BTreeSet<Uuid>, from: usize) -> Check {
    let mut arrivals = ledger.arrivals()[from..].iter();
    let insists = |arrival: &&Arrival| {
        arrival.verdict == Verdict::Applied && arrival.replaced && imported.contains(&arrival.key)
    };
    match arrivals.find(insists) {
        Some(arrival) => {
            let what = format!("old data replaced what the account knew of a record of {}", arrival.entity);
            Err(broken("I1", what))
        }
        None => Ok(()),
    }
}
