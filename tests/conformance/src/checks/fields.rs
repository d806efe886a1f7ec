//! D8 and D9: records that merge field by field, and what a merge replaced.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::Bench;
use crate::duty::{Check, Step};
use crate::write::Write;

pub(crate) const MERGE: &[Check] = &[
    Check::each_way("two_fields_of_two_devices", two_fields_of_two_devices),
    Check::each_way("the_same_field_of_two_devices", the_same_field_of_two_devices),
    Check::each_way("a_field_that_is_cleared", a_field_that_is_cleared),
    Check::each_way("a_create_of_a_record_that_is_there", a_create_of_a_record_that_is_there),
    Check::each_way("single_records_merge_too", single_records_merge_too),
];
pub(crate) const OVERWRITTEN: &[Check] = &[
    Check::each_way("an_overwritten_value", an_overwritten_value),
    Check::each_way("nothing_overwritten_that_was_seen", nothing_overwritten_that_was_seen),
    Check::each_way("a_deletion_tells_what_it_replaced", a_deletion_tells_what_it_replaced),
];

fn two_fields_of_two_devices(bench: &Bench) -> Step {
    let create = Write::scan("merged");
    let base = bench.apply(&create)?.version();
    bench.apply(&create.update(Some(base), json!({"brand": "of the first"})))?;
    let merged = bench.apply(&create.update(Some(base), json!({"favourite": true})))?;
    let fields = &merged.record["fields"];
    let has_both = fields["brand"] == "of the first" && fields["favourite"] == true;
    merged
        .must(has_both && fields["product_name"] == "merged", "the fields of both devices, and the old ones")
}

fn the_same_field_of_two_devices(bench: &Bench) -> Step {
    let create = Write::scan("contested");
    let base = bench.apply(&create)?.version();
    bench.apply(&create.update(Some(base), json!({"brand": "of the first"})))?;
    let last = bench.apply(&create.update(Some(base), json!({"brand": "of the last"})))?;
    last.must(last.record["fields"]["brand"] == "of the last", "the value that arrived last")
}

/// Absent and null mean the same.
fn a_field_that_is_cleared(bench: &Bench) -> Step {
    let create = Write::scan("cleared");
    let base = bench.apply(&create)?.version();
    let cleared = bench.apply(&create.update(Some(base), json!({"note": null})))?;
    cleared.must(cleared.record["fields"]["note"].is_null(), "no note any more")?;
    let kept = &cleared.record["fields"]["product_name"];
    cleared.must(kept == "cleared", "the fields that the patch does not name")
}

fn a_create_of_a_record_that_is_there(bench: &Bench) -> Step {
    let create = Write::scan("made twice");
    bench.apply(&create)?;
    let second = Write::new("history", create.id, "create", None, json!({"brand": "of the second"}));
    let merged = bench.apply(&second)?;
    let fields = &merged.record["fields"];
    let is_merged = fields["brand"] == "of the second" && fields["product_name"] == "made twice";
    merged.must(is_merged, "one record with the fields of both")
}

fn single_records_merge_too(bench: &Bench) -> Step {
    let cases = [
        ("profile", json!({"display_name": name()}), json!({"country": "AT"})),
        ("settings", json!({"app.conformance": name()}), json!({"theme": "dark"})),
    ];
    for (entity, one, other) in cases {
        let write = |fields: &Value| Write::new(entity, Uuid::nil(), "update", None, fields.clone());
        bench.write(&write(&one))?.must_be("applied")?;
        let merged = bench.write(&write(&other))?.must_be("applied")?;
        let holds = |part: &Value| {
            part.as_object().is_some_and(|part| part.iter().all(|(k, v)| &merged.record["fields"][k] == v))
        };
        merged.must(holds(&one) && holds(&other), "the fields of both writes")?;
    }
    Ok(())
}

/// Never the value of an earlier run.
fn name() -> String {
    format!("conformance {}", Uuid::now_v7())
}

fn an_overwritten_value(bench: &Bench) -> Step {
    let create = Write::scan("overwritten");
    let base = bench.apply(&create)?.version();
    let unseen = bench.apply(&create.update(Some(base), json!({"brand": "unseen"})))?;
    let over = bench.apply(&create.update(Some(base), json!({"brand": "new"})))?;
    let expected = vec![json!({"field": "brand", "value": "unseen", "version": unseen.version()})];
    over.must(over.overwritten == expected, format!("overwritten: {}", json!(expected)))?;
    let none = create.update(None, json!({"brand": "of a device that has seen nothing"}));
    let over = bench.apply(&none)?;
    over.must(over.overwritten.len() == 1, "with no base version, the value that was there")
}

fn nothing_overwritten_that_was_seen(bench: &Bench) -> Step {
    let create = Write::scan("seen");
    let base = bench.apply(&create)?.version();
    let seen = bench.apply(&create.update(Some(base), json!({"brand": "seen"})))?;
    let next = bench.apply(&create.update(Some(seen.version()), json!({"brand": "next"})))?;
    next.must(next.overwritten.is_empty(), "overwritten: [], since the device had seen the value")?;
    let same = bench.write(&create.update(Some(base), json!({"brand": "next"})))?.must_be("applied")?;
    same.must(same.overwritten.is_empty(), "overwritten: [], since the value is the same")
}

fn a_deletion_tells_what_it_replaced(bench: &Bench) -> Step {
    let create = Write::scan("deleted");
    let base = bench.apply(&create)?.version();
    bench.apply(&create.update(Some(base), json!({"brand": "unseen"})))?;
    let deleted = bench.apply(&create.delete(Some(base)))?;
    let names: Vec<&Value> = deleted.overwritten.iter().map(|one| &one["field"]).collect();
    deleted.must(names == ["brand"], "overwritten: the brand, which the device had not seen")
}
