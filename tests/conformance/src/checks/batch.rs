//! D25: many operations in one request, each judged for itself.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::duty::{Check, Step};
use crate::write::Write;

pub(crate) const CHECKS: &[Check] = &[
    Check::once("verdicts_in_order", verdicts_in_order),
    Check::once("one_refusal_among_many", one_refusal_among_many),
    Check::once("operations_that_build_on_each_other", operations_that_build_on_each_other),
    Check::once("a_batch_again", a_batch_again),
];

fn must_have(bench: &Bench, operations: &[Value], names: &[&str]) -> Step {
    let answer = bench.send(&bench.batch_request(operations))?;
    let verdicts = answer.json["verdicts"].as_array().cloned().unwrap_or_default();
    let got: Vec<(&Value, &Value)> =
        verdicts.iter().map(|verdict| (&verdict["key"], &verdict["verdict"])).collect();
    let names: Vec<Value> = names.iter().map(|name| json!(name)).collect();
    let expected: Vec<(&Value, &Value)> =
        operations.iter().map(|operation| &operation["key"]).zip(&names).collect();
    let is_so = answer.status == 200 && got == expected;
    answer.must(is_so, format!("200 with the verdicts {} in the order of the operations", json!(names)))
}

fn verdicts_in_order(bench: &Bench) -> Step {
    bench.must_offer(bench.kit.offers_batch(), "batch")?;
    let operations: Vec<Value> = (0..10).map(|_| Write::scan("of many").operation()).collect();
    must_have(bench, &operations, &["applied"; 10])
}

fn one_refusal_among_many(bench: &Bench) -> Step {
    bench.must_offer(bench.kit.offers_batch(), "batch")?;
    let absent = Write::scan("never made").update(Some(1), json!({"note": "of nothing"}));
    let mut wrong = Write::scan("of a wrong shape").operation();
    wrong["kind"] = json!("upsert");
    let before = Write::scan("before").operation();
    let after = Write::scan("after").operation();
    let operations = [before, absent.operation(), wrong, after];
    must_have(bench, &operations, &["applied", "rejected", "rejected", "applied"])
}

fn operations_that_build_on_each_other(bench: &Bench) -> Step {
    bench.must_offer(bench.kit.offers_batch(), "batch")?;
    let create = Write::scan("made");
    let operations = [
        create.operation(),
        create.update(None, json!({"brand": "changed"})).operation(),
        create.delete(None).operation(),
        create.update(None, json!({"brand": "too late"})).operation(),
    ];
    must_have(bench, &operations, &["applied", "applied", "applied", "rejected"])
}

/// The answer was lost; the device cannot know how far the backend came.
fn a_batch_again(bench: &Bench) -> Step {
    bench.must_offer(bench.kit.offers_batch(), "batch")?;
    let mut operations: Vec<Value> = (0..3).map(|_| Write::scan("of many").operation()).collect();
    must_have(bench, &operations, &["applied"; 3])?;
    operations.push(Write::scan("new").operation());
    must_have(bench, &operations, &["duplicate", "duplicate", "duplicate", "applied"])
}
