//! Signing out: what waits is sealed, sent or, once a person has confirmed it, deleted; nobody who still has the file open
//! goes on with it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const NOWHERE: &str = "http://127.0.0.1:9";

fn scan(at: i64) -> HistoryContent {
    HistoryContent::new(HistoryKind::Scan, at)
}

fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn kind<T>(result: Result<T>) -> ErrorKind {
    result.err().map(|error| error.kind().clone()).unwrap()
}

fn another_app(folder: &Path, url: &str) -> Phone {
    Phone::in_folder(folder, url, "ana", PhoneOptions::with_real_ids()).unwrap()
}

#[test]
fn a_sealed_queue_waits_for_its_user_and_goes_on_when_they_sign_in_again() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let kept = phone.session.history().add(&scan(1)).unwrap();
    let old = phone.session.clone();
    let report = phone.session.sign_out(&SignOut::KeepSealed).unwrap();
    assert_eq!((report.left.unsent, report.left.failed, report.last_run), (1, 0, None));
    assert_eq!(kind(old.history().get(kept)), ErrorKind::Closed);

    let ben = phone.library.session(&user("ben")).unwrap();
    assert_eq!(ben.history().count().unwrap(), 0);
    ben.sync(Duration::from_secs(60)).unwrap();
    assert_eq!(backend.server.stats().applied, 0);
    assert_eq!(
        kind(phone.library.signed_in_session(&user("ana"))),
        ErrorKind::SignedOut,
        "no worker lets her in"
    );
    assert_eq!(kind(phone.library.signed_in_session(&user("carl"))), ErrorKind::SignedOut);
    assert_eq!(
        files(phone.folder()).iter().filter(|name| name.ends_with(".db")).count(),
        2,
        "nor makes a file"
    );

    let again = phone.library.session(&user("ana")).unwrap();
    assert!(phone.library.signed_in_session(&user("ana")).is_ok());
    assert_eq!(again.history().get(kept).unwrap().sync.state, SyncState::Pending);
    again.sync(Duration::from_secs(60)).unwrap();
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&again.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(snapshot.len(), 1);
}

#[test]
fn a_flush_sends_what_it_can_and_seals_the_rest() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.session.history().add(&scan(1)).unwrap();
    let report = phone.session.sign_out(&SignOut::Flush(Duration::from_secs(60))).unwrap();
    assert_eq!((report.left.unsent, report.last_run.unwrap().next), (0, NextStep::Done));
    assert_eq!(backend.server.stats().applied, 1);

    let again = phone.library.session(&user("ana")).unwrap();
    again.history().add(&scan(2)).unwrap();
    backend.server.faults().push(Fault::new(Endpoint::Any, FaultKind::status(503)).times(1_000));
    let report = again.sign_out(&SignOut::Flush(Duration::from_secs(60))).unwrap();
    assert_eq!(report.left.unsent, 1, "the server does not answer, and nobody waits a minute for it");
    assert!(matches!(report.last_run.unwrap().next, NextStep::RetryAt(_)));
    let sealed = phone.library.session(&user("ana")).unwrap();
    assert_eq!(sealed.queue().counts().unwrap().pending, 1);
}

#[test]
fn a_flush_of_nothing_or_in_no_time_makes_no_run() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let minute = Duration::from_secs(60);
    assert_eq!(phone.session.sign_out(&SignOut::Flush(minute)).unwrap().last_run, None);
    let again = phone.library.session(&user("ana")).unwrap();
    again.history().add(&scan(1)).unwrap();
    let report = again.sign_out(&SignOut::Flush(Duration::ZERO)).unwrap();
    assert_eq!((report.left.unsent, report.last_run), (1, None));
}

/// Says when it is asked, and answers when it may.
struct Slow(Mutex<Sender<()>>, Mutex<Receiver<()>>);

impl Transport for Slow {
    fn execute(&self, _: &Request) -> Outcome {
        let _ = self.0.lock().unwrap().send(());
        let _ = self.1.lock().unwrap().recv();
        Outcome::NotSent("no network")
    }
}

