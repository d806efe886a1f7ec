//! One request per write, and plain reads.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Backend, Client, Reply, allergy, scan};

/// A write of its own, under `key`, on `base`.
#[track_caller]
fn send(phone: &Client, method: &str, path: &str, key: Uuid, base: Option<i64>, fields: &Value) -> Reply {
    let key = key.to_string();
    let base = base.map(|version| format!("\"{version}\""));
    let mut headers = vec![("idempotency-key", key.as_str()), ("x-edit-age", "1500")];
    headers.extend(base.as_deref().map(|version| ("if-match", version)));
    phone.send(method, path, &headers, Some(&fields.to_string()))
}

#[track_caller]
fn write(phone: &Client, method: &str, path: &str, base: Option<i64>, fields: Value) -> Value {
    let reply = send(phone, method, path, Uuid::now_v7(), base, &fields);
    assert_eq!(reply.status, 200, "{reply:?}");
    let answer = reply.json();
    assert_eq!(answer["user"], "anna");
    assert!(answer["epoch"].is_string());
    assert_eq!(answer["verdict"]["verdict"], "applied");
    answer["verdict"].clone()
}

#[test]
fn each_route_writes_its_record() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let nil = Uuid::nil();
    for (place, entity) in ["profile", "settings"].into_iter().enumerate() {
        let path = format!("/v1/me/{entity}");
        assert_eq!(phone.get(&path).problem(), (404, "not_found".into()));
        let verdict = write(&phone, "PUT", &path, None, json!({"language": "de"}));
        assert_eq!(verdict["record"]["version"], place + 1);
        let answer = phone.get(&path).json();
        assert_eq!(answer["record"], verdict["record"]);
        assert_eq!((&answer["record"]["entity"], &answer["record"]["id"]), (&json!(entity), &json!(nil)));
        assert_eq!(answer["user"], "anna");
    }
    assert_eq!(phone.get("/v1/me/allergies").json()["list"], json!(null));
    let list = write(&phone, "PUT", "/v1/me/allergies", None, json!({"state": "listed"}));
    assert_eq!(list["record"]["entity"], "allergy_list");

    for entity in ["allergies", "history"] {
        let path = format!("/v1/me/{entity}/{}", Uuid::now_v7());
        let made = write(&phone, "PUT", &path, None, json!({"note": "one", "brand": "b"}));
        let base = made["record"]["version"].as_i64();
        let changed = write(&phone, "PATCH", &path, base, json!({"note": "two"}));
        assert_eq!(changed["record"]["fields"], json!({"note": "two", "brand": "b"}));
        assert_eq!(phone.get(&path).json()["record"], changed["record"]);
        let key = Uuid::now_v7().to_string();
        let base = format!("\"{}\"", changed["record"]["version"]);
        let headers = [("idempotency-key", &*key), ("if-match", &*base)];
        let deleted = phone.send("DELETE", &path, &headers, None).json();
        assert_eq!(deleted["verdict"]["record"]["deleted"], true, "a delete needs no body");
        assert_eq!(phone.get(&path).problem(), (404, "not_found".into()), "deleted is not found");
    }
}

#[test]
fn the_allergies_are_read_with_the_state_of_their_list() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    phone.batch(&[
        allergy(one, "create", None, json!({"severity": "mild"})),
        scan("between"),
        allergy(two, "create", None, json!({"severity": "severe"})),
    ]);
    write(&phone, "PUT", "/v1/me/allergies", None, json!({"state": "listed"}));
    let answer = phone.get("/v1/me/allergies").json();
    assert_eq!(answer["list"]["fields"], json!({"state": "listed"}));
    let ids: Vec<&Value> = answer["records"].as_array().unwrap().iter().map(|record| &record["id"]).collect();
    assert_eq!(ids, [&json!(one), &json!(two)]);
    phone.write(&allergy(one, "delete", Some(1), json!({})));
    assert_eq!(phone.get("/v1/me/allergies").json()["records"].as_array().unwrap().len(), 1);
}

