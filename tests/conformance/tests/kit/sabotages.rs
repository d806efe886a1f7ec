//! Each sabotage of the reference server turns exactly its duties red, and each check is seen to fail.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Mutex;
use std::thread;

use foodlens_conformance::{DUTIES, Outcome, Report};
use foodlens_server::PauseRule;
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
    (FeedOfAllUsers, &["D2"]),
    (BatchOfAnybody, &["D2"]),
    (BaseOfNothingTaken, &["D7"]),
    (FirstWriterWins, &["D8", "D9"]),
    (NullsIgnored, &["D8"]),
    (PutReplaces, &["D8"]),
    (OverwrittenAlways, &["D9"]),
    (DeleteOfNothingRefused, &["D2", "D10"]),
    (GoneForEver, &["D11"]),
    (EntitiesIgnored, &["D12"]),
    (PageOnce, &["D15"]),
    (LastComesAgain, &["D15"]),
    (TextTrimmed, &["D19"]),
    (ProblemsUntitled, &["D20"]),
    (UnknownIsFine, &["D20"]),
    (AnswersUnnamed, &["D20"]),
    (RequestIdDropped, &["D20"]),
    (HalfTheLimit, &["D21"]),
    (BatchCut, &["D21"]),
    (AnyLimitTaken, &["D21"]),
    (AnyShapeTaken, &["D22"]),
    (DeviceClockStamps, &["D23"]),
    (PausesNotHeld, &["D24"]),
    (ListCutShort, &["D26"]),
    (CapabilitiesUnnamed, &["D27"]),
    (TotalWithTombstones, &["D28"]),
    (EncodingIgnored, &["D30"]),
    (ServerIdMakesRecord, &["D31"]),
];

#[test]
fn each_sabotage_turns_exactly_its_duties_red() {
    let waiting: Mutex<VecDeque<_>> = Mutex::new(TABLE.iter().collect());
    let wrong: Mutex<Vec<String>> = Mutex::default();
    let seen_red: Mutex<BTreeSet<&str>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let next = || waiting.lock().unwrap().pop_front();
                while let Some((sabotage, expected)) = next() {
                    let report = check(*sabotage);
                    seen_red.lock().unwrap().extend(red_checks(&report));
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
    let seen_red = seen_red.into_inner().unwrap();
    let all = DUTIES.iter().flat_map(|duty| duty.checks).map(|check| check.name);
    let never_red: Vec<&str> = all.filter(|name| !seen_red.contains(name)).collect();
    assert!(never_red.is_empty(), "a check that cannot fail shows nothing: {never_red:?}");
}

fn red_checks(report: &Report) -> impl Iterator<Item = &'static str> {
    let failed = report.lines.iter().filter(|line| matches!(line.outcome, Outcome::Fail { .. }));
    failed.map(|line| line.check)
}

fn check(sabotage: Sabotage) -> Report {
    let backend = Backend::start(|options| {
        options.sabotage = Some(sabotage);
        options.mint_ids = matches!(sabotage, ServerIdChanges | ServerIdMakesRecord);
        if sabotage == PausesNotHeld {
            let rule = PauseRule { app_below: Some("2.4.0".to_owned()), ..PauseRule::default() };
            options.pauses = vec![rule];
        }
    });
    backend.check()
}

#[test]
fn every_duty_has_a_sabotage() {
    for duty in DUTIES {
        assert!(TABLE.iter().any(|(_, red)| red.contains(&duty.id)), "{} {}", duty.id, duty.title);
    }
}
