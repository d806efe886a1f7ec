//! The history, newest first, and the feed from its end: a quick restore.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Backend, Client, allergy, history, scan, versions};

#[track_caller]
fn page(phone: &Client, query: &str) -> Value {
    let reply = phone.get(&format!("/v1/me/history{query}"));
    assert_eq!(reply.status, 200, "{reply:?}");
    let page = reply.json();
    assert_eq!(page["count"], page["records"].as_array().unwrap().len());
    page
}

fn at(occurred_at: Value, note: &str) -> Value {
    history(Uuid::now_v7(), "create", None, json!({"occurred_at": occurred_at, "note": note}))
}

fn notes(page: &Value) -> Vec<String> {
    let records = page["records"].as_array().unwrap();
    records.iter().map(|record| record["fields"]["note"].as_str().unwrap().to_owned()).collect()
}

/// All pages, from the newest on.
fn walk(phone: &Client, limit: usize) -> Vec<Value> {
    let mut pages = vec![page(phone, &format!("?limit={limit}"))];
    while let Some(next) = pages.last().unwrap()["next"].as_str() {
        let next = page(phone, &format!("?limit={limit}&before={next}"));
        pages.push(next);
    }
    pages
}

#[test]
fn newest_first_page_by_page() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    assert_eq!(
        page(&phone, ""),
        json!({"user": "anna", "epoch": page(&phone, "")["epoch"], "count": 0, "records": [], "next": null, "total": 0})
    );
    phone.batch(&[
        at(json!(30), "c"),
        at(json!(10), "a"),
        at(json!(50), "e"),
        at(json!(20), "b"),
        at(json!(40), "d"),
    ]);
    phone.write(&allergy(Uuid::now_v7(), "create", None, json!({"occurred_at": 60})));
    for limit in [1, 2, 4, 5, 6] {
        let pages = walk(&phone, limit);
        assert_eq!(
            pages.iter().flat_map(notes).collect::<Vec<_>>(),
            ["e", "d", "c", "b", "a"],
            "limit {limit}"
        );
        assert_eq!(pages.len(), 5_usize.div_ceil(limit), "no empty last page at limit {limit}");
        assert!(pages.iter().all(|page| page["total"] == 5));
    }
}

#[test]
fn from_the_latest_comes_only_what_is_later() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    phone.batch(&[scan("one"), scan("two")]);
    let start = phone.changes("?from=latest");
    assert_eq!((&start["count"], &start["has_more"]), (&json!(0), &json!(false)));
    phone.write(&scan("three"));
    let cursor = start["next_cursor"].as_str().unwrap();
    assert_eq!(versions(&phone.changes(&format!("?cursor={cursor}"))["changes"]), [3]);
    for query in [format!("from=latest&cursor={cursor}"), "from=first".into(), "from=Latest".into()] {
        assert_eq!(
            phone.get(&format!("/v1/me/changes?{query}")).problem(),
            (400, "malformed".into()),
            "{query}"
        );
    }
}
