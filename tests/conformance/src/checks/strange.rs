//! D22: what is no operation is refused, never half taken, and never the end of the server.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::Bench;
use crate::client::Request;
use crate::duty::{Check, Step};
use crate::write::Write;

pub(crate) const CHECKS: &[Check] = &[
    Check::once("a_body_that_is_no_json", a_body_that_is_no_json),
    Check::once("headers_that_are_wrong", headers_that_are_wrong),
    Check::once("an_operation_of_a_wrong_shape", an_operation_of_a_wrong_shape),
    Check::once("a_batch_of_a_wrong_shape", a_batch_of_a_wrong_shape),
];

fn a_body_that_is_no_json(bench: &Bench) -> Step {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies: [(&str, &[u8]); 6] = [
        ("nothing", b""),
        ("half", br#"{"kind":"scan","#),
        ("a page", b"<html></html>"),
        ("no UTF-8", b"{\"note\":\"\xff\xfe\"}"),
        ("two values", b"{} {}"),
        ("very deep", deep.as_bytes()),
    ];
    for (_, body) in bodies {
        let write = Write::scan("strange");
        bench.send(&write.request().body(body))?.must_be_problem(400, "malformed")?;
        bench.get(&write.path())?.must_be_problem(404, "not_found")?;
    }
    Ok(())
}

fn headers_that_are_wrong(bench: &Bench) -> Step {
    let write = Write::scan("strange");
    let put = || Request::new("PUT", write.path()).json(&write.fields);
    bench.send(&put())?.must_be_problem(400, "key_required")?;
    let keyed = || put().header("idempotency-key", Uuid::now_v7().to_string());
    let wrong = [
        put().header("idempotency-key", "1"),
        keyed().header("if-match", "7"),
        keyed().header("if-match", "\"seven\""),
    ];
    for request in wrong {
        bench.send(&request)?.must_be_problem(400, "malformed")?;
    }
    bench.get(&write.path())?.must_be_problem(404, "not_found")
}

fn an_operation_of_a_wrong_shape(bench: &Bench) -> Step {
    let write = Write::scan("strange");
    for body in [json!([]), json!("text"), json!(7), Value::Null] {
        let request = write.with_key(Uuid::now_v7()).request().body(body.to_string());
        bench.send(&request)?.must_be_problem(422, "invalid")?;
    }
    let path = "/v1/me/history/not-a-uuid";
    let request = Request::new("PUT", path).json(&write.fields);
    let request = request.header("idempotency-key", Uuid::now_v7().to_string());
    bench.send(&request)?.must_be_problem(422, "invalid")?;
    bench.get(&write.path())?.must_be_problem(404, "not_found")
}

fn a_batch_of_a_wrong_shape(bench: &Bench) -> Step {
    bench.must_offer(bench.kit.offers_batch(), "batch")?;
    let mut keyless = Write::scan("without a key").operation();
    keyless["key"] = Value::Null;
    let first = Write::scan("before it");
    let bodies = [
        json!([]),
        json!({"user": bench.kit.user}),
        json!({"user": bench.kit.user, "operations": {}}),
        json!({"user": bench.kit.user, "operations": [first.operation(), keyless]}),
        json!({"user": bench.kit.user, "operations": [first.operation(), 7]}),
    ];
    for body in bodies {
        let answer = bench.send(&Request::new("POST", "/v1/me/batch").json(&body))?;
        answer.must_be_problem(400, "malformed")?;
    }
    bench.get(&first.path())?.must_be_problem(404, "not_found")
}
