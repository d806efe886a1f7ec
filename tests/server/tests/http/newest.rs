//! The history, newest first, page by page.

use foodlens_server::RawRecord;
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

fn next(page: &Value) -> &str {
    page["next"].as_str().unwrap()
}

/// A new record with an id that sorts by `place`.
fn at(place: u128, occurred_at: Value) -> Value {
    let id = Uuid::from_u128(place + 1);
    history(id, "create", None, json!({"occurred_at": occurred_at, "note": place.to_string()}))
}

fn notes(page: &Value) -> Vec<String> {
    let records = page["records"].as_array().unwrap();
    records.iter().map(|record| record["fields"]["note"].as_str().unwrap().to_owned()).collect()
}

/// All pages, from the newest on.
fn walk(phone: &Client, limit: usize) -> Vec<Value> {
    let mut pages = vec![page(phone, &format!("?limit={limit}"))];
    while let Some(next) = pages.last().unwrap()["next"].as_str() {
        let page = page(phone, &format!("?limit={limit}&before={next}"));
        assert_ne!(page["next"], pages.last().unwrap()["next"], "a walk moves on");
        pages.push(page);
    }
    pages
}

fn all_notes(phone: &Client, limit: usize) -> String {
    walk(phone, limit).iter().flat_map(notes).collect::<Vec<_>>().join(" ")
}

#[test]
fn newest_first_page_by_page() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let times = [30, 10, 50, 20, 40];
    let writes: Vec<Value> = times.into_iter().enumerate().map(|(n, ms)| at(n as u128, json!(ms))).collect();
    phone.batch(&writes);
    phone.write(&allergy(Uuid::now_v7(), "create", None, json!({"occurred_at": 60})));
    for limit in [1, 2, 4, 5, 6] {
        let pages = walk(&phone, limit);
        assert_eq!(all_notes(&phone, limit), "2 4 0 3 1", "limit {limit}");
        assert_eq!(pages.len(), 5_usize.div_ceil(limit), "no empty last page at limit {limit}");
        assert!(pages.iter().all(|page| page["total"] == 5));
    }
    let first = &page(&phone, "?limit=1")["records"][0];
    assert_eq!(first, &phone.get(&format!("/v1/me/history/{}", Uuid::from_u128(3))).json()["record"]);
}

#[test]
fn a_user_without_history() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    backend.client("bert").write(&scan("one"));
    let epoch = phone.get("/v1/me/capabilities").json()["epoch"].clone();
    let empty = json!({"user": "anna", "epoch": epoch, "count": 0, "records": [], "next": null, "total": 0});
    assert_eq!(page(&phone, ""), empty, "one who never wrote");
    phone.write(&allergy(Uuid::now_v7(), "create", None, json!({})));
    assert_eq!(page(&phone, "?limit=500&before="), empty, "one with other records");
}

#[test]
fn what_has_no_whole_time_comes_last_by_id() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let times = [
        json!("2026-11-21"),
        json!(null),
        json!(1.5),
        json!(true),
        json!([7]),
        json!(u64::MAX),
        json!(-5),
        json!(i64::MAX),
        json!(0),
        json!(5),
        json!(5),
        json!(9.0),
    ];
    phone.batch(&times.into_iter().enumerate().map(|(n, ms)| at(n as u128, ms)).collect::<Vec<_>>());
    for limit in [1, 5, 100] {
        assert_eq!(all_notes(&phone, limit), "7 10 9 8 6 11 5 4 3 2 1 0", "limit {limit}");
    }
}

#[test]
fn raw_records_of_tests_have_a_place_too() {
    let backend = Backend::start();
    for (id, fields) in [("b.1.2", json!(["no", "object"])), ("", json!({"occurred_at": 7})), ("a", json!(3))]
    {
        let raw = RawRecord { entity: "history".into(), id: id.into(), deleted: false, fields };
        backend.running.put_raw("anna", &raw).unwrap();
    }
    // Not what the contract's file promises, which is the point.
    let phone = backend.client("anna");
    let get = |query: &str| {
        phone.try_send("GET", &format!("/v1/me/history?limit=1{query}"), &[], None).unwrap().json()
    };
    let first = get("");
    let second = get(&format!("&before={}", next(&first)));
    let third = get(&format!("&before={}", next(&second)));
    let ids: Vec<&Value> = [&first, &second, &third].map(|page| &page["records"][0]["id"]).into();
    assert_eq!(ids, ["", "b.1.2", "a"]);
    assert_eq!((&third["next"], &third["total"]), (&json!(null), &json!(3)));
}

