//! What the backend says it can do and wants held back is asked, followed and asked again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use foodlens_server::{Endpoint, Entity, Fault, FaultKind, PauseRule};
use std::sync::Arc;
use std::time::Duration;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

fn configured(backend: &Backend, configure: impl Fn(&mut Config) + 'static) -> Phone {
    let options = PhoneOptions { configure: Some(Arc::new(configure)), ..Default::default() };
    Phone::with_options(&backend.url(), "ana", options)
}

fn scan(name: &str) -> HistoryContent {
    HistoryContent { product_name: Some(name.into()), ..HistoryContent::new(HistoryKind::Scan, 1) }
}

fn milk(severity: Severity) -> AllergyContent {
    AllergyContent { severity: Some(severity), ..AllergyContent::new(Allergen::Eu(EuAllergen::Milk)) }
}

fn asked_for(backend: &Backend, path: &str) -> usize {
    backend.server.requests().all().iter().filter(|seen| seen.path.starts_with(path)).count()
}

fn same_as_server(phone: &Phone, backend: &Backend) {
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

fn listed(phone: &Phone, filter: QueueFilter) -> Vec<QueuedOperation> {
    phone.session.queue().list(filter, 0, 500).unwrap()
}

#[test]
fn it_is_asked_every_fifteen_minutes_and_only_when_something_waits() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.settle();
    let capabilities = || asked_for(&backend, "/v1/me/capabilities");
    assert_eq!(capabilities(), 1, "a first restore");
    phone.clock.advance_ms(DAY);
    assert_eq!(phone.sync().requests, 1, "nothing waits: one page, nothing else");
    phone.session.history().add(&scan("a")).unwrap();
    let _ = phone.sync();
    assert_eq!(capabilities(), 2);
    phone.clock.advance_ms(14 * MINUTE);
    phone.session.history().add(&scan("b")).unwrap();
    assert_eq!((phone.sync().requests, capabilities()), (2, 2), "the batch and a page");
    phone.clock.advance_ms(2 * MINUTE);
    phone.session.history().add(&scan("c")).unwrap();
    assert_eq!((phone.sync().requests, capabilities()), (3, 3));
    // A clock that was set back must not make an old answer last for years.
    phone.clock.advance_ms(-365 * DAY);
    phone.session.history().add(&scan("d")).unwrap();
    assert_eq!((phone.sync().requests, capabilities()), (3, 4));
    same_as_server(&phone, &backend);
}

#[test]
fn writes_that_the_backend_holds_back_wait_and_all_others_go() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let (kept, gone) = (
        phone.session.history().add(&scan("kept")).unwrap(),
        phone.session.history().add(&scan("x")).unwrap(),
    );
    phone.settle();
    let delete_history = PauseRule {
        entity: Some(Entity::History),
        kind: Some(foodlens_server::Kind::Delete),
        app_below: None,
    };
    backend.server.set_pauses(vec![delete_history]);
    phone.clock.advance_ms(DAY);
    phone.session.history().delete(gone).unwrap();
    phone.session.history().add(&scan("new")).unwrap();
    phone.session.allergies().add(&milk(Severity::Mild)).unwrap();
    let report = phone.sync();
    assert_eq!(report.acknowledged, 3, "a scan, an allergy, the state of its list");
    let (status, now) = (phone.session.status().unwrap(), phone.clock.now_ms());
    assert!(status.paused_by_server && !status.paused);
    assert_eq!((status.pending, status.failed), (1, 0), "it is neither counted nor parked");
    let NextStep::RetryAt(at) = report.next else { panic!("{:?}", report.next) };
    assert!(at > now && at <= now + 15 * MINUTE, "it is asked again then");
    // What follows in the same lane waits too, and nothing hot-loops.
    assert_eq!(phone.sync().requests, 1);
    backend.server.set_pauses(Vec::new());
    phone.clock.advance_ms(at - phone.clock.now_ms());
    assert_eq!((phone.sync().acknowledged, phone.session.status().unwrap().paused_by_server), (1, false));
    assert!(phone.session.history().get(kept).is_ok());
    same_as_server(&phone, &backend);
}

