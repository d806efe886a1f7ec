//! One id for one record, whatever becomes of it: made, deleted and made again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, all_agree};

/// An old app's export: the same id on every device that takes it over.
const EXPORT: &str = r#"{"format":"foodlens-legacy","version":1,
    "history":[{"legacy_id":"1","kind":"scan","occurred_at":5,"product_name":"Oats"}],
    "allergies":[{"legacy_id":"1","allergen":{"code":"milk"},"severity":"severe"}]}"#;

#[test]
fn made_on_two_devices_under_one_id_is_one_record() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    for phone in [&a, &b] {
        phone.session.import_legacy(EXPORT).unwrap();
    }
    for phone in [&a, &b, &a] {
        assert_eq!(phone.settle().next, NextStep::Done);
    }
    assert_eq!(a.session.history().count().unwrap(), 1);
    assert_eq!(a.session.allergies().list().unwrap().entries.len(), 1);
    all_agree(&[&a, &b], &backend);
}

#[test]
fn what_was_deleted_does_not_return_by_an_import_elsewhere_nor_by_an_edit_of_it() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    a.session.import_legacy(EXPORT).unwrap();
    a.settle();
    let scan = a.session.history().page(None, 1).unwrap().entries.remove(0);
    a.session.history().delete(scan.id).unwrap();
    a.settle();
    // The other phone makes the same record anew without knowing, and a person changes it there: nothing that was deleted
    // returns by itself.
    b.session.import_legacy(EXPORT).unwrap();
    let shown = b.session.history().get(scan.id).unwrap();
    let noted = HistoryContent { note: Some("mine".into()), ..shown.content.clone() };
    b.session.history().update(&shown, &noted).unwrap();
    assert_eq!(b.settle().next, NextStep::NeedsPerson);
    a.settle();
    assert_eq!(a.session.history().count().unwrap(), 0);
    let parked = b.session.queue().list(QueueFilter::Failed, 0, 5).unwrap().remove(0);
    assert_eq!((parked.state, parked.record_id), (OperationState::Failed(FailureReason::Gone), scan.id));
    // A person who has seen that it is gone lets it go.
    b.session.queue().discard(parked.position, parked.id).unwrap();
    assert_eq!(b.settle().next, NextStep::Done);
    a.settle();
    assert_eq!(b.session.history().count().unwrap(), 0);
    all_agree(&[&a, &b], &backend);
}
