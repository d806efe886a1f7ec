//! Writes of one moment: one commit, and what one of them does to the others.

use super::*;
use crate::db::Database;
use crate::db::tests::{BIG, SMALL, fill, kept, open};
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const MANY: usize = 16;

/// So many writes at one moment, the n-th (from 0) does `body(n, …)`; what each came to.
fn together(
    db: &Database,
    body: impl Fn(usize, &Transaction<'_>) -> Result<()> + Sync,
) -> Vec<thread::Result<Result<()>>> {
    let (began, body) = (AtomicBool::new(false), &body);
    thread::scope(|scope| {
        let first = || {
            db.write(|tx, _| {
                began.store(true, Ordering::SeqCst);
                while db.waiting.load(Ordering::SeqCst) < MANY - 1 {
                    thread::yield_now();
                }
                body(0, tx)
            })
        };
        let mut writes = vec![scope.spawn(first)];
        while !began.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        writes.extend((1..MANY).map(|n| scope.spawn(move || db.write(|tx, _| body(n, tx)))));
        writes.into_iter().map(thread::ScopedJoinHandle::join).collect()
    })
}

fn small(tx: &Transaction<'_>) -> Result<()> {
    tx.execute(SMALL, [])?;
    Ok(())
}

fn kind(told: thread::Result<Result<()>>) -> Option<ErrorKind> {
    told.unwrap().err().map(|error| error.kind().clone())
}

#[test]
fn they_are_stored_by_one_commit() {
    static COMMITS: AtomicUsize = AtomicUsize::new(0);
    fn count(event: TraceEvent<'_>) {
        if matches!(event, TraceEvent::Stmt(_, "COMMIT")) {
            COMMITS.fetch_add(1, Ordering::SeqCst);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path());
    let mut guard = crate::db::lock(&db.writer);
    db.opened(&mut guard).unwrap().conn.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(count)).unwrap();
    drop(guard);
    assert!(together(&db, |_, tx| small(tx)).into_iter().all(|told| kind(told).is_none()));
    assert_eq!((COMMITS.load(Ordering::SeqCst), kept(&db)), (1, MANY as i64));
}

#[test]
fn one_that_fails_or_panics_leaves_nothing_and_takes_none_along() {
    for bad in [0, 1, MANY / 2] {
        for panics in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let db = open(folder.path());
            let told = together(&db, |n, tx| {
                small(tx)?;
                assert!(n != bad || !panics, "a defect");
                if n == bad { Err(Error::not_found("record")) } else { Ok(()) }
            });
            for (n, told) in told.into_iter().enumerate() {
                match told {
                    Ok(told) => assert_eq!(told.is_err(), n == bad, "{n}"),
                    Err(_) => assert!(n == bad && panics, "{n}"),
                }
            }
            assert_eq!(kept(&db), MANY as i64 - 1);
            db.write(|tx, _| small(tx)).unwrap();
        }
    }
}

#[test]
fn a_commit_that_fails_is_told_to_all_and_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path());
    let told = together(&db, |n, tx| {
        small(tx)?;
        if n == 3 {
            tx.execute_batch(
                "CREATE TEMP TABLE parents (id INTEGER PRIMARY KEY);
                 CREATE TEMP TABLE children (id REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
                 INSERT INTO children VALUES (1);",
            )?;
        }
        Ok(())
    });
    for told in told {
        assert_eq!(kind(told), Some(ErrorKind::Internal { code: "constraint" }));
    }
    assert_eq!(kept(&db), 0);
    db.write(|tx, _| small(tx)).unwrap();
    assert_eq!(kept(&db), 1);
}

#[test]
fn where_sqlite_rolls_back_by_itself_all_hear_why() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path());
    // Which of them are before that one, and which come after it, the system decides.
    let told = together(&db, |n, tx| {
        small(tx)?;
        if n == 5 {
            fill(tx);
            tx.execute(BIG, [])?;
        }
        Ok(())
    });
    let (mut stored, mut bad) = (0, Vec::new());
    for (n, told) in told.into_iter().enumerate() {
        match kind(told) {
            None => stored += 1,
            Some(ErrorKind::StorageFull) => bad.push(n),
            Some(other) => panic!("{other:?}"),
        }
    }
    assert!(bad.contains(&0) && bad.contains(&5));
    assert_eq!(kept(&db), stored, "what was told as stored");
}

#[test]
fn a_file_that_lost_its_name_meanwhile_stores_none_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path());
    let told = together(&db, |n, tx| {
        small(tx)?;
        if n == 0 {
            std::fs::rename(db.place().database(), folder.path().join("elsewhere"))?;
        }
        Ok(())
    });
    for told in told {
        assert_eq!(kind(told), Some(ErrorKind::StoreMissing));
    }
}

#[test]
fn who_signs_out_shuts_out_what_comes_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path());
    let told = together(&db, |n, tx| if n == 0 { crate::db::sign_out(tx, false) } else { small(tx) });
    for (n, told) in told.into_iter().enumerate() {
        assert_eq!(kind(told), (n > 0).then_some(ErrorKind::SignedOut));
    }
}

#[test]
fn each_callers_writes_keep_their_order_and_what_was_told_as_stored_is_there_whoever_closes() {
    const EACH: usize = 40;
    for round in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path());
        let (start, stored) = (Barrier::new(MANY + 1), AtomicUsize::new(0));
        thread::scope(|scope| {
            for caller in 0..MANY {
                let (db, start, stored) = (&db, &start, &stored);
                scope.spawn(move || {
                    start.wait();
                    for n in 0..EACH {
                        let told = db.write(|tx, _| {
                            let sql =
                                "INSERT INTO overwritten (collection, record_id, field, value, noticed_at)
                                VALUES (1, x'', ?1, '', ?2)";
                            tx.execute(sql, rusqlite::params![caller.to_string(), n])?;
                            Ok(())
                        });
                        match told {
                            Ok(()) => stored.fetch_add(1, Ordering::SeqCst),
                            Err(error) => return assert_eq!(*error.kind(), ErrorKind::Closed),
                        };
                    }
                });
            }
            start.wait();
            // Sooner in every round, in the middle of what goes on.
            while stored.load(Ordering::SeqCst) < MANY * EACH * (20 - round) / 20 {
                thread::yield_now();
            }
            db.close();
        });
        let again = open(folder.path());
        let (rows, ordered): (usize, bool) = again
            .read(|conn| {
                let sql = "SELECT count(*), coalesce(min(noticed_at = before + 1), 1) FROM (SELECT noticed_at,
                    coalesce(lag(noticed_at) OVER (PARTITION BY field ORDER BY seq), -1) AS before FROM overwritten)";
                Ok(conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
            })
            .unwrap();
        assert_eq!((rows, ordered), (stored.load(Ordering::SeqCst), true));
    }
}
