//! A record under both its names, and one that was made elsewhere.

use foodlens_server::{Entity, Record, derived_id};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::support::{Backend, Client, Reply, allergy, history, operation, scan};

#[track_caller]
fn elsewhere(backend: &Backend, entity: Entity, fields: Value) -> Record {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    backend.running.make_elsewhere("anna", entity, fields).unwrap()
}

/// The same operation, naming the record as the server does.
fn named(mut operation: Value, server_id: &Value) -> Value {
    operation["server_id"] = server_id.clone();
    operation
}

/// As one segment of a path.
fn encoded(server_id: &Value) -> String {
    server_id.as_str().unwrap().replace('/', "%2F")
}

#[track_caller]
fn send(phone: &Client, method: &str, path: &str, key: Uuid, base: i64, fields: &Value) -> Reply {
    let (key, base) = (key.to_string(), format!("\"{base}\""));
    phone.send(method, path, &[("idempotency-key", &key), ("if-match", &base)], Some(&fields.to_string()))
}

#[test]
fn a_name_is_made_once_and_stands_in_every_answer() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let create = allergy(Uuid::now_v7(), "create", None, json!({"notes": "a"}));
    let id: Uuid = serde_json::from_value(create["id"].clone()).unwrap();
    let made = phone.write(&create)["record"].clone();
    let name = made["server_id"].clone();
    assert!(name.as_str().is_some_and(|name| !name.is_empty()));
    assert_eq!(phone.write(&create)["record"], made, "a repeat");
    let changed = phone.write(&allergy(id, "update", Some(1), json!({"notes": "b"})));
    let stale = phone.write(&allergy(id, "update", Some(1), json!({"notes": "c"})));
    let deleted = phone.write(&allergy(id, "delete", Some(2), json!({})));
    let revived = phone.write(&allergy(id, "create", Some(3), json!({"notes": "d"})));
    for verdict in [&changed, &stale, &deleted, &revived] {
        assert_eq!(verdict["record"]["server_id"], name, "{verdict}");
    }
    assert_eq!(stale["verdict"], "conflict");
    assert_eq!(phone.changes("")["changes"][0]["server_id"], name);
    assert_eq!(phone.get("/v1/me/allergies").json()["records"][0]["server_id"], name);

    let entry = phone.write(&scan("one"))["record"].clone();
    assert_ne!(entry["server_id"], name);
    assert_eq!(phone.get("/v1/me/history").json()["records"], json!([entry]));
    for entity in ["profile", "settings", "allergy_list"] {
        let verdict =
            phone.write(&operation(entity, Uuid::nil(), "update", None, json!({"state": "listed"})));
        assert_eq!(verdict["record"].get("server_id"), None, "{entity}");
    }
}

#[test]
fn an_operation_finds_its_record_by_the_server_id_first() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let (one, two, unknown) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let name = phone.write(&history(one, "create", None, json!({})))["record"]["server_id"].clone();
    phone.write(&history(two, "create", None, json!({})));
    for id in [one, two, unknown] {
        let verdict =
            phone.write(&named(history(id, "update", None, json!({"note": id.to_string()})), &name));
        assert_eq!((&verdict["verdict"], &verdict["record"]["id"]), (&json!("applied"), &json!(one)));
        assert_eq!(verdict["record"]["fields"]["note"], id.to_string());
    }
    let lost = json!("records/999");
    let by_id = phone.write(&named(history(two, "update", None, json!({"note": "by id"})), &lost));
    assert_eq!((&by_id["verdict"], &by_id["record"]["id"]), (&json!("applied"), &json!(two)));
    let again = phone.write(&named(history(unknown, "create", None, json!({"note": "new"})), &name));
    assert_eq!(again["record"]["id"], json!(one), "a create makes no second one");
    let of_another = allergy(one, "create", None, json!({}));
    assert_eq!(
        phone.write(&named(of_another, &name))["record"]["fields"],
        json!({}),
        "each entity has its own"
    );
    assert_eq!(backend.client("bert").write(&named(scan("of bert"), &name))["record"]["version"], 1);
    assert_eq!(backend.running.snapshot("anna").unwrap().len(), 3);
}

#[test]
fn server_ids_that_nobody_has_or_can_have() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let lost = json!("records/999");
    let update = named(allergy(Uuid::now_v7(), "update", None, json!({"notes": "n"})), &lost);
    let verdict = phone.write(&update);
    assert_eq!((&verdict["verdict"], &verdict["record"]), (&json!("conflict"), &json!(null)));
    let verdict = phone.write(&named(history(Uuid::now_v7(), "update", None, json!({})), &lost));
    assert_eq!((&verdict["verdict"], &verdict["problem"]["code"]), (&json!("rejected"), &json!("not_found")));
    for entity in ["allergies", "history"] {
        let delete = operation(entity, Uuid::now_v7(), "delete", None, json!({}));
        let verdict = phone.write(&named(delete, &lost));
        assert_eq!((&verdict["verdict"], &verdict["record"]), (&json!("applied"), &json!(null)));
    }
    for bad in [json!(""), json!("x".repeat(201)), json!(7), json!([])] {
        let verdict = phone.write(&named(scan("one"), &bad));
        assert_eq!(verdict["problem"]["code"], "invalid", "{bad}");
    }
    assert!(backend.running.snapshot("anna").unwrap().is_empty());
    let verdict = phone.write(&named(allergy(Uuid::now_v7(), "create", None, json!({})), &lost));
    assert_eq!(verdict["verdict"], "applied", "made anew, as after a restore that lost it");
    assert_ne!(verdict["record"]["server_id"], lost);
}

