//! A new phone: what a person needs comes first, the newest history next, the rest when it is wanted.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const DAY: i64 = 86_400_000;
const BUDGET: Duration = Duration::from_secs(60);

fn entry(day: i64) -> HistoryContent {
    HistoryContent {
        product_name: Some(format!("day {day}")),
        ..HistoryContent::new(HistoryKind::Scan, day * DAY)
    }
}

/// A user with two allergies and a scan a day. The eldest were written last, as an import would.
fn backend_with(days: i64) -> Backend {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let entries: Vec<_> = (0..days).rev().map(entry).collect();
    phone.session.history().add_all(&entries).unwrap();
    for code in [EuAllergen::Milk, EuAllergen::Eggs] {
        phone.session.allergies().add(&AllergyContent::new(Allergen::Eu(code))).unwrap();
    }
    phone.settle();
    backend
}

fn new_phone(backend: &Backend, window_days: Option<u64>) -> Phone {
    let configure = move |config: &mut Config| {
        config.history_window = window_days.map(|days| Duration::from_secs(days * 86_400));
    };
    let options = PhoneOptions { configure: Some(Arc::new(configure)), ..Default::default() };
    Phone::with_options(&backend.url(), "ana", options)
}

fn same_as_server(phone: &Phone, backend: &Backend) {
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

fn newest_day(phone: &Phone) -> Option<i64> {
    let page = phone.session.history().page(None, 1).unwrap();
    page.entries.first().map(|entry| entry.content.occurred_at / DAY)
}

#[test]
fn allergies_come_first_then_the_newest_history_and_every_step_is_kept() {
    let backend = backend_with(1_100);
    let phone = new_phone(&backend, None);
    let before = phone.session.status().unwrap();
    assert!(before.restoring && before.restore.is_some());
    assert!(!phone.session.allergies().list().unwrap().complete, "nobody takes an empty list for an answer");
    backend.server.faults().push(Fault::new(Endpoint::History, FaultKind::DropBeforeCommit));
    let _ = phone.sync();
    assert_eq!(phone.session.history().count().unwrap(), 0);
    let (list, status) = (phone.session.allergies().list().unwrap(), phone.session.status().unwrap());
    assert!(list.complete && !status.restoring, "the allergies are whole before any history");
    assert_eq!(list.entries.len(), 2);
    assert!(status.restore.is_some(), "and the rest is still coming");
    let observed = Arc::new(Progress::default());
    *observed.session.lock().unwrap() = Some(phone.session.clone());
    let subscription = phone.session.observe(Some(Topic::Status), observed.clone());
    assert_eq!(phone.settle().next, NextStep::Done);
    drop(subscription);
    *observed.session.lock().unwrap() = None;
    let steps = observed.steps.lock().unwrap().clone();
    assert!(steps.is_sorted_by_key(|(records, _)| *records), "{steps:?}");
    assert!(steps.iter().any(|(records, total)| *records >= 500 && *total == Some(1_100)), "{steps:?}");
    assert_eq!(phone.session.history().count().unwrap(), 1_100);
    let status = phone.session.status().unwrap();
    assert!(status.restore.is_none() && !status.older_history);
    same_as_server(&phone, &backend);
    assert_eq!(phone.sync().requests, 1, "afterwards the feed is all that is read");
}

#[derive(Default)]
struct Progress {
    session: Mutex<Option<Session>>,
    steps: Mutex<Vec<(u64, Option<u64>)>>,
}

impl Observer for Progress {
    fn on_change(&self, _: &Notice) {
        if let Some(session) = &*self.session.lock().unwrap()
            && let Some(progress) = session.status().unwrap().restore
        {
            self.steps.lock().unwrap().push((progress.records, progress.history_total));
        }
    }
}

#[test]
fn a_window_keeps_the_newest_and_the_rest_comes_on_demand() {
    let backend = backend_with(1_200);
    let phone = new_phone(&backend, Some(100));
    // The phone's calendar is at day 1,200.
    phone.clock.advance_ms(1_200 * DAY - phone.clock.now_ms());
    assert_eq!(phone.settle().next, NextStep::Done);
    let (count, status) = (phone.session.history().count().unwrap(), phone.session.status().unwrap());
    assert_eq!(
        (count, newest_day(&phone)),
        (500, Some(1_199)),
        "a page of the newest is more than the window"
    );
    assert!(status.older_history && status.restore.is_none());
    // What others do meanwhile comes by the feed, of old entries too.
    let other = Phone::new(&backend.url(), "ana");
    other.settle();
    let all = |phone: &Phone, older: i64| {
        let found =
            phone.session.history().page(Some(&format!("{}.{}", older * DAY + 1, uuid::Uuid::nil())), 1);
        found.unwrap().entries.into_iter().next().unwrap()
    };
    let (old, new) = (all(&other, 3), all(&other, 1_150));
    other.session.history().update(&old, &HistoryContent { favourite: true, ..old.content.clone() }).unwrap();
    other.session.history().delete(new.id).unwrap();
    other.settle();
    phone.settle();
    assert!(phone.session.history().get(old.id).unwrap().content.favourite);
    assert!(phone.session.history().get(new.id).is_err());
    let report = phone.session.history().fetch_older(200, BUDGET).unwrap();
    assert_eq!(
        phone.session.history().count().unwrap(),
        500 + 500,
        "one page; one was deleted, one was here"
    );
    assert_eq!(report.requests, 1, "{report:?}");
    while phone.session.status().unwrap().older_history {
        phone.session.history().fetch_older(200, BUDGET).unwrap();
    }
    assert_eq!(phone.session.history().fetch_older(200, BUDGET).unwrap().requests, 0, "all is here");
    same_as_server(&phone, &backend);
}

#[test]
fn a_restore_that_is_interrupted_anywhere_goes_on_where_it_was_and_misses_nothing() {
    let backend = backend_with(1_300);
    let folder = tempfile::tempdir().unwrap();
    let options = || PhoneOptions { real_ids: true, ..Default::default() };
    let open = || Phone::in_folder(folder.path(), &backend.url(), "ana", options()).unwrap();
    let writer = Phone::new(&backend.url(), "ana");
    writer.settle();
    let mut requests = 0;
    for n in 0..40 {
        let phone = open();
        // Every other request is lost, and somebody else keeps writing.
        backend.server.faults().clear();
        let lost = Fault::new(Endpoint::Any, FaultKind::DelayMs { ms: 0 });
        backend.server.faults().push(lost);
        backend.server.faults().push(Fault::new(Endpoint::Any, FaultKind::Truncated).times(9));
        let report = phone.sync();
        requests += report.requests;
        drop(phone);
        backend.server.faults().clear();
        let page = writer.session.history().page(None, 500).unwrap();
        let victim = &page.entries[n * 7 % page.entries.len()];
        match n % 2 {
            0 => writer.session.history().delete(victim.id).unwrap(),
            _ => _ = writer.session.history().add(&entry(2_000 + n as i64)).unwrap(),
        }
        writer.settle();
        if report.next == NextStep::Done {
            break;
        }
    }
    let phone = open();
    assert_eq!(phone.settle().next, NextStep::Done);
    same_as_server(&phone, &backend);
    assert!(requests < 200, "{requests}: nothing is read over and over");
}

#[test]
fn another_life_of_the_server_in_the_middle_of_a_restore_begins_it_again_and_misses_no_deletion() {
    let backend = backend_with(1_100);
    let other = Phone::new(&backend.url(), "ana");
    other.settle();
    let phone = new_phone(&backend, None);
    // Up to the first page of the history.
    backend.server.faults().push(Fault::new(Endpoint::History, FaultKind::DelayMs { ms: 0 }));
    backend.server.faults().push(Fault::new(Endpoint::History, FaultKind::DropBeforeCommit).times(9));
    let _ = phone.sync();
    assert_eq!(phone.session.history().count().unwrap(), 500);
    backend.server.faults().clear();
    let newest = other.session.history().page(None, 1).unwrap().entries.remove(0);
    other.session.history().delete(newest.id).unwrap();
    other.settle();
    backend.server.new_epoch().unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    assert!(phone.session.history().get(newest.id).is_err(), "it was fetched, and is deleted since");
    assert_eq!(phone.session.history().count().unwrap(), 1_099);
    same_as_server(&phone, &backend);
}

#[test]
fn what_was_sent_before_the_backend_said_what_it_can_and_deleted_since_goes_away() {
    let backend = Backend::start().unwrap();
    let phone = new_phone(&backend, None);
    let entry = phone.session.history().add(&entry(1)).unwrap();
    // The first run hears nothing, and its write has arrived all the same.
    backend.server.faults().push(Fault::new(Endpoint::Capabilities, FaultKind::DropBeforeCommit));
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::CommitThenSilence { after: None }));
    let _ = phone.sync();
    backend.server.faults().clear();
    let other = Phone::new(&backend.url(), "ana");
    other.settle();
    other.session.history().delete(entry).unwrap();
    other.settle();
    // By now it asks again what the backend can.
    phone.clock.advance_ms(DAY);
    assert_eq!(phone.settle().next, NextStep::Done);
    assert!(phone.session.history().get(entry).is_err(), "the answer to the repeated write is an old one");
    same_as_server(&phone, &backend);
}

