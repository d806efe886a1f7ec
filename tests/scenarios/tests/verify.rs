//! Everything that is derived is made anew and compared; each thing that is damaged by hand is named.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, look_into, settle_all};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

fn database_in(folder: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "db")).unwrap()
}

fn scan(note: &str) -> HistoryContent {
    HistoryContent { note: Some(note.into()), ..HistoryContent::new(HistoryKind::Scan, 7) }
}

fn annotate(phone: &Phone, id: RecordId, note: &str) {
    let shown = phone.session.history().get(id).unwrap();
    phone.session.history().update(&shown, &scan(note)).unwrap();
}

fn worsen(phone: &Phone, id: RecordId, severity: Severity) {
    let shown = phone.session.allergies().get(id).unwrap();
    let to = AllergyContent { severity: Some(severity), ..shown.content.clone() };
    phone.session.allergies().update(&shown, &to).unwrap();
}

/// A phone with a bit of everything: at rest, edited, edited twice, in question, and something that waits for another.
fn lived_in(backend: &Backend) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let phone = open(folder.path(), backend);
    let (history, allergies) = (phone.session.history(), phone.session.allergies());
    let edited = history.add(&scan("at rest")).unwrap();
    history.add(&scan("at rest")).unwrap();
    let milk = allergies.add(&AllergyContent::new(Allergen::Eu(EuAllergen::Milk))).unwrap();
    let eggs = allergies.add(&AllergyContent::new(Allergen::Eu(EuAllergen::Eggs))).unwrap();
    phone.settle();
    let other = Phone::new(&backend.url(), "ana");
    other.settle();
    worsen(&other, milk, Severity::Severe);
    other.settle();
    worsen(&phone, milk, Severity::Moderate);
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    annotate(&phone, edited, "canary");
    worsen(&phone, eggs, Severity::Mild);
    worsen(&phone, eggs, Severity::Moderate);
    let report = phone.session.verify().unwrap();
    assert_eq!((report.flaws.as_slice(), report.more), ([].as_slice(), 0));
    assert_eq!((report.records, report.operations), (5, 4));
    folder
}

fn open(folder: &Path, backend: &Backend) -> Phone {
    Phone::in_folder(folder, &backend.url(), "ana", PhoneOptions::default()).unwrap()
}

/// A copy of the phone whose file is damaged by `harm`, and what is said of it.
fn harmed(original: &Path, backend: &Backend, harm: impl FnOnce(&Path)) -> VerifyReport {
    let copy = tempfile::tempdir().unwrap();
    let file = database_in(original);
    let to = copy.path().join(file.file_name().unwrap());
    std::fs::copy(&file, &to).unwrap();
    harm(&to);
    let phone = open(copy.path(), backend);
    let before = std::fs::read(&to).unwrap();
    let report = phone.session.verify().unwrap();
    assert_eq!(phone.session.verify().unwrap(), report, "it changes nothing");
    assert!(std::fs::read(&to).unwrap() == before, "it changes nothing");
    assert!(!format!("{report:?}").contains("canary"), "no content");
    report
}

fn kinds(report: &VerifyReport) -> Vec<FlawKind> {
    report.flaws.iter().map(|flaw| flaw.kind).collect()
}