#[test]
fn a_repeat_is_a_duplicate_also_by_way_of_a_batch() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let (id, key) = (Uuid::now_v7(), Uuid::now_v7());
    let path = format!("/v1/me/allergies/{id}");
    let fields = json!({"severity": "mild"});
    let first = send(&phone, "PUT", &path, key, None, &fields).json();
    let again = send(&phone, "PUT", &path, key, None, &fields);
    assert_eq!((again.status, &again.json()["verdict"]["verdict"]), (200, &json!("duplicate")));
    let mut same = allergy(id, "create", None, fields);
    same["key"] = json!(key);
    let in_batch = phone.write(&same);
    assert_eq!(in_batch["verdict"], "duplicate");
    assert_eq!(in_batch["record"], first["verdict"]["record"]);
    let other = send(&phone, "PUT", &path, key, None, &json!({"severity": "severe"}));
    assert_eq!(other.problem(), (422, "key_reused".into()));
}

#[test]
fn refusals_are_problems_with_what_the_client_needs() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let allergy_path = format!("/v1/me/allergies/{}", Uuid::now_v7());
    let absent = send(&phone, "PATCH", &allergy_path, Uuid::now_v7(), Some(4), &json!({"notes": "n"}));
    assert_eq!(absent.problem(), (409, "conflict".into()));
    assert_eq!(absent.json()["record"], json!(null), "there is none");
    assert!(absent.json().as_object().unwrap().contains_key("record"));
    let made = write(&phone, "PUT", &allergy_path, None, json!({"notes": "n"}));
    let stale = send(&phone, "PATCH", &allergy_path, Uuid::now_v7(), None, &json!({"notes": "m"}));
    assert_eq!(stale.problem(), (409, "conflict".into()));
    assert_eq!((&stale.json()["record"], &stale.json()["user"]), (&made["record"], &json!("anna")));

    let history_path = format!("/v1/me/history/{}", Uuid::now_v7());
    let absent = send(&phone, "PATCH", &history_path, Uuid::now_v7(), None, &json!({"note": "n"}));
    assert_eq!(absent.problem(), (404, "not_found".into()));
    assert_eq!(absent.json()["user"], "anna");
    write(&phone, "PUT", &history_path, None, json!({"note": "n"}));
    let buried = write(&phone, "DELETE", &history_path, Some(2), json!({}));
    let late = send(&phone, "PATCH", &history_path, Uuid::now_v7(), Some(2), &json!({"note": "m"}));
    assert_eq!(late.problem(), (410, "gone".into()));
    assert_eq!((&late.json()["record"], &late.json()["user"]), (&buried["record"], &json!("anna")));

    let large = json!({"note": "x".repeat(70_000)});
    let reply = send(&phone, "PUT", "/v1/me/profile", Uuid::now_v7(), None, &large);
    assert_eq!(reply.problem(), (413, "too_large".into()));
    let huge = json!({"note": "x".repeat(1_100_000)});
    let reply = send(&phone, "PUT", "/v1/me/profile", Uuid::now_v7(), None, &huge);
    assert_eq!(reply.problem(), (413, "too_large".into()));

    backend.running.set_paused(true);
    let paused = send(&phone, "PUT", "/v1/me/profile", Uuid::now_v7(), None, &json!({}));
    assert_eq!((paused.problem(), paused.header("retry-after")), ((503, "paused".into()), "60"));
}

#[test]
fn headers_and_bodies_that_are_not_of_the_contract() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let key = Uuid::now_v7().to_string();
    let put = |headers: &[(&str, &str)], body: &str| {
        phone.send("PUT", "/v1/me/profile", headers, Some(body)).problem()
    };
    assert_eq!(put(&[], "{}"), (400, "key_required".into()));
    assert_eq!(put(&[("idempotency-key", "7")], "{}"), (400, "malformed".into()));
    for base in ["12", "*", "W/\"12\"", "\"\"", "\"twelve\""] {
        assert_eq!(
            put(&[("idempotency-key", &key), ("if-match", base)], "{}"),
            (400, "malformed".into()),
            "{base}"
        );
    }
    assert_eq!(put(&[("idempotency-key", &key)], "{"), (400, "malformed".into()));
    assert_eq!(put(&[("idempotency-key", &key)], ""), (400, "malformed".into()));
    assert!(backend.running.snapshot("anna").unwrap().is_empty());
    assert_eq!(put(&[("idempotency-key", &key)], "[]"), (422, "invalid".into()));
    let reply = send(&phone, "PUT", "/v1/me/history/no-uuid", Uuid::now_v7(), None, &json!({}));
    assert_eq!(reply.problem(), (422, "invalid".into()));
    assert_eq!(phone.get("/v1/me/history/no-uuid").problem(), (404, "not_found".into()));
    assert_eq!(phone.get("/v1/me/history/%ff").problem(), (404, "not_found".into()));
}
