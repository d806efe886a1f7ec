//! Single calls that fail: the disk is full, does not answer, or somebody else is at it.

use crate::ledger::{Ledger, SAFE, Settings, chance};
use foodlens_simulation::disk::{Failure, Fault, Position, without_waiting};
use rusqlite::ErrorCode;

#[test]
fn a_full_disk_stays_full_until_there_is_space() {
    let ledger = Ledger::new(SAFE);
    let mut draw = chance(1);
    let mut book = ledger.open().unwrap();
    book.add(1, &mut draw).unwrap();
    ledger.machine.set_full(true);
    for _ in 0..3 {
        let refused = book.add(2, &mut || 2999).unwrap_err();
        assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::DiskFull));
    }
    assert_eq!(book.audited(), 1);
    assert!(ledger.machine.counts().full >= 3);
    ledger.machine.set_full(false);
    book.add(2, &mut draw).unwrap();
    assert_eq!(book.audited(), 2);
}

/// Every call of a kind fails once, one after the other, and for ever from there: what returned Ok is there afterwards, and after
/// a crash.
#[test]
fn whichever_call_fails_what_returned_is_stored() {
    type NthOf = fn(u64) -> Position;
    let kinds: [(&str, NthOf); 4] = [
        ("open", Position::Open),
        ("read", Position::Read),
        ("write", Position::Write),
        ("sync", Position::Sync),
    ];
    for journal in ["WAL", "DELETE"] {
        for (kind, at) in kinds {
            for times in [1, u64::MAX] {
                let mut met = 0;
                for nth in 1.. {
                    let fault = Fault { at: at(nth), error: Failure::IoError, times };
                    if !met_by_a_run(Settings { journal, synchronous: "FULL" }, fault, nth) {
                        break;
                    }
                    met = nth;
                }
                assert!(met > 3, "{journal}, {kind}, {times}: only {met} such calls");
            }
        }
    }
}

/// Whether the fault came up.
fn met_by_a_run(settings: Settings, fault: Fault, seed: u64) -> bool {
    let ledger = Ledger::new(settings);
    let mut draw = chance(seed);
    let mut known = 0;
    if let Ok(mut book) = ledger.open() {
        book.add(1, &mut draw).unwrap();
        known = 1;
    }
    ledger.machine.fail(fault);
    for _ in 0..3 {
        let Ok(mut book) = ledger.open() else { continue };
        // A commit that failed at its sync may be there once the file is opened anew.
        let Ok(found) = book.audit() else { continue };
        assert!(found == known || found == known + 1, "{fault:?}: {known} returned, {found} are there");
        known = found;
        for _ in 0..6 {
            known += i64::from(book.add(known + 1, &mut draw).is_ok());
        }
    }
    let met = ledger.machine.counts().io_errors > 0;
    ledger.machine.heal();
    let audit = ledger.open().unwrap().audit();
    let found = audit.unwrap_or_else(|wrong| panic!("{settings:?}, {fault:?}: {wrong}"));
    assert!(found == known || found == known + 1, "{fault:?}: {known} returned, {found} are there");
    ledger.machine.crash(&mut draw).unwrap();
    ledger.machine.restart().unwrap();
    assert_eq!(ledger.open().unwrap().audited(), found, "{fault:?}");
    met
}

#[test]
fn who_does_not_wait_is_told_at_once_that_the_file_is_busy() {
    let ledger = Ledger::new(SAFE);
    let mut draw = chance(2);
    let (mut book, other) = (ledger.open().unwrap(), ledger.open().unwrap());
    book.0.busy_timeout(std::time::Duration::from_secs(3600)).unwrap();
    other.0.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = without_waiting(|| book.add(1, &mut draw)).unwrap_err();
    assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    drop(other);
    // Whichever lock somebody else has for a while: it goes on by itself.
    for nth in 1..=6 {
        ledger.machine.fail(Fault { at: Position::Lock(nth as u64), error: Failure::Busy, times: 3 });
        without_waiting(|| book.add(nth, &mut draw)).unwrap();
        ledger.machine.heal();
    }
    assert_eq!(book.audited(), 6);
    assert!(ledger.machine.counts().busy > 6);
}
