//! A file of which one part is gone: what a recovery keeps, what it tells, and what it leaves alone.

use super::story::{Story, file_in, waiting};
use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::path::Path;

/// Makes nonsense of a page (from 1).
fn spoil(file: &Path, page: usize) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0xA5);
    std::fs::write(file, bytes).unwrap();
}

fn page_of(file: &Path, name: &str) -> usize {
    let conn = rusqlite::Connection::open(file).unwrap();
    let sql = "SELECT max(pageno) FROM dbstat WHERE name = ?1 AND pagetype = 'leaf'";
    conn.query_row(sql, [name], |row| row.get(0)).unwrap()
}

#[test]
fn the_file_is_set_aside_every_unsent_write_is_there_and_the_rest_comes_from_the_server() {
    let story = Story::new();
    let (folder, file) = story.copy();
    spoil(&file, page_of(&file, "history"));
    let damaged = std::fs::read(&file).unwrap();
    let phone = story.open(folder.path()).unwrap();
    let told = phone.session.export_json().unwrap_err();
    assert!(matches!(told.kind(), ErrorKind::Corrupt { .. }), "{told:?}");
    assert_eq!(phone.session.verify().unwrap().flaws[0].kind, FlawKind::File);

    // The same library, with its session open.
    let recovery = phone.library.recover(&UserId::new("ana").unwrap()).unwrap();
    assert_eq!(*phone.session.history().count().unwrap_err().kind(), ErrorKind::Closed);
    let aside = recovery.set_aside.clone().unwrap();
    assert_eq!(std::fs::read(&aside).unwrap(), damaged, "as it was");
    let all = story.unsent.len() as u64;
    assert_eq!((recovery.salvaged, recovery.unreadable, recovery.complete), (all, 0, true));
    let mut phone = phone;
    phone.session = recovery.session;
    let queue = waiting(&phone);
    assert_eq!(
        queue.iter().map(|operation| operation.id).collect::<Vec<_>>(),
        story.unsent,
        "keys and order"
    );
    let parked: Vec<_> = queue.iter().filter(|op| matches!(op.state, OperationState::Failed(_))).collect();
    assert_eq!(
        parked.iter().map(|op| op.state).collect::<Vec<_>>(),
        [OperationState::Failed(FailureReason::Gone)]
    );
    assert_eq!(phone.session.queue().counts().unwrap().pending, all - 1);
    assert_eq!(phone.session.verify().unwrap().flaws, []);
    // The list says that it is not complete, and shows what it knows, cautiously.
    let list = phone.session.allergies().list().unwrap();
    assert!(!list.complete);
    let milk = list.entries.iter().find(|entry| entry.id == story.milk).unwrap();
    assert_eq!((milk.content.severity.clone(), milk.in_question), (Some(Severity::Severe), true));
    assert_eq!(phone.session.unreadable().unwrap().len(), 1, "of the legacy import");
    assert_eq!(phone.sync().next, NextStep::Paused, "the app's own switch");

    phone.session.set_paused(false).unwrap();
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    assert!(phone.session.allergies().list().unwrap().complete);
    let asked = phone.session.conflicts().unwrap().remove(0);
    assert!(phone.session.answer(asked.id, asked.revision, &MergeAnswer::KeepLocal).unwrap());
    for parked in phone.session.queue().list(QueueFilter::Failed, 0, 10).unwrap() {
        phone.session.queue().discard(parked.position, parked.id).unwrap();
    }
    assert_eq!(phone.settle().next, NextStep::Done);
    let snapshot = story.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
    assert_eq!(phone.session.allergies().get(story.milk).unwrap().content.severity, Some(Severity::Severe));

    // A second time it is sound.
    let again = phone.library.recover(&UserId::new("ana").unwrap()).unwrap();
    assert_eq!((again.set_aside, again.salvaged), (None, 0));
    phone.session.history().count().unwrap();
}

