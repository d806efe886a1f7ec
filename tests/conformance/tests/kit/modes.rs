//! The reference server keeps every duty, in every form that a backend may have.

use foodlens_conformance::{Outcome, Report};
use foodlens_server::PauseRule;

use crate::support::Backend;

/// The checks that found nothing to check.
fn not_offered(report: &Report) -> Vec<&'static str> {
    let lines = report.lines.iter().filter(|line| matches!(line.outcome, Outcome::NotOffered { .. }));
    lines.map(|line| line.check).collect()
}

const NO_SERVER_IDS: [&str; 4] = [
    "a_server_id_for_good",
    "a_write_by_server_id",
    "a_repeat_that_has_learned_the_server_id",
    "a_server_id_of_no_record",
];
const NO_BATCH: [&str; 7] = [
    "a_batch_that_names_another",
    "a_batch_of_too_many",
    "a_batch_of_a_wrong_shape",
    "verdicts_in_order",
    "one_refusal_among_many",
    "operations_that_build_on_each_other",
    "a_batch_again",
];

#[test]
fn with_all_that_it_offers() {
    let backend = Backend::start(|_| {});
    let report = backend.check();
    assert!(report.is_green(), "{report}");
    let expected = [&["a_paused_write", "not_now_with_a_time"][..], &NO_SERVER_IDS].concat();
    assert_eq!(not_offered(&report), expected, "{report}");
    let again = backend.check();
    assert!(again.is_green(), "an account that is not empty: {again}");
}

#[test]
fn with_one_request_per_write() {
    let report = Backend::start(|options| options.batch = false).check();
    assert!(report.is_green(), "{report}");
    assert!(NO_BATCH.iter().all(|name| not_offered(&report).contains(name)), "{report}");
}

#[test]
fn with_server_ids() {
    let report = Backend::start(|options| options.mint_ids = true).check();
    assert!(report.is_green(), "{report}");
    assert_eq!(not_offered(&report), ["a_paused_write", "not_now_with_a_time"], "{report}");
}

#[test]
fn a_plain_backend() {
    let report = Backend::start(|options| {
        options.capabilities = false;
        options.batch = false;
        options.newest_first = false;
        options.compression = false;
    })
    .check_with(|options| {
        options.second_token = None;
        options.hooks = Default::default();
    });
    assert!(report.is_green(), "{report}");
    assert!(not_offered(&report).contains(&"a_repeat_after_a_restart"), "{report}");
}

#[test]
fn with_a_pause_for_old_apps() {
    let rule = PauseRule { app_below: Some("2.4.0".to_owned()), ..PauseRule::default() };
    let report = Backend::start(|options| options.pauses = vec![rule]).check();
    assert!(report.is_green(), "{report}");
    assert!(!not_offered(&report).contains(&"a_paused_write"), "{report}");
}
