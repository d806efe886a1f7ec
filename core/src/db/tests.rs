//! What a full disk, a panic and others at the same file leave behind: nothing of a write that failed, and a database that
//! goes on.

use super::*;
use crate::ids::UserId;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

pub(super) fn open(folder: &Path) -> Database {
    let user = UserId::new("ana").unwrap();
    let account = Account { user: &user, server: "s", device_id: uuid::Uuid::nil() };
    let place = Place::of(folder, folder, &account).unwrap();
    Database::open(place, &account, test_key().as_ref(), Entry::SignIn, Observers::default()).unwrap().0
}

pub(super) fn kept(db: &Database) -> i64 {
    db.read(|conn| Ok(conn.query_row("SELECT count(*) FROM imported", [], |row| row.get(0))?)).unwrap()
}

pub(super) const SMALL: &str = "INSERT INTO imported (record_id) VALUES (randomblob(16))";
pub(super) const BIG: &str =
    "INSERT INTO unreadable VALUES ('feed', 'e', 'r', hex(zeroblob(1000000)), '', 0)";

/// Leaves no room for a new page.
pub(super) fn fill(tx: &Transaction<'_>) {
    let pages: i64 = tx.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    tx.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
}

#[test]
fn a_full_disk_ends_the_write_even_if_its_error_is_swallowed() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path());
    let told = db.write(|tx, _| {
        tx.execute(SMALL, [])?;
        fill(tx);
        tx.execute(BIG, [])?;
        Ok(())
    });
    assert_eq!(*told.unwrap_err().kind(), ErrorKind::StorageFull);
    // SQLite has rolled back by itself by then: the next statement would commit alone.
    let swallowed = db.write(|tx, _| {
        tx.execute(SMALL, [])?;
        fill(tx);
        assert!(tx.execute(BIG, []).is_err());
        Ok(())
    });
    assert!(swallowed.is_err());
    assert_eq!(kept(&db), 0);
    db.write(|tx, _| {
        tx.pragma_update_and_check(None, "max_page_count", 1_000_000, |_| Ok(()))?;
        tx.execute(SMALL, [])?;
        Ok(())
    })
    .unwrap();
    assert_eq!(kept(&db), 1, "with room again, all goes on");
}

#[test]
fn a_panic_in_a_write_rolls_back_and_the_next_call_works() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _ = db.write(|tx, _| -> Result<()> {
            tx.execute(SMALL, [])?;
            panic!("a defect");
        });
    }));
    assert!(panicked.is_err());
    assert_eq!(kept(&db), 0);
    db.write(|tx, _| Ok(tx.execute(SMALL, [])?)).unwrap();
    assert_eq!(kept(&db), 1);
}

#[test]
fn another_process_that_holds_the_file_is_named_and_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path());
    let other = open(folder.path());
    let told = other.write(|_, _| {
        db.opened(&mut lock(&db.writer))?.conn().busy_timeout(std::time::Duration::ZERO)?;
        let told = db.write(|tx, _| Ok(tx.execute(SMALL, [])?));
        assert_eq!(*told.unwrap_err().kind(), ErrorKind::StorageBusy);
        Ok(kept(&db))
    });
    assert_eq!(told.unwrap(), 0, "reads go on meanwhile");
}

#[test]
fn many_that_open_a_new_file_at_the_same_moment_all_get_it() {
    for _ in 0..40 {
        let folder = tempfile::tempdir().unwrap();
        let start = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    open(folder.path()).write(|tx, _| Ok(tx.execute(SMALL, [])?)).unwrap();
                });
            }
        });
        assert_eq!(kept(&open(folder.path())), 8);
    }
}
