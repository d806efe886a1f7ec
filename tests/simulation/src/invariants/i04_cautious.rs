//! I4: an allergen that no person removed stays effective on every device that has heard of it, as severe as anybody has
//! said who was not answered since.

use super::{Check, broken};
use crate::model::{EventId, Events};
use crate::world::backend::short;
use crate::world::look::Seen;
use crate::world::people::allergen_name;
use foodlens_core::{Allergy, RecordId, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// `all`: what the file has heard of each record.
pub fn cautious(seen: &Seen, events: &Events, all: &BTreeMap<RecordId, BTreeSet<EventId>>) -> Check {
    for (record, known) in all {
        let due = events.due(known);
        if !due.is_there {
            continue;
        }
        let entries: Vec<_> = seen
            .list
            .entries
            .iter()
            .filter(|entry| entry.id == *record || entry.linked.contains(record))
            .collect();
        let id = short(record.as_uuid());
        let names_it = |entry: &Allergy, name: &str| allergen_name(&entry.content.allergen) == name;
        // What somebody has said of the other record is due there.
        let is_said = |entry: &Allergy| {
            let mut ids = std::iter::once(entry.id).chain(entry.linked.iter().copied());
            ids.any(|id| id != *record && all.get(&id).is_some_and(|known| events.say_a_severity(known)))
        };
        let is_in_another = |name: &str, rank: u8| {
            let as_severe = |entry: &Allergy| Severity::rank(entry.content.severity.as_ref()) >= rank;
            let mut others = seen.list.entries.iter().filter(|entry| names_it(entry, name));
            others.any(|entry| as_severe(entry) || is_said(entry))
                || all.iter().any(|(other, known)| other != record && events.is_removed_as(known, name))
        };
        if entries.is_empty() {
            // Of two records about one allergen, the other one may say all that is due; so may one that was made where two
            // allergens had to stay and nobody was asked.
            let last = due.last_name.as_deref();
            let elsewhere = |rank: u8, name: Option<&str>| name.is_some_and(|name| is_in_another(name, rank));
            let is_due_elsewhere = if due.names.is_empty() {
                elsewhere(due.rank, last)
            } else {
                due.names.iter().all(|(name, rank)| is_in_another(name, *rank))
                    && due.severities.iter().all(|(rank, name)| elsewhere(*rank, name.as_deref().or(last)))
            };
            if is_due_elsewhere {
                continue;
            }
            return Err(broken("I4", format!("allergy {id} is gone, and nobody removed it: {due:?}")));
        }
        let rank =
            entries.iter().map(|entry| Severity::rank(entry.content.severity.as_ref())).max().unwrap_or(0);
        // Where two allergens must stay and nobody is asked, the other one has a record of its own, and a severity that was
        // said of it.
        let is_met = |due: u8, name: Option<&str>| {
            let elsewhere =
                |name: &str| !entries.iter().any(|entry| names_it(entry, name)) && is_in_another(name, due);
            rank >= due || name.is_some_and(elsewhere)
        };
        if due.severities.iter().any(|(due, name)| !is_met(*due, name.as_deref())) {
            return Err(broken("I4", format!("allergy {id} is shown with severity {rank}, due is {due:?}")));
        }
        let is_shown = |name: &str, rank: u8| {
            entries.iter().any(|entry| names_it(entry, name)) || is_in_another(name, rank)
        };
        if let Some((missing, _)) = due.names.iter().find(|(name, rank)| !is_shown(name, *rank)) {
            let names: BTreeSet<_> =
                entries.iter().map(|entry| allergen_name(&entry.content.allergen)).collect();
            return Err(broken("I4", format!("allergy {id} is not shown as {missing}, but as {names:?}")));
        }
    }
    Ok(())
}
