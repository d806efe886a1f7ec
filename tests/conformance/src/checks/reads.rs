//! D26: other clients read plain records, and see what devices see.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::duty::{Check, Step};
use crate::write::Write;

pub(crate) const CHECKS: &[Check] =
    &[Check::once("a_plain_read", a_plain_read), Check::once("the_list_of_allergies", the_list_of_allergies)];

fn a_plain_read(bench: &Bench) -> Step {
    for create in [Write::scan("read"), Write::allergy()] {
        let created = bench.apply(&create)?;
        let read = bench.get(&create.path())?;
        let is_it = read.status == 200 && read.json["record"] == created.record;
        read.must(is_it, "200 with the record as the write was answered")?;
        bench.apply(&create.delete(Some(created.version())))?;
        bench.get(&create.path())?.must_be_problem(404, "not_found")?;
    }
    Ok(())
}

fn the_list_of_allergies(bench: &Bench) -> Step {
    let [kept, deleted] = [Write::allergy(), Write::allergy()];
    let record = bench.apply(&kept)?.record;
    let base = bench.apply(&deleted)?.version();
    bench.apply(&deleted.delete(Some(base)))?;
    let answer = bench.get("/v1/me/allergies")?;
    let records = answer.json["records"].as_array().cloned().unwrap_or_default();
    let ids: Vec<&Value> = records.iter().map(|record| &record["id"]).collect();
    let is_so = records.contains(&record) && !ids.contains(&&json!(deleted.id));
    answer.must(answer.status == 200 && is_so, "the allergies that are there, without the deleted one")
}
