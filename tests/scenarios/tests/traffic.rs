//! What sync costs a phone on the air, against the real server: requests, connections and bytes of a run, and how often it asks
//! to be woken. Bytes are heads and bodies as they pass, without TLS; the bounds lie within a tenth of what was measured.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

#[path = "traffic/line.rs"]
mod line;

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone};
use foodlens_server::{Endpoint, Fault, FaultKind};
use line::{Line, Passed};

const DAY: i64 = 86_400_000;

/// A phone that has all there is, on a line of its own, a day after its last run.
fn quiet(backend: &Backend) -> (Line, Phone) {
    let line = Line::to(backend.server.addr());
    let phone = Phone::new(&line.url(), "ana");
    assert_eq!(phone.settle().next, NextStep::Done);
    later(&line, &phone, backend);
    (line, phone)
}

/// A day goes by, and what has passed is forgotten.
fn later(line: &Line, phone: &Phone, backend: &Backend) {
    phone.clock.advance_ms(DAY);
    line.passed();
    backend.server.requests().clear();
}

/// About 200 bytes of JSON.
fn scan(number: usize) -> HistoryContent {
    HistoryContent {
        product_name: Some(format!("Crunchy granola {number:08}")),
        brand: Some("Hofgut".into()),
        barcode: Some(format!("40{number:011}")),
        ingredients_text: Some("oats, sugar, milk".into()),
        verdict: Some(HistoryVerdict::Safe),
        ..HistoryContent::new(HistoryKind::Scan, 1_700_000_000_000 + number as i64 * 60_000)
    }
}

/// A run that goes to its end: what was asked, and what has passed.
fn run(line: &Line, phone: &Phone, backend: &Backend) -> (Vec<String>, Passed) {
    let report = phone.sync();
    assert_eq!(report.next, NextStep::Done);
    let asked = asked(backend);
    assert_eq!(asked.len() as u64, report.requests);
    let passed = line.passed();
    println!("{asked:?}: {passed:?}");
    (asked, passed)
}

/// What reached the server, without versions and queries.
fn asked(backend: &Backend) -> Vec<String> {
    let seen = backend.server.requests().all();
    let path = |path: &str| path.split('?').next().unwrap().replace("/v1/me/", "");
    seen.iter().map(|request| format!("{} {}", request.method, path(&request.path))).collect()
}

/// On one connection at most, and not far below the bounds, which would tell of nothing then.
fn costs(passed: Passed, up: u64, down: u64) {
    assert!(passed.connections <= 1, "{}: one is kept for the next request", passed.connections);
    for (way, bytes, most) in [("up", passed.up, up), ("down", passed.down, down)] {
        assert!(bytes <= most, "{bytes} bytes {way}, at most {most}");
        assert!(bytes * 10 >= most * 9, "{bytes} bytes {way} are far below {most}: lower the bound");
    }
}

#[test]
fn an_idle_run_is_one_request() {
    let backend = Backend::start().unwrap();
    let (line, phone) = quiet(&backend);
    let (asked, passed) = run(&line, &phone, &backend);
    assert_eq!(asked, ["GET changes"]);
    costs(passed, 475, 435);
}

#[test]
fn one_write_is_one_more_and_a_question_what_the_server_can_do() {
    let backend = Backend::start().unwrap();
    let (line, phone) = quiet(&backend);
    phone.session.history().add(&scan(0)).unwrap();
    let (asked, passed) = run(&line, &phone, &backend);
    assert_eq!(asked, ["GET capabilities", "POST batch", "GET changes"]);
    costs(passed, 1_715, 1_725);

    backend.server.requests().clear();
    phone.session.history().add(&scan(1)).unwrap();
    let (asked, passed) = run(&line, &phone, &backend);
    assert_eq!(asked, ["POST batch", "GET changes"], "what it can do is known for a while");
    costs(passed, 1_330, 1_250);
}

#[test]
fn a_hundred_writes_are_one_batch() {
    let backend = Backend::start().unwrap();
    let (line, phone) = quiet(&backend);
    phone.session.history().add_all(&(0..100).map(scan).collect::<Vec<_>>()).unwrap();
    let (asked, passed) = run(&line, &phone, &backend);
    assert_eq!(asked, ["GET capabilities", "POST batch", "GET changes"]);
    costs(passed, 6_450, 9_800);
}

#[test]
fn a_new_phone_gets_a_thousand_records_in_few_compressed_pages() {
    let backend = Backend::start().unwrap();
    let (_, first) = quiet(&backend);
    first.session.history().add_all(&(0..1_000).map(scan).collect::<Vec<_>>()).unwrap();
    assert_eq!(first.settle().next, NextStep::Done);
    backend.server.requests().clear();

    let line = Line::to(backend.server.addr());
    let second = Phone::new(&line.url(), "ana");
    let (asked, passed) = run(&line, &second, &backend);
    assert_eq!(second.session.history().count().unwrap(), 1_000);
    assert_eq!(
        asked,
        ["GET capabilities", "GET changes", "GET changes", "GET history", "GET history", "GET changes"],
        "the small collections and where the feed stands, the history by five hundred, what came meanwhile"
    );
    costs(passed, 2_630, 34_100);
}

#[test]
fn a_day_of_runs_with_nothing_to_do_is_a_request_each_and_asks_for_none() {
    let backend = Backend::start().unwrap();
    let (line, phone) = quiet(&backend);
    for _ in 0..96 {
        phone.clock.advance_ms(15 * 60_000);
        let report = phone.sync();
        assert_eq!((report.next, report.requests), (NextStep::Done, 1));
        assert_eq!(phone.session.status().unwrap().next_attempt_at, None, "nothing to wake up for");
    }
    assert_eq!(asked(&backend), vec!["GET changes"; 96]);
    costs(line.passed(), 96 * 475, 96 * 435);
}

#[test]
fn what_waits_for_a_person_asks_for_no_run_and_one_in_between_sends_nothing() {
    let backend = Backend::start().unwrap();
    let (line, phone) = quiet(&backend);
    phone.session.history().add(&scan(0)).unwrap();
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::status(422)));
    assert_eq!(phone.sync().next, NextStep::NeedsPerson);
    for _ in 0..3 {
        assert_eq!(phone.session.status().unwrap().next_attempt_at, None);
        later(&line, &phone, &backend);
        assert_eq!(phone.sync().next, NextStep::NeedsPerson);
        assert_eq!(asked(&backend), ["GET capabilities", "GET changes"]);
    }
}

#[test]
fn a_run_before_the_time_that_was_named_asks_nothing() {
    let backend = Backend::start().unwrap();
    let (line, phone) = quiet(&backend);
    phone.session.history().add(&scan(0)).unwrap();
    backend.server.faults().push(Fault::new(Endpoint::Any, FaultKind::retry_after(503, "600")).times(100));
    let NextStep::RetryAt(at) = phone.sync().next else { panic!("it was asked to wait") };
    let before = Clock::now_ms(&*phone.clock);
    assert_eq!((at, phone.session.status().unwrap().next_attempt_at), (before + 600_000, Some(at)));
    let once = asked(&backend).len();
    line.passed();
    for _ in 0..50 {
        assert_eq!(phone.sync().next, NextStep::RetryAt(at));
    }
    assert_eq!(
        (asked(&backend).len(), line.passed()),
        (once, Passed::default()),
        "who comes too early costs nothing"
    );
}
