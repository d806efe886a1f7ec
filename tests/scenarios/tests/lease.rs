//! One run at a time also where files cannot be locked: there a row in the database says who has the queue.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// A transport whose requests hang until the test lets them go on.
struct Gate {
    to: HttpTransport,
    hanging: Mutex<(u32, bool)>,
    changed: Condvar,
}

impl Transport for Gate {
    fn execute(&self, request: &Request) -> Outcome {
        let mut state = self.hanging.lock().unwrap();
        state.0 += 1;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |state| !state.1).unwrap());
        self.to.execute(request)
    }
}

fn app(folder: &Path, backend: &Backend, transport: Option<Arc<dyn Transport>>) -> Phone {
    let options = PhoneOptions { transport, ..PhoneOptions::with_real_ids() };
    Phone::in_folder(folder, &backend.url(), "ana", options).unwrap()
}

/// What cannot be opened as a file cannot be locked.
fn make_unlockable(folder: &Path) {
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let database = files.find(|path| path.extension().is_some_and(|extension| extension == "db")).unwrap();
    std::fs::create_dir(database.with_extension("run")).unwrap();
}

#[test]
fn where_no_file_can_be_locked_a_row_lets_one_run_in_and_the_next_one_after_it() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
    let to = HttpTransport::new(&backend.url(), &options).unwrap();
    let gate = Arc::new(Gate { to, hanging: Mutex::default(), changed: Condvar::new() });
    let first = app(folder.path(), &backend, Some(gate.clone()));
    let second = app(folder.path(), &backend, None);
    make_unlockable(folder.path());
    first.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    std::thread::scope(|scope| {
        let run = scope.spawn(|| first.sync());
        let state = gate.hanging.lock().unwrap();
        drop(gate.changed.wait_while(state, |state| state.0 == 0).unwrap());
        let meanwhile = second.sync();
        gate.hanging.lock().unwrap().1 = true;
        gate.changed.notify_all();
        assert_eq!(meanwhile.next, NextStep::AlreadyRunning);
        assert_eq!(run.join().unwrap().next, NextStep::Done);
    });
    assert_eq!(second.sync().next, NextStep::Done, "it was given back");
    assert_eq!(backend.server.stats().applied, 1);
}

#[test]
fn a_run_whose_row_went_to_another_ends() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = || HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
    let gate = || {
        let to = HttpTransport::new(&backend.url(), &options()).unwrap();
        Arc::new(Gate { to, hanging: Mutex::default(), changed: Condvar::new() })
    };
    let (gates, hung) = ([gate(), gate()], |gate: &Gate| {
        let state = gate.hanging.lock().unwrap();
        drop(gate.changed.wait_while(state, |state| state.0 == 0).unwrap());
    });
    let open = |gate: &Gate| {
        gate.hanging.lock().unwrap().1 = true;
        gate.changed.notify_all();
    };
    let phones = [0, 1].map(|n| app(folder.path(), &backend, Some(gates[n].clone())));
    make_unlockable(folder.path());
    phones[0].session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    std::thread::scope(|scope| {
        let overdue = scope.spawn(|| phones[0].session.sync(Duration::from_secs(600)).unwrap());
        hung(&gates[0]);
        phones.iter().for_each(|phone| phone.clock.advance_ms(121_000));
        let other = scope.spawn(|| phones[1].sync());
        hung(&gates[1]);
        // The first comes back while the second is at work.
        open(&gates[0]);
        let ended = overdue.join().unwrap();
        open(&gates[1]);
        assert_eq!(ended.next, NextStep::MoreWork);
        assert_eq!(other.join().unwrap().next, NextStep::Done);
    });
    assert_eq!(backend.server.stats().applied, 1);
}
