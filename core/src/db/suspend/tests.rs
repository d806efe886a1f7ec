//! Who may go in, and what is found when the file is opened again.

use super::*;
use crate::db::{Entry, Place, test_key};
use crate::ids::UserId;
use crate::observe::Observers;
use std::path::Path;
use std::sync::mpsc;

fn open(folder: &Path, device: u128) -> Database {
    let user = UserId::new("ana").unwrap();
    let account = super::super::Account { user: &user, server: "s", device_id: Uuid::from_u128(device) };
    let place = Place::of(folder, folder, &account).unwrap();
    Database::open(place, &account, test_key().as_ref(), Entry::SignIn, Observers::default()).unwrap().0
}

fn kind(told: Result<()>) -> ErrorKind {
    told.unwrap_err().kind().clone()
}

fn write(db: &Database) -> Result<()> {
    db.write(|tx, _| {
        Ok(tx.execute("INSERT INTO imported (record_id) VALUES (randomblob(16))", []).map(drop)?)
    })
}

#[test]
fn who_may_go_in() {
    let left = Uuid::from_u128(1);
    let cases = [
        ("open", false, None, Coming::GoIn),
        ("resumed, and nobody has come since", false, Some(left), Coming::Wake(left)),
        ("suspended, and somebody is inside", true, None, Coming::Refused),
        ("suspended", true, Some(left), Coming::Refused),
    ];
    for (name, shut, asleep, expected) in cases {
        assert_eq!(State { shut, inside: 0, asleep }.coming(), expected, "{name}");
    }
}

#[test]
fn the_last_one_out_closes_the_connections() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path(), 1);
    let (log, zero) = (db.place.log(), Duration::ZERO);
    write(&db).unwrap();
    let (in_tx, inside) = mpsc::channel();
    let (go_on, goes_on) = mpsc::channel();
    std::thread::scope(|threads| {
        let db = &db;
        let reader = threads.spawn(move || {
            db.read(|_| {
                in_tx.send(()).unwrap();
                goes_on.recv().unwrap();
                Ok(())
            })
        });
        inside.recv().unwrap();
        assert!(!db.suspend(zero), "somebody reads");
        assert_eq!(kind(write(db)), ErrorKind::Suspended);
        assert!(log.exists());
        go_on.send(()).unwrap();
        reader.join().unwrap().unwrap();
    });
    assert!(db.suspend(zero));
    assert!(!log.exists(), "SQLite has taken its log away with the last connection");
    assert_eq!(kind(db.read(|_| Ok(()))), ErrorKind::Suspended);
    assert!(db.is_usable(), "suspended is not ended");
    db.resume();
    assert!(!log.exists(), "nothing is opened before it is needed");
    db.read(|_| Ok(())).unwrap();
    assert!(log.exists());
    write(&db).unwrap();
}

#[test]
fn a_file_that_took_the_place_of_the_one_that_was_left_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path(), 1);
    assert!(db.suspend(Duration::ZERO));
    // What another process may do meanwhile: delete everything, and begin anew. The new file's number may be the old one's.
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    drop(open(folder.path(), 2));
    db.resume();
    for _ in 0..2 {
        assert_eq!(kind(write(&db)), ErrorKind::Closed);
    }
    assert!(!db.is_usable());
}

#[test]
fn another_copy_under_the_same_number_is_told_from_the_one_that_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path(), 1);
    assert!(db.suspend(Duration::ZERO));
    let other = open(folder.path(), 2);
    other.write(|tx, _| super::super::set_device(tx, Uuid::from_u128(2))).unwrap();
    other.settle_copy().unwrap();
    drop(other);
    db.resume();
    assert_eq!(kind(db.read(|_| Ok(()))), ErrorKind::Closed);
}

#[test]
fn closed_while_suspended_it_stays_closed() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path(), 1);
    assert!(db.suspend(Duration::ZERO));
    db.close();
    assert_eq!(kind(write(&db)), ErrorKind::Closed);
    db.resume();
    assert_eq!(kind(db.read(|_| Ok(()))), ErrorKind::Closed);
    assert!(!db.place.log().exists());
}

#[test]
fn what_is_left_of_a_process_that_died_suspended_is_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path(), 1);
    write(&db).unwrap();
    assert!(db.suspend(Duration::ZERO));
    std::mem::forget(db);
    let user = UserId::new("ana").unwrap();
    let account = super::super::Account { user: &user, server: "s", device_id: Uuid::nil() };
    let place = Place::of(folder.path(), folder.path(), &account).unwrap();
    let key = test_key();
    let (_, standing) =
        Database::open(place, &account, key.as_ref(), Entry::SignIn, Observers::default()).unwrap();
    assert_eq!(standing, Standing::Ours);
}
