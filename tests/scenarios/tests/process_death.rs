//! Real processes, really killed: what was said to be stored is there, and each write takes effect once.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::{NextStep, RecordId};
use foodlens_scenarios::{Backend, Phone, differences};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn phone_process(folder: &Path, url: &str, rounds: u32) -> Child {
    Command::new(env!("CARGO_BIN_EXE_foodlens-phone"))
        .args([folder.to_str().unwrap(), url, "ana", &rounds.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads what the process prints until it has stored `writes` records, kills it, and gives all that it printed.
fn kill_after(mut child: Child, writes: usize) -> BTreeSet<RecordId> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut stored = BTreeSet::new();
    while stored.len() < writes {
        match lines.next() {
            Some(line) if line.starts_with('#') => {}
            Some(line) => _ = stored.insert(RecordId::parse(&line).unwrap()),
            None => break,
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    stored.extend(lines.filter_map(|line| RecordId::parse(&line).ok()));
    stored
}

#[test]
fn killed_at_many_moments_nothing_stored_is_lost_and_nothing_is_doubled() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut stored = BTreeSet::new();
    for writes in [1, 7, 19, 20, 21, 33, 40, 41, 59, 60, 61, 80] {
        backend.server.faults().clear();
        backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::DelayMs { ms: 20 }).times(50));
        stored.extend(kill_after(phone_process(folder.path(), &backend.url(), 100), writes));
    }
    backend.server.faults().clear();
    let phone = Phone::in_folder(folder.path(), &backend.url(), "ana", Default::default()).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    for id in &stored {
        assert!(phone.session.history().get(*id).is_ok(), "{id} was said to be stored");
    }
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
    assert!(snapshot.len() >= stored.len());
    // One effect per record: as many applied operations as records, whatever was sent twice.
    assert_eq!(backend.server.stats().applied, snapshot.len() as u64);
}

#[test]
fn killed_while_sending_the_next_start_sends_the_same_again_at_once() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // The first batch arrives, but its answer does not come; the process dies waiting for it.
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::DelayMs { ms: 60_000 }));
    let child = phone_process(folder.path(), &backend.url(), 1);
    let watcher = Phone::in_folder(folder.path(), &backend.url(), "ana", Default::default()).unwrap();
    let (mut child, mut told) = (child, 0);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while told < 20 {
        lines.next().unwrap().unwrap();
        told += 1;
    }
    // Marked as sending before the request goes out: wait until the server has it, too.
    while backend.server.faults().waiting() > 0 {
        std::thread::yield_now();
    }
    assert_eq!(watcher.sync().next, NextStep::AlreadyRunning, "the living process has the lease");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(watcher.session.queue().counts().unwrap().sending, 20, "maybe sent, and it says so");
    let report = watcher.settle();
    assert_eq!((report.next, report.acknowledged), (NextStep::Done, 20), "no lease of the dead holds it up");
    assert_eq!(backend.server.snapshot("ana").unwrap().len(), 20);
}

#[test]
fn two_processes_that_drain_one_file_send_each_operation_once() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let children: Vec<_> = (0..2).map(|_| phone_process(folder.path(), &backend.url(), 10)).collect();
    for mut child in children {
        let printed = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert_eq!(printed.filter(|line| !line.starts_with('#')).count(), 200);
        assert!(child.wait().unwrap().success());
    }
    let phone = Phone::in_folder(folder.path(), &backend.url(), "ana", Default::default()).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!((snapshot.len(), backend.server.stats().applied), (400, 400));
    assert_eq!(backend.server.stats().duplicates, 0, "nobody sent what another was sending");
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}
