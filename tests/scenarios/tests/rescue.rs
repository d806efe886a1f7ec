//! When all else fails: every unsent write in one text, and back into a fresh installation.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::sync::Arc;
use std::time::Duration;

fn same(phone: &Phone, backend: &Backend) {
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

#[test]
fn unsent_writes_move_to_a_fresh_installation_and_take_effect_once() {
    let backend = Backend::start().unwrap();
    let old = Phone::new(&backend.url(), "ana");
    let allergies = old.session.allergies();
    let allergy = allergies.add(&AllergyContent::new(Allergen::Eu(EuAllergen::Nuts))).unwrap();
    let kept = old.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    old.settle();
    // Unsent: an edit of a known allergy, a new entry, an edit of it, a deletion; the last two maybe sent already.
    let shown = allergies.get(allergy).unwrap();
    allergies
        .update(&shown, &AllergyContent { severity: Some(Severity::Severe), ..shown.content.clone() })
        .unwrap();
    old.session.history().delete(kept).unwrap();
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::CommitThenSilence { after: None }));
    let _ = old.sync();
    let new = old.session.history().add(&HistoryContent::new(HistoryKind::Meal, 2)).unwrap();
    let shown = old.session.history().get(new).unwrap();
    let noted = HistoryContent { note: Some("unsent".into()), ..shown.content.clone() };
    old.session.history().update(&shown, &noted).unwrap();
    let text = old.session.rescue_export().unwrap();
    assert_eq!(old.session.queue().counts().unwrap().pending, 4, "an export takes nothing away");

    let fresh = Phone::new(&backend.url(), "ana");
    let report = fresh.session.rescue_import(&text).unwrap();
    assert_eq!(report, RescueReport { imported: 4, already_there: 0, unreadable: 0 });
    assert_eq!(
        fresh.session.allergies().get(allergy).unwrap().content.severity,
        Some(Severity::Severe),
        "whole, before any sync"
    );
    assert_eq!(fresh.session.rescue_import(&text).unwrap().already_there, 4);
    assert_eq!(fresh.settle().next, NextStep::Done);
    assert_eq!(fresh.session.rescue_import(&text).unwrap().already_there, 4, "receipts know them too");
    assert_eq!(fresh.session.history().get(new).unwrap().content, noted);
    assert!(fresh.session.history().get(kept).is_err());
    same(&fresh, &backend);
    // The old installation comes back to life: its own copies are duplicates by their keys.
    let applied = backend.server.stats().applied;
    assert_eq!(old.settle().next, NextStep::Done);
    assert_eq!(backend.server.stats().applied, applied);
    same(&old, &backend);
}

#[test]
fn a_rescued_edit_of_what_another_device_has_deleted_is_asked_about_there_too() {
    const DAY: i64 = 86_400_000;
    let backend = Backend::start().unwrap();
    let new = || {
        let month = Duration::from_secs(30 * 86_400);
        let options = PhoneOptions {
            configure: Some(Arc::new(move |config: &mut Config| config.stale_after = Some(month))),
            ..Default::default()
        };
        Phone::with_options(&backend.url(), "ana", options)
    };
    let (old, other) = (new(), Phone::new(&backend.url(), "ana"));
    let id = old.session.allergies().add(&AllergyContent::new(Allergen::Eu(EuAllergen::Nuts))).unwrap();
    old.settle();
    other.settle();
    let shown = old.session.allergies().get(id).unwrap();
    let severe = AllergyContent { severity: Some(Severity::Severe), ..shown.content.clone() };
    old.session.allergies().update(&shown, &severe).unwrap();
    other.session.allergies().remove(id).unwrap();
    other.settle();
    old.clock.advance_ms(31 * DAY);
    assert_eq!(old.settle().next, NextStep::NeedsPerson);
    assert_eq!(old.session.conflicts().unwrap().len(), 1);

    let fresh = new();
    fresh.clock.advance_ms(31 * DAY);
    fresh.session.rescue_import(&old.session.rescue_export().unwrap()).unwrap();
    assert_eq!(fresh.settle().next, NextStep::NeedsPerson);
    let question = fresh.session.conflicts().unwrap().remove(0);
    assert_eq!((question.record_id, question.remote), (id, None));
    fresh.session.answer(question.id, question.revision, &MergeAnswer::KeepLocal).unwrap();
    assert_eq!(fresh.settle().next, NextStep::Done);
    other.settle();
    assert_eq!(other.session.allergies().get(id).unwrap().content, severe, "its allergen, too");
    same(&fresh, &backend);
}

#[test]
fn another_users_text_and_other_texts_are_refused_and_a_spoilt_operation_is_counted() {
    let phone = Phone::new("http://127.0.0.1:9", "ana");
    phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    let text = phone.session.rescue_export().unwrap();
    let ben = Phone::new("http://127.0.0.1:9", "ben");
    assert_eq!(*ben.session.rescue_import(&text).unwrap_err().kind(), ErrorKind::WrongAccount);
    for other in ["", "{}", &text.replace("foodlens-unsent", "else"), &text[..text.len() / 2]] {
        assert_eq!(*ben.session.rescue_import(other).unwrap_err().kind(), ErrorKind::RescueFormat);
    }
    let mut spoilt: serde_json::Value = serde_json::from_str(&text).unwrap();
    let good = spoilt["operations"][0].clone();
    spoilt["operations"] = serde_json::json!([{"key": 7}, null, good]);
    let fresh = Phone::new("http://127.0.0.1:9", "ana");
    let report = fresh.session.rescue_import(&spoilt.to_string()).unwrap();
    assert_eq!((report.imported, report.unreadable), (1, 2));
    assert_eq!(fresh.session.history().count().unwrap(), 1);
}
