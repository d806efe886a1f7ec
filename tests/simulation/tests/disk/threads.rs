//! Several connections at once: locks and the log's index are kept by the disk and must be as good as the system's.

use crate::ledger::{Ledger, SAFE, Settings, chance};
use rusqlite::ErrorCode;
use std::time::Duration;

const WRITES: i64 = 300;

fn write_and_read_at_once(settings: Settings) {
    let ledger = Ledger::new(settings);
    ledger.open().unwrap().add(1, &mut chance(1)).unwrap();
    std::thread::scope(|threads| {
        let reading = (0..2).map(|_| {
            threads.spawn(|| {
                let book = ledger.open().unwrap();
                book.0.busy_timeout(Duration::from_secs(60)).unwrap();
                let mut last = 0;
                while last < WRITES {
                    let found = {
                        let _snapshot = book.0.unchecked_transaction().unwrap();
                        book.audited()
                    };
                    assert!(found >= last, "{last} had been there, now {found} is the last");
                    last = found;
                }
            })
        });
        let reading: Vec<_> = reading.collect();
        let mut book = ledger.open().unwrap();
        book.0.busy_timeout(Duration::from_secs(60)).unwrap();
        for number in 2..=WRITES {
            book.add(number, &mut chance(number as u64)).unwrap();
        }
        reading.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn readers_see_whole_transactions_in_order_while_one_writes() {
    write_and_read_at_once(SAFE);
}

#[test]
fn with_a_rollback_journal_too() {
    write_and_read_at_once(Settings { journal: "DELETE", synchronous: "FULL" });
}

#[test]
fn two_writers_take_turns() {
    for journal in ["WAL", "DELETE"] {
        let ledger = Ledger::new(Settings { journal, synchronous: "FULL" });
        ledger
            .open()
            .unwrap()
            .0
            .execute_batch("CREATE TABLE sums (sum); INSERT INTO sums VALUES (0)")
            .unwrap();
        std::thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| {
                    let book = ledger.open().unwrap();
                    book.0.busy_timeout(Duration::from_secs(60)).unwrap();
                    for _ in 0..200 {
                        book.0
                            .execute_batch("BEGIN IMMEDIATE; UPDATE sums SET sum = sum + 1; COMMIT")
                            .unwrap();
                    }
                });
            }
        });
        let sum: i64 =
            ledger.open().unwrap().0.query_row("SELECT sum FROM sums", [], |row| row.get(0)).unwrap();
        assert_eq!(sum, 400, "{journal}");
    }
}

/// The power goes while two write and read, at whatever call: the test is that nothing hangs, and that what returned is there.
#[test]
fn a_crash_under_running_threads_ends_them_all_and_loses_nothing() {
    let ledger = Ledger::new(SAFE);
    let mut known = 0;
    for round in 0..100 {
        let before = ledger.machine.counts().writes;
        let (added, ()) = std::thread::scope(|threads| {
            let writer = threads.spawn(|| {
                let mut added = known;
                if let Ok(mut book) = ledger.open() {
                    while book.add(added + 1, &mut chance(added as u64)).is_ok() {
                        added += 1;
                    }
                }
                added
            });
            let reader = threads.spawn(|| {
                let Ok(book) = ledger.open() else { return };
                let count =
                    || book.0.query_row("SELECT count(*) FROM entries", [], |row| row.get::<_, i64>(0));
                while match count() {
                    Ok(_) => true,
                    Err(error) => error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy),
                } {}
            });
            while ledger.machine.counts().writes < before + round * 3 {
                std::thread::yield_now();
            }
            ledger.machine.crash(&mut chance(round)).unwrap();
            (writer.join().unwrap(), reader.join().unwrap())
        });
        ledger.machine.restart().unwrap();
        let found = ledger.open().unwrap().audited();
        assert!(found == added || found == added + 1, "{added} returned, {found} are there");
        known = found;
    }
}
