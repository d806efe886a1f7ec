//! The backend was restored from a backup and has lost what it had acknowledged since.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use std::sync::Arc;
use std::time::Duration;

fn milk(severity: Severity) -> AllergyContent {
    let mut content = AllergyContent::new(Allergen::Eu(EuAllergen::Milk));
    content.severity = Some(severity);
    content
}

fn change_severity(phone: &Phone, id: RecordId, severity: Severity) {
    let shown = phone.session.allergies().get(id).unwrap();
    phone.session.allergies().update(&shown, &milk(severity)).unwrap();
}

fn severities(phone: &Phone) -> Vec<Option<Severity>> {
    let list = phone.session.allergies().list().unwrap();
    list.entries.into_iter().map(|entry| entry.content.severity).collect()
}

fn at_the_server(backend: &Backend, phone: &Phone) {
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
}

/// What has waited for an hour is not sent unasked.
fn asking_after_an_hour() -> PhoneOptions {
    let hour = Duration::from_secs(3_600);
    PhoneOptions {
        configure: Some(Arc::new(move |config: &mut Config| config.stale_after = Some(hour))),
        ..Default::default()
    }
}

#[test]
fn an_allergy_that_the_server_lost_it_gets_back_unasked() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.settle();
    let backend = backend.backed_up().unwrap();
    phone.session.allergies().add(&milk(Severity::Severe)).unwrap();
    let named = ProfileContent { display_name: Some("Ana".into()), ..Default::default() };
    phone.session.profile().update(&ProfileContent::default(), &named).unwrap();
    phone.settle();
    let backend = backend.restored().unwrap();
    assert_eq!(phone.sync().next, NextStep::Done, "in the run that met the other life");
    let other = Phone::new(&backend.url(), "ana");
    other.settle();
    assert_eq!(severities(&other), [Some(Severity::Severe)]);
    assert_eq!(other.session.profile().get().unwrap().content, named);
    assert_eq!(other.session.allergies().list().unwrap().state, ListState::Listed);
    at_the_server(&backend, &phone);
    assert_eq!(phone.session.conflicts().unwrap(), []);
}

#[test]
fn a_severity_that_the_server_lost_does_not_fall_unasked() {
    let backend = Backend::start().unwrap();
    let (phone, other) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let id = phone.session.allergies().add(&milk(Severity::Mild)).unwrap();
    phone.settle();
    other.settle();
    let backend = backend.backed_up().unwrap();
    change_severity(&phone, id, Severity::LifeThreatening);
    phone.settle();
    let backend = backend.restored().unwrap();
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    assert_eq!(severities(&phone), [Some(Severity::LifeThreatening)]);
    let questions = phone.session.conflicts().unwrap();
    let side = |content: &Option<RecordContent>| match content {
        Some(RecordContent::Allergy(allergy)) => allergy.severity.clone(),
        _ => panic!("no allergy"),
    };
    assert_eq!(side(&questions[0].local), Some(Severity::LifeThreatening));
    assert_eq!(side(&questions[0].remote), Some(Severity::Mild));
    phone.session.answer(questions[0].id, questions[0].revision, &MergeAnswer::KeepLocal).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    other.settle();
    assert_eq!(severities(&other), [Some(Severity::LifeThreatening)]);
    at_the_server(&backend, &phone);
}

#[test]
fn a_severity_that_was_taken_back_does_not_fall_unasked_either() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let id = phone.session.allergies().add(&milk(Severity::Mild)).unwrap();
    phone.settle();
    let backend = backend.backed_up().unwrap();
    let shown = phone.session.allergies().get(id).unwrap();
    let unstated = AllergyContent { severity: None, ..shown.content.clone() };
    phone.session.allergies().update(&shown, &unstated).unwrap();
    phone.settle();
    let backend = backend.restored().unwrap();
    assert_eq!(phone.settle().next, NextStep::NeedsPerson, "it may be worse than mild");
    assert_eq!(severities(&phone), [None]);
    let questions = phone.session.conflicts().unwrap();
    phone.session.answer(questions[0].id, questions[0].revision, &MergeAnswer::KeepLocal).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    let other = Phone::new(&backend.url(), "ana");
    other.settle();
    assert_eq!(severities(&other), [None]);
    at_the_server(&backend, &phone);
}

