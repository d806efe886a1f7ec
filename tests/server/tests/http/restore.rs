//! A restore as the contract tells it: the feed from its end, the small collections, the history backwards.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Backend, Client, allergy, history, operation, scan, versions};

#[test]
fn from_the_latest_comes_only_what_is_later() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let start = |query: &str| {
        let page = phone.changes(&format!("?from=latest{query}"));
        assert_eq!((&page["count"], &page["has_more"]), (&json!(0), &json!(false)));
        page["next_cursor"].as_str().unwrap().to_owned()
    };
    let empty = start("");
    phone.batch(&[scan("one"), scan("two")]);
    let (all, chosen) = (start("&limit=1"), start("&entities=allergies"));
    phone.batch(&[scan("three"), allergy(Uuid::now_v7(), "create", None, json!({}))]);
    let after =
        |cursor: &str, query: &str| versions(&phone.changes(&format!("?cursor={cursor}{query}"))["changes"]);
    assert_eq!(after(&empty, ""), [1, 2, 3, 4], "a user who had never written");
    assert_eq!(after(&all, ""), [3, 4]);
    assert_eq!(after(&chosen, "&entities=allergies"), [4]);
    let other = phone.get(&format!("/v1/me/changes?cursor={chosen}"));
    assert_eq!(other.problem(), (400, "bad_cursor".into()), "it goes with its entities");
}

#[test]
fn starts_that_are_not_of_the_contract() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let cursor = phone.changes("")["next_cursor"].as_str().unwrap().to_owned();
    let both = format!("from=latest&cursor={cursor}");
    for query in [&both, "from=first", "from=Latest", "from=latest&limit=0", "from=latest&entities=recipes"] {
        let reply = phone.get(&format!("/v1/me/changes?{query}"));
        assert_eq!(reply.problem(), (400, "malformed".into()), "{query}");
    }
    assert_eq!(phone.changes("?from=&limit=1")["count"], 0, "empty is absent");
}

/// What a device holds: each record at the highest version that it has seen.
#[derive(Default)]
struct Device(BTreeMap<(String, String), Value>);

impl Device {
    fn take(&mut self, records: &Value) {
        for record in records.as_array().unwrap() {
            let text = |name: &str| record[name].as_str().unwrap().to_owned();
            let place = (text("entity"), text("id"));
            let is_older = |held: &Value| held["version"].as_i64() > record["version"].as_i64();
            if !self.0.get(&place).is_some_and(is_older) {
                self.0.insert(place, record.clone());
            }
        }
    }

    fn alive(&self) -> Vec<&Value> {
        self.0.values().filter(|record| record["deleted"] == false).collect()
    }
}

/// The whole feed from `query` on; gives the last cursor.
fn walk_feed(phone: &Client, device: &mut Device, query: &str, more: &str) -> String {
    let mut page = phone.changes(&format!("?{query}{more}"));
    loop {
        device.take(&page["changes"]);
        let cursor = page["next_cursor"].as_str().unwrap().to_owned();
        if page["has_more"] == false {
            return cursor;
        }
        page = phone.changes(&format!("?cursor={cursor}{more}"));
    }
}

/// Another device meanwhile: a few writes of every kind, the same for the same number.
fn meddle(phone: &Client, known: &mut Vec<Uuid>, seed: usize) {
    let pick = |salt: usize| known[(seed * 7 + salt * 13) % known.len()];
    let fresh = Uuid::now_v7();
    let time = json!({"occurred_at": (seed * 37) % 100, "note": format!("late {seed}")});
    phone.batch(&[
        history(fresh, "create", None, time),
        history(pick(1), "update", None, json!({"occurred_at": (seed * 61) % 100})),
        history(pick(2), "delete", None, json!({})),
        allergy(Uuid::now_v7(), "create", None, json!({"notes": seed.to_string()})),
        operation("profile", Uuid::nil(), "update", None, json!({"country": format!("c{seed}")})),
    ]);
    known.push(fresh);
}

#[test]
fn a_restore_misses_nothing_that_happens_meanwhile() {
    for limit in [1, 3, 7, 500] {
        let backend = Backend::start();
        let (phone, other) = (backend.client("anna"), backend.client("anna"));
        let mut known: Vec<Uuid> = (0..40).map(|_| Uuid::now_v7()).collect();
        let old = |(n, id): (usize, &Uuid)| history(*id, "create", None, json!({"occurred_at": n % 20}));
        other.batch(&known.iter().enumerate().map(old).collect::<Vec<_>>());
        let mut seed = limit;
        let mut disturb = || {
            meddle(&other, &mut known, seed);
            seed += 1;
        };
        disturb();

        let mut device = Device::default();
        let start = phone.changes("?from=latest");
        disturb();
        walk_feed(&phone, &mut device, "limit=2", "&entities=profile,settings,allergy_list,allergies");
        disturb();
        let mut page = phone.get(&format!("/v1/me/history?limit={limit}")).json();
        loop {
            device.take(&page["records"]);
            disturb();
            let Some(next) = page["next"].as_str() else { break };
            let after = phone.get(&format!("/v1/me/history?limit={limit}&before={next}")).json();
            assert_ne!(after["next"], page["next"], "a walk moves on");
            page = after;
        }
        let cursor = format!("cursor={}", start["next_cursor"].as_str().unwrap());
        walk_feed(&phone, &mut device, &cursor, "");

        let mut held: Vec<Value> = device.alive().into_iter().cloned().collect();
        held.sort_by_key(|record| record["version"].as_i64());
        let snapshot = backend.running.snapshot("anna").unwrap();
        let there: Vec<Value> =
            snapshot.iter().filter(|record| !record.deleted).map(|record| json!(record)).collect();
        assert_eq!(held, there, "limit {limit}");
        let of_history = there.iter().filter(|record| record["entity"] == "history").count();
        assert_eq!(phone.get("/v1/me/history").json()["total"], of_history);
    }
}