#[test]
fn a_full_pause_sends_nothing_and_still_pulls() {
    let backend = Backend::start().unwrap();
    let (phone, other) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    other.session.history().add(&scan("theirs")).unwrap();
    other.settle();
    backend.server.set_pauses(vec![PauseRule::default()]);
    for n in 0..300 {
        phone.session.history().add(&scan(&n.to_string())).unwrap();
    }
    backend.server.requests().clear();
    let report = phone.sync();
    assert_eq!((report.pulled, report.acknowledged, asked_for(&backend, "/v1/me/batch")), (1, 0, 0));
    assert!(matches!(report.next, NextStep::RetryAt(at) if at > phone.clock.now_ms()), "{:?}", report.next);
    backend.server.set_pauses(Vec::new());
    assert_eq!(phone.settle().next, NextStep::Done);
    same_as_server(&phone, &backend);
}

#[test]
fn a_backend_that_says_only_by_its_answer_that_it_pauses_is_asked_for_its_rules() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.settle();
    phone.session.history().add(&scan("a")).unwrap();
    let _ = phone.sync();
    // The rules are fresh here when the backend changes its mind.
    backend.server.set_pauses(vec![PauseRule { entity: Some(Entity::History), ..Default::default() }]);
    phone.session.history().add(&scan("b")).unwrap();
    assert!(matches!(phone.sync().next, NextStep::RetryAt(_)), "it was told to wait");
    phone
        .session
        .profile()
        .update(&Default::default(), &ProfileContent { display_name: Some("A".into()), ..Default::default() })
        .unwrap();
    phone.clock.advance_ms(61 * MINUTE);
    assert_eq!(phone.sync().acknowledged, 1, "with the rules in hand, what is not meant goes");
    assert_eq!(phone.session.status().unwrap().pending, 1);
    backend.server.set_pauses(Vec::new());
    assert_eq!(phone.settle().next, NextStep::Done);
    same_as_server(&phone, &backend);
}

#[test]
fn after_a_wait_the_rules_are_asked_for_though_they_are_fresh() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.settle();
    phone.session.history().add(&scan("a")).unwrap();
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::retry_after(429, "60")));
    assert!(matches!(phone.sync().next, NextStep::RetryAt(_)));
    let asked = asked_for(&backend, "/v1/me/capabilities");
    phone.clock.advance_ms(2 * MINUTE);
    assert_eq!(phone.sync().next, NextStep::Done);
    assert_eq!(asked_for(&backend, "/v1/me/capabilities"), asked + 1);
}

#[test]
fn a_rule_for_old_versions_of_the_app_spares_the_new_one() {
    let backend = Backend::start().unwrap();
    backend.server.set_pauses(vec![PauseRule { app_below: Some("2.10".into()), ..Default::default() }]);
    let old = configured(&backend, |config| config.app_version = Some("2.9.9".into()));
    let new = configured(&backend, |config| config.app_version = Some("2.10.0".into()));
    for phone in [&old, &new] {
        phone.session.history().add(&scan("a")).unwrap();
        let _ = phone.sync();
    }
    assert_eq!((old.session.status().unwrap().pending, new.session.status().unwrap().pending), (1, 0));
    let seen = backend.server.requests().all();
    assert!(seen.iter().all(|seen| seen.app_version.is_some()), "every request says who asks: {seen:?}");
}

