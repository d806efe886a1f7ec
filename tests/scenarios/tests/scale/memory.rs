//! A process that drains ten times the queue, or restores ten times the records, takes no more memory for it.

use crate::fixture::queue;
use foodlens_scenarios::{Backend, Phone, PhoneOptions};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The server makes every write durable by itself, which takes its time: `OPERATIONS=100000` is for the patient.
const MANY: usize = 30_000;
/// What ten times the work may add to the peak: one list of that many operations or records takes several times as much.
const MARGIN_KIB: u64 = 3 * 1024;

#[test]
fn ten_times_the_queue_and_ten_times_the_feed_take_no_more_memory() {
    let backend = Backend::start().unwrap();
    let many = std::env::var("OPERATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(MANY);
    let (small, large) =
        (drain_and_restore(&backend, "few", many / 10), drain_and_restore(&backend, "many", many));
    for (what, small, large) in [("drain", small.0, large.0), ("restore", small.1, large.1)] {
        println!("{what}: {small} KiB with {}, {large} KiB with {many}", many / 10);
        assert!(large < small + MARGIN_KIB, "{what}: {small} KiB, and {large} KiB with ten times as many");
    }
    let stats = backend.server.stats();
    assert_eq!((stats.applied, stats.duplicates), ((many / 10 + many) as u64, 0));
}

/// The peaks of one phone that sends `count` operations, and of another that gets them.
fn drain_and_restore(backend: &Backend, user: &str, count: usize) -> (u64, u64) {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let made = {
        let phone = Phone::in_folder(first.path(), &backend.url(), user, PhoneOptions::default()).unwrap();
        queue(&phone, count)
    };
    let drained = peak(first.path(), backend, user, (count, 0));
    let snapshot = backend.server.snapshot(user).unwrap();
    let arrived: BTreeSet<_> = snapshot.iter().map(|record| record.id.clone()).collect();
    assert_eq!(snapshot.len(), count, "each once");
    assert_eq!(arrived, made.iter().map(ToString::to_string).collect());
    let restored = peak(second.path(), backend, user, (0, count));
    (drained, restored)
}

/// Syncs in a process of its own, which has to acknowledge and to pull as many as `expected`.
fn peak(folder: &Path, backend: &Backend, user: &str, expected: (usize, usize)) -> u64 {
    let mut app = Command::new(env!("CARGO_BIN_EXE_foodlens-phone"));
    let output = app.arg(folder).args([&backend.url(), user, "peak"]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let (done, peak) = told.trim().rsplit_once(' ').unwrap_or_else(|| panic!("{told}, {:?}", output.status));
    assert_eq!(done, format!("Done {} {}", expected.0, expected.1));
    peak.parse().unwrap()
}
