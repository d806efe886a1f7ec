//! Each sabotage of the reference server turns exactly its duties red.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;

use foodlens_server::Sabotage::{self, *};

use crate::support::Backend;

const TABLE: &[(Sabotage, &[&str])] = &[
    (NoTokenNeeded, &["D1"]),
    (OthersRowReadable, &["D2"]),
    (KeysOfAllUsers, &["D2"]),
    (NoDedupe, &["D3", "D4", "D5", "D6", "D25", "D30"]),
    (RepeatAnswersNow, &["D3"]),
    (DedupeRaces, &["D4"]),
    (KeyTakesAnyBody, &["D5"]),
    (DedupeInMemory, &["D6"]),
    (StaleBaseTaken, &["D7"]),
    (WholeRecordWins, &["D8"]),
    (OverwrittenLost, &["D9"]),
    (NoTombstones, &["D10"]),
    (DeletedComesBack, &["D11"]),
    (FeedReversed, &["D12"]),
    (NoChangeIsAWrite, &["D13"]),
    (GapBesideWriters, &["D14"]),
    (WallClockCursor, &["D14", "D15"]),
    (ExpiredCursorIsEmpty, &["D16"]),
    (BadCursorStartsOver, &["D17"]),
    (CountMissing, &["D18"]),
    (LimitIgnored, &["D18"]),
    (UnknownFieldsDropped, &["D19"]),
    (NumbersAreFloats, &["D19"]),
    (OkWithErrorInside, &["D2", "D11", "D20"]),
    (LargeFieldsCut, &["D21"]),
    (StrangeInputIs500, &["D22"]),
    (DeviceClockDecides, &["D23"]),
    (NoRetryAfter, &["D24"]),
    (VerdictsReversed, &["D25"]),
    (DeletedStillRead, &["D11", "D26"]),
    (BatchHidden, &["D27"]),
    (HistoryReversed, &["D28"]),
    (LatestStartsOver, &["D29"]),
    (BombTaken, &["D30"]),
    (ServerIdChanges, &["D31"]),
];

#[test]
fn each_sabotage_turns_exactly_its_duties_red() {
    let waiting: Mutex<VecDeque<_>> = Mutex::new(TABLE.iter().collect());
    let wrong: Mutex<Vec<String>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let next = || waiting.lock().unwrap().pop_front();
                while let Some((sabotage, expected)) = next() {
                    let report = check(*sabotage);
                    if report.red() != *expected {
                        let line =
                            format!("{sabotage:?}: {:?}, expected {expected:?}\n{report}", report.red());
                        wrong.lock().unwrap().push(line);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(sabotage: Sabotage) -> foodlens_conformance::Report {
    let backend = Backend::start(|options| {
        options.sabotage = Some(sabotage);
        options.mint_ids = sabotage == ServerIdChanges;
    });
    backend.check()
}

#[test]
fn every_duty_has_a_sabotage() {
    for duty in foodlens_conformance::DUTIES {
        assert!(TABLE.iter().any(|(_, red)| red.contains(&duty.id)), "{} {}", duty.id, duty.title);
    }
}
