//! D31: names that the server makes.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::duty::{Check, Step};
use crate::write::{Verdict, Write};

pub(crate) const CHECKS: &[Check] = &[
    Check::each_way("a_server_id_for_good", a_server_id_for_good),
    Check::each_way("a_write_by_server_id", a_write_by_server_id),
    Check::each_way("a_repeat_that_has_learned_the_server_id", a_repeat_that_has_learned_the_server_id),
    Check::each_way("a_server_id_of_no_record", a_server_id_of_no_record),
];

fn must_offer(bench: &Bench) -> Step {
    bench.must_offer(bench.kit.mints_ids(), "server ids")
}

fn server_id(verdict: &Verdict) -> Step<String> {
    let id = verdict.record["server_id"].as_str().unwrap_or_default();
    let is_one = (1..=200).contains(&id.chars().count());
    verdict.must(is_one, "a record with a server_id of 1 to 200 characters")?;
    Ok(id.to_owned())
}

fn a_server_id_for_good(bench: &Bench) -> Step {
    must_offer(bench)?;
    let cursor = bench.end_of_feed()?;
    let create = Write::scan("named by the server");
    let created = bench.apply(&create)?;
    let id = server_id(&created)?;
    let updated = bench.apply(&create.update(Some(created.version()), json!({"brand": "new"})))?;
    updated.must(server_id(&updated)? == id, format!("the same server_id, {id}"))?;
    let in_feed = bench.in_feed_after(&cursor, &create)?.unwrap_or_default();
    updated.must(in_feed["server_id"] == id.as_str(), format!("the same server_id in the feed, {id}"))?;
    let other = bench.apply(&Write::scan("another"))?;
    other.must(server_id(&other)? != id, "a server_id of its own")
}

fn a_write_by_server_id(bench: &Bench) -> Step {
    must_offer(bench)?;
    for create in [Write::scan("named by the server"), Write::allergy()] {
        let created = bench.apply(&create)?;
        let mut update = create.update(Some(created.version()), json!({"created_at": 1}));
        update.server_id = Some(server_id(&created)?);
        let updated = bench.apply(&update)?;
        updated.must(updated.record["id"] == json!(create.id), "the same record, under its id")?;
        let read = bench.get(&update.path())?;
        read.must(read.json["record"] == updated.record, "the record, read by its server_id")?;
    }
    Ok(())
}

fn a_repeat_that_has_learned_the_server_id(bench: &Bench) -> Step {
    must_offer(bench)?;
    let create = Write::scan("sent twice");
    let created = bench.apply(&create)?;
    let update = create.update(Some(created.version()), json!({"brand": "new"}));
    bench.apply(&update)?;
    let mut again = update.clone();
    again.server_id = Some(server_id(&created)?);
    bench.write(&again)?.must_be("duplicate").map(|_| ())
}

fn a_server_id_of_no_record(bench: &Bench) -> Step {
    must_offer(bench)?;
    let mut update = Write::scan("").update(Some(1), json!({"brand": "of nothing"}));
    update.server_id = Some(format!("conformance-{}", update.id));
    bench.write(&update)?.must_be_rejected(404, "not_found")?;
    let mut update = Write::allergy().update(Some(1), json!({"severity": "mild"}));
    update.server_id = Some(format!("conformance-{}", update.id));
    let verdict = bench.write(&update)?.must_be("conflict")?;
    verdict.must(verdict.record == Value::Null, "record null: the backend has none")
}
