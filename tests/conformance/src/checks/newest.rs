//! D28 and D29: an app shows the newest at once, and takes in the rest later.

use serde_json::{Value, json};

use crate::bench::{Bench, is_of};
use crate::client::Exchange;
use crate::duty::{Check, Step};
use crate::write::{Write, encoded};

pub(crate) const HISTORY: &[Check] = &[
    Check::once("newest_first", newest_first),
    Check::once("a_page_behind_a_place", a_page_behind_a_place),
    Check::once("the_total", the_total),
];
pub(crate) const LATEST: &[Check] = &[Check::once("from_the_end", from_the_end)];

/// Later than anything else that the account may hold.
const FAR_AHEAD_MS: i64 = 4_070_908_800_000;

fn must_offer(bench: &Bench) -> Step {
    bench.must_offer(bench.kit.capabilities["history"].is_object(), "history")
}

fn scan_at(occurred_at: i64) -> Write {
    let mut write = Write::scan("at a time");
    write.fields["occurred_at"] = json!(occurred_at);
    write
}

/// Later than those of every run before.
fn later_than_all(bench: &Bench) -> Step<i64> {
    let newest = page(bench, "limit=1")?;
    let stated = newest.json["records"][0]["fields"]["occurred_at"].as_i64().unwrap_or_default();
    Ok(stated.max(FAR_AHEAD_MS) + 1)
}

fn page(bench: &Bench, query: &str) -> Step<Exchange> {
    let answer = bench.get(&format!("/v1/me/history?{query}"))?;
    let records = answer.json["records"].as_array();
    let counts = records.is_some_and(|records| answer.json["count"] == records.len());
    answer.must(answer.status == 200 && counts, "200 with records and their count")?;
    Ok(answer)
}

fn ids(answer: &Exchange) -> Vec<Value> {
    answer.json["records"].as_array().into_iter().flatten().map(|record| record["id"].clone()).collect()
}

fn newest_first(bench: &Bench) -> Step {
    must_offer(bench)?;
    let time = later_than_all(bench)?;
    let writes = [scan_at(time + 1), scan_at(time + 2), scan_at(time), scan_at(time + 2)];
    for write in &writes {
        bench.apply(write)?;
    }
    let answer = page(bench, "limit=4")?;
    let expected: Vec<Value> = [3, 1, 0, 2].iter().map(|place| json!(writes[*place].id)).collect();
    answer.must(ids(&answer) == expected, "by occurred_at and then by id, both descending")?;
    for write in &writes {
        bench.write(&write.delete(None))?.must_be("applied")?;
    }
    Ok(())
}

/// What is written meanwhile makes no other record come twice or not at all.
fn a_page_behind_a_place(bench: &Bench) -> Step {
    must_offer(bench)?;
    let time = later_than_all(bench)?;
    let writes = [scan_at(time + 2), scan_at(time + 1), scan_at(time)];
    for write in &writes {
        bench.apply(write)?;
    }
    let first = page(bench, "limit=1")?;
    first.must(
        ids(&first) == [json!(writes[0].id)] && first.json["next"].is_string(),
        "one record, and next",
    )?;
    let newer = scan_at(time + 3);
    bench.apply(&newer)?;
    bench.apply(&writes[0].delete(None))?;
    let next = first.json["next"].as_str().unwrap_or_default();
    let second = page(bench, &format!("limit=2&before={}", encoded(next)))?;
    let expected = [json!(writes[1].id), json!(writes[2].id)];
    second.must(
        ids(&second).starts_with(&expected[..1]),
        "the record behind the first, whatever came and went",
    )?;
    for write in [&writes[1], &writes[2], &newer] {
        bench.write(&write.delete(None))?.must_be("applied")?;
    }
    bench.get("/v1/me/history?before=nonsense")?.must_be_problem(400, "bad_cursor")
}

fn the_total(bench: &Bench) -> Step {
    must_offer(bench)?;
    let total = |answer: &Exchange| answer.json["total"].as_i64().unwrap_or(-1);
    let before = total(&page(bench, "limit=1")?);
    let write = Write::scan("counted");
    bench.apply(&write)?;
    let with = page(bench, "limit=1")?;
    with.must(before >= 0 && total(&with) == before + 1, format!("total: {}", before + 1))?;
    bench.apply(&write.delete(None))?;
    let without = page(bench, "limit=1")?;
    without.must(total(&without) == before, format!("total: {before}, without the tombstone"))
}

fn from_the_end(bench: &Bench) -> Step {
    bench.must_offer(bench.kit.offers_latest(), "changes.latest")?;
    let early = Write::scan("early");
    bench.apply(&early)?;
    let end = bench.page("from=latest")?;
    let is_empty = end.changes.is_empty() && !end.has_more;
    end.exchange.must(is_empty, "no changes, and has_more false")?;
    let late = Write::scan("late");
    bench.apply(&late)?;
    let (changes, _) = bench.since(&end.next)?;
    let has = |write: &Write| changes.iter().any(|change| is_of(change, write));
    end.exchange
        .must(has(&late) && !has(&early), "from next_cursor what was written later, and nothing before")?;
    let both = format!("/v1/me/changes?from=latest&cursor={}", encoded(&end.next));
    bench.get(&both)?.must_be_problem(400, "malformed")
}
