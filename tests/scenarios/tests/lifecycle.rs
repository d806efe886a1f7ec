//! A run can be stopped at any moment, and an app can be sure that nothing is under way.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
#[cfg(not(feature = "encryption"))]
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

#[path = "lifecycle/suspend.rs"]
mod suspend;

/// A transport whose writes hang until the test lets them go on to the real server.
struct Gate {
    to: HttpTransport,
    open: Mutex<bool>,
    waiting: Mutex<u32>,
    changed: Condvar,
}

impl Gate {
    fn new(backend: &Backend) -> Arc<Self> {
        let options = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
        let to = HttpTransport::new(&backend.url(), &options).unwrap();
        Arc::new(Self { to, open: Mutex::new(false), waiting: Mutex::new(0), changed: Condvar::new() })
    }

    fn until_a_request_hangs(&self) {
        let waiting = self.waiting.lock().unwrap();
        drop(self.changed.wait_while(waiting, |waiting| *waiting == 0).unwrap());
    }

    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

impl Transport for Gate {
    fn execute(&self, request: &Request) -> Outcome {
        if request.method == Method::Get {
            return self.to.execute(request);
        }
        *self.waiting.lock().unwrap() += 1;
        self.changed.notify_all();
        let open = self.open.lock().unwrap();
        drop(self.changed.wait_while(open, |open| !*open).unwrap());
        *self.waiting.lock().unwrap() -= 1;
        self.to.execute(request)
    }
}

fn phone_behind(gate: &Arc<Gate>, backend: &Backend) -> Phone {
    let options = PhoneOptions { transport: Some(gate.clone()), ..Default::default() };
    Phone::with_options(&backend.url(), "ana", options)
}

#[test]
fn cancel_gives_up_a_hanging_request_and_its_late_answer_changes_nothing() {
    let backend = Backend::start().unwrap();
    let gate = Gate::new(&backend);
    let phone = phone_behind(&gate, &backend);
    phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    let session = phone.session.clone();
    let run = std::thread::spawn(move || session.sync(Duration::from_secs(600)).unwrap());
    gate.until_a_request_hangs();
    assert_eq!(phone.sync().next, NextStep::AlreadyRunning);
    let cancelled = Instant::now();
    phone.session.cancel_sync();
    assert_eq!(run.join().unwrap().next, NextStep::MoreWork);
    assert!(cancelled.elapsed() < Duration::from_secs(60), "not when the request's own ten minutes are over");
    let waiting = phone.session.queue().list(QueueFilter::Unsent, 0, 1).unwrap().remove(0);
    assert_eq!(
        (waiting.state, waiting.attempts),
        (OperationState::Pending, 0),
        "a cancel uses up no attempt"
    );
    assert!(!phone.session.quiesce(Duration::ZERO), "the request still hangs");
    gate.open();
    assert!(phone.session.quiesce(Duration::from_secs(60)));
    assert_eq!(backend.server.stats().applied, 1, "it did arrive");
    assert_eq!(phone.session.queue().counts().unwrap().pending, 1, "but its late answer was dropped");
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!((backend.server.stats().applied, backend.server.stats().duplicates), (1, 1));
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

#[test]
fn a_run_that_is_cancelled_before_it_begins_does_nothing_and_stops_no_other() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    let run = phone.session.sync_run();
    run.cancel();
    let report = run.start(Duration::from_secs(60)).unwrap();
    assert_eq!((report.next, report.requests), (NextStep::MoreWork, 0));
    // A word to whichever run is under way is for that one: the next is not stopped by it.
    phone.session.cancel_sync();
    assert_eq!(phone.sync().next, NextStep::Done);
    assert_eq!(backend.server.stats().applied, 1);
}

#[test]
fn a_run_can_be_cancelled_by_itself_while_a_request_hangs() {
    let backend = Backend::start().unwrap();
    let gate = Gate::new(&backend);
    let phone = phone_behind(&gate, &backend);
    phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    let (run, status) = (phone.session.sync_run(), || phone.session.status().unwrap());
    let under_way = run.clone();
    let thread = std::thread::spawn(move || under_way.start(Duration::from_secs(600)).unwrap());
    gate.until_a_request_hangs();
    assert!(status().running);
    run.cancel();
    assert_eq!(thread.join().unwrap().next, NextStep::MoreWork);
    assert!(!status().running);
    gate.open();
    assert!(phone.session.quiesce(Duration::from_secs(60)));
}

#[test]
fn a_budget_ends_a_run_in_the_middle_of_a_request() {
    let backend = Backend::start().unwrap();
    let gate = Gate::new(&backend);
    let phone = phone_behind(&gate, &backend);
    phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    let report = phone.session.sync(Duration::from_millis(300)).unwrap();
    assert_eq!(
        (report.next, report.requests),
        (NextStep::MoreWork, 3),
        "what it can do, where the feed stands, and the batch"
    );
    gate.open();
    assert_eq!(phone.settle().next, NextStep::Done);
}

// Another program cannot read an encrypted one.
#[cfg(not(feature = "encryption"))]
#[test]
fn after_quiesce_another_process_may_have_the_database_for_itself() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let phone = Phone::in_folder(folder.path(), &backend.url(), "ana", Default::default()).unwrap();
    for at in 0..300 {
        phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, at)).unwrap();
    }
    backend.server.faults().push(Fault::new(Endpoint::Any, FaultKind::DelayMs { ms: 5 }).times(1_000));
    let session = phone.session.clone();
    let run = std::thread::spawn(move || session.sync(Duration::from_secs(600)).unwrap());
    while phone.session.queue().counts().unwrap().sending == 0 {
        std::thread::yield_now();
    }
    assert!(phone.session.quiesce(Duration::from_secs(60)));
    let file = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let file = file.into_iter().find(|path| path.extension().is_some_and(|e| e == "db")).unwrap();
    let script = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1],timeout=0); c.execute('BEGIN EXCLUSIVE'); print('mine')";
    let other = std::process::Command::new("python3").args(["-c", script]).arg(&file).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&other.stdout).trim(),
        "mine",
        "{}",
        String::from_utf8_lossy(&other.stderr)
    );
    // On a busy machine the run may have been through before it was stopped.
    assert!(matches!(run.join().unwrap().next, NextStep::MoreWork | NextStep::Done));
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!(backend.server.stats().applied, 300);
}

#[test]
fn a_closed_session_drops_what_comes_late() {
    let backend = Backend::start().unwrap();
    let gate = Gate::new(&backend);
    let phone = phone_behind(&gate, &backend);
    phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    let session = phone.session.clone();
    let run = std::thread::spawn(move || session.sync(Duration::from_secs(600)));
    gate.until_a_request_hangs();
    assert_eq!(
        phone.session.sign_out_preview().unwrap().unsent,
        1,
        "what is being sent may not have arrived"
    );
    phone.session.close();
    // Depending on who is first, the run still writes down that it was stopped, or finds the file closed.
    match run.join().unwrap() {
        Ok(report) => assert_eq!(report.next, NextStep::MoreWork),
        Err(error) => assert_eq!(*error.kind(), ErrorKind::Closed),
    }
    gate.open();
    let again = phone.library.session(&UserId::new("ana").unwrap()).unwrap();
    let report = again.sync(Duration::from_secs(60)).unwrap();
    assert_eq!((report.next, report.acknowledged), (NextStep::Done, 1));
    assert_eq!(backend.server.snapshot("ana").unwrap().len(), 1);
}
