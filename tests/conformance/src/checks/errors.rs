//! D20: a refusal that a device can act on, and that nobody takes for a success.

use serde_json::json;
use uuid::Uuid;

use crate::bench::Bench;
use crate::client::{Exchange, Request};
use crate::duty::{Check, Step};
use crate::write::Write;

pub(crate) const CHECKS: &[Check] = &[
    Check::once("the_form_of_a_problem", the_form_of_a_problem),
    Check::once("an_unknown_path", an_unknown_path),
    Check::once("an_unknown_method", an_unknown_method),
    Check::each_way("an_update_of_what_is_not_there", an_update_of_what_is_not_there),
    Check::once("an_answer_names_its_user", an_answer_names_its_user),
    Check::once("a_request_id_comes_back", a_request_id_comes_back),
];

fn must_have_form(answer: &Exchange) -> Step {
    let body = &answer.json;
    let is_typed = answer.header("content-type").starts_with("application/problem+json");
    let has_members =
        body["status"] == answer.status && body["title"].is_string() && body["code"].is_string();
    answer.must(is_typed && has_members, "application/problem+json with status, code and title")
}

fn the_form_of_a_problem(bench: &Bench) -> Step {
    let absent = Write::scan("never made");
    let answer = bench.get(&absent.path())?;
    answer.must_be_problem(404, "not_found")?;
    must_have_form(&answer)?;
    answer.must(answer.json["user"] == json!(bench.kit.user), "the token's user in the problem")?;
    let refused = bench.send(&Request::get("/v1/me/allergies").without_token())?;
    must_have_form(&refused)?;
    refused.must(refused.json["user"].is_null(), "no user, since the token was not good")
}

fn an_unknown_path(bench: &Bench) -> Step {
    bench.get("/v1/me/no-such-thing")?.must_be_problem(404, "not_found")
}

fn an_unknown_method(bench: &Bench) -> Step {
    let answer = bench.send(&Request::new("PUT", "/v1/me/changes").json(&json!({})))?;
    answer.must_be_problem(405, "method_not_allowed")
}

fn an_update_of_what_is_not_there(bench: &Bench) -> Step {
    let update = Write::new("history", Uuid::now_v7(), "update", Some(1), json!({"note": "of nothing"}));
    bench.write(&update)?.must_be_rejected(404, "not_found")?;
    bench.get(&update.path())?.must_be_problem(404, "not_found")
}

/// A device does not take in what is for somebody else, or of another life of the database.
fn an_answer_names_its_user(bench: &Bench) -> Step {
    let write = Write::scan("named");
    let mut answers = vec![bench.send(&write.request())?];
    for path in ["/v1/me/changes?limit=1", "/v1/me/allergies", &write.path()] {
        answers.push(bench.get(path)?);
    }
    for answer in &answers {
        let has_both = answer.json["user"] == json!(bench.kit.user) && answer.json["epoch"].is_string();
        answer.must(answer.status == 200 && has_both, "the token's user, and the epoch")?;
        answer.must(answer.json["epoch"] == answers[0].json["epoch"], "the same epoch in every answer")?;
    }
    Ok(())
}

fn a_request_id_comes_back(bench: &Bench) -> Step {
    let id = Uuid::now_v7().to_string();
    let answer = bench.send(&Request::get("/v1/me/changes?limit=1").header("x-request-id", id.as_str()))?;
    answer.must(answer.header("x-request-id") == id, "the X-Request-Id of the request")?;
    let answer = bench.get("/v1/me/changes?limit=1")?;
    answer.must(!answer.header("x-request-id").is_empty(), "an X-Request-Id that the backend made")
}