#[test]
fn a_repeat_may_name_its_record_otherwise() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let id = Uuid::now_v7();
    let create = history(id, "create", None, json!({"note": "a"}));
    let name = phone.write(&create)["record"]["server_id"].clone();
    assert_eq!(phone.write(&named(create, &name))["verdict"], "duplicate", "with what its answer had told");

    let update = history(id, "update", Some(1), json!({"note": "b"}));
    let key: Uuid = serde_json::from_value(update["key"].clone()).unwrap();
    let path = format!("/v1/me/history/{}", encoded(&name));
    let first = send(&phone, "PATCH", &path, key, 1, &update["fields"]).json();
    assert_eq!(first["verdict"]["verdict"], "applied");
    for repeat in [update.clone(), named(update.clone(), &name)] {
        let verdict = phone.write(&repeat);
        assert_eq!(
            (&verdict["verdict"], &verdict["record"]),
            (&json!("duplicate"), &first["verdict"]["record"])
        );
    }
    let repeat = send(&phone, "PATCH", &format!("/v1/me/history/{id}"), key, 1, &update["fields"]).json();
    assert_eq!(repeat["verdict"]["verdict"], "duplicate");
    backend.running.set_paused(true);
    assert_eq!(phone.write(&named(update.clone(), &name))["verdict"], "duplicate", "also while it is paused");
    backend.running.set_paused(false);

    let other = phone.write(&scan("other"))["record"]["server_id"].clone();
    assert_eq!(phone.write(&named(update, &other))["problem"]["code"], "key_reused", "another record is");
}

#[test]
fn a_path_takes_either_name() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    for entity in ["allergies", "history"] {
        let id = Uuid::now_v7();
        let by_id = format!("/v1/me/{entity}/{id}");
        let key = Uuid::now_v7().to_string();
        let made = phone.send("PUT", &by_id, &[("idempotency-key", &key)], Some("{}")).json();
        let made = &made["verdict"]["record"];
        let path = format!("/v1/me/{entity}/{}", encoded(&made["server_id"]));
        let base = made["version"].as_i64().unwrap();
        let patched = send(&phone, "PATCH", &path, Uuid::now_v7(), base, &json!({"note": "n"})).json();
        let patched = &patched["verdict"]["record"];
        assert_eq!((&patched["id"], &patched["server_id"]), (&json!(id), &made["server_id"]));
        for path in [&path, &by_id] {
            assert_eq!(&phone.get(path).json()["record"], patched);
        }
        let patched = send(&phone, "PATCH", &by_id, Uuid::now_v7(), base + 1, &json!({"note": "m"})).json();
        assert_eq!(patched["verdict"]["record"]["fields"]["note"], "m");
        let deleted = send(&phone, "DELETE", &path, Uuid::now_v7(), base + 2, &json!({})).json();
        assert_eq!(deleted["verdict"]["record"]["deleted"], true);
        assert_eq!(phone.get(&path).problem(), (404, "not_found".into()));
        let put = send(&phone, "PUT", &path, Uuid::now_v7(), 1, &json!({}));
        assert_eq!(put.problem(), (422, "invalid".into()), "nothing is made under a server's name");
    }
    let lost = |entity: &str, method: &str| {
        send(&phone, method, &format!("/v1/me/{entity}/nobody"), Uuid::now_v7(), 1, &json!({}))
    };
    assert_eq!(lost("history", "PATCH").problem(), (404, "not_found".into()));
    let conflict = lost("allergies", "PATCH");
    assert_eq!((conflict.problem(), &conflict.json()["record"]), ((409, "conflict".into()), &json!(null)));
    for entity in ["allergies", "history"] {
        assert_eq!(lost(entity, "DELETE").json()["verdict"]["record"], json!(null));
        let key = Uuid::now_v7().to_string();
        let path = format!("/v1/me/{entity}/nobody");
        let blind = phone.send("PATCH", &path, &[("idempotency-key", &key)], Some(r#"{"note":"n"}"#));
        assert!(blind.status >= 400, "an update makes no record: {blind:?}");
    }
    assert_eq!(backend.running.snapshot("anna").unwrap().len(), 2);
}

#[test]
fn what_was_made_elsewhere_has_no_id_until_a_device_writes_to_it() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let made = elsewhere(&backend, Entity::History, json!({"note": "w", "occurred_at": 5}));
    let name = json!(made.server_id);
    let derived = derived_id("history", name.as_str().unwrap());
    assert_eq!((made.id.as_str(), made.is_nameless), (derived.to_string().as_str(), true));
    let shown = json!(made);
    assert_eq!((&shown["id"], &shown["server_id"]), (&json!(null), &name));
    assert_eq!(phone.changes("")["changes"], json!([shown]));
    let page = phone.get("/v1/me/history?limit=1").json();
    assert_eq!((&page["records"], &page["total"]), (&json!([shown]), &json!(1)));
    for path in [encoded(&name), derived.to_string()] {
        assert_eq!(phone.get(&format!("/v1/me/history/{path}")).json()["record"], shown);
    }

    let same = phone.write(&history(derived, "update", Some(1), json!({"note": "w"})));
    assert_eq!(same["record"], shown, "what changes nothing is no write");
    let favourite = history(derived, "update", Some(1), json!({"favourite": true}));
    let written = phone.write(&favourite)["record"].clone();
    assert_eq!((&written["id"], &written["server_id"]), (&json!(derived), &name));
    assert_eq!(written["fields"], json!({"note": "w", "occurred_at": 5, "favourite": true}));
    assert_eq!(phone.changes("")["changes"], json!([written]), "once, under its new id");
    assert_eq!(phone.get("/v1/me/history").json()["total"], 1);
    assert_eq!(phone.write(&named(favourite, &name))["verdict"], "duplicate");
}

