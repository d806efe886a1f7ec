//! D10 and D11: deletions arrive everywhere, and last.

use serde_json::json;
use uuid::Uuid;

use crate::bench::Bench;
use crate::duty::{Check, Step};
use crate::write::Write;

pub(crate) const TOMBSTONES: &[Check] = &[
    Check::each_way("a_tombstone_in_the_feed", a_tombstone_in_the_feed),
    Check::each_way("a_deletion_of_what_is_not_there", a_deletion_of_what_is_not_there),
];
pub(crate) const STAYS: &[Check] = &[
    Check::each_way("a_late_update_of_a_deleted_record", a_late_update_of_a_deleted_record),
    Check::each_way("a_late_update_of_a_deleted_allergy", a_late_update_of_a_deleted_allergy),
    Check::each_way("a_deleted_record_that_is_wanted_back", a_deleted_record_that_is_wanted_back),
];

fn a_tombstone_in_the_feed(bench: &Bench) -> Step {
    for create in [Write::scan("to be deleted"), Write::allergy()] {
        let created = bench.apply(&create)?;
        let cursor = bench.end_of_feed()?;
        let deleted = bench.apply(&create.delete(Some(created.version())))?;
        let is_tombstone = deleted.record["deleted"] == true && deleted.record["fields"] == json!({});
        deleted.must(is_tombstone, "a record with deleted true and no fields")?;
        deleted.must(deleted.version() > created.version(), "a version of its own")?;
        let in_feed = bench.in_feed_after(&cursor, &create)?;
        if in_feed.as_ref() != Some(&deleted.record) {
            let got =
                in_feed.map_or_else(|| "no change of this record".to_owned(), |change| change.to_string());
            let sent = format!("{}\nthen the feed from before it", deleted.exchange.sent);
            return Err(bench.failed(&sent, got, "the tombstone, as the deletion was answered"));
        }
    }
    Ok(())
}

fn a_deletion_of_what_is_not_there(bench: &Bench) -> Step {
    for entity in ["history", "allergies"] {
        let delete = Write::new(entity, Uuid::now_v7(), "delete", None, json!({}));
        bench.write(&delete)?.must_be("applied")?;
        // By another device, under another key.
        bench.write(&delete.with_key(Uuid::now_v7()))?.must_be("applied")?;
    }
    Ok(())
}

fn a_late_update_of_a_deleted_record(bench: &Bench) -> Step {
    let create = Write::scan("gone");
    let created = bench.apply(&create)?;
    let deleted = bench.apply(&create.delete(Some(created.version())))?;
    let late = create.update(Some(created.version()), json!({"note": "late"}));
    let verdict = bench.write(&late)?.must_be_rejected(410, "gone")?;
    verdict.must(verdict.record == deleted.record, "the tombstone with the refusal")?;
    bench.get(&create.path())?.must_be_problem(404, "not_found")
}

fn a_late_update_of_a_deleted_allergy(bench: &Bench) -> Step {
    let create = Write::allergy();
    let created = bench.apply(&create)?;
    let deleted = bench.apply(&create.delete(Some(created.version())))?;
    let late = create.update(Some(created.version()), json!({"severity": "severe"}));
    let verdict = bench.write(&late)?.must_be("conflict")?;
    verdict.must(verdict.record == deleted.record, "the tombstone with the conflict")?;
    bench.get(&create.path())?.must_be_problem(404, "not_found")
}

/// By a device that has seen the tombstone.
fn a_deleted_record_that_is_wanted_back(bench: &Bench) -> Step {
    for create in [Write::scan("wanted back"), Write::allergy()] {
        let created = bench.apply(&create)?;
        let deleted = bench.apply(&create.delete(Some(created.version())))?;
        let base = Some(deleted.version());
        let again = Write::new(create.entity, create.id, "create", base, create.fields.clone());
        let back = bench.apply(&again)?;
        back.must(back.record["deleted"] == false, "the record, live again")?;
    }
    Ok(())
}
