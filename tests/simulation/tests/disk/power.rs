//! The power goes, between two calls or in the middle of one.

use crate::ledger::{Book, Ledger, SAFE, Settings, chance};
use foodlens_simulation::disk::{Failure, Fault, Position};

/// What came of many bad nights.
#[derive(Debug, Default)]
struct Nights {
    /// Transactions that had returned Ok and were gone.
    lost: i64,
    /// Transactions that had not, and were there.
    unexpected: i64,
    /// Crashes in the middle of a call.
    in_calls: i64,
    /// The database could not be read or was damaged.
    damaged: i64,
}

fn crash_again_and_again(settings: Settings, crashes: u32, seed: u64) -> Nights {
    let mut draw = chance(seed);
    let mut nights = Nights::default();
    let mut ledger = Ledger::new(settings);
    let mut known = 0;
    for _ in 0..crashes {
        if !draw().is_multiple_of(3) {
            let nth = draw() % 60 + 1;
            let at = if draw().is_multiple_of(3) { Position::Sync(nth / 6) } else { Position::Write(nth) };
            ledger.machine.fail(Fault { at, error: Failure::PowerLoss, times: 1 });
        }
        let mut book = ledger.open();
        for _ in 0..draw() % 12 {
            let Ok(book) = &mut book else { break };
            if book.add(known + 1, &mut draw).is_err() {
                break;
            }
            known += 1;
        }
        nights.in_calls += i64::from(ledger.machine.is_down());
        ledger.machine.heal();
        ledger.machine.crash(&mut draw).unwrap();
        drop(book);
        ledger.machine.restart().unwrap();

        let audit = ledger.open().map_err(|error| error.to_string()).and_then(|book| book.audit());
        let Ok(found) = audit else {
            nights.damaged += 1;
            ledger = Ledger::new(settings);
            known = 0;
            continue;
        };
        nights.lost += (known - found).max(0);
        nights.unexpected += (found - known).max(0);
        assert!(found <= known + 1, "{found} is there, {known} was the last to be written");
        known = found;
    }
    nights
}

#[test]
fn with_full_sync_nothing_that_returned_is_lost_and_nothing_is_half_there() {
    let nights = crash_again_and_again(SAFE, 3000, 1);
    assert_eq!((nights.lost, nights.damaged), (0, 0), "{nights:?}");
    assert!(nights.in_calls > 1000 && nights.unexpected > 20, "the power went where it matters: {nights:?}");
}

#[test]
fn with_a_rollback_journal_it_is_the_same() {
    for (seed, journal) in [(2, "DELETE"), (3, "TRUNCATE"), (4, "PERSIST")] {
        let nights = crash_again_and_again(Settings { journal, synchronous: "FULL" }, 1000, seed);
        assert_eq!((nights.lost, nights.damaged), (0, 0), "{journal}: {nights:?}");
        assert!(nights.in_calls > 300, "{journal}: {nights:?}");
    }
}

#[test]
fn without_a_sync_at_each_commit_some_are_lost_but_whole() {
    let nights = crash_again_and_again(Settings { journal: "WAL", synchronous: "NORMAL" }, 1000, 5);
    assert!(nights.lost > 300, "writes are torn: {nights:?}");
    assert_eq!(nights.damaged, 0, "{nights:?}");
}

#[test]
fn without_any_sync_the_database_is_damaged() {
    let nights = crash_again_and_again(Settings { journal: "DELETE", synchronous: "OFF" }, 500, 6);
    assert!(nights.damaged > 20, "{nights:?}");
}

#[test]
fn a_process_that_dies_alone_loses_nothing_even_without_a_sync() {
    let ledger = Ledger::new(Settings { journal: "WAL", synchronous: "OFF" });
    let mut draw = chance(7);
    for number in 1..=200 {
        let mut book = ledger.open().unwrap();
        book.add(number, &mut draw).unwrap();
        ledger.machine.kill();
        drop(book);
        ledger.machine.restart().unwrap();
        assert_eq!(ledger.open().unwrap().audited(), number);
    }
}

#[test]
fn the_dead_change_nothing_and_their_locks_are_gone() {
    let ledger = Ledger::new(SAFE);
    let mut draw = chance(8);
    let mut book = ledger.open().unwrap();
    book.add(1, &mut draw).unwrap();
    book.0.execute_batch("BEGIN IMMEDIATE; DELETE FROM entries").unwrap();
    let reader = ledger.open().unwrap();
    let one = |book: &Book| book.0.query_row("SELECT count(*) FROM entries", [], |row| row.get::<_, i64>(0));
    reader.0.execute_batch("BEGIN").unwrap();
    one(&reader).unwrap();

    ledger.machine.crash(&mut draw).unwrap();
    assert!(ledger.open().is_err(), "nothing opens while it is down");
    let files = || {
        let names = std::fs::read_dir(ledger.path().parent().unwrap()).unwrap();
        let mut files: Vec<_> = names.map(|name| name.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|file| (file.clone(), std::fs::read(file).unwrap())).collect::<Vec<_>>()
    };
    let before = files();
    assert!(book.0.execute_batch("COMMIT").is_err());
    assert!(book.add(2, &mut draw).is_err());
    drop(book);
    assert_eq!(files(), before);

    // One that was not dropped is still of no effect, and in nobody's way, when the machine is on again.
    ledger.machine.restart().unwrap();
    let mut next = ledger.open().unwrap();
    assert_eq!(next.audited(), 1);
    next.add(2, &mut draw).unwrap();
    // What it has in memory it may still tell.
    let _ = reader.0.execute_batch("COMMIT");
    assert!(one(&reader).is_err());
    next.add(3, &mut draw).unwrap();
    next.0.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(reader);
    next.add(4, &mut draw).unwrap();
    assert_eq!(next.audited(), 4);
}

#[test]
fn the_same_chance_leaves_the_same_files() {
    let run = || {
        let ledger = Ledger::new(Settings { journal: "DELETE", synchronous: "OFF" });
        let mut draw = chance(9);
        let mut book = ledger.open().unwrap();
        for number in 1..30 {
            book.add(number, &mut draw).unwrap();
        }
        ledger.machine.crash(&mut draw).unwrap();
        drop(book);
        ledger.machine.restart().unwrap();
        (std::fs::read(ledger.path()).unwrap(), ledger.machine.counts())
    };
    assert!(run() == run());
}

#[test]
fn files_elsewhere_are_the_systems() {
    let ledger = Ledger::new(SAFE);
    let elsewhere = tempfile::tempdir().unwrap();
    let conn = rusqlite::Connection::open(elsewhere.path().join("other.db")).unwrap();
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
    conn.execute_batch("CREATE TABLE a (b); INSERT INTO a VALUES (1)").unwrap();
    ledger.machine.set_full(true);
    ledger.machine.crash(&mut chance(10)).unwrap();
    conn.execute_batch("INSERT INTO a VALUES (2)").unwrap();
    assert!(elsewhere.path().join("other.db-shm").exists());
    assert_eq!(ledger.machine.counts().opens, 0);
}
