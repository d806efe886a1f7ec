//! Rules of a remote pause, held by the server itself.

use foodlens_server::{Entity, Kind, PauseRule};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Backend, Client, allergy, history, scan};

fn of_history() -> PauseRule {
    PauseRule { entity: Some(Entity::History), ..PauseRule::default() }
}

fn below(version: &str) -> PauseRule {
    PauseRule { app_below: Some(version.into()), ..PauseRule::default() }
}

/// A batch of an app of this version.
#[track_caller]
fn batch_as(phone: &Client, version: &str, operations: &[Value]) -> Vec<String> {
    let body = phone.batch_body(operations);
    let reply = phone.send("POST", "/v1/me/batch", &[("x-app-version", version)], Some(&body));
    let verdicts = reply.json()["verdicts"].as_array().unwrap().clone();
    verdicts.iter().map(|verdict| verdict["verdict"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_rule_puts_off_what_it_names_and_what_follows_it() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    backend.running.set_pauses(vec![of_history()]);
    let writes = [
        allergy(Uuid::now_v7(), "create", None, json!({})),
        scan("one"),
        allergy(Uuid::now_v7(), "create", None, json!({})),
    ];
    let verdicts = phone.batch(&writes);
    assert_eq!(verdicts[0]["verdict"], "applied");
    for late in &verdicts[1..] {
        assert_eq!((&late["verdict"], &late["problem"]["code"]), (&json!("deferred"), &json!("paused")));
        assert_eq!((&late["problem"]["status"], &late["retry_after_s"]), (&json!(503), &json!(60)));
    }
    assert_eq!(phone.write(&writes[2])["verdict"], "applied", "sent without it, it passes");
    backend.running.set_pauses(Vec::new());
    assert_eq!(phone.write(&writes[1])["verdict"], "applied", "a put-off answer is not kept under the key");
}

#[test]
fn a_single_write_is_told_when_to_come_again() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    backend.running.set_pauses(vec![PauseRule { kind: Some(Kind::Create), ..of_history() }]);
    let key = Uuid::now_v7().to_string();
    let path = format!("/v1/me/history/{}", Uuid::now_v7());
    let put = |path: &str| phone.send("PUT", path, &[("idempotency-key", &key)], Some("{}"));
    let reply = put(&path);
    assert_eq!((reply.problem(), reply.header("retry-after")), ((503, "paused".into()), "60"));
    assert_eq!(put("/v1/me/profile").status, 200);
    assert_eq!(phone.get("/v1/me/changes").status, 200, "reads go on");
}

#[test]
fn a_known_key_gets_its_stored_answer_although_its_write_is_paused() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let (id, key) = (Uuid::now_v7(), Uuid::now_v7().to_string());
    let mut known = scan("known");
    known["id"] = json!(id);
    let first = phone.write(&known);
    let conflict = allergy(Uuid::now_v7(), "update", Some(7), json!({}));
    phone.write(&conflict);
    let path = format!("/v1/me/history/{}", Uuid::now_v7());
    let put = |body: &str| phone.send("PUT", &path, &[("idempotency-key", &key)], Some(body));
    assert_eq!(put("{}").status, 200);

    backend.running.set_paused(true);
    let mut other = known.clone();
    other["fields"] = json!({"note": "another"});
    let verdicts = phone.batch(&[known.clone(), other, scan("new"), known, conflict, scan("behind")]);
    let outcomes: Vec<&Value> = verdicts.iter().map(|verdict| &verdict["verdict"]).collect();
    assert_eq!(outcomes, ["duplicate", "rejected", "deferred", "duplicate", "conflict", "deferred"]);
    assert_eq!((&verdicts[0]["record"], &verdicts[3]["record"]), (&first["record"], &first["record"]));
    assert_eq!(verdicts[1]["problem"]["code"], "key_reused");
    assert_eq!(put("{}").json()["verdict"]["verdict"], "duplicate");
    assert_eq!(put("[]").problem(), (422, "key_reused".into()));
    assert_eq!(backend.running.snapshot("anna").unwrap().len(), 2, "nothing new");
    assert_eq!(backend.client("bert").write(&scan("of a new user"))["verdict"], "deferred");
}

#[test]
fn what_follows_a_paused_write_waits_also_behind_a_known_key() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let known = allergy(Uuid::now_v7(), "create", None, json!({}));
    phone.write(&known);
    backend.running.set_pauses(vec![of_history()]);
    let verdicts = phone.batch(&[scan("one"), known, allergy(Uuid::now_v7(), "create", None, json!({}))]);
    let outcomes: Vec<&Value> = verdicts.iter().map(|verdict| &verdict["verdict"]).collect();
    assert_eq!(outcomes, ["deferred", "duplicate", "deferred"]);
}

#[test]
fn the_version_of_the_app_decides_where_a_rule_names_one() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    backend.running.set_pauses(vec![below("2.10")]);
    for (version, expected) in
        [("2.9", "deferred"), ("2.10.0", "applied"), ("3", "applied"), ("", "deferred")]
    {
        assert_eq!(batch_as(&phone, version, &[scan("one")]), [expected], "{version}");
    }
    assert_eq!(
        phone.write(&scan("one"))["verdict"],
        "deferred",
        "an app that states none is below every version"
    );

    let put = |version: &str| {
        let key = Uuid::now_v7().to_string();
        let headers = [("idempotency-key", &*key), ("x-app-version", version)];
        phone.send("PUT", "/v1/me/profile", &headers, Some("{}")).status
    };
    assert_eq!((put("2.9"), put("2.10")), (503, 200));
}

#[test]
fn rules_add_up_and_an_empty_one_is_all() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let deletes = PauseRule { kind: Some(Kind::Delete), ..PauseRule::default() };
    backend.running.set_pauses(vec![PauseRule { app_below: Some("2".into()), ..of_history() }, deletes]);
    let id = Uuid::now_v7();
    assert_eq!(batch_as(&phone, "1.9", &[allergy(id, "create", None, json!({}))]), ["applied"]);
    assert_eq!(batch_as(&phone, "1.9", &[scan("one")]), ["deferred"]);
    assert_eq!(batch_as(&phone, "2.0", &[scan("one")]), ["applied"]);
    assert_eq!(batch_as(&phone, "2.0", &[history(Uuid::now_v7(), "delete", None, json!({}))]), ["deferred"]);

    backend.running.set_pauses(vec![PauseRule::default()]);
    assert_eq!(
        batch_as(&phone, "99", &[allergy(id, "update", Some(1), json!({"notes": "n"}))]),
        ["deferred"]
    );
    let shapeless = json!({"key": Uuid::now_v7()});
    assert_eq!(
        batch_as(&phone, "99", std::slice::from_ref(&shapeless)),
        ["deferred"],
        "also what could never pass"
    );
    backend.running.set_pauses(vec![of_history()]);
    assert_eq!(batch_as(&phone, "99", &[shapeless]), ["rejected"], "it is of no entity");
}
