//! The feed: order, paging, cursors and their end.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use foodlens_server::{Options, RawRecord, Seams};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Backend, Client, allergy, history, operation, scan, versions};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn cursor(page: &Value) -> String {
    page["next_cursor"].as_str().unwrap().to_owned()
}

fn walk(phone: &Client, query: &str) -> Vec<Value> {
    let mut pages = vec![phone.changes(&format!("?{query}"))];
    while pages.last().unwrap()["has_more"] == true {
        let next = phone.changes(&format!("?{query}&cursor={}", cursor(pages.last().unwrap())));
        pages.push(next);
    }
    pages
}

#[test]
fn pages_follow_each_other_without_a_hole_or_a_repeat() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    phone.batch(&(0..10).map(|place| scan(&place.to_string())).collect::<Vec<_>>());
    for limit in [1, 3, 5, 10, 11] {
        let pages = walk(&phone, &format!("limit={limit}"));
        let seen: Vec<i64> = pages.iter().flat_map(|page| versions(&page["changes"])).collect();
        assert_eq!(seen, (1..=10).collect::<Vec<_>>(), "limit {limit}");
        assert_eq!(pages.len(), 10_usize.div_ceil(limit), "no empty last page at limit {limit}");
    }
}

#[test]
fn the_cursor_of_the_last_page_goes_on_with_what_comes_later() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let empty = phone.changes("");
    assert_eq!(
        (&empty["changes"], &empty["has_more"]),
        (&json!([]), &json!(false)),
        "a user who never wrote"
    );
    phone.write(&scan("one"));
    let first = phone.changes(&format!("?cursor={}", cursor(&empty)));
    assert_eq!(versions(&first["changes"]), [1]);
    let nothing = phone.changes(&format!("?cursor={}", cursor(&first)));
    assert_eq!(nothing["count"], 0);
    phone.write(&scan("two"));
    assert_eq!(versions(&phone.changes(&format!("?cursor={}", cursor(&nothing)))["changes"]), [2]);
}

#[test]
fn each_record_once_at_its_latest_version_and_tombstones_in_their_place() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    phone.write(&history(one, "create", None, json!({"note": "a"})));
    phone.write(&history(two, "create", None, json!({"note": "b"})));
    phone.write(&history(one, "update", Some(1), json!({"note": "c"})));
    let page = phone.changes("");
    assert_eq!(versions(&page["changes"]), [2, 3]);
    assert_eq!(page["changes"][1]["id"], json!(one));
    phone.write(&history(two, "delete", Some(2), json!({})));
    let page = phone.changes(&format!("?cursor={}", cursor(&page)));
    assert_eq!(versions(&page["changes"]), [4]);
    assert_eq!(page["changes"][0]["id"], json!(two));
    assert_eq!(page["changes"][0]["deleted"], true);
}

#[test]
fn a_choice_of_entities_moves_past_the_others_and_has_cursors_of_its_own() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    phone.batch(&[
        scan("one"),
        allergy(Uuid::now_v7(), "create", None, json!({})),
        scan("two"),
        operation("allergy_list", Uuid::nil(), "update", None, json!({"state": "listed"})),
        scan("three"),
    ]);
    let chosen = "entities=allergies,allergy_list";
    let pages = walk(&phone, &format!("{chosen}&limit=1"));
    assert_eq!(pages.iter().flat_map(|page| versions(&page["changes"])).collect::<Vec<_>>(), [2, 4]);
    let end = cursor(pages.last().unwrap());
    assert_eq!(phone.changes(&format!("?entities=allergy_list,allergies&cursor={end}"))["count"], 0);
    let other = phone.get(&format!("/v1/me/changes?cursor={end}"));
    assert_eq!(other.problem(), (400, "bad_cursor".into()), "it would skip what the choice left out");
}

#[test]
fn queries_that_are_not_of_the_contract() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    for query in ["limit=0", "limit=1001", "limit=-1", "limit=ten", "entities=recipes", "entities=history,"] {
        assert_eq!(
            phone.get(&format!("/v1/me/changes?{query}")).problem(),
            (400, "malformed".into()),
            "{query}"
        );
    }
    assert_eq!(phone.changes("?limit=1000&cursor=&entities=")["count"], 0, "empty is absent");
}

#[test]
fn cursors_that_the_server_never_issued() {
    let backend = Backend::start();
    let (anna, bert) = (backend.client("anna"), backend.client("bert"));
    anna.write(&scan("one"));
    bert.write(&scan("one"));
    let good = cursor(&anna.changes(""));
    let forged =
        [good[1..].to_owned(), format!("{good}AA"), "7".into(), "%00".into(), cursor(&bert.changes(""))];
    for text in forged {
        let reply = anna.get(&format!("/v1/me/changes?cursor={text}"));
        assert_eq!(reply.problem(), (400, "bad_cursor".into()), "{text}");
    }
}

#[test]
fn a_new_epoch_ends_every_cursor_and_never_repeats_a_number() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    phone.write(&scan("one"));
    let before = phone.changes("");
    let epoch = backend.running.new_epoch().unwrap();
    assert_ne!(before["epoch"], json!(epoch));
    let reply = phone.get(&format!("/v1/me/changes?cursor={}", cursor(&before)));
    assert_eq!(reply.problem(), (410, "cursor_expired".into()));
    assert_eq!(phone.get("/v1/me/capabilities").json()["epoch"], json!(epoch));
    let after = phone.changes("");
    assert_eq!((&after["epoch"], &after["changes"]), (&json!(epoch), &before["changes"]));
    let next = phone.write(&scan("two"))["record"]["version"].as_i64().unwrap();
    assert!(next > 1_000_000, "numbers that the lost life can have used stay unused: {next}");
}