#[test]
fn a_backend_that_cannot_restores_by_the_feed_and_so_does_one_that_only_says_it_can() {
    let plain =
        Backend::start_with(|options| foodlens_server::Options { newest_first: false, ..options }).unwrap();
    let liar = backend_with(30);
    liar.server.faults().push(Fault::new(Endpoint::History, FaultKind::status(404)).times(99));
    for backend in [plain, liar] {
        let writer = Phone::new(&backend.url(), "ana");
        writer.session.history().add(&entry(9)).unwrap();
        writer.settle();
        let phone = new_phone(&backend, Some(1));
        assert_eq!(phone.settle().next, NextStep::Done);
        let status = phone.session.status().unwrap();
        assert!(!status.restoring && status.restore.is_none() && !status.older_history);
        same_as_server(&phone, &backend);
    }
}

/// Two pages of a feed. From the first on nobody can store anything, until the second is asked for.
#[cfg(not(feature = "encryption"))]
struct TwoPages {
    folder: std::path::PathBuf,
    held: Mutex<Option<rusqlite::Connection>>,
}

#[cfg(not(feature = "encryption"))]
impl TwoPages {
    fn hold(&self) -> rusqlite::Connection {
        let files = std::fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path());
        let database = files.into_iter().find(|path| path.extension().is_some_and(|end| end == "db"));
        let conn = rusqlite::Connection::open(database.unwrap()).unwrap();
        conn.execute_batch("BEGIN IMMEDIATE").unwrap();
        conn
    }
}

