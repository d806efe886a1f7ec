//! Files that were lost, put back from a backup or cloned: the person's data are there at the end, nothing takes effect
//! twice, and nobody takes an elder list for a complete one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

const NOWHERE: &str = "http://127.0.0.1:9";

fn named(name: &str) -> HistoryContent {
    HistoryContent { product_name: Some(name.into()), ..HistoryContent::new(HistoryKind::Scan, 1) }
}

fn eu(allergen: EuAllergen) -> AllergyContent {
    AllergyContent { severity: Some(Severity::Severe), ..AllergyContent::new(Allergen::Eu(allergen)) }
}

fn open(folder: &Path, url: &str) -> Result<Phone> {
    Phone::in_folder(folder, url, "ana", PhoneOptions::default())
}

fn copy(from: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    copy_into(from, to.path());
    to
}

fn copy_into(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

fn file(folder: &Path, extension: &str) -> PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.find(|file| file.extension().is_some_and(|found| found == extension)).unwrap()
}

fn kind<T>(result: Result<T>) -> ErrorKind {
    result.err().map(|error| error.kind().clone()).unwrap()
}

fn agrees(phone: &Phone, backend: &Backend) {
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
    assert!(phone.session.allergies().list().unwrap().complete);
}

#[test]
fn a_file_that_is_gone_or_empty_is_missed_and_not_made_again() {
    for lost in ["gone", "empty"] {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path(), NOWHERE).unwrap().session.allergies().add(&eu(EuAllergen::Milk)).unwrap();
        let database = file(folder.path(), "db");
        match lost {
            "gone" => std::fs::remove_file(&database).unwrap(),
            _ => std::fs::write(&database, "").unwrap(),
        }
        for _ in 0..2 {
            assert_eq!(kind(open(folder.path(), NOWHERE)), ErrorKind::StoreMissing, "{lost}");
        }
        assert_eq!(std::fs::metadata(&database).map_or(0, |file| file.len()), 0, "{lost}: left as it is");
    }
}

#[test]
fn a_file_that_vanishes_while_it_is_open_takes_no_more_writes() {
    let folder = tempfile::tempdir().unwrap();
    let phone = open(folder.path(), NOWHERE).unwrap();
    phone.session.history().add(&named("before")).unwrap();
    std::fs::remove_file(file(folder.path(), "db")).unwrap();
    assert_eq!(kind(phone.session.history().add(&named("after"))), ErrorKind::StoreMissing);
    assert_eq!(kind(phone.session.history().count()), ErrorKind::StoreMissing);
    assert_eq!(kind(phone.library.session(phone.session.user())), ErrorKind::StoreMissing);
}

#[test]
fn two_phones_with_one_queue_send_it_once_and_both_go_on() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.session.allergies().add(&eu(EuAllergen::Milk)).unwrap();
    phone.settle();
    let kept = phone.session.history().add(&named("waits in both")).unwrap();
    let nuts = phone.session.allergies().add(&eu(EuAllergen::Nuts)).unwrap();
    phone.session.close();
    let cloned = copy(phone.folder());
    let phone = open(phone.folder(), &backend.url()).unwrap();
    let clone = open(cloned.path(), &backend.url()).unwrap();
    assert!(!phone.session.status().unwrap().restoring, "the first knows its own files");
    assert!(clone.session.status().unwrap().restoring, "the other does not take its list for complete");
    assert!(!clone.session.allergies().list().unwrap().complete);
    // The first goes on as ever, edits what waits, and sends it; then the clone sends what it has.
    phone.settle();
    let applied = backend.server.stats().applied;
    backend.server.requests().clear();
    clone.settle();
    assert_eq!(backend.server.stats().applied, applied, "everything had taken effect");
    assert_eq!(backend.server.stats().duplicates, 2, "both came again under their keys");
    let asked = backend.server.requests().all();
    let first = |part: &str| asked.iter().position(|request| request.path.contains(part)).unwrap();
    assert!(first("/changes") < first("/batch"), "the server is heard first");
    for phone in [&phone, &clone] {
        assert!(phone.session.history().get(kept).is_ok() && phone.session.allergies().get(nuts).is_ok());
        agrees(phone, &backend);
    }
    // From now on each is a device of its own.
    clone.session.history().add(&named("the clone's")).unwrap();
    phone.session.history().add(&named("the first's")).unwrap();
    let _ = (clone.settle(), phone.settle(), clone.settle());
    assert_eq!(clone.session.history().count().unwrap(), 3);
    let _ = (agrees(&phone, &backend), agrees(&clone, &backend));
    drop(clone);
    assert!(!open(cloned.path(), &backend.url()).unwrap().session.status().unwrap().restoring);
}

#[test]
fn a_backup_that_is_put_back_loses_no_allergy_of_the_time_since() {
    let backend = Backend::start().unwrap();
    let (data, marks) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mark_dir = marks.path().to_owned();
    let options = PhoneOptions {
        configure: Some(Arc::new(move |config| config.mark_dir = Some(mark_dir.clone()))),
        ..PhoneOptions::default()
    };
    let open = || Phone::in_folder(data.path(), &backend.url(), "ana", options.clone()).unwrap();
    let phone = open();
    let milk = phone.session.allergies().add(&eu(EuAllergen::Milk)).unwrap();
    phone.settle();
    let waited = phone.session.history().add(&named("not yet sent when the backup was made")).unwrap();
    phone.session.close();
    let backup = copy(data.path());
    let phone = open();
    assert!(!phone.session.status().unwrap().restoring);
    phone.settle();
    let eggs = phone.session.allergies().add(&eu(EuAllergen::Eggs)).unwrap();
    phone.session.allergies().remove(milk).unwrap();
    phone.settle();
    drop(phone);
    let applied = backend.server.stats().applied;
    // In place: the files keep their places on the file system.
    copy_into(backup.path(), data.path());
    let phone = open();
    assert!(phone.session.status().unwrap().restoring, "an elder list is not complete");
    assert!(phone.session.allergies().get(milk).is_ok());
    phone.settle();
    assert!(phone.session.allergies().get(eggs).is_ok());
    assert_eq!(kind(phone.session.allergies().get(milk)), ErrorKind::NotFound { what: "record" });
    assert!(phone.session.history().get(waited).is_ok());
    assert_eq!(backend.server.stats().applied, applied, "nothing took effect twice");
    agrees(&phone, &backend);
}

#[test]
fn a_log_that_is_lost_after_a_kill_is_noticed() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let phone = open(folder.path(), &backend.url()).unwrap();
    let milk = phone.session.allergies().add(&eu(EuAllergen::Milk)).unwrap();
    phone.settle();
    drop(phone);
    let mut app = Command::new(env!("CARGO_BIN_EXE_foodlens-phone"))
        .arg(folder.path())
        .args([&backend.url(), "ana", "100"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(app.stdout.take().unwrap()).lines().map_while(std::result::Result::ok);
    assert_eq!(lines.take(50).count(), 50);
    app.kill().unwrap();
    app.wait().unwrap();
    let log = file(folder.path(), "db-wal");
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    std::fs::remove_file(log).unwrap();
    std::fs::remove_file(file(folder.path(), "db-shm")).unwrap();
    let phone = open(folder.path(), &backend.url()).unwrap();
    assert!(phone.session.history().count().unwrap() < 40, "what SQLite makes of it, without an error");
    assert!(phone.session.status().unwrap().restoring, "it is not taken for all");
    phone.settle();
    assert!(phone.session.history().count().unwrap() >= 40, "what had been sent is back");
    assert!(phone.session.allergies().get(milk).is_ok());
    agrees(&phone, &backend);
}