#[test]
fn pages_stay_right_while_records_come_and_go() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    phone.batch(&(0..10).map(|n| at(n, json!(n))).collect::<Vec<_>>());
    let first = page(&phone, "?limit=4");
    assert_eq!(notes(&first).join(" "), "9 8 7 6");

    // A newer one, one inside the next page, and the end of three: seen, the last one seen, and not yet seen.
    let between = history(Uuid::now_v7(), "create", None, json!({"occurred_at": 3, "note": "between"}));
    phone.batch(&[at(20, json!(99)), between]);
    for n in [8, 6, 4] {
        phone.write(&history(Uuid::from_u128(n + 1), "delete", None, json!({})));
    }
    let second = page(&phone, &format!("?limit=4&before={}", next(&first)));
    assert_eq!(notes(&second).join(" "), "5 between 3 2");
    assert_eq!((&first["total"], &second["total"]), (&json!(10), &json!(9)));

    // One that moves behind the place is met again, with a higher version; nothing else changes for it.
    phone.write(&history(Uuid::from_u128(10), "update", None, json!({"occurred_at": -1})));
    let third = page(&phone, &format!("?limit=4&before={}", next(&second)));
    assert_eq!(notes(&third).join(" "), "1 0 9");
    assert!(versions(&third["records"])[2] > versions(&first["records"])[0]);
    assert_eq!(third["next"], json!(null));
}

#[test]
fn the_total_counts_what_is_alive() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let id = Uuid::now_v7();
    let total = || page(&phone, "?limit=1")["total"].clone();
    let create = |base| history(id, "create", base, json!({"note": "n"}));
    phone.write(&create(None));
    phone.write(&history(id, "update", Some(1), json!({"note": "m"})));
    assert_eq!(total(), 1);
    phone.write(&history(id, "delete", Some(2), json!({})));
    phone.write(&history(id, "delete", Some(3), json!({})));
    phone.write(&history(Uuid::now_v7(), "delete", None, json!({})));
    assert_eq!(total(), 0);
    phone.write(&create(Some(3)));
    assert_eq!(total(), 1, "brought back");
    assert_eq!(page(&phone, "")["count"], 1);
}

#[test]
fn a_page_ends_before_it_grows_too_large() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let large = |n: i64| {
        let fields = json!({"brand": "x".repeat(60_000), "note": n.to_string(), "occurred_at": n});
        history(Uuid::now_v7(), "create", None, fields)
    };
    for half in 0..2 {
        phone.batch(&(0..10).map(|n| large(half * 10 + n)).collect::<Vec<_>>());
    }
    let pages = walk(&phone, 500);
    let counts: Vec<&Value> = pages.iter().map(|page| &page["count"]).collect();
    assert_eq!(counts, [17, 3], "about a mebibyte each");
    assert_eq!(notes(&pages[1]).join(" "), "2 1 0");
}

#[test]
fn queries_that_are_not_of_the_contract() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    for limit in ["0", "501", "-1", "ten"] {
        let reply = phone.get(&format!("/v1/me/history?limit={limit}"));
        assert_eq!(reply.problem(), (400, "malformed".into()), "{limit}");
    }
    let everything = (0..101).map(|n| at(n, json!(n))).collect::<Vec<_>>();
    phone.batch(&everything[1..]);
    phone.write(&everything[0]);
    assert_eq!(page(&phone, "")["count"], 100, "the default");
}

#[test]
fn places_that_the_server_never_issued_and_those_of_another_life() {
    let backend = Backend::start();
    let (anna, bert) = (backend.client("anna"), backend.client("bert"));
    for phone in [&anna, &bert] {
        phone.batch(&[at(0, json!(0)), at(1, json!(1))]);
    }
    let before = |text: &str| anna.get(&format!("/v1/me/history?before={text}"));
    let good = next(&page(&anna, "?limit=1")).to_owned();
    let of_bert = next(&page(&bert, "?limit=1")).to_owned();
    let of_feed = anna.changes("?limit=1")["next_cursor"].as_str().unwrap().to_owned();
    for text in [&good[1..], &format!("{good}AA"), "7", "%00", &of_bert, &of_feed] {
        assert_eq!(before(text).problem(), (400, "bad_cursor".into()), "{text}");
    }
    let crossed = anna.get(&format!("/v1/me/changes?cursor={good}"));
    assert_eq!(crossed.problem(), (400, "bad_cursor".into()), "nor is it a cursor of the feed");

    assert_eq!(before(&good).status, 200);
    backend.running.expire_cursors().unwrap();
    assert_eq!(before(&good).problem(), (410, "cursor_expired".into()));
    let fresh = next(&page(&anna, "?limit=1")).to_owned();
    assert_eq!(before(&fresh).status, 200);
    backend.running.new_epoch().unwrap();
    assert_eq!(before(&fresh).problem(), (410, "cursor_expired".into()));
}
