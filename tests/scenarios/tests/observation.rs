//! Notices come after the commit, with no lock held, few, and only while they are wanted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions};
use serde_json::json;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

/// An observer made of a function.
struct Calls<F>(F);

impl<F: Fn(&Notice) + Send + Sync> Observer for Calls<F> {
    fn on_change(&self, notice: &Notice) {
        (self.0)(notice);
    }
}

fn telling() -> (Arc<dyn Observer>, Receiver<Notice>) {
    let (send, told): (Sender<Notice>, _) = channel();
    (Arc::new(Calls(move |notice: &Notice| send.send(notice.clone()).unwrap())), told)
}

fn scan(note: &str) -> HistoryContent {
    HistoryContent { note: Some(note.into()), ..HistoryContent::new(HistoryKind::Scan, 1) }
}

fn annotate(session: &Session, id: RecordId, note: &str) {
    let shown = session.history().get(id).unwrap();
    session.history().update(&shown, &scan(note)).unwrap();
}

#[test]
fn an_observer_finds_what_it_is_told_of_and_may_write_and_sync_itself() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let (send, done) = channel();
    let session = phone.session.clone();
    let first = Mutex::new(true);
    let observer = Arc::new(Calls(move |notice: &Notice| {
        // Committed: another connection reads it. Unlocked: a write and a sync go through.
        let id = notice.ids.as_ref().unwrap()[0];
        let read = session.history().get(id).unwrap().content.note;
        if std::mem::take(&mut *first.lock().unwrap()) {
            annotate(&session, id, "by the observer");
            session.sync(Duration::from_secs(30)).unwrap();
        }
        send.send((read, notice.origin)).unwrap();
    }));
    let topic = Topic::Records(Collection::History);
    let _subscription = phone.session.observe(Some(topic), observer);
    let id = phone.session.history().add(&scan("mine")).unwrap();
    assert_eq!(done.recv_timeout(SOON).unwrap(), (Some("mine".into()), Origin::Local));
    // What it did itself comes back to it as the next notice: its own edit, and the server's word.
    assert_eq!(done.recv_timeout(SOON).unwrap(), (Some("by the observer".into()), Origin::Both));
    assert_eq!(phone.session.layers(Collection::History, id).unwrap().in_state, SyncState::Synced);
}

#[test]
fn a_refused_edit_is_no_change() {
    let phone = Phone::new("http://127.0.0.1:9", "ana");
    let (observer, told) = telling();
    let _subscription = phone.session.observe(None, observer);
    let long = HistoryContent { note: Some("n".repeat(100_000)), ..scan("") };
    assert!(phone.session.history().add(&long).is_err());
    assert!(phone.session.history().delete(RecordId::SINGLE).is_err());
    phone.session.set_paused(true).unwrap();
    assert_eq!(told.recv_timeout(SOON).unwrap().topic, Topic::Status, "nothing came before");
}

#[test]
fn who_watches_a_record_hears_where_its_change_came_from_and_of_no_other() {
    let backend = Backend::start().unwrap();
    let (phone, other) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let id = phone.session.history().add(&scan("n")).unwrap();
    let unrelated = phone.session.history().add(&scan("n")).unwrap();
    phone.settle();
    other.settle();
    let (observer, told) = telling();
    let _subscription = phone.session.observe_record(Collection::History, id, observer);
    let topic = Topic::Records(Collection::History);
    let next = || {
        let notice = told.recv_timeout(SOON).unwrap();
        assert_eq!((notice.topic, notice.ids), (topic, Some(vec![id])));
        notice.origin
    };
    // Not its own, and the server's: it would show in the first notice.
    annotate(&other.session, unrelated, "x");
    other.settle();
    phone.settle();
    annotate(&phone.session, id, "here");
    assert_eq!(next(), Origin::Local, "and nothing before");
    phone.settle();
    // It is told that the edit was taken up and answered: in one notice or in two.
    while next() == Origin::Local {}
    other.settle();
    annotate(&other.session, id, "there");
    other.settle();
    phone.settle();
    assert_eq!(next(), Origin::Remote);
    assert_eq!(phone.session.history().get(id).unwrap().content.note.as_deref(), Some("there"));
}

#[test]
fn the_end_of_a_session_is_told_to_everybody_who_looks_at_it() {
    type End = fn(&Session);
    let ends: [(&str, End); 3] = [
        ("closed", |session| session.close()),
        ("sealed", |session| drop(session.sign_out(&SignOut::KeepSealed).unwrap())),
        ("wiped", |session| {
            let shown = session.sign_out_preview().unwrap();
            drop(session.sign_out(&SignOut::Wipe(shown)).unwrap());
        }),
    ];
    for (name, end) in ends {
        let phone = Phone::new("http://127.0.0.1:9", "ana");
        let id = phone.session.history().add(&scan("n")).unwrap();
        let (of_all, all) = telling();
        let (of_one, one) = telling();
        let (of_queue, queue) = telling();
        let _subscriptions = [
            phone.session.observe(None, of_all),
            phone.session.observe_record(Collection::History, id, of_one),
            phone.session.observe(Some(Topic::Queue), of_queue),
        ];
        end(&phone.session);
        let topics = [all, one, queue].map(|told| told.recv_timeout(SOON).expect(name).topic);
        assert_eq!(topics[1..], [Topic::Records(Collection::History), Topic::Queue], "{name}");
        let read = phone.session.history().get(id).map(|_| ()).unwrap_err();
        assert_eq!(*read.kind(), ErrorKind::Closed, "{name}");
    }
}

