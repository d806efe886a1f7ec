//! A file of an older schema, with unsent writes and an open question in it, goes on as if nothing had happened.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone};
use ladder::{NEWEST, again, file_of_schema, rows, schema};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

#[path = "ladder/mod.rs"]
mod ladder;

const NOWHERE: &str = "http://127.0.0.1:9";

#[test]
fn schema_1_with_unsent_writes_and_an_open_question() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = file_of_schema(1, folder.path(), &backend.url());
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
    let version: i64 = rusqlite::Connection::open(path)
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert!(version > 1);
}

#[test]
fn every_shipped_schema_becomes_what_a_fresh_file_is_with_all_its_rows() {
    let fresh = tempfile::tempdir().unwrap();
    drop(open(fresh.path()));
    let expected = schema(&file_in(fresh.path()));
    assert_eq!(expected["version"], NEWEST.to_string(), "every step has a fixture of its schema");
    for version in 1..=NEWEST {
        let folder = tempfile::tempdir().unwrap();
        let path = file_of_schema(version, folder.path(), NOWHERE);
        let before = rows(&path);
        let phone = open(folder.path());
        assert_eq!(phone.session.verify().unwrap().flaws, [], "{version}");
        let counts = phone.session.queue().counts().unwrap();
        let more = u64::from(version >= 3);
        assert_eq!((counts.pending, counts.sending, counts.failed), (4 + more, 1, 2), "{version}");
        assert_eq!(phone.session.conflicts().unwrap().len(), 1 + usize::from(version >= 4), "{version}");
        assert_eq!(phone.session.unreadable().unwrap().len(), 1 + usize::from(version >= 2), "{version}");
        assert_eq!(phone.session.overwritten(None, 5).unwrap().len(), 1, "{version}");
        drop(phone);
        assert_eq!(schema(&path), expected, "{version}");
        assert_eq!(again(&path, &before), before, "{version}");
    }
}

#[test]
fn a_row_that_cannot_be_read_stops_no_upgrade_no_list_and_no_other_write() {
    for version in 1..=NEWEST {
        let backend = Backend::start().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = file_of_schema(version, folder.path(), &backend.url());
        let conn = rusqlite::Connection::open(&path).unwrap();
        let spoil = "PRAGMA ignore_check_constraints = 1;
            UPDATE history SET body = '{\"kind\":' WHERE sort_key = 4;
            UPDATE operations SET payload = '{\"kind\":' WHERE seq = 7;
            UPDATE operations SET kind = 9 WHERE seq = 4;";
        conn.execute_batch(spoil).unwrap();
        drop(conn);
        let phone = Phone::in_folder(folder.path(), &backend.url(), "ana", Default::default()).unwrap();
        let page = phone.session.history().page(None, 10).unwrap();
        assert_eq!((page.entries.len(), page.unreadable), (3 + usize::from(version >= 3), 1), "{version}");
        assert_eq!(phone.settle().next, NextStep::NeedsPerson, "{version}");
        let held = phone.session.queue().list(QueueFilter::Failed, 0, 10).unwrap();
        let held = held.iter().filter(|op| op.state == OperationState::Failed(FailureReason::Unreadable));
        assert_eq!(held.map(|op| op.position).collect::<Vec<_>>(), [4, 7], "{version}");
        let sent = backend.server.snapshot("ana").unwrap();
        let mut sent: Vec<_> = sent.iter().map(|record| record.entity.as_str()).collect();
        sent.sort_unstable();
        // What was said of the list is so old that a person confirms it first.
        assert_eq!(sent[..2], ["allergies", "history"], "of schema {version}");
        assert_eq!(phone.session.history().page(None, 10).unwrap().unreadable, 1, "{version}: still listed");
    }
}

#[test]
fn two_processes_that_upgrade_one_file_at_the_same_moment_both_get_it() {
    let fresh = tempfile::tempdir().unwrap();
    drop(open(fresh.path()));
    let expected = schema(&file_in(fresh.path()));
    for round in 0..6 {
        let folder = tempfile::tempdir().unwrap();
        let path = file_of_schema(1 + round % (NEWEST - 1), folder.path(), NOWHERE);
        let before = rows(&path);
        let mut both: Vec<_> = (0..2).map(|_| started(folder.path())).collect();
        for child in &mut both {
            child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        }
        for mut child in both {
            let mut said = String::new();
            child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
            assert_eq!((said.as_str(), child.wait().unwrap().code()), ("", Some(0)), "{round}");
        }
        assert_eq!(schema(&path), expected, "{round}");
        assert_eq!(again(&path, &before), before, "{round}");
        assert_eq!(open(folder.path()).session.verify().unwrap().flaws, [], "{round}");
    }
}

/// An app that waits for a word before it opens the user's data.
fn started(folder: &Path) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_foodlens-phone"));
    command.arg(folder).args([NOWHERE, "ana", "open"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut output, mut line) = (child.stdout.take().unwrap(), [0; 6]);
    output.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"ready\n");
    child.stdout = Some(output);
    child
}

fn open(folder: &Path) -> Phone {
    Phone::in_folder(folder, NOWHERE, "ana", Default::default()).unwrap()
}

fn file_in(folder: &Path) -> std::path::PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "db")).unwrap()
}
