//! D24: a backend that cannot take a request now says when to come again.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::Bench;
use crate::client::Exchange;
use crate::duty::{Check, Outcome, Step};
use crate::write::Write;

pub(crate) const CHECKS: &[Check] =
    &[Check::once("a_paused_write", a_paused_write), Check::once("not_now_with_a_time", not_now_with_a_time)];

/// The kit names a version that is above every rule; a request that names none is below each.
fn a_paused_write(bench: &Bench) -> Step {
    let rules = bench.kit.capabilities["pauses"].as_array().cloned().unwrap_or_default();
    let rule = rules.iter().find(|rule| rule["app_below"].is_string());
    let rule =
        rule.ok_or_else(|| Outcome::not_offered("no pause with app_below stands in the capabilities"))?;
    let write = paused_by(rule);
    let answer = bench.send(&write.request().without_app_version())?;
    answer.must_be_problem(503, "paused")?;
    must_name_a_time(&answer)?;
    bench.get(&write.path())?.must_be_problem(404, "not_found")
}

fn paused_by(rule: &Value) -> Write {
    let kind = match rule["kind"].as_str() {
        Some("update") => "update",
        Some("delete") => "delete",
        _ => "create",
    };
    let entity = if rule["entity"] == "allergies" { "allergies" } else { "history" };
    let fields = if kind == "delete" { json!({}) } else { json!({"created_at": 1}) };
    Write::new(entity, Uuid::now_v7(), kind, None, fields)
}

/// Looks back at the whole run, as far as it went.
fn not_now_with_a_time(bench: &Bench) -> Step {
    let answers = bench.kit.client.not_now();
    if answers.is_empty() {
        return Err(Outcome::not_offered("nothing was answered with 429 or 503"));
    }
    answers.iter().try_for_each(must_name_a_time)
}

fn must_name_a_time(answer: &Exchange) -> Step {
    let is_time = answer.header("retry-after").parse::<u64>().is_ok();
    answer.must(is_time, "a Retry-After header in seconds, so that devices do not come back all at once")
}