/// One thing goes wrong in each, and just what is wrong is named.
const HARM: &[(&str, &[FlawKind])] = &[
    ("UPDATE queue_counts SET failed = failed + 1", &[FlawKind::QueueCounts]),
    ("UPDATE queue_counts SET gone = gone - 1", &[FlawKind::QueueCounts]),
    ("UPDATE history SET body = json_set(body, '$.note', 'x') WHERE base_kind = 2", &[FlawKind::Body]),
    ("UPDATE history SET base = json_set(base, '$.brand', 'x') WHERE base_kind = 2", &[FlawKind::Body]),
    ("UPDATE history SET deleted = 1 WHERE base_kind = 2", &[FlawKind::SortKey, FlawKind::Body]),
    ("UPDATE history SET deleted = 1 WHERE base_kind = 0", &[FlawKind::SortKey, FlawKind::Body]),
    ("UPDATE history SET shelf = 0", &[FlawKind::SortKey, FlawKind::SortKey]),
    (
        "UPDATE operations SET payload = json_set(payload, '$.note', 'x') WHERE collection = 5 AND state = 0",
        &[FlawKind::Body],
    ),
    ("UPDATE history SET base = NULL, base_kind = 0 WHERE base_kind = 2", &[FlawKind::Base]),
    ("UPDATE history SET base = body, base_kind = 2 WHERE base_kind = 0", &[FlawKind::Base]),
    ("UPDATE history SET sort_key = sort_key + 1 WHERE base_kind = 2", &[FlawKind::SortKey]),
    ("UPDATE history SET body = '{' WHERE base_kind = 0", &[FlawKind::UnreadableRecord]),
    (
        "UPDATE operations SET payload = '[]' WHERE collection = 5 AND state = 0",
        &[FlawKind::UnreadableOperation],
    ),
    ("DELETE FROM history WHERE base_kind = 2", &[FlawKind::NoRecord]),
    (
        "UPDATE operations SET user_id = 'ben' WHERE seq = (SELECT max(seq) FROM operations)",
        &[FlawKind::OtherUser],
    ),
    ("UPDATE operations SET ready_at = NULL WHERE collection = 5", &[FlawKind::HeadHeld]),
    ("UPDATE operations SET ready_at = 5 WHERE state = 0", &[FlawKind::OutOfTurn]),
    (
        "INSERT INTO waits_for SELECT seq, 999 FROM operations WHERE collection = 5 AND state = 0;
         UPDATE operations SET ready_at = NULL WHERE collection = 5",
        &[FlawKind::WaitsForNothing],
    ),
    (
        "INSERT INTO waits_for SELECT max(seq), min(seq) FROM operations WHERE state IN (0, 2) AND collection = 4;
         INSERT INTO waits_for SELECT held.seq, parked.seq FROM operations AS held, operations AS parked
            WHERE held.collection = 5 AND held.state = 0 AND parked.state = 2",
        &[FlawKind::OutOfTurn],
    ),
    ("DELETE FROM conflicts", &[FlawKind::EditWithoutQuestion]),
    ("UPDATE conflicts SET answered_at = 1", &[FlawKind::EditWithoutQuestion]),
    ("UPDATE operations SET failure = 'invalid' WHERE state = 2", &[FlawKind::QuestionWithoutEdit]),
    ("UPDATE conflicts SET local = NULL", &[FlawKind::QuestionSides]),
    ("UPDATE conflicts SET remote = json_set(remote, '$.severity', 'mild')", &[FlawKind::QuestionSides]),
    ("PRAGMA ignore_check_constraints = ON; UPDATE operations SET kind = 9", &[FlawKind::File]),
];

#[test]
fn each_thing_that_is_damaged_is_named() {
    let backend = Backend::start().unwrap();
    let folder = lived_in(&backend);
    for (sql, expected) in HARM {
        let report = harmed(folder.path(), &backend, |file| {
            let conn = look_into(file);
            conn.execute_batch(sql).unwrap();
            assert!(conn.total_changes() > 0, "{sql}");
        });
        assert_eq!(kinds(&report), *expected, "{sql}");
        assert!(!report.is_sound());
    }
}

