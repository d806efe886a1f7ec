//! D12, D13, D14 and D18: the feed's order, its numbers, its pages, and nothing left out beside writers.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::duty::{Check, Step};
use crate::write::{Write, encoded};

pub(crate) const ORDER: &[Check] = &[
    Check::once("ascending_versions", ascending_versions),
    Check::once("a_record_once_at_its_latest_version", a_record_once_at_its_latest_version),
    Check::once("a_choice_of_entities", a_choice_of_entities),
];
pub(crate) const VERSIONS: &[Check] =
    &[Check::each_way("a_write_that_changes_nothing", a_write_that_changes_nothing)];
pub(crate) const GAPS: &[Check] = &[Check::each_way("a_reader_beside_writers", a_reader_beside_writers)];
pub(crate) const PAGES: &[Check] = &[
    Check::once("a_page_counts_its_records", a_page_counts_its_records),
    Check::once("a_page_keeps_its_limit", a_page_keeps_its_limit),
];

const WRITERS: usize = 4;
const WRITES_EACH: usize = 10;

fn ascending_versions(bench: &Bench) -> Step {
    let cursor = bench.end_of_feed()?;
    let writes = [Write::scan("one"), Write::allergy(), Write::scan("three")];
    for write in &writes {
        bench.apply(write)?;
    }
    let page = bench.page(&format!("cursor={}", encoded(&cursor)))?;
    let ids: Vec<&Value> = page.changes.iter().map(|change| &change["id"]).collect();
    let expected: Vec<Value> = writes.iter().map(|write| json!(write.id)).collect();
    let is_so = ids == expected.iter().collect::<Vec<_>>() && rises(&page.changes);
    page.exchange.must(is_so, "the three records in the order of their versions")
}

fn rises(changes: &[Value]) -> bool {
    let versions: Vec<Option<i64>> = changes.iter().map(|change| change["version"].as_i64()).collect();
    versions.iter().all(Option::is_some) && versions.is_sorted_by(|one, next| one < next)
}

fn a_record_once_at_its_latest_version(bench: &Bench) -> Step {
    let cursor = bench.end_of_feed()?;
    let create = Write::scan("changed");
    let created = bench.apply(&create)?;
    let other = Write::scan("between");
    bench.apply(&other)?;
    let latest = bench.apply(&create.update(Some(created.version()), json!({"brand": "latest"})))?;
    let page = bench.page(&format!("cursor={}", encoded(&cursor)))?;
    let ids: Vec<&Value> = page.changes.iter().map(|change| &change["id"]).collect();
    let is_so = ids == [&json!(other.id), &json!(create.id)] && page.changes[1] == latest.record;
    page.exchange.must(is_so, "two records, the changed one last and at its latest version")
}

fn a_choice_of_entities(bench: &Bench) -> Step {
    bench.apply(&Write::scan("left out"))?;
    let allergy = Write::allergy();
    bench.apply(&allergy)?;
    let mut query = "entities=allergies&limit=1000".to_owned();
    loop {
        let page = bench.page(&query)?;
        let all_chosen = page.changes.iter().all(|change| change["entity"] == "allergies");
        page.exchange.must(all_chosen, "allergies alone")?;
        if !page.has_more {
            let has_it = page.changes.iter().any(|change| crate::bench::is_of(change, &allergy));
            return page.exchange.must(has_it, "the newest allergy on the last page");
        }
        query = format!("entities=allergies&limit=1000&cursor={}", encoded(&page.next));
    }
}

fn a_write_that_changes_nothing(bench: &Bench) -> Step {
    for create in [Write::scan("as it was"), Write::allergy()] {
        let created = bench.apply(&create)?;
        let same = create.update(Some(created.version()), create.fields.clone());
        let verdict = bench.apply(&same)?;
        verdict.must(verdict.record == created.record, "the unchanged record, at its old version")?;
    }
    Ok(())
}

/// A device reads on while others write. Whatever was answered must have come by the time that all is quiet.
fn a_reader_beside_writers(bench: &Bench) -> Step {
    let start = bench.end_of_feed()?;
    let is_writing = AtomicBool::new(true);
    let (written, seen) = thread::scope(|scope| {
        let reader = scope.spawn(|| read_on(bench, &start, &is_writing));
        let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(|| write_some(bench))).collect();
        let written: Step<Vec<Vec<String>>> = writers
            .into_iter()
            .map(|writer| writer.join().unwrap_or_else(|_| Err(bench.failed("", "", "a writer that ends"))))
            .collect();
        is_writing.store(false, Ordering::Release);
        let seen = reader.join().unwrap_or_else(|_| Err(bench.failed("", "", "a reader that ends")));
        (written, seen)
    });
    let (written, seen) = (written?, seen?);
    let missing: Vec<String> = written.into_iter().flatten().filter(|id| !seen.contains(id)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let sent = format!("{WRITERS} writers at once, and a reader that goes on from cursor to cursor");
    let got = format!("the reader never met {} of the records: {}", missing.len(), missing.join(", "));
    Err(bench.failed(&sent, got, "every record that a write was answered with"))
}

fn write_some(bench: &Bench) -> Step<Vec<String>> {
    let mut ids = Vec::new();
    for _ in 0..WRITES_EACH {
        let write = Write::scan("beside others");
        bench.apply(&write)?;
        ids.push(write.id.to_string());
    }
    Ok(ids)
}

fn read_on(bench: &Bench, start: &str, is_writing: &AtomicBool) -> Step<HashSet<String>> {
    let mut seen = HashSet::new();
    let mut cursor = start.to_owned();
    loop {
        let is_last = !is_writing.load(Ordering::Acquire);
        let (changes, next) = bench.since(&cursor)?;
        seen.extend(changes.iter().filter_map(|change| change["id"].as_str()).map(str::to_owned));
        cursor = next;
        if is_last {
            return Ok(seen);
        }
    }
}

fn a_page_counts_its_records(bench: &Bench) -> Step {
    bench.apply(&Write::scan("counted"))?;
    for query in ["", "limit=1", "limit=1000"] {
        let page = bench.page(query)?;
        let is_so = page.exchange.json["count"] == page.changes.len();
        page.exchange
            .must(is_so, "count: the number of changes on this page, so that a cut page is noticed")?;
    }
    Ok(())
}

fn a_page_keeps_its_limit(bench: &Bench) -> Step {
    let start = bench.end_of_feed()?;
    for name in ["one", "two", "three"] {
        bench.apply(&Write::scan(name))?;
    }
    let page = bench.page(&format!("limit=2&cursor={}", encoded(&start)))?;
    let is_so = (1..=2).contains(&page.changes.len()) && page.has_more;
    page.exchange.must(is_so, "at most two of three records, and has_more true")?;
    let mut cursor = start;
    for _ in 0..4 {
        let page = bench.page(&format!("limit=1&cursor={}", encoded(&cursor)))?;
        page.exchange.must(page.changes.len() <= 1, "at most one record")?;
        cursor = page.next;
        if !page.has_more {
            return Ok(());
        }
    }
    Err(bench.failed("pages of one record", "more than four of them", "has_more false after three records"))
}
