//! D23: devices' clocks are wrong.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::bench::Bench;
use crate::duty::{Check, Step};
use crate::write::Write;

pub(crate) const CHECKS: &[Check] = &[
    Check::each_way("a_device_clock_that_is_ahead", a_device_clock_that_is_ahead),
    Check::each_way("the_server_stamps", the_server_stamps),
];

/// 2099 and 1970.
const FAR_AHEAD_MS: i64 = 4_070_908_800_000;
const LONG_AGO_MS: i64 = 86_400_000;
/// More than two clocks that somebody sets may differ.
const MOST_APART_MS: i64 = 24 * 60 * 60 * 1000;

fn a_device_clock_that_is_ahead(bench: &Bench) -> Step {
    let mut create = Write::scan("of a clock that is ahead");
    create.fields["updated_at"] = json!(FAR_AHEAD_MS);
    let base = bench.apply(&create)?.version();
    let late = create.update(Some(base), json!({"product_name": "later", "updated_at": LONG_AGO_MS}));
    let verdict = bench.apply(&late)?;
    let is_later = verdict.record["fields"]["product_name"] == "later";
    verdict.must(is_later, "the write that arrived last, whatever the devices' clocks say")
}

fn the_server_stamps(bench: &Bench) -> Step {
    let mut write = Write::scan("stamped");
    write.fields["created_at"] = json!(LONG_AGO_MS);
    write.fields["updated_at"] = json!(FAR_AHEAD_MS);
    let verdict = bench.apply(&write)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_ms = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let stamp = verdict.record["received_at"].as_i64();
    let is_near = stamp.is_some_and(|stamp| (stamp - now_ms).abs() < MOST_APART_MS);
    verdict.must(is_near, format!("received_at in ms since 1970, near {now_ms}"))
}