#[test]
fn a_second_damaged_file_does_not_take_the_place_of_the_first() {
    let story = Story::new();
    let (folder, file) = story.copy();
    let mut kept = Vec::new();
    for _ in 0..3 {
        spoil(&file, page_of(&file, "operations_lane"));
        let damaged = std::fs::read(&file).unwrap();
        let (phone, recovery) = story.recover(folder.path()).unwrap();
        assert_eq!(recovery.salvaged, story.unsent.len() as u64, "an index is not needed");
        phone.session.close();
        kept.push((recovery.set_aside.unwrap(), damaged));
    }
    for (path, damaged) in kept {
        assert_eq!(std::fs::read(path).unwrap(), damaged);
    }
    assert_eq!(file_in(folder.path()), file);
}

#[test]
fn a_file_of_a_newer_app_or_of_another_account_is_no_damaged_one() {
    let story = Story::new();
    let (folder, file) = story.copy();
    let change = |sql: &str| rusqlite::Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    change("PRAGMA user_version = 99");
    let before = std::fs::read(&file).unwrap();
    let told = story.recover(folder.path()).err().unwrap();
    assert!(matches!(told.kind(), ErrorKind::NeedsNewerApp { found: 99, .. }));
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let (folder, file) = story.copy();
    let change = |sql: &str| rusqlite::Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    change("UPDATE account SET user_id = 'ben'");
    assert_eq!(*story.recover(folder.path()).err().unwrap().kind(), ErrorKind::WrongAccount);
}

#[test]
fn a_file_that_vanished_or_is_empty_is_restored_from_the_server_and_its_log_is_kept() {
    let story = Story::new();
    let gone = |file: &Path| std::fs::remove_file(file).unwrap();
    let emptied = |file: &Path| std::fs::write(file, "").unwrap();
    for (what, lose) in [("vanished", gone as fn(&Path)), ("empty", emptied)] {
        let (folder, file) = story.copy();
        let log = std::path::PathBuf::from(format!("{}-wal", file.display()));
        lose(&file);
        std::fs::write(&log, "what is left of a log").unwrap();
        assert_eq!(*story.open(folder.path()).err().unwrap().kind(), ErrorKind::StoreMissing, "{what}");
        let (phone, recovery) = story.recover(folder.path()).unwrap_or_else(|e| panic!("{what}: {e:?}"));
        assert_eq!((recovery.salvaged, recovery.complete), (0, false), "{what}");
        assert_eq!(recovery.set_aside.is_some(), what == "empty", "{what}");
        let kept = folder.path().join(format!("{}.damaged-1-wal", file.file_stem().unwrap().display()));
        assert_eq!(std::fs::read_to_string(kept).unwrap(), "what is left of a log", "{what}");
        assert!(!phone.session.allergies().list().unwrap().complete, "{what}");
        assert_eq!(phone.settle().next, NextStep::Done, "{what}");
        let snapshot = story.server.snapshot("ana").unwrap();
        assert_eq!(
            differences(&phone.session.export_json().unwrap(), &snapshot),
            Vec::<String>::new(),
            "{what}"
        );
        // It is this installation's own from now on.
        phone.session.history().add(&super::story::scan("new")).unwrap();
        drop(phone);
        let phone = story.open(folder.path()).unwrap();
        assert!(phone.session.allergies().list().unwrap().complete, "{what}: no copy of anything");
        assert_eq!(waiting(&phone).len(), 1, "{what}");
    }
}

#[test]
fn what_is_not_as_this_phone_left_it_may_have_been_sent_since() {
    let story = Story::new();
    let (folder, file) = story.copy();
    spoil(&file, page_of(&file, "history"));
    let marks = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let mark = marks.into_iter().find(|path| path.extension().is_some_and(|e| e == "mark")).unwrap();
    // Put back from a backup, mark and all: it is another file then.
    let text = std::fs::read(&mark).unwrap();
    std::fs::rename(&mark, folder.path().join("the old one")).unwrap();
    std::fs::write(&mark, text).unwrap();
    let (phone, recovery) = story.recover(folder.path()).unwrap();
    assert_eq!(recovery.salvaged, story.unsent.len() as u64);
    let pending = phone.session.queue().list(QueueFilter::Pending, 0, 500).unwrap();
    let told = phone.session.queue().discard(pending[0].position, pending[0].id).unwrap_err();
    assert_eq!(*told.kind(), ErrorKind::WrongState { state: "maybe sent" });
}