#[test]
fn a_device_may_address_it_either_way_and_never_makes_a_second_one() {
    let writes: [fn(Uuid, &Value) -> Value; 4] = [
        |id, _| allergy(id, "update", Some(1), json!({"severity": "severe"})),
        |id, name| named(allergy(id, "update", Some(1), json!({"severity": "severe"})), name),
        |id, _| allergy(id, "create", Some(1), json!({"severity": "severe"})),
        |id, name| named(allergy(id, "create", Some(1), json!({"severity": "severe"})), name),
    ];
    for (case, write) in writes.into_iter().enumerate() {
        let backend = Backend::start();
        let phone = backend.client("anna");
        let made = elsewhere(&backend, Entity::Allergies, json!({"severity": "mild"}));
        let (id, name) = (derived_id("allergies", made.server_id.as_ref().unwrap()), json!(made.server_id));
        let blind = phone.write(&allergy(id, "create", None, json!({"severity": "moderate"})));
        assert_eq!(blind["verdict"], "conflict", "case {case}: a create that has not seen it");
        assert_eq!(blind["record"]["id"], json!(null));
        let verdict = phone.write(&write(id, &name));
        assert_eq!(
            (&verdict["verdict"], &verdict["record"]["id"]),
            (&json!("applied"), &json!(id)),
            "{case}"
        );
        let deleted = phone.write(&named(allergy(id, "delete", Some(2), json!({})), &name));
        assert_eq!(deleted["record"]["deleted"], true);
        assert_eq!(backend.running.snapshot("anna").unwrap().len(), 1, "case {case}");
    }
}

#[test]
fn a_delete_gives_it_its_id_too() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let made = elsewhere(&backend, Entity::History, json!({"note": "w"}));
    let name = json!(made.server_id);
    let path = format!("/v1/me/history/{}", encoded(&name));
    let deleted = send(&phone, "DELETE", &path, Uuid::now_v7(), 1, &json!({})).json();
    assert_eq!(deleted["verdict"]["record"]["id"], json!(made.id));
    assert_eq!(phone.changes("")["changes"], json!([deleted["verdict"]["record"]]));
    let late = phone.write(&named(history(Uuid::now_v7(), "update", Some(1), json!({"note": "l"})), &name));
    assert_eq!((&late["problem"]["code"], &late["record"]["id"]), (&json!("gone"), &json!(made.id)));
}

#[test]
fn the_newest_first_goes_on_behind_records_without_an_id() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    for _ in 0..3 {
        elsewhere(&backend, Entity::History, json!({"occurred_at": 7}));
        phone.write(&history(Uuid::now_v7(), "create", None, json!({"occurred_at": 7})));
    }
    let (mut query, mut seen) = (String::new(), Vec::new());
    loop {
        let page = phone.get(&format!("/v1/me/history?limit=1{query}")).json();
        seen.push(page["records"][0]["server_id"].as_str().unwrap().to_owned());
        let Some(next) = page["next"].as_str() else { break };
        query = format!("&before={next}");
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=6).map(|version| format!("records/{version}")).collect::<Vec<_>>());
}

#[test]
fn the_example_of_the_page_is_what_devices_derive() {
    let page = include_str!("../../../contract/README.md");
    let example = page.split("For `history:").nth(1).unwrap();
    let words: Vec<&str> = example.split('`').collect();
    assert_eq!(derived_id("history", words[0]).to_string(), words[2]);
    assert!(page.contains("6f1d3c1e-6d0a-5a53-9a0e-1f8f1b1c2d3e"));
}

#[test]
fn single_records_made_elsewhere_are_as_any_other() {
    let backend = Backend::start();
    let made = backend.running.make_elsewhere("anna", Entity::Profile, Map::new()).unwrap();
    let shown = json!(made);
    assert_eq!((&shown["id"], shown.get("server_id")), (&json!(Uuid::nil()), None));
    assert_eq!(backend.client("anna").get("/v1/me/profile").json()["record"], shown);
}