#[test]
fn what_was_refused_goes_again_when_the_backend_says_so_or_the_app_is_another() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = |version: &'static str| {
        let configure = move |config: &mut Config| config.app_version = Some(version.into());
        let options = PhoneOptions { configure: Some(Arc::new(configure)), ..Default::default() };
        Phone::in_folder(folder.path(), &backend.url(), "ana", options).unwrap()
    };
    let phone = open("1");
    let ids: Vec<_> = (0..3).map(|n| phone.session.history().add(&scan(&n.to_string())).unwrap()).collect();
    let refuse_all = |phone: &Phone| {
        // Refused one by one: the whole is asked again in halves.
        let fault = Fault::new(Endpoint::Batch, FaultKind::status(400));
        backend.server.faults().push(fault.times(20));
        assert_eq!(phone.settle().next, NextStep::NeedsPerson);
        backend.server.faults().clear();
        listed(phone, QueueFilter::Failed)
    };
    let parked = refuse_all(&phone);
    assert_eq!(parked.len(), 3);
    phone.clock.advance_ms(DAY);
    assert_eq!(phone.settle().next, NextStep::NeedsPerson, "not by itself");
    backend.server.set_retry_parked(Some("mended on Monday".into()));
    phone.clock.advance_ms(DAY);
    let parked_again = refuse_all(&phone);
    assert_eq!(parked_again.len(), 3, "tried once more, refused once more");
    assert!(parked_again.iter().all(|again| parked.iter().all(|before| before.id != again.id)), "new keys");
    phone.clock.advance_ms(DAY);
    assert_eq!(phone.settle().next, NextStep::NeedsPerson, "the same word counts once");
    drop(phone);
    assert_eq!(open("1").settle().next, NextStep::NeedsPerson, "a restart is no update");
    let phone = open("1.0.1");
    assert_eq!(phone.settle().next, NextStep::Done, "another version of the app is");
    assert!(ids.iter().all(|id| phone.session.history().get(*id).unwrap().sync.state == SyncState::Synced));
    same_as_server(&phone, &backend);
}

#[test]
fn a_backends_limits_are_kept_and_large_bodies_are_compressed_where_it_takes_them() {
    for compression in [true, false] {
        let backend =
            Backend::start_with(|options| foodlens_server::Options { compression, ..options }).unwrap();
        let phone = Phone::new(&backend.url(), "ana");
        for n in 0..50 {
            phone.session.history().add(&scan(&format!("a product with a long name, number {n}"))).unwrap();
        }
        phone.settle();
        phone.session.history().add(&scan("small")).unwrap();
        phone.settle();
        let batches: Vec<_> =
            backend.server.requests().all().into_iter().filter(|seen| seen.method == "POST").collect();
        let gzip: Vec<_> = batches.iter().map(|seen| seen.gzip).collect();
        assert_eq!(gzip, [compression, false], "a small body gains nothing");
        same_as_server(&phone, &backend);
    }
}

#[test]
fn an_encoding_that_is_refused_after_all_is_left_out_and_parks_nothing() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    for n in 0..50 {
        phone.session.history().add(&scan(&format!("a product with a long name, number {n}"))).unwrap();
    }
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::status(415)));
    assert_eq!(phone.sync().next, NextStep::Done);
    let batches: Vec<_> =
        backend.server.requests().all().into_iter().filter(|seen| seen.method == "POST").collect();
    assert_eq!(batches.iter().map(|seen| seen.gzip).collect::<Vec<_>>(), [true, false]);
    same_as_server(&phone, &backend);
}