#[test]
fn a_run_under_way_ends_before_its_user_is_signed_out() {
    let (tell, asked) = channel();
    let (answer, wait) = channel();
    let slow = Slow(Mutex::new(tell), Mutex::new(wait));
    let phone = Phone::with_options(
        NOWHERE,
        "ana",
        PhoneOptions { transport: Some(Arc::new(slow)), ..Default::default() },
    );
    let session = phone.session.clone();
    let run = std::thread::spawn(move || session.sync(Duration::from_secs(600)));
    asked.recv().unwrap();
    phone.session.sign_out(&SignOut::KeepSealed).unwrap();
    let report = run.join().unwrap();
    drop(answer);
    assert_eq!(report.unwrap().next, NextStep::MoreWork, "it has ended, and had its data to the end");
}

#[test]
fn a_wipe_takes_no_question_that_was_not_shown() {
    let backend = Backend::start().unwrap();
    let (phone, other) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let milk = AllergyContent::new(Allergen::Eu(EuAllergen::Milk));
    let id = phone.session.allergies().add(&milk).unwrap();
    let _ = (phone.settle(), other.settle());
    for (phone, severity) in [(&other, Severity::Severe), (&phone, Severity::Moderate)] {
        let shown = phone.session.allergies().get(id).unwrap();
        let to = AllergyContent { severity: Some(severity), ..milk.clone() };
        phone.session.allergies().update(&shown, &to).unwrap();
    }
    let shown = phone.session.sign_out_preview().unwrap();
    let _ = (other.settle(), phone.settle());
    assert_eq!(kind(phone.session.sign_out(&SignOut::Wipe(shown))), ErrorKind::UnsentWork);
    let shown = phone.session.sign_out_preview().unwrap();
    assert_eq!((shown.unsent, shown.conflicts), (0, 1));
    phone.session.sign_out(&SignOut::Wipe(shown)).unwrap();
}

#[test]
fn a_wipe_takes_no_more_than_the_person_has_seen_and_then_leaves_nothing() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.session.history().add(&scan(1)).unwrap();
    phone.settle();
    phone.session.history().add(&scan(2)).unwrap();
    let ben = phone.library.session(&user("ben")).unwrap();
    let bens = ben.history().add(&scan(3)).unwrap();
    let shown = phone.session.sign_out_preview().unwrap();
    assert_eq!((shown.unsent, shown.failed, shown.conflicts), (1, 0, 0));
    assert!(shown.oldest_unsent_at.is_some());

    phone.session.history().add(&scan(4)).unwrap();
    let before = files(phone.folder());
    assert_eq!(kind(phone.session.sign_out(&SignOut::Wipe(shown))), ErrorKind::UnsentWork);
    assert_eq!(files(phone.folder()), before);
    assert_eq!(phone.session.queue().counts().unwrap().pending, 2, "nothing has happened");

    let shown = phone.session.sign_out_preview().unwrap();
    assert_eq!(shown.unsent, 2);
    phone.session.sign_out(&SignOut::Wipe(shown)).unwrap();
    assert_eq!(kind(phone.session.history().count()), ErrorKind::Closed);
    let left = files(phone.folder());
    assert!(!left.is_empty() && left.iter().all(|name| before.contains(name)), "{left:?}");
    assert!(ben.history().get(bens).is_ok(), "another user's data are as they were");
    ben.close();
    assert_eq!(left.iter().filter(|name| name.ends_with(".db")).count(), 1);
    assert_eq!(kind(phone.library.signed_in_session(&user("ana"))), ErrorKind::SignedOut);

    let again = phone.library.session(&user("ana")).unwrap();
    assert_eq!(again.history().count().unwrap(), 0);
    assert!(again.status().unwrap().restoring);
    again.sync(Duration::from_secs(60)).unwrap();
    assert_eq!(again.history().count().unwrap(), 1, "what the server had is back");
}