#[test]
fn expired_cursors_and_the_way_back() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    phone.write(&scan("one"));
    let end = cursor(&phone.changes(""));
    backend.running.expire_cursors().unwrap();
    let reply = phone.get(&format!("/v1/me/changes?cursor={end}"));
    assert_eq!(reply.problem(), (410, "cursor_expired".into()));
    assert_eq!(reply.json()["user"], "anna");
    let fresh = phone.changes("");
    assert_eq!(fresh["count"], 1);
    assert_eq!(phone.changes(&format!("?cursor={}", cursor(&fresh)))["count"], 0);
}

#[test]
fn a_cursor_is_too_old_once_a_tombstone_ahead_of_it_is_no_longer_kept() {
    let now = Arc::new(AtomicI64::new(1_800_000_000_000));
    let clock = Arc::clone(&now);
    let backend = Backend::start_with(|options| Options {
        seams: Seams { now_ms: Arc::new(move || clock.load(Ordering::SeqCst)), ..Seams::default() },
        ..options
    });
    let phone = backend.client("anna");
    let doomed = Uuid::now_v7();
    phone.batch(&[scan("one"), history(doomed, "create", None, json!({})), scan("two")]);
    let ahead = cursor(&phone.changes(""));
    let behind = cursor(&phone.changes("?limit=2"));
    phone.write(&history(doomed, "delete", Some(2), json!({})));
    let past = cursor(&phone.changes(""));
    now.fetch_add(180 * DAY_MS, Ordering::SeqCst);
    backend.running.service().purge().unwrap();
    assert_eq!(
        versions(&phone.changes(&format!("?cursor={behind}"))["changes"]),
        [3, 4],
        "kept for 180 days"
    );

    now.fetch_add(1, Ordering::SeqCst);
    backend.running.service().purge().unwrap();
    for old in [&behind, &ahead] {
        let reply = phone.get(&format!("/v1/me/changes?cursor={old}"));
        assert_eq!(reply.problem(), (410, "cursor_expired".into()), "it would never learn of the deletion");
    }
    assert_eq!(phone.changes(&format!("?cursor={past}"))["count"], 0, "who has seen it goes on");
    let pages = walk(&phone, "limit=1");
    let seen: Vec<i64> = pages.iter().flat_map(|page| versions(&page["changes"])).collect();
    assert_eq!(seen, [1, 3], "a new walk of many pages comes to its end");
    assert_eq!(phone.write(&scan("later"))["record"]["version"], 5, "numbers are not used again");
}

#[test]
fn a_cursor_of_chosen_entities_is_as_new_as_the_whole_feed() {
    let now = Arc::new(AtomicI64::new(1_800_000_000_000));
    let clock = Arc::clone(&now);
    let backend = Backend::start_with(|options| Options {
        seams: Seams { now_ms: Arc::new(move || clock.load(Ordering::SeqCst)), ..Seams::default() },
        ..options
    });
    let phone = backend.client("anna");
    let doomed = Uuid::now_v7();
    phone.batch(&[
        allergy(Uuid::now_v7(), "create", None, json!({})),
        history(doomed, "create", None, json!({})),
        history(doomed, "delete", Some(2), json!({})),
    ]);
    let end = cursor(&phone.changes("?entities=allergies"));
    now.fetch_add(181 * DAY_MS, Ordering::SeqCst);
    backend.running.service().purge().unwrap();
    let next = phone.changes(&format!("?entities=allergies&cursor={end}"));
    assert_eq!(next["count"], 0, "the tombstone that is gone was behind it, though of another entity");
}

#[test]
fn a_page_ends_before_it_grows_too_large() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let large = |place: usize| {
        history(
            Uuid::now_v7(),
            "create",
            None,
            json!({"note": "x".repeat(60_000), "brand": place.to_string()}),
        )
    };
    for half in 0..2 {
        phone.batch(&(0..10).map(|place| large(half * 10 + place)).collect::<Vec<_>>());
    }
    let pages = walk(&phone, "limit=1000");
    let counts: Vec<&Value> = pages.iter().map(|page| &page["count"]).collect();
    assert_eq!(counts, [17, 3], "about a mebibyte each");
}

#[test]
fn raw_records_of_tests_pass_as_they_are() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let odd = [
        ("allergies", json!({"severity": "apocalyptic", "reactions": 7})),
        ("allergies", json!(["no", "object"])),
        ("recipes", json!({"title": "t"})),
    ];
    for (entity, fields) in odd {
        let id = Uuid::now_v7().to_string();
        let raw = RawRecord { entity: entity.into(), id, deleted: false, fields };
        backend.running.put_raw("anna", &raw).unwrap();
    }
    // Not what the contract's file promises, which is the point.
    let page = phone.try_send("GET", "/v1/me/changes", &[], None).unwrap().json();
    assert_eq!(versions(&page["changes"]), [1, 2, 3]);
    assert_eq!(page["changes"][0]["fields"]["severity"], "apocalyptic");
    assert_eq!(page["changes"][1]["fields"], json!(["no", "object"]));
    assert_eq!(page["changes"][2]["entity"], "recipes");
    let id = serde_json::from_value(page["changes"][0]["id"].clone()).unwrap();
    let repaired = phone.write(&allergy(id, "update", Some(1), json!({"severity": "severe"})));
    assert_eq!(repaired["record"]["fields"], json!({"severity": "severe", "reactions": 7}));
}
