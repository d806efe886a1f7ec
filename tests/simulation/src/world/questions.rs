//! Answers to questions, and what each says about allergies.

use super::device::Device;
use super::hooks::{Answered, merged};
use super::line::lock;
use super::look::Seen;
use super::people::{Meant, allergen_name, picked};
use crate::invariants::{Broken, broken};
use crate::plan::Side;
use foodlens_core::{
    Collection, Conflict, ErrorKind, MergeAnswer, RecordContent, RecordId, Session, Severity,
};
use std::collections::BTreeSet;

/// A person answers.
pub(super) fn answer(
    device: &mut Device,
    session: &Session,
    pick: u64,
    side: Side,
    as_looked_at: bool,
) -> Result<foodlens_core::Result<()>, Broken> {
    let open = match session.conflicts() {
        Ok(open) => open,
        Err(error) => return Ok(Err(error)),
    };
    let from = if as_looked_at { &device.looked_at } else { &open };
    let Some(shown) = picked(from, pick) else { return Ok(Ok(())) };
    let answer = match side {
        Side::Local => MergeAnswer::KeepLocal,
        Side::Remote => MergeAnswer::KeepRemote,
        Side::Merged => merged(shown),
        Side::Defer => MergeAnswer::Defer,
    };
    let now = open.iter().find(|now| now.id == shown.id);
    let result = session.answer(shown.id, shown.revision, &answer);
    match (&result, now) {
        (Ok(true), None) => return Err(broken("I4", "an answer to a question that is not open was taken")),
        (Ok(true), Some(now)) if now.revision != shown.revision => {
            return Err(broken("I4", "an answer to a question that has moved on was taken"));
        }
        (Err(error), Some(now))
            if *error.kind() == ErrorKind::StaleAnswer && now.revision == shown.revision =>
        {
            return Err(broken("I4", "an answer to a question as it is was refused as stale"));
        }
        _ => {}
    }
    if let Ok(true) = result {
        let answered = Answered { conflict: shown.clone(), answer };
        lock(&device.side.state).answered.push(answered);
    }
    Ok(result.map(drop))
}

/// The records that a question is about.
pub(super) fn places(conflict: &Conflict) -> Vec<(Collection, RecordId)> {
    let sides = [&conflict.base, &conflict.local, &conflict.remote];
    let Some(content) = sides.into_iter().flatten().next() else { return Vec::new() };
    let collection = match content {
        RecordContent::Allergy(_) => Collection::Allergies,
        RecordContent::AllergyList(_) => Collection::AllergyList,
        RecordContent::Profile(_) => Collection::Profile,
        RecordContent::Settings(_) => Collection::Settings,
        RecordContent::History(_) => Collection::History,
    };
    std::iter::once(conflict.record_id).chain(conflict.other_record).map(|id| (collection, id)).collect()
}

/// A question between two records that are not about one allergen any more: a hook is asked several at once, and the answer
/// to another one may have ended this one.
pub(super) fn is_moot(conflict: &Conflict, seen: &Seen) -> bool {
    let allergen = |id: RecordId| {
        let record = seen.records.get(&(Collection::Allergies, id))?;
        record.fields.get("allergen")
    };
    conflict.other_record.is_some_and(|other| allergen(conflict.record_id) != allergen(other))
}

/// What an answer to a question that is moot by now said of those records about its allergen that have its severity: the
/// answer to another one may have come after it.
pub(super) fn before_it_was_moot(
    conflict: &Conflict,
    answer: &MergeAnswer,
    seen: &Seen,
) -> Vec<(RecordId, Meant)> {
    let sides = [&conflict.local, &conflict.remote];
    let Some(RecordContent::Allergy(about)) = sides.into_iter().flatten().next() else { return Vec::new() };
    let entries = seen.list.entries.iter().filter(|entry| entry.content.allergen == about.allergen);
    let ids: BTreeSet<_> =
        entries.flat_map(|entry| std::iter::once(entry.id).chain(entry.linked.iter().copied())).collect();
    let said = meant(conflict, answer, &ids.iter().copied().collect::<Vec<_>>()).into_iter();
    let has_it = |id: &RecordId, meant: &Meant| {
        let severity = seen.severity((Collection::Allergies, *id));
        ids.contains(id) && severity.is_some_and(|rank| *meant == Meant::Severity(rank))
    };
    said.filter(|(id, meant)| has_it(id, meant)).collect()
}

/// The other records about the allergen of a question between two that, as `seen`, say the same as its record: what was
/// answered of the two was answered of them.
pub(super) fn as_well(conflict: &Conflict, seen: &Seen) -> Vec<RecordId> {
    if conflict.other_record.is_none() {
        return Vec::new();
    }
    let severity = |id: RecordId| {
        seen.records.get(&(Collection::Allergies, id)).map(|record| record.fields.get("severity"))
    };
    let asked = |id: &RecordId| *id == conflict.record_id || Some(*id) == conflict.other_record;
    let entry = |entry: &&foodlens_core::Allergy| {
        entry.id == conflict.record_id || entry.linked.contains(&conflict.record_id)
    };
    let entries: Vec<_> = seen.list.entries.iter().filter(entry).collect();
    // In doubt about its allergen, it is in two entries: the answer is about the allergen that it has here.
    let allergen = |id: RecordId| {
        seen.records.get(&(Collection::Allergies, id)).map(|record| record.fields.get("allergen"))
    };
    let same = |id: &RecordId| entries.len() == 1 || allergen(*id) == allergen(conflict.record_id);
    let ids = entries.iter().flat_map(|entry| std::iter::once(entry.id).chain(entry.linked.iter().copied()));
    let said = |id: &RecordId| !asked(id) && same(id) && severity(*id) == severity(conflict.record_id);
    ids.filter(said).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What an answer says. Put off, it says nothing. `as_well`: other records of which it says the same.
pub(super) fn meant(
    conflict: &Conflict,
    answer: &MergeAnswer,
    as_well: &[RecordId],
) -> Vec<(RecordId, Meant)> {
    let chosen = match answer {
        MergeAnswer::KeepLocal => conflict.local.as_ref(),
        MergeAnswer::KeepRemote => conflict.remote.as_ref(),
        MergeAnswer::Merged(content) => Some(content),
        MergeAnswer::Defer => return Vec::new(),
    };
    let about_allergies = places(conflict).first().is_some_and(|place| place.0 == Collection::Allergies);
    match chosen {
        _ if !about_allergies => Vec::new(),
        None => vec![(conflict.record_id, Meant::Gone)],
        Some(RecordContent::Allergy(content)) => {
            let rank = Severity::rank(content.severity.as_ref());
            let ids = std::iter::once(conflict.record_id).chain(conflict.other_record);
            let ids = ids.chain(as_well.iter().copied());
            let mut said: Vec<_> = ids.map(|id| (id, Meant::Severity(rank))).collect();
            if conflict.other_record.is_none() {
                said.push((conflict.record_id, Meant::Allergen(allergen_name(&content.allergen))));
            }
            said
        }
        Some(_) => Vec::new(),
    }
}
