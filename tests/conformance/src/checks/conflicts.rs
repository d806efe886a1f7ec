//! D7: an allergy is never changed by somebody who has not seen how it stands.

use serde_json::json;
use uuid::Uuid;

use crate::bench::Bench;
use crate::duty::{Check, Step};
use crate::write::Write;

pub(crate) const CHECKS: &[Check] = &[
    Check::each_way("a_stale_base", a_stale_base),
    Check::each_way("no_base_for_a_record_that_is_there", no_base),
    Check::each_way("a_base_for_a_record_that_is_not_there", a_base_of_nothing),
    Check::each_way("a_stale_deletion", a_stale_deletion),
    Check::each_way("a_conflict_again", a_conflict_again),
    Check::each_way("a_stale_list_state", a_stale_list_state),
];

fn a_stale_base(bench: &Bench) -> Step {
    let create = Write::allergy();
    let created = bench.apply(&create)?;
    let seen = bench.apply(&create.update(Some(created.version()), json!({"severity": "severe"})))?;
    // Another field: it is the record that is judged, not the field.
    let stale = create.update(Some(created.version()), json!({"notes": "stale"}));
    let verdict = bench.write(&stale)?.must_be("conflict")?;
    verdict.must(verdict.record == seen.record, "the current record with the conflict")?;
    let now = bench.get(&create.path())?;
    now.must(now.json["record"] == seen.record, "the record as it was")
}

fn no_base(bench: &Bench) -> Step {
    let create = Write::allergy();
    bench.apply(&create)?;
    let again = Write::new("allergies", create.id, "create", None, create.fields.clone());
    bench.write(&again)?.must_be("conflict").map(|_| ())
}

fn a_base_of_nothing(bench: &Bench) -> Step {
    let update = Write::new("allergies", Uuid::now_v7(), "update", Some(1), json!({"severity": "mild"}));
    let verdict = bench.write(&update)?.must_be("conflict")?;
    verdict.must(verdict.record.is_null(), "record null: the backend has none")
}

fn a_stale_deletion(bench: &Bench) -> Step {
    let create = Write::allergy();
    let created = bench.apply(&create)?;
    bench.apply(&create.update(Some(created.version()), json!({"severity": "life_threatening"})))?;
    bench.write(&create.delete(Some(created.version())))?.must_be("conflict")?;
    let now = bench.get(&create.path())?;
    now.must(now.status == 200, "the allergy is still there")
}

/// Its answer is kept under the key too.
fn a_conflict_again(bench: &Bench) -> Step {
    let create = Write::allergy();
    let created = bench.apply(&create)?;
    bench.apply(&create.update(Some(created.version()), json!({"severity": "severe"})))?;
    let stale = create.update(Some(created.version()), json!({"severity": "moderate"}));
    let first = bench.write(&stale)?.must_be("conflict")?;
    let again = bench.write(&stale)?.must_be("conflict")?;
    again.must(again.record == first.record, "the record of the first answer")
}

/// The nil id, and the current version as the base, whatever the account holds.
fn a_stale_list_state(bench: &Bench) -> Step {
    let list = bench.get("/v1/me/allergies")?;
    list.must(list.status == 200, "200 with the list and its records")?;
    let base = list.json["list"]["version"].as_i64();
    let state = if list.json["list"]["fields"]["state"] == "listed" { "unknown" } else { "listed" };
    let write =
        |base, state| Write::new("allergy_list", Uuid::nil(), "update", base, json!({"state": state}));
    let written = bench.apply(&write(base, state))?;
    let stale = bench.write(&write(base, "confirmed_none"))?.must_be("conflict")?;
    stale.must(stale.record == written.record, "the current record with the conflict")?;
    bench.apply(&write(Some(written.version()), "confirmed_none")).map(|_| ())
}