#[test]
fn everything_of_a_user_goes_in_one_call_open_or_not_even_a_damaged_file() {
    let phone = Phone::new(NOWHERE, "ana");
    phone.session.history().add(&scan(1)).unwrap();
    phone.library.wipe(&user("ana")).unwrap();
    assert_eq!(kind(phone.session.history().count()), ErrorKind::Closed);
    assert_eq!(files(phone.folder()), Vec::<String>::new());
    let again = phone.library.session(&user("ana")).unwrap();
    again.history().add(&scan(2)).unwrap();
    again.close();
    for name in files(phone.folder()).iter().filter(|name| name.ends_with(".db")) {
        std::fs::write(phone.folder().join(name), "no database").unwrap();
        std::fs::write(phone.folder().join(name.replace(".db", ".damaged-1.db")), "set aside").unwrap();
    }
    assert!(matches!(kind(phone.library.session(&user("ana"))), ErrorKind::Corrupt { .. }));
    phone.library.wipe(&user("ana")).unwrap();
    assert_eq!(files(phone.folder()), Vec::<String>::new());
}

#[test]
fn who_still_has_the_file_open_can_neither_read_nor_write_it() {
    let phone = Phone::new(NOWHERE, "ana");
    for how in ["seal", "wipe"] {
        let session = phone.library.session(&user("ana")).unwrap();
        session.history().add(&scan(1)).unwrap();
        // Two libraries on one folder are like two processes: each has connections of its own.
        let worker = another_app(phone.folder(), NOWHERE);
        let shown = session.sign_out_preview().unwrap();
        session.sign_out(&if how == "seal" { SignOut::KeepSealed } else { SignOut::Wipe(shown) }).unwrap();
        assert_eq!(kind(worker.session.history().count()), ErrorKind::SignedOut, "{how}");
        assert_eq!(kind(worker.session.history().add(&scan(2))), ErrorKind::SignedOut, "{how}");
        assert_eq!(kind(worker.session.sync(Duration::from_secs(1))), ErrorKind::SignedOut, "{how}");
        assert_eq!(kind(worker.library.signed_in_session(&user("ana"))), ErrorKind::SignedOut, "{how}");
        if how == "wipe" {
            drop(worker);
            assert_eq!(files(phone.folder()), Vec::<String>::new(), "nothing is made again");
        } else {
            let again = worker.library.session(&user("ana")).unwrap();
            assert_eq!(again.history().count().unwrap(), 1, "who signs in gets a session that works");
            assert_eq!(kind(worker.session.history().count()), ErrorKind::SignedOut, "the old one does not");
        }
    }
}

#[test]
fn a_page_that_comes_after_a_sign_out_and_a_new_sign_in_changes_nothing() {
    let backend = Backend::start().unwrap();
    let other = Phone::new(&backend.url(), "ana");
    other.session.allergies().add(&AllergyContent::new(Allergen::Eu(EuAllergen::Milk))).unwrap();
    other.settle();
    let phone = Phone::new(&backend.url(), "ana");
    let worker = another_app(phone.folder(), &backend.url());
    backend.server.faults().push(Fault::new(Endpoint::Changes, FaultKind::DelayMs { ms: 300 }));
    let run = std::thread::spawn(move || worker.session.sync(Duration::from_secs(60)));
    while backend.server.faults().waiting() > 0 {
        std::thread::yield_now();
    }
    phone.session.sign_out(&SignOut::KeepSealed).unwrap();
    let again = phone.library.session(&user("ana")).unwrap();
    assert_eq!(kind(run.join().unwrap()), ErrorKind::SignedOut);
    let list = again.allergies().list().unwrap();
    assert!(list.entries.is_empty() && !list.complete, "the late page was dropped");
    again.sync(Duration::from_secs(60)).unwrap();
    assert_eq!(again.allergies().list().unwrap().entries.len(), 1);
}
