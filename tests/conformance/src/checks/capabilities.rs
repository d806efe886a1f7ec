//! D27: what is said to be there is there, and what is not answers as if it were nowhere.

use serde_json::json;

use crate::bench::Bench;
use crate::client::Request;
use crate::duty::{Check, Outcome, Step};

pub(crate) const CHECKS: &[Check] = &[
    Check::once("the_form_of_the_capabilities", the_form_of_the_capabilities),
    Check::once("what_is_not_offered", what_is_not_offered),
];

fn the_form_of_the_capabilities(bench: &Bench) -> Step {
    let answer = bench.get("/v1/me/capabilities")?;
    if answer.status != 200 {
        answer.must_be_problem(404, "not_found")?;
        return Err(Outcome::not_offered("the backend has no capabilities: a plain one"));
    }
    let body = &answer.json;
    let is_named = body["user"] == json!(bench.kit.user) && body["epoch"].is_string();
    answer.must(is_named, "the token's user, and the epoch")?;
    let batch = &body["batch"];
    let has_batch = batch["max_operations"].is_u64() && batch["max_bytes"].is_u64();
    answer.must(batch.is_null() || has_batch, "batch: null, or max_operations and max_bytes")?;
    let history = &body["history"];
    answer.must(history.is_null() || history["max_limit"].is_u64(), "history: null, or max_limit")?;
    let has_ids = body["ids"].is_null() || body["ids"] == "device" || body["ids"] == "server";
    answer.must(has_ids, "ids: device or server")?;
    let are_lists =
        ["compression", "pauses"].iter().all(|name| body[*name].is_null() || body[*name].is_array());
    answer.must(are_lists, "compression and pauses: lists")
}

fn what_is_not_offered(bench: &Bench) -> Step {
    let kit = bench.kit;
    if !kit.offers_batch() {
        bench.send(&bench.batch_request(&[]))?.must_be_problem(404, "not_found")?;
    }
    if !kit.capabilities["history"].is_object() {
        bench.get("/v1/me/history")?.must_be_problem(404, "not_found")?;
    }
    if !kit.offers_latest() {
        bench.get("/v1/me/changes?from=latest")?.must_be_problem(400, "malformed")?;
    }
    let packs =
        kit.capabilities["compression"].as_array().is_some_and(|names| names.contains(&json!("gzip")));
    let write = crate::write::Write::scan("packed");
    if !packs {
        let request = write.request().header("content-encoding", "gzip");
        bench.send(&request)?.must_be_problem(415, "unsupported_encoding")?;
    }
    bench.send(&Request::get("/v1/me/changes?from=1970"))?.must_be_problem(400, "malformed")
}
