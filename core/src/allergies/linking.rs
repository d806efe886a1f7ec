//! One allergen, several records: made on two devices, or twice by hand. They stay records of their own and are one entry
//! of the list; where they differ in severity, a person is asked, and the higher one is shown until then.

use super::effective::{self, more_severe};
use super::model::{Allergen, Allergy, AllergyContent};
use super::repository::waiting;
use super::wire::SPEC;
use crate::collection::Collection;
use crate::error::Result;
use crate::ids::RecordId;
use crate::merge::{self, conflicts};
use crate::records::{self, Row, Writer};
use crate::skeleton::skeleton;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Rows read at once; allergies are few.
const PAGE: u32 = 500;

/// What makes two allergies the same: the code, or the skeleton of a person's words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Fingerprint {
    Code(String),
    Words(String),
}

fn fingerprint(allergen: &Allergen) -> Fingerprint {
    match allergen {
        Allergen::Eu(allergen) => Fingerprint::Code(allergen.code().to_owned()),
        Allergen::Unrecognised(code) => Fingerprint::Code(code.clone()),
        Allergen::Custom(words) => Fingerprint::Words(skeleton(words)),
    }
}

/// Makes one entry of those about the same allergen. The eldest record gives its id and speaks first; the others add what
/// it does not say. Pure.
pub(super) fn link(entries: Vec<Allergy>) -> Vec<Allergy> {
    let mut linked: Vec<(Fingerprint, Allergy)> = Vec::with_capacity(entries.len());
    for entry in entries {
        let print = fingerprint(&entry.content.allergen);
        match linked.iter_mut().find(|(known, _)| *known == print) {
            Some((_, known)) => *known = join(known.clone(), entry),
            None => linked.push((print, entry)),
        }
    }
    linked.into_iter().map(|(_, entry)| entry).collect()
}

fn join(one: Allergy, other: Allergy) -> Allergy {
    let (first, second) = if one.id <= other.id { (one, other) } else { (other, one) };
    let in_question =
        first.in_question || second.in_question || first.content.severity != second.content.severity;
    let mut reactions = first.content.reactions;
    for reaction in second.content.reactions {
        if !reactions.iter().any(|known| skeleton(known) == skeleton(&reaction)) {
            reactions.push(reaction);
        }
    }
    let content = AllergyContent {
        allergen: first.content.allergen,
        severity: more_severe(first.content.severity, second.content.severity),
        reactions,
        diagnosed_on: first.content.diagnosed_on.or(second.content.diagnosed_on),
        source: first.content.source.or(second.content.source),
        notes: first.content.notes.or(second.content.notes),
    };
    let mut ids = first.linked;
    ids.push(second.id);
    ids.extend(second.linked);
    ids.sort();
    ids.dedup();
    ids.retain(|id| *id != first.id);
    Allergy { id: first.id, content, linked: ids, in_question, sync: first.sync.or_more_urgent(second.sync) }
}

pub(super) fn same_allergen(one: &Allergen, other: &Allergen) -> bool {
    fingerprint(one) == fingerprint(other)
}

/// The records about an allergen but this one, deleted ones not counted.
pub(super) fn twins(conn: &Connection, but: RecordId, allergen: &Allergen) -> Result<Vec<Row>> {
    let print = fingerprint(allergen);
    let rows = all(conn)?;
    Ok(rows.into_iter().filter(|other| other.id != but && print_of(other) == print).collect())
}

/// Whether this device says that the record is about this allergen.
pub(super) fn is_about(row: &Row, allergen: &Allergen) -> bool {
    print_of(row) == fingerprint(allergen)
}

/// The records but this one that are shown in the entry of an allergen: also those that only the other side of a question
/// is about.
pub(super) fn shown_with(conn: &Connection, but: RecordId, allergen: &Allergen) -> Result<Vec<Row>> {
    let mut found = Vec::new();
    for row in all(conn)?.into_iter().filter(|row| row.id != but) {
        let shown = effective::entries(&row, &waiting(conn, &row)?);
        if shown.iter().any(|entry| same_allergen(&entry.content.allergen, allergen)) {
            found.push(row);
        }
    }
    Ok(found)
}

/// The records about the same allergen as this one, itself among them, deleted ones not counted; none when it is deleted.
pub(crate) fn linked(conn: &Connection, id: RecordId) -> Result<Vec<Row>> {
    let Some(row) = records::get(conn, &SPEC, id)?.filter(|row| !row.deleted) else { return Ok(Vec::new()) };
    let twins = twins(conn, id, &AllergyContent::from_fields(&row.body).allergen)?;
    Ok(std::iter::once(row).chain(twins).collect())
}

