//! A device and the chaotic server that app developers start: whatever comes, all arrives exactly once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, differences};
use foodlens_server::{Chaos, Options};

/// More than any of these days needs; without an end to bad luck it would be a bug.
const MOST_RUNS: usize = 120;
const EDITS: usize = 45;
const HOUR_MS: i64 = 3_600_000;

fn scan(number: usize) -> HistoryContent {
    HistoryContent {
        product_name: Some(format!("product {number}")),
        ..HistoryContent::new(HistoryKind::Scan, i64::try_from(number).unwrap())
    }
}

/// A day with a sync after every third edit. Gives the number of runs until all was there.
fn day(seed: u64, mixture: &str) -> usize {
    let chaos = Some(Chaos { seed, mixture: mixture.parse().unwrap() });
    let backend = Backend::start_with(|options| Options { chaos, ..options }).unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let mut runs = 0;
    for number in 0..EDITS {
        phone.session.history().add(&scan(number)).unwrap();
        if number % 3 == 0 {
            let _ = phone.sync();
            runs += 1;
            phone.clock.advance_ms(HOUR_MS);
        }
    }
    // What a scheduler does: again at the time that the report names, and at once with a fresh token.
    while phone.sync().next != NextStep::Done {
        runs += 1;
        assert!(runs < MOST_RUNS, "seed {seed}: not done after {runs} runs");
        phone.clock.advance_ms(HOUR_MS);
    }
    let name = format!("seed {seed}, {mixture}");
    let snapshot = backend.server.snapshot("ana").unwrap();
    let mut products: Vec<_> =
        snapshot.iter().map(|record| record.fields["product_name"].to_string()).collect();
    products.sort();
    products.dedup();
    assert_eq!((snapshot.len(), products.len()), (EDITS, EDITS), "{name}: each exactly once");
    assert_eq!(
        snapshot.last().unwrap().version,
        i64::try_from(EDITS).unwrap(),
        "{name}: one effect per edit"
    );
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new(), "{name}");
    assert_eq!(phone.session.verify().unwrap().flaws, [], "{name}");
    let requests = backend.server.requests().all();
    let bad = requests.iter().filter(|request| request.status != Some(200)).count();
    assert!(bad > 3, "{name}: a day like any other, {bad} of {} requests", requests.len());
    runs
}

#[test]
fn on_chaotic_days_everything_arrives_exactly_once() {
    let mixtures = [
        "drop=0.1,silence=0.15,error=0.1,limit=0.05,truncate=0.1,expire=0.05,delay=0.2:0..5ms",
        "silence=0.5",
        "truncate=0.3,drop=0.2",
        "expire=0.4",
    ];
    for mixture in mixtures {
        for seed in 1..=2 {
            day(seed, mixture);
        }
    }
}