/// A backend with a long history.
struct LongFeed {
    pages: Mutex<u64>,
}

const PAGES: u64 = 20;
const PAGE: u64 = 1_000;

impl Transport for LongFeed {
    fn execute(&self, request: &Request) -> Outcome {
        let body = if request.url.contains("/changes") {
            let mut page = self.pages.lock().unwrap();
            let first = *page * PAGE;
            *page += 1;
            let change = |n: u64| {
                let id = uuid::Uuid::from_u128(u128::from(n) + 1).to_string();
                json!({"entity": "history", "id": id, "version": n + 1, "deleted": false, "received_at": 1,
                    "fields": {"kind": "scan", "occurred_at": n}})
            };
            let changes: Vec<_> = (first..first + PAGE).map(change).collect();
            json!({"user": "ana", "epoch": "e", "count": PAGE, "changes": changes,
                "next_cursor": page.to_string(), "has_more": *page < PAGES})
        } else {
            json!({"user": "ana"})
        };
        let (status, content_type) = (200, Some("application/json".to_owned()));
        Outcome::Response(Response { status, retry_after: None, content_type, body: body.to_string().into() })
    }
}

#[test]
fn a_sync_of_twenty_thousand_records_is_a_few_small_notices() {
    let transport = Arc::new(LongFeed { pages: Mutex::new(0) });
    let options = PhoneOptions { transport: Some(transport), ..PhoneOptions::default() };
    let phone = Phone::with_options("http://127.0.0.1:9", "ana", options);
    let (observer, told) = telling();
    let _all = phone.session.observe(None, observer);
    let watched = RecordId::from(uuid::Uuid::from_u128(77));
    let (observer, told_of_one) = telling();
    let _one = phone.session.observe_record(Collection::History, watched, observer);
    assert_eq!(phone.sync().next, NextStep::Done);
    assert_eq!(phone.session.history().count().unwrap(), PAGES * PAGE);
    assert_eq!(told_of_one.recv_timeout(SOON).unwrap().ids, Some(vec![watched]));
    // The last of all: a write after the sync.
    phone
        .session
        .settings()
        .update(
            &SettingsContent::default(),
            &SettingsContent { language: Some("pt".into()), ..SettingsContent::default() },
        )
        .unwrap();
    let mut notices = Vec::new();
    while !matches!(notices.last(), Some(Notice { topic: Topic::Records(Collection::Settings), .. })) {
        notices.push(told.recv_timeout(SOON).unwrap());
    }
    let of_history = notices.iter().filter(|n| n.topic == Topic::Records(Collection::History)).count() as u64;
    assert!((1..=PAGES).contains(&of_history), "at most one a page: {of_history}");
    assert!(notices.len() as u64 <= 4 * PAGES, "{}", notices.len());
    assert!(notices.iter().all(|notice| notice.ids.as_ref().is_none_or(|ids| ids.len() <= 256)));
    assert!(told_of_one.try_iter().count() as u64 <= PAGES);
}

#[test]
fn many_edits_while_an_observer_is_busy_are_one_notice() {
    let phone = Phone::new("http://127.0.0.1:9", "ana");
    let (called, calls) = channel();
    let (go, go_on) = channel::<()>();
    let go_on = Mutex::new(go_on);
    let observer = Arc::new(Calls(move |notice: &Notice| {
        called.send(notice.clone()).unwrap();
        let _ = go_on.lock().unwrap().recv();
    }));
    let topic = Topic::Records(Collection::History);
    let _slow = phone.session.observe(Some(topic), observer);
    let _broken = phone.session.observe(None, Arc::new(Calls(|_: &Notice| panic!("a broken app"))));
    let (observer, others) = telling();
    let _other = phone.session.observe(Some(topic), observer);
    phone.session.history().add(&scan("first")).unwrap();
    calls.recv_timeout(SOON).unwrap();
    // It blocks: neither writes, nor reads, nor the other observer wait for it.
    let ids: Vec<_> = (0..50).map(|_| phone.session.history().add(&scan("n")).unwrap()).collect();
    let mut heard = 0;
    while heard < 51 {
        heard += others.recv_timeout(SOON).unwrap().ids.unwrap().len();
    }
    go.send(()).unwrap();
    let told = calls.recv_timeout(SOON).unwrap().ids.unwrap();
    assert_eq!(told.len(), ids.len(), "all of them, at once");
    assert!(ids.iter().all(|id| told.contains(id)));
    go.send(()).unwrap();
}

#[test]
fn no_call_comes_after_the_end_of_an_observation() {
    let phone = Phone::new("http://127.0.0.1:9", "ana");
    for _ in 0..50 {
        let wanted = Arc::new(Mutex::new(true));
        let (send, told) = channel();
        let still = Arc::clone(&wanted);
        let observer = Arc::new(Calls(move |_: &Notice| {
            std::thread::yield_now();
            send.send(*still.lock().unwrap()).unwrap();
        }));
        let subscription = phone.session.observe(None, observer);
        phone.session.history().add(&scan("n")).unwrap();
        drop(subscription);
        *wanted.lock().unwrap() = false;
        phone.session.history().add(&scan("n")).unwrap();
        // Ends when the observer is gone.
        assert!(told.iter().all(|wanted| wanted), "called after its end");
    }
}