#[cfg(not(feature = "encryption"))]
impl Transport for TwoPages {
    fn execute(&self, request: &Request) -> Outcome {
        let page = |n: u128| {
            let change = serde_json::json!({"entity": "history", "id": uuid::Uuid::from_u128(n).to_string(),
                "version": n as u64, "deleted": false, "fields": {"kind": "scan", "occurred_at": n as u64}});
            serde_json::json!({"user": "ana", "epoch": "e", "count": 1, "changes": [change],
                "next_cursor": n.to_string(), "has_more": n == 1})
        };
        let body = if !request.url.contains("/changes") {
            serde_json::json!({"user": "ana"})
        } else if request.url.contains("cursor=") {
            drop(self.held.lock().unwrap().take());
            page(2)
        } else {
            *self.held.lock().unwrap() = Some(self.hold());
            page(1)
        };
        let (status, content_type) = (200, Some("application/json".to_owned()));
        Outcome::Response(Response { status, retry_after: None, content_type, body: body.to_string().into() })
    }
}

#[cfg(not(feature = "encryption"))]
#[test]
fn the_next_page_is_asked_for_while_this_one_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let transport = Arc::new(TwoPages { folder: folder.path().to_owned(), held: Mutex::default() });
    let options = PhoneOptions { transport: Some(transport), ..PhoneOptions::default() };
    let phone = Phone::in_folder(folder.path(), "http://127.0.0.1:9", "ana", options).unwrap();
    let report = phone.session.sync(BUDGET).unwrap();
    assert_eq!((report.next, report.pulled, report.requests), (NextStep::Done, 2, 3));
    assert_eq!(phone.session.history().count().unwrap(), 2);
}

#[test]
fn on_a_new_phone_what_is_older_begins_with_the_restore() {
    let backend = backend_with(20);
    let phone = new_phone(&backend, Some(1));
    phone.clock.advance_ms(20 * DAY - phone.clock.now_ms());
    assert_eq!(phone.session.history().fetch_older(1, BUDGET).unwrap().next, NextStep::Done);
    assert_eq!(phone.session.allergies().list().unwrap().entries.len(), 2, "the allergies before all");
    assert!(!phone.session.status().unwrap().restoring);
}
