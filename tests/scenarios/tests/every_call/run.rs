//! Killed at every call of a run of sync: opening, marking, sending, every answer, a page, a question, closing.

use super::check::{queue, whole};
use super::prepared::{Facts, Prepared};
use super::{app, before_each_call, tracer};
use foodlens_core::*;
use foodlens_scenarios::{Phone, differences};
use serde_json::Value;
use std::path::Path;

/// What the server has in the end: the records without what differs from run to run, and how many writes took effect
/// under how many keys.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    records: Vec<(String, String, bool, Value)>,
    effects_and_keys: (i64, i64),
}

#[test]
fn a_run_killed_before_any_of_its_calls_loses_nothing_and_doubles_nothing() {
    let prepared = Prepared::new();
    let unharmed = unharmed(&prepared);
    let url = prepared.server.base_url();
    before_each_call(
        "a run of sync",
        |n| {
            let folder = prepared.again();
            (tracer::kill_before_call(n, &mut app(folder.path(), &url, "run")), folder)
        },
        |name, ended, folder| {
            if ended.killed_before.is_none() {
                assert_eq!(ended.printed, ["NeedsPerson"], "only the parked one is left");
            }
            goes_on(name, &prepared, folder.path(), &unharmed);
        },
    );
}

pub fn unharmed(prepared: &Prepared) -> Outcome {
    let folder = prepared.again();
    let phone = prepared.open(folder.path()).unwrap();
    to_the_end("unharmed", prepared, &phone)
}

/// All is there at once, and in the end as if nothing had happened.
pub fn goes_on(name: &str, prepared: &Prepared, folder: &Path, unharmed: &Outcome) {
    let phone = prepared.open(folder).unwrap_or_else(|e| panic!("{name}: {e}"));
    at_once(name, &prepared.facts, &phone);
    assert_eq!(to_the_end(name, prepared, &phone), *unharmed, "{name}");
}

/// Before anything is sent again: all that was stored is visible, and in exactly one place.
fn at_once(name: &str, facts: &Facts, phone: &Phone) {
    whole(name, phone);
    let all = queue(phone, true);
    for before in &facts.queue {
        let now: Vec<_> = all.iter().filter(|op| op.id == before.id).collect();
        // The question about the milk may have been answered: then a decision took the place of its operations.
        let superseded = before.record_id == facts.milk && now.is_empty();
        assert!(now.len() == 1 || superseded, "{name}: {before:?} is there {} times", now.len());
        assert!(now.iter().all(|op| op.position == before.position), "{name}: out of order");
    }
    let parked = all.iter().find(|op| op.id == facts.parked.id);
    assert_eq!(parked.map(|op| op.state), Some(facts.parked.state), "{name}");
    let history = phone.session.history();
    let note = |id| history.get(id).unwrap().content.note;
    assert_eq!(note(facts.changed).as_deref(), Some("changed"), "{name}");
    assert_eq!(note(facts.made).as_deref(), Some("behind its creation"), "{name}");
    assert_eq!(note(facts.parked.record_id).as_deref(), Some("too late"), "{name}");
    assert!(history.get(facts.deleted).is_err(), "{name}: what was deleted is back");
    assert_eq!(phone.session.profile().get().unwrap().content.display_name.as_deref(), Some("Ana"), "{name}");
    assert_eq!(phone.session.settings().get().unwrap().content.language.as_deref(), Some("de"), "{name}");
    phone.session.allergies().get(facts.nuts).unwrap();
    let milk = phone.session.allergies().list().unwrap().entries;
    let milk = milk.iter().find(|shown| shown.id == facts.milk).unwrap();
    assert_eq!(milk.content.notes.as_deref(), Some("behind"), "{name}");
    // Moderate is what this device wants. Severe, while the other's copy is known and nobody has answered.
    let expected = if milk.in_question { Severity::Severe } else { Severity::Moderate };
    assert_eq!(milk.content.severity, Some(expected), "{name}");
}

/// Syncs until nothing moves: the queue is empty but for the one that was parked, and server and phone agree.
fn to_the_end(name: &str, prepared: &Prepared, phone: &Phone) -> Outcome {
    assert_eq!(phone.settle().next, NextStep::NeedsPerson, "{name}");
    let left = queue(phone, false);
    assert_eq!(left.iter().map(|op| op.id).collect::<Vec<_>>(), [prepared.facts.parked.id], "{name}");
    assert!(phone.session.conflicts().unwrap().is_empty(), "{name}");
    phone.session.queue().discard(left[0].position, left[0].id).unwrap();
    let snapshot = prepared.server.snapshot("ana").unwrap();
    let export = phone.session.export_json().unwrap();
    assert_eq!(differences(&export, &snapshot), Vec::<String>::new(), "{name}");
    let mut records: Vec<_> = snapshot.into_iter().map(|r| (r.entity, r.id, r.deleted, r.fields)).collect();
    records.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    Outcome { records, effects_and_keys: prepared.effects_and_keys() }
}
