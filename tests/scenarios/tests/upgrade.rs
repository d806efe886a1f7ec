//! A file of an older schema, with unsent writes and an open question in it, goes on as if nothing had happened.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone};
use std::path::{Path, PathBuf};

const SCHEMA: &str = include_str!("../../../core/src/db/migrations/0001_initial.sql");
const DATA: &str = include_str!("../../fixtures/schema/0001.sql");

/// Makes the file under the name that the library gives it.
fn of_schema_1(folder: &Path, url: &str) -> PathBuf {
    drop(Phone::in_folder(folder, url, "ana", Default::default()).unwrap());
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut path = None;
    for file in files.collect::<Vec<_>>() {
        if file.extension().is_some_and(|extension| extension == "db") {
            path = Some(file.clone());
        }
        std::fs::remove_file(file).unwrap();
    }
    let path = path.unwrap();
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute_batch(SCHEMA).unwrap();
    conn.execute_batch(&DATA.replace("{user}", "ana").replace("{server}", url)).unwrap();
    conn.pragma_update(None, "user_version", 1).unwrap();
    path
}

#[test]
fn schema_1_with_unsent_writes_and_an_open_question() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = of_schema_1(folder.path(), &backend.url());
    let phone = Phone::in_folder(folder.path(), &backend.url(), "ana", Default::default()).unwrap();
    let sound = || assert_eq!(phone.session.verify().unwrap().flaws, [], "everything derived is right");
    sound();
    let counts = phone.session.queue().counts().unwrap();
    assert_eq!((counts.pending, counts.sending, counts.failed), (4, 1, 2));
    let history = phone.session.history();
    assert_eq!(history.count().unwrap(), 4);
    assert_eq!(history.search("creme br", 5).unwrap().len(), 1);
    let favourites = HistoryFilter { favourites: true, ..Default::default() };
    assert_eq!(history.list(&favourites, None, 5).unwrap().entries.len(), 1);
    assert_eq!(phone.session.allergies().list().unwrap().entries.len(), 2);
    assert_eq!(phone.session.overwritten(None, 5).unwrap().len(), 1);
    assert_eq!(phone.session.unreadable().unwrap().len(), 1);
    let asked = phone.session.conflicts().unwrap();
    assert_eq!(
        (asked.len(), asked[0].revision, asked[0].deferred, asked[0].other_record),
        (1, 2, true, None)
    );
    // Opened once more, nothing changes.
    drop(Phone::in_folder(folder.path(), &backend.url(), "ana", Default::default()).unwrap());
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    sound();
    assert!(phone.session.answer(asked[0].id, asked[0].revision, &MergeAnswer::KeepRemote).unwrap());
    for parked in phone.session.queue().list(QueueFilter::Failed, 0, 10).unwrap() {
        phone.session.queue().retry(parked.position, parked.id).unwrap();
    }
    assert_eq!(phone.settle().next, NextStep::Done);
    sound();
    // The profile, the milk, the list's state and three entries: each once.
    assert_eq!((backend.server.stats().applied, backend.server.stats().duplicates), (6, 0));
    let version: i64 = foodlens_scenarios::look_into(&path)
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert!(version > 1);
}
