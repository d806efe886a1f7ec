//! Writes without a network: visible at once, durable, in exactly one named state, and sent later.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};

const NOWHERE: &str = "http://127.0.0.1:9";

fn milk(severity: Severity) -> AllergyContent {
    AllergyContent { severity: Some(severity), ..AllergyContent::new(Allergen::Eu(EuAllergen::Milk)) }
}

fn scan(name: &str, at: i64) -> HistoryContent {
    HistoryContent { product_name: Some(name.into()), ..HistoryContent::new(HistoryKind::Scan, at) }
}

#[test]
fn writes_without_a_network_are_visible_and_queued_and_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Phone::in_folder(folder.path(), NOWHERE, "ana", PhoneOptions::default()).unwrap();
    let phone = open();
    let id = phone.session.allergies().add(&milk(Severity::Severe)).unwrap();
    let entry = phone.session.history().add(&scan("Pão", 1)).unwrap();
    let profile = ProfileContent { display_name: Some("Ana".into()), ..Default::default() };
    phone.session.profile().update(&ProfileContent::default(), &profile).unwrap();
    let settings = SettingsContent { language: Some("pt-PT".into()), ..Default::default() };
    phone.session.settings().update(&SettingsContent::default(), &settings).unwrap();

    let report = phone.sync();
    assert!(matches!(report.next, NextStep::RetryAt(_)), "{report:?}");
    assert_eq!(report.error.as_deref(), Some("connection refused"));
    drop(phone);

    let phone = open();
    let list = phone.session.allergies().list().unwrap();
    assert_eq!(list.state, ListState::Listed);
    assert!(!list.complete, "nothing was pulled yet: there may be more");
    assert_eq!(list.entries[0].id, id);
    assert_eq!(list.entries[0].content.severity, Some(Severity::Severe));
    assert_eq!(list.entries[0].sync.state, SyncState::Pending);
    assert_eq!(phone.session.history().get(entry).unwrap().content.product_name.as_deref(), Some("Pão"));
    assert_eq!(phone.session.profile().get().unwrap().content, profile);
    assert_eq!(phone.session.settings().get().unwrap().content, settings);
    let queue = phone.session.queue().list(QueueFilter::Unsent, 0, 100).unwrap();
    assert_eq!(queue.len(), 5, "four records and the list's state");
    assert!(
        queue.iter().all(|op| op.state == OperationState::Pending && op.attempts == 0),
        "offline costs nothing"
    );
}

#[test]
fn when_the_network_returns_all_is_sent_and_another_phone_has_it() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    a.session.allergies().add(&milk(Severity::Mild)).unwrap();
    for at in 0..250 {
        a.session.history().add(&scan(&format!("p{at}"), at)).unwrap();
    }
    let report = a.sync();
    assert_eq!((report.next, report.acknowledged), (NextStep::Done, 252));
    assert!(b.session.status().unwrap().restoring);
    let report = b.sync();
    assert_eq!((report.next, report.pulled), (NextStep::Done, 252));
    assert!(!b.session.status().unwrap().restoring);
    assert!(b.session.allergies().list().unwrap().complete);
    let snapshot = backend.server.snapshot("ana").unwrap();
    for phone in [&a, &b] {
        assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
        assert_eq!(phone.session.verify().unwrap().flaws, []);
    }
    assert_eq!(a.sync().requests, 1, "an idle run asks once for changes and does nothing else");
}

#[test]
fn pages_of_history_are_newest_first_whole_and_without_doubles() {
    let phone = Phone::new(NOWHERE, "ana");
    // Many share a time: the id breaks the tie.
    phone
        .session
        .history()
        .add_all(&(0..257).map(|n| scan(&format!("p{n}"), n / 10)).collect::<Vec<_>>())
        .unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = phone.session.history().page(after.as_deref(), 50).unwrap();
        seen.extend(page.entries.iter().map(|e| (e.content.occurred_at, e.id)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 257);
    assert!(seen.is_sorted_by(|x, y| x > y), "strictly falling: no entry twice");
    assert_eq!(phone.session.history().count().unwrap(), 257);
    let refused = phone.session.history().page(Some("nonsense"), 10).unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Invalid { field, .. } if field == "after"));
}

#[test]
fn unsent_updates_fold_and_what_was_never_sent_may_vanish() {
    let phone = Phone::new(NOWHERE, "ana");
    let history = phone.session.history();
    let id = history.add(&scan("a", 1)).unwrap();
    let shown = history.get(id).unwrap();
    history.update(&shown, &HistoryContent { note: Some("1".into()), ..shown.content.clone() }).unwrap();
    let shown = history.get(id).unwrap();
    history
        .update(&shown, &HistoryContent { note: Some("2".into()), favourite: true, ..shown.content.clone() })
        .unwrap();
    let queue = phone.session.queue().list(QueueFilter::Unsent, 0, 10).unwrap();
    assert_eq!(queue.iter().map(|op| op.kind).collect::<Vec<_>>(), [Kind::Create, Kind::Update]);
    assert_eq!(queue[1].fields, ["favourite", "note"]);
    history.delete(id).unwrap();
    assert!(
        phone.session.queue().list(QueueFilter::All, 0, 10).unwrap().is_empty(),
        "created and deleted, never sent: nothing to say"
    );
    assert!(matches!(history.get(id).unwrap_err().kind(), ErrorKind::NotFound { .. }));
}

#[test]
fn an_edit_made_while_its_elder_is_in_flight_survives_the_answer() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let history = phone.session.history();
    let id = history.add(&scan("a", 1)).unwrap();
    backend.server.faults().push(foodlens_server::Fault::new(
        foodlens_server::Endpoint::Batch,
        foodlens_server::FaultKind::CommitThenSilence { after: None },
    ));
    assert!(matches!(phone.sync().next, NextStep::RetryAt(_)));
    let shown = history.get(id).unwrap();
    history.update(&shown, &HistoryContent { note: Some("later".into()), ..shown.content.clone() }).unwrap();
    let queue = phone.session.queue().list(QueueFilter::Unsent, 0, 10).unwrap();
    assert_eq!(queue.len(), 2, "a body once sent is frozen: the edit waits behind it");
    let report = phone.settle();
    assert_eq!((report.next, backend.server.stats().duplicates), (NextStep::Done, 1));
    assert_eq!(history.get(id).unwrap().content.note.as_deref(), Some("later"));
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(snapshot.len(), 1);
    assert_eq!(snapshot[0].fields["note"], "later");
}

#[test]
fn confirmed_none_is_a_persons_word_and_nothing_else_restores_it() {
    let phone = Phone::new(NOWHERE, "ana");
    let allergies = phone.session.allergies();
    assert_eq!(allergies.list().unwrap().state, ListState::Unknown, "empty never means none");
    allergies.confirm_none().unwrap();
    assert_eq!(allergies.list().unwrap().state, ListState::ConfirmedNone);
    let id = allergies.add(&milk(Severity::Mild)).unwrap();
    assert_eq!(allergies.list().unwrap().state, ListState::Listed);
    let refused = allergies.confirm_none().unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Invalid { rule: Rule::ListNotEmpty, .. }));
    allergies.remove(id).unwrap();
    assert_eq!(allergies.list().unwrap().state, ListState::Unknown);
}