fn print_of(row: &Row) -> Fingerprint {
    fingerprint(&AllergyContent::from_fields(&row.body).allergen)
}

/// Every record, deleted ones not counted.
pub(crate) fn all(conn: &Connection) -> Result<Vec<Row>> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let (page, unreadable) = records::list(conn, &SPEC, after, PAGE, false)?;
        let is_last = records::is_last(page.len(), unreadable, PAGE);
        after = page.last().map(|(_, last)| *last);
        rows.extend(page.into_iter().map(|(row, _)| row));
        if is_last {
            return Ok(rows);
        }
    }
}

/// Asks about every two records of one allergen that differ in severity, rebuilds the questions whose sides moved on, and
/// ends those that are none any more. Part of every write that touches allergies.
pub(crate) fn ask(writer: &mut Writer<'_>) -> Result<()> {
    let mut groups: BTreeMap<Fingerprint, Vec<Row>> = BTreeMap::new();
    for row in all(writer.tx)? {
        groups.entry(print_of(&row)).or_default().push(row);
    }
    let mut wanted = Vec::new();
    for mut group in groups.into_values().filter(|group| group.len() > 1) {
        group.sort_by_key(|row| row.id);
        let mut rows = group.into_iter();
        if let Some(eldest) = rows.next() {
            let differing = rows.filter(|row| row.body.get("severity") != eldest.body.get("severity"));
            wanted.extend(differing.map(|other| (eldest.clone(), other)));
        }
    }
    let pairs: Vec<(RecordId, RecordId)> = wanted.iter().map(|(one, other)| (one.id, other.id)).collect();
    for open in conflicts::open(writer.tx, false)? {
        if open.collection == Collection::Allergies
            && open.other_id.is_some_and(|other| !pairs.contains(&(open.record_id, other)))
        {
            merge::close(writer, &open)?;
        }
    }
    wanted.iter().try_for_each(|(one, other)| merge::raise_between(writer, &SPEC, one, other))
}

#[cfg(test)]
mod tests {
    use super::super::model::{EuAllergen, Severity};
    use super::*;
    use crate::records::{SyncInfo, SyncState};

    fn entry(id: u128, allergen: Allergen, severity: Option<Severity>) -> Allergy {
        let sync = SyncInfo {
            state: SyncState::Synced,
            pending_operation: None,
            last_error: None,
            version: None,
            server_id: None,
            created_at: 0,
            updated_at: 0,
        };
        Allergy {
            id: uuid::Uuid::from_u128(id).into(),
            content: AllergyContent { severity, ..AllergyContent::new(allergen) },
            linked: Vec::new(),
            in_question: false,
            sync,
        }
    }

    #[test]
    fn one_allergen_is_one_entry_with_the_higher_severity_whatever_the_order() {
        let words = |text: &str| Allergen::Custom(text.into());
        let entries = vec![
            entry(3, words("KIWI\u{200b}"), Some(Severity::Severe)),
            entry(1, words("Kiwi"), Some(Severity::Mild)),
            entry(2, Allergen::Eu(EuAllergen::Milk), None),
            entry(4, words("kiwi"), Some(Severity::Mild)),
        ];
        let mut backwards = entries.clone();
        backwards.reverse();
        for entries in [entries, backwards] {
            let list = link(entries);
            assert_eq!(list.len(), 2);
            let kiwi = list.iter().find(|entry| entry.id == uuid::Uuid::from_u128(1).into()).unwrap();
            assert_eq!(kiwi.content.allergen, words("Kiwi"), "as the eldest record writes it");
            assert_eq!((&kiwi.content.severity, kiwi.in_question), (&Some(Severity::Severe), true));
            assert_eq!(kiwi.linked, [3, 4].map(|id| uuid::Uuid::from_u128(id).into()));
        }
    }

    #[test]
    fn what_one_record_does_not_say_the_other_adds() {
        let mut one = entry(1, Allergen::Eu(EuAllergen::Eggs), Some(Severity::Mild));
        let mut other = entry(2, Allergen::Eu(EuAllergen::Eggs), Some(Severity::Mild));
        one.content.reactions = vec!["Hives".into()];
        other.content.reactions = vec!["hives".into(), "cough".into()];
        other.content.notes = Some("since school".into());
        let list = link(vec![one, other]);
        assert_eq!(list[0].content.reactions, ["Hives", "cough"]);
        assert_eq!((list[0].content.notes.as_deref(), list[0].in_question), (Some("since school"), false));
    }
}
