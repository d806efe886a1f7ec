//! The backend knows a write's key with another body: a copy of the queue was there first. The write goes again under a key
//! of its own, and no person has to see to that.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, SECRET, differences};
use serde_json::json;

/// Whoever was there first: a write of the same record under the same key, with other fields.
fn takes_the_key(backend: &Backend, path: &str, key: OperationId, fields: &serde_json::Value) {
    let token = foodlens_server::mint_token(SECRET, "ana", 60).unwrap();
    let answer = ureq::put(format!("{}/v1/me/{path}", backend.url()))
        .header("authorization", format!("Bearer {token}"))
        .header("idempotency-key", key.as_uuid().to_string())
        .content_type("application/json")
        .send(fields.to_string())
        .unwrap();
    assert!(answer.status().is_success());
}

fn waiting(phone: &Phone) -> Vec<QueuedOperation> {
    phone.session.queue().list(QueueFilter::Unsent, 0, 10).unwrap()
}

fn agrees(phone: &Phone, backend: &Backend) {
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

#[test]
fn an_entry_goes_again_under_a_new_key_and_is_there_once() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let entry = HistoryContent { note: Some("mine".into()), ..HistoryContent::new(HistoryKind::Scan, 1) };
    let id = phone.session.history().add(&entry).unwrap();
    let key = waiting(&phone)[0].id;
    let theirs = json!({"kind": "scan", "occurred_at": 1, "note": "of the copy"});
    takes_the_key(&backend, &format!("history/{}", id.as_uuid()), key, &theirs);

    assert!(matches!(phone.sync().next, NextStep::RetryAt(_)));
    let again = waiting(&phone).remove(0);
    assert_eq!((again.state, again.attempts), (OperationState::Pending, 1));
    assert_ne!(again.id, key);
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!(backend.server.snapshot("ana").unwrap().len(), 1);
    assert_eq!(phone.session.history().get(id).unwrap().content.note.as_deref(), Some("mine"));
    agrees(&phone, &backend);
}

#[test]
fn where_the_copy_said_another_severity_a_person_is_asked() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let milk = AllergyContent {
        severity: Some(Severity::Severe),
        ..AllergyContent::new(Allergen::Eu(EuAllergen::Milk))
    };
    let id = phone.session.allergies().add(&milk).unwrap();
    let key = waiting(&phone).into_iter().find(|one| one.record_id == id).unwrap().id;
    let theirs = json!({"allergen": {"code": "eu.milk"}, "severity": "mild"});
    takes_the_key(&backend, &format!("allergies/{}", id.as_uuid()), key, &theirs);

    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    let open = phone.session.conflicts().unwrap().remove(0);
    assert_eq!(phone.session.allergies().get(id).unwrap().content.severity, Some(Severity::Severe));
    phone.session.answer(open.id, open.revision, &MergeAnswer::KeepLocal).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    agrees(&phone, &backend);
}

#[test]
fn a_key_that_is_taken_every_time_is_tried_no_oftener_than_anything_else() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let id = phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    for tries in 0..10 {
        let next = waiting(&phone).remove(0);
        assert_eq!((next.state, next.attempts), (OperationState::Pending, tries));
        let theirs = json!({"kind": "scan", "occurred_at": 1, "note": tries.to_string()});
        takes_the_key(&backend, &format!("history/{}", id.as_uuid()), next.id, &theirs);
        phone.clock.advance_ms(3_600_000);
        let _ = phone.sync();
    }
    let parked = waiting(&phone).remove(0);
    assert_eq!(parked.state, OperationState::Failed(FailureReason::Invalid));
    assert_eq!(parked.server_code.as_deref(), Some("key_reused"));
    phone.session.queue().retry(parked.position, parked.id).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    agrees(&phone, &backend);
}