#[test]
fn what_cannot_be_read_is_counted_apart_and_old_data_and_their_state_come_along() {
    let story = Story::new();
    let (folder, file) = story.copy();
    let phone = story.open(folder.path()).unwrap();
    let old = |phone: &Phone| {
        let export: serde_json::Value = serde_json::from_str(&phone.session.export_json().unwrap()).unwrap();
        (export["legacy"].clone(), phone.session.legacy_status().unwrap())
    };
    let before = old(&phone);
    let queue = waiting(&phone);
    drop(phone);
    let conn = rusqlite::Connection::open(&file).unwrap();
    let [newer, strange] = [queue.len() - 1, queue.len() - 3].map(|n| queue[n].position);
    conn.execute("UPDATE operations SET payload_version = 9 WHERE seq = ?1", [newer]).unwrap();
    conn.execute("UPDATE operations SET user_id = 'ben' WHERE seq = ?1", [strange]).unwrap();
    drop(conn);
    spoil(&file, page_of(&file, "history"));
    let (phone, recovery) = story.recover(folder.path()).unwrap();
    let all = story.unsent.len() as u64;
    assert_eq!((recovery.salvaged, recovery.unreadable, recovery.complete), (all - 2, 2, true));
    assert_eq!(
        waiting(&phone).len() as u64,
        all - 1,
        "what cannot be read is held, another's is not taken over"
    );
    assert_eq!(old(&phone), before);
}

#[test]
fn nobody_recovers_beside_a_run_of_another_process() {
    let story = Story::new();
    let (folder, file) = story.copy();
    spoil(&file, page_of(&file, "history"));
    let damaged = std::fs::read(&file).unwrap();
    let other = std::fs::File::options().create(true).append(true).open(file.with_extension("run")).unwrap();
    other.lock().unwrap();
    assert_eq!(*story.recover(folder.path()).err().unwrap().kind(), ErrorKind::StorageBusy);
    assert_eq!(std::fs::read(&file).unwrap(), damaged);
    other.unlock().unwrap();
    assert!(story.recover(folder.path()).unwrap().1.set_aside.is_some());
}

/// "None" stands on a removal, also where what waits for what cannot be read any more.
#[test]
fn none_confirmed_waits_for_its_removal_after_a_recovery() {
    for spoilt in ["history", "waits_for"] {
        let backend = Backend::start().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let phone = Phone::in_folder(folder.path(), &backend.url(), "ana", PhoneOptions::default()).unwrap();
        let allergies = phone.session.allergies();
        let milk = allergies.add(&AllergyContent::new(Allergen::Eu(EuAllergen::Milk))).unwrap();
        for n in 0..60 {
            phone.session.history().add(&super::story::scan(&format!("{n}"))).unwrap();
        }
        phone.settle();
        allergies.remove(milk).unwrap();
        allergies.confirm_none().unwrap();
        drop(phone);
        let file = file_in(folder.path());
        spoil(&file, page_of(&file, spoilt));
        let (phone, recovery) =
            Phone::recovered(folder.path(), &backend.url(), "ana", PhoneOptions::default()).unwrap();
        assert_eq!((recovery.salvaged, recovery.set_aside.is_some()), (2, true), "{spoilt}");
        backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::status(422)).times(50));
        assert_eq!(phone.settle().next, NextStep::NeedsPerson, "{spoilt}");
        let counts = phone.session.queue().counts().unwrap();
        assert_eq!((counts.failed, counts.pending), (1, 1), "{spoilt}: the removal alone was sent");
    }
}
