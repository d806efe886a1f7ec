//! D21: too much is refused as too much, and nothing of it is kept.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::client::Request;
use crate::duty::{Check, Step};
use crate::write::{Write, encoded};

pub(crate) const CHECKS: &[Check] = &[
    Check::each_way("fields_that_are_too_large", fields_that_are_too_large),
    Check::each_way("fields_that_just_fit", fields_that_just_fit),
    Check::each_way("a_record_that_would_grow_too_large", a_record_that_would_grow_too_large),
    Check::once("a_body_that_is_too_large", a_body_that_is_too_large),
    Check::once("a_batch_of_too_many", a_batch_of_too_many),
    Check::once("a_limit_that_is_none", a_limit_that_is_none),
];

const DEFAULT_FIELDS_BYTES: u64 = 65_536;

fn max_fields_bytes(bench: &Bench) -> usize {
    let stated = bench.kit.capabilities["max_fields_bytes"].as_u64();
    usize::try_from(stated.unwrap_or(DEFAULT_FIELDS_BYTES)).unwrap_or(usize::MAX)
}

/// A scan whose fields have exactly so many bytes.
fn scan_of(bytes: usize) -> Write {
    let mut write = Write::scan("large");
    write.fields["ingredients_text"] = json!("");
    let rest = bytes.saturating_sub(write.fields.to_string().len());
    write.fields["ingredients_text"] = json!("x".repeat(rest));
    write
}

fn fields_that_are_too_large(bench: &Bench) -> Step {
    let write = scan_of(max_fields_bytes(bench) + 1);
    bench.write(&write)?.must_be_rejected(413, "too_large")?;
    bench.get(&write.path())?.must_be_problem(404, "not_found")
}

fn fields_that_just_fit(bench: &Bench) -> Step {
    let write = scan_of(max_fields_bytes(bench));
    let verdict = bench.apply(&write)?;
    verdict.must(verdict.record["fields"] == write.fields, "the fields, whole")
}

fn a_record_that_would_grow_too_large(bench: &Bench) -> Step {
    let create = scan_of(max_fields_bytes(bench) - 100);
    let base = bench.apply(&create)?.version();
    let more = create.update(Some(base), json!({"brand": "y".repeat(200)}));
    bench.write(&more)?.must_be_rejected(413, "too_large")?;
    let now = bench.get(&create.path())?;
    now.must(now.json["record"]["version"] == base, "the record as it was")
}

fn a_body_that_is_too_large(bench: &Bench) -> Step {
    let most = usize::try_from(bench.kit.capabilities["batch"]["max_bytes"].as_u64().unwrap_or(1_048_576));
    let write = scan_of(most.unwrap_or(1_048_576) + 1);
    bench.send(&write.request())?.must_be_problem(413, "too_large")?;
    if bench.kit.offers_batch() {
        let request = bench.batch_request(&[write.operation()]);
        bench.send(&request)?.must_be_problem(413, "batch_too_large")?;
    }
    bench.get(&write.path())?.must_be_problem(404, "not_found")
}

fn a_batch_of_too_many(bench: &Bench) -> Step {
    bench.must_offer(bench.kit.offers_batch(), "batch")?;
    let most = bench.kit.capabilities["batch"]["max_operations"].as_u64().unwrap_or(100);
    let writes: Vec<Write> = (0..=most).map(|_| Write::scan("one too many")).collect();
    let operations: Vec<Value> = writes.iter().map(Write::operation).collect();
    bench.send(&bench.batch_request(&operations))?.must_be_problem(413, "batch_too_large")?;
    bench.get(&writes[0].path())?.must_be_problem(404, "not_found")
}

fn a_limit_that_is_none(bench: &Bench) -> Step {
    for limit in ["0", "-1", "1000000", "many", "1.5"] {
        let answer = bench.send(&Request::get(format!("/v1/me/changes?limit={}", encoded(limit))))?;
        answer.must_be_problem(400, "malformed")?;
    }
    bench.get("/v1/me/changes?entities=history,recipes")?.must_be_problem(400, "malformed")
}