/// Questions that no waiting edit holds: between two records, and about what a write has replaced.
#[test]
fn a_question_without_an_edit_shows_what_is_there() {
    let backend = Backend::start().unwrap();
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let configure = |config: &mut Config| config.ask_about = vec![(Collection::Profile, "country".into())];
    let phones = folders.each_ref().map(|folder| {
        let options = PhoneOptions { configure: Some(Arc::new(configure)), ..Default::default() };
        Phone::in_folder(folder.path(), &backend.url(), "ana", options).unwrap()
    });
    let country = |country: &str| ProfileContent { country: Some(country.into()), ..Default::default() };
    phones[0].session.profile().update(&Default::default(), &country("PT")).unwrap();
    settle_all(&[&phones[0], &phones[1]]);
    for (phone, severity, to) in [(&phones[0], Severity::Mild, "ES"), (&phones[1], Severity::Severe, "FR")] {
        let milk = AllergyContent::new(Allergen::Eu(EuAllergen::Milk));
        phone.session.allergies().add(&AllergyContent { severity: Some(severity), ..milk }).unwrap();
        phone.session.profile().update(&country("PT"), &country(to)).unwrap();
    }
    settle_all(&[&phones[0], &phones[1]]);
    let asked = phones[1].session.conflicts().unwrap();
    assert_eq!(asked.iter().filter(|asked| asked.other_record.is_some()).count(), 1);
    assert_eq!(asked.len(), 2);
    assert_eq!(phones[1].session.verify().unwrap().flaws, []);
    drop(phones);
    for (sql, expected) in [
        ("local = json_set(local, '$.severity', 'x') WHERE other_id IS NOT NULL", FlawKind::QuestionSides),
        ("remote = json_set(remote, '$.severity', 'x') WHERE other_id IS NOT NULL", FlawKind::QuestionSides),
        ("local = json_set(local, '$.country', 'x') WHERE other_id IS NULL", FlawKind::QuestionWithoutEdit),
    ] {
        let report = harmed(folders[1].path(), &backend, |file| {
            let changed = look_into(file).execute(&format!("UPDATE conflicts SET {sql}"), []).unwrap();
            assert_eq!(changed, 1, "{sql}");
        });
        assert_eq!(kinds(&report), [expected], "{sql}");
    }
}

#[test]
fn a_flaw_names_its_record_and_its_operation() {
    let backend = Backend::start().unwrap();
    let folder = lived_in(&backend);
    let phone = open(folder.path(), &backend);
    let queued = phone.session.queue().list(QueueFilter::Pending, 0, 10).unwrap();
    let queued = queued.iter().find(|op| op.collection == Collection::History).unwrap();
    drop(phone);
    let report = harmed(folder.path(), &backend, |file| {
        let sql = "UPDATE operations SET ready_at = NULL WHERE collection = 5";
        look_into(file).execute_batch(sql).unwrap();
    });
    let record = Some((Collection::History, queued.record_id));
    let flaw = Flaw { kind: FlawKind::HeadHeld, record, operation: Some(queued.id) };
    assert_eq!(report.flaws, [flaw]);
    assert_eq!(flaw.kind.code(), "head_held");
}

/// A page of an index that is no page any more.
#[test]
fn a_damaged_file_is_a_finding_and_no_error() {
    let backend = Backend::start().unwrap();
    let folder = lived_in(&backend);
    let report = harmed(folder.path(), &backend, |file| {
        let conn = look_into(file);
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'history_shelves'";
        let page: usize = conn.query_row(sql, [], |row| row.get(0)).unwrap();
        let size = 4_096;
        drop(conn);
        let mut bytes = std::fs::read(file).unwrap();
        bytes[(page - 1) * size..page * size].fill(0xff);
        std::fs::write(file, bytes).unwrap();
    });
    assert_eq!(kinds(&report), [FlawKind::File]);
}

#[test]
fn more_flaws_than_are_named_are_counted() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let phone = open(folder.path(), &backend);
    let many: Vec<_> = (0..1_200).map(|_| scan("n")).collect();
    phone.session.history().add_all(&many).unwrap();
    assert!(phone.session.verify().unwrap().is_sound());
    drop(phone);
    let report = harmed(folder.path(), &backend, |file| {
        let conn = look_into(file);
        conn.execute_batch("UPDATE history SET sort_key = 0").unwrap();
    });
    assert_eq!((report.records, report.operations), (1_200, 1_200));
    assert_eq!((report.flaws.len(), report.more), (1_000, 200));
}