#[test]
fn an_edit_that_waits_does_not_hide_what_was_lost_under_it() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let id = phone.session.allergies().add(&milk(Severity::Mild)).unwrap();
    phone.settle();
    let backend = backend.backed_up().unwrap();
    change_severity(&phone, id, Severity::Severe);
    phone.settle();
    let shown = phone.session.allergies().get(id).unwrap();
    let noted = AllergyContent { notes: Some("unsent".into()), ..shown.content.clone() };
    phone.session.allergies().update(&shown, &noted).unwrap();
    let backend = backend.restored().unwrap();
    phone.settle();
    assert_eq!(severities(&phone), [Some(Severity::Severe)]);
    let questions = phone.session.conflicts().unwrap();
    phone.session.answer(questions[0].id, questions[0].revision, &MergeAnswer::KeepLocal).unwrap();
    phone.settle();
    assert_eq!(phone.session.allergies().get(id).unwrap().content, noted);
    at_the_server(&backend, &phone);
}

#[test]
fn a_backend_that_has_lost_nothing_is_sent_nothing() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.session.allergies().add(&milk(Severity::Severe)).unwrap();
    phone.settle();
    let backend = backend.backed_up().unwrap().restored().unwrap();
    let report = phone.sync();
    assert_eq!((report.next, report.acknowledged, report.conflicts_raised), (NextStep::Done, 0, 0));
    assert_eq!(phone.session.queue().counts().unwrap(), QueueCounts::default());
    at_the_server(&backend, &phone);
}

#[test]
fn with_nobody_to_ask_the_more_cautious_side_stays() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.session.set_manual_merge(false).unwrap();
    let id = phone.session.allergies().add(&milk(Severity::Mild)).unwrap();
    phone.settle();
    let backend = backend.backed_up().unwrap();
    change_severity(&phone, id, Severity::Severe);
    phone.settle();
    let backend = backend.restored().unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!(severities(&phone), [Some(Severity::Severe)]);
    at_the_server(&backend, &phone);
}

#[test]
fn an_allergy_that_is_kept_after_all_the_server_gets_back() {
    let backend = Backend::start().unwrap();
    let phone = Phone::with_options(&backend.url(), "ana", asking_after_an_hour());
    phone.settle();
    let backend = backend.backed_up().unwrap();
    let id = phone.session.allergies().add(&milk(Severity::Severe)).unwrap();
    phone.settle();
    phone.session.allergies().remove(id).unwrap();
    phone.clock.advance_ms(2 * 3_600_000);
    let backend = backend.restored().unwrap();
    phone.settle();
    let parked = phone.session.queue().list(QueueFilter::Failed, 0, 10).unwrap();
    assert_eq!(parked[0].state, OperationState::Failed(FailureReason::Stale), "so long after, it asks");
    phone.session.queue().discard(parked[0].position, parked[0].id).unwrap();
    assert_eq!(severities(&phone), [Some(Severity::Severe)]);
    assert_eq!(phone.settle().next, NextStep::Done);
    let other = Phone::new(&backend.url(), "ana");
    other.settle();
    assert_eq!(severities(&other), [Some(Severity::Severe)]);
    at_the_server(&backend, &phone);
}

#[test]
fn an_edit_in_place_of_a_parked_one_leaves_nothing_of_a_lost_allergy_unsaid() {
    let backend = Backend::start().unwrap();
    let phone = Phone::with_options(&backend.url(), "ana", asking_after_an_hour());
    phone.settle();
    let backend = backend.backed_up().unwrap();
    let id = phone.session.allergies().add(&milk(Severity::Mild)).unwrap();
    phone.settle();
    change_severity(&phone, id, Severity::Severe);
    phone.clock.advance_ms(2 * 3_600_000);
    let backend = backend.restored().unwrap();
    phone.settle();
    assert_eq!(phone.session.queue().counts().unwrap().failed, 1, "so long after, it asks");
    let shown = phone.session.allergies().get(id).unwrap();
    let noted = AllergyContent { notes: Some("and hazelnuts".into()), ..shown.content.clone() };
    phone.session.allergies().update(&shown, &noted).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    let other = Phone::new(&backend.url(), "ana");
    other.settle();
    assert_eq!(other.session.allergies().get(id).unwrap().content, noted, "its allergen, too");
    at_the_server(&backend, &phone);
}

#[test]
fn an_entry_that_the_server_lost_can_be_deleted_and_an_edit_of_it_is_refused_for_what_it_is() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.settle();
    let backend = backend.backed_up().unwrap();
    let entry = |at| HistoryContent::new(HistoryKind::Scan, at);
    let ids = [1, 2].map(|at| phone.session.history().add(&entry(at)).unwrap());
    phone.settle();
    let _backend = backend.restored().unwrap();
    phone.settle();
    phone.session.history().delete(ids[0]).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    let shown = phone.session.history().get(ids[1]).unwrap();
    phone
        .session
        .history()
        .update(&shown, &HistoryContent { favourite: true, ..shown.content.clone() })
        .unwrap();
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    let parked = phone.session.queue().list(QueueFilter::Failed, 0, 10).unwrap();
    assert_eq!(parked[0].state, OperationState::Failed(FailureReason::NotFound));
}