#[test]
fn a_sensitive_edit_that_waited_too_long_asks_before_it_is_sent() {
    let backend = Backend::start().unwrap();
    let phone = configured(&backend, |config| config.stale_after = Some(Duration::from_secs(30 * 86_400)));
    let id = phone.session.allergies().add(&milk(Severity::Severe)).unwrap();
    phone.settle();
    let shown = phone.session.allergies().get(id).unwrap();
    phone.session.allergies().update(&shown, &milk(Severity::Mild)).unwrap();
    phone.session.history().add(&scan("old, and harmless")).unwrap();
    let kiwi = AllergyContent::new(Allergen::Custom("kiwi".into()));
    phone.session.allergies().add(&kiwi).unwrap();
    phone.clock.advance_ms(31 * DAY);
    let report = phone.sync();
    assert_eq!((report.next, report.failed), (NextStep::NeedsPerson, 1));
    assert_eq!(report.acknowledged, 2, "a scan, and a new allergy");
    let held = listed(&phone, QueueFilter::Failed).remove(0);
    assert_eq!(held.state, OperationState::Failed(FailureReason::Stale));
    let at_server = |backend: &Backend| {
        let snapshot = backend.server.snapshot("ana").unwrap();
        snapshot.iter().find(|record| record.id == id.to_string()).unwrap().fields["severity"].clone()
    };
    assert_eq!(at_server(&backend), "severe", "the server still has the more cautious one");
    assert_eq!(phone.session.allergies().get(id).unwrap().sync.last_error, Some(FailureReason::Stale));
    phone.session.queue().retry(held.position, held.id).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done, "a person has confirmed it");
    assert_eq!(at_server(&backend), "mild");
    same_as_server(&phone, &backend);
}

#[test]
fn a_step_on_the_way_to_what_another_device_has_said_by_now_is_not_sent() {
    let backend = Backend::start().unwrap();
    let phone = configured(&backend, |config| config.stale_after = Some(Duration::from_secs(30 * 86_400)));
    let other = Phone::new(&backend.url(), "ana");
    let id = phone.session.allergies().add(&milk(Severity::Mild)).unwrap();
    phone.settle();
    other.settle();
    let change = |phone: &Phone, to| {
        let shown = phone.session.allergies().get(id).unwrap();
        phone.session.allergies().update(&shown, &milk(to)).unwrap();
    };
    change(&phone, Severity::Moderate);
    change(&phone, Severity::LifeThreatening);
    change(&other, Severity::LifeThreatening);
    other.settle();
    phone.clock.advance_ms(31 * DAY);
    phone.settle();
    let before = backend.server.snapshot("ana").unwrap();
    let held = listed(&phone, QueueFilter::Failed).remove(0);
    assert_eq!(held.state, OperationState::Failed(FailureReason::Stale));
    phone.session.queue().retry(held.position, held.id).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!(backend.server.snapshot("ana").unwrap(), before, "moderate was nobody's last word");
    assert_eq!(phone.session.allergies().get(id).unwrap().content, milk(Severity::LifeThreatening));
    same_as_server(&phone, &backend);
}

#[test]
fn a_version_that_no_header_can_hold_stops_no_sync() {
    let backend = Backend::start().unwrap();
    let phone = configured(&backend, |config| config.app_version = Some("2.0 \u{3b2}\r\nx: y".into()));
    phone.session.history().add(&scan("a")).unwrap();
    assert_eq!(phone.sync().next, NextStep::Done);
    assert!(backend.server.requests().all().iter().all(|seen| seen.app_version.is_none()));
}

#[test]
fn a_strange_answer_about_capabilities_never_stops_a_sync() {
    let html = FaultKind::portal();
    let json = FaultKind::Status {
        status: 200,
        retry_after: None,
        body: Some(r#"{"error":"what?"}"#.into()),
        content_type: Some("application/json".into()),
        headers: Default::default(),
    };
    let endless = FaultKind::Status {
        status: 200,
        retry_after: None,
        body: Some(format!(r#"{{"user":"ana","paused":true,"x":"{}"}}"#, "x".repeat(100_000))),
        content_type: Some("application/json".into()),
        headers: Default::default(),
    };
    for kind in [
        endless,
        html,
        json,
        FaultKind::status(404),
        FaultKind::status(500),
        FaultKind::status(405),
        FaultKind::Garbage,
    ] {
        let backend = Backend::start().unwrap();
        let phone = Phone::new(&backend.url(), "ana");
        phone.session.history().add(&scan("a")).unwrap();
        backend.server.faults().push(Fault::new(Endpoint::Capabilities, kind.clone()).times(9));
        assert_eq!(phone.sync().next, NextStep::Done, "{kind:?}");
        same_as_server(&phone, &backend);
    }
}
