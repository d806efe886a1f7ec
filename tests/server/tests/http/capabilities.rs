//! What a backend says of itself, what it then does and does not do, and how that is changed while it runs.

use foodlens_server::{Options, PauseRule};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::MINT_IDS;
use crate::support::{Backend, Client, scan};

const IDS: &str = if MINT_IDS { "server" } else { "device" };
const PATH: &str = "/v1/me/capabilities";

#[test]
fn what_a_whole_backend_answers() {
    let backend = Backend::start();
    let answer = backend.client("anna").get(PATH).json();
    let epoch = answer["epoch"].clone();
    assert!(epoch.as_str().is_some_and(|epoch| !epoch.is_empty()));
    assert_eq!(
        answer,
        json!({"user": "anna", "epoch": epoch, "batch": {"max_operations": 100, "max_bytes": 1_048_576},
               "changes": {"max_limit": 1000, "latest": true}, "history": {"max_limit": 500}, "ids": IDS,
               "compression": ["gzip"], "max_fields_bytes": 65_536, "tombstone_days": 180, "key_days": 180,
               "paused": false, "pauses": [], "retry_parked": null})
    );
}

#[test]
fn a_backend_without_batches() {
    let backend = Backend::start_with(|options| Options { batch: false, ..options });
    let phone = backend.client("anna");
    assert_eq!(phone.get(PATH).json()["batch"], json!(null));
    let reply = phone.send("POST", "/v1/me/batch", &[], Some(&phone.batch_body(&[scan("one")])));
    assert_eq!(reply.problem(), (404, "not_found".into()));
    let id = Uuid::now_v7();
    let key = Uuid::now_v7().to_string();
    let put = phone.send("PUT", &format!("/v1/me/history/{id}"), &[("idempotency-key", &key)], Some("{}"));
    assert_eq!(put.status, 200);
}

#[test]
fn a_backend_that_says_nothing_of_itself() {
    let backend = Backend::start_with(|options| Options { capabilities: false, ..options });
    let phone = backend.client("anna");
    let reply = phone.get(PATH);
    assert_eq!(reply.problem(), (404, "not_found".into()));
    assert_eq!(reply.json()["user"], "anna");
    assert_eq!(phone.write(&scan("one"))["verdict"], "applied");
}

#[test]
fn a_backend_without_the_newest_first() {
    let backend = Backend::start_with(|options| Options { newest_first: false, ..options });
    let phone = backend.client("anna");
    let answer = phone.get(PATH).json();
    assert_eq!((&answer["history"], &answer["changes"]["latest"]), (&json!(null), &json!(false)));
    assert_eq!(phone.get("/v1/me/history").problem(), (404, "not_found".into()));
    assert_eq!(phone.get("/v1/me/changes?from=latest").problem(), (400, "malformed".into()));
}

#[test]
fn rules_and_words_from_the_start_and_later() {
    let rule = PauseRule { app_below: Some("2.4.0".into()), ..PauseRule::default() };
    let backend = Backend::start_with(|options| Options {
        pauses: vec![rule],
        retry_parked: Some("one".into()),
        ..options
    });
    let phone = backend.client("anna");
    let said = || {
        let answer = phone.get(PATH).json();
        (answer["pauses"].clone(), answer["retry_parked"].clone())
    };
    assert_eq!(said(), (json!([{"app_below": "2.4.0"}]), json!("one")));
    backend.running.set_pauses(vec![PauseRule::default()]);
    backend.running.set_retry_parked(Some("two".into()));
    assert_eq!(said(), (json!([{}]), json!("two")));
    backend.running.set_pauses(Vec::new());
    backend.running.set_retry_parked(None);
    assert_eq!(said(), (json!([]), json!(null)));
}

#[track_caller]
fn adjust(phone: &Client, members: &Value) -> u16 {
    phone.send("PATCH", "/test/conduct", &[], Some(&members.to_string())).status
}

#[test]
fn conduct_over_http_only_where_it_was_asked_for() {
    let closed = Backend::start();
    assert_eq!(adjust(&closed.client("anna"), &json!({"paused": true})), 404);
    assert!(!closed.running.service().conduct().paused);

    let open = Backend::start_with(|options| Options { test_faults: true, ..options });
    let phone = open.client("anna");
    let rules = json!([{"entity": "history", "kind": "create"}, {}]);
    assert_eq!(adjust(&phone, &json!({"pauses": rules, "retry_parked": "mended", "batch": false})), 204);
    let answer = phone.get(PATH).json();
    assert_eq!((&answer["pauses"], &answer["retry_parked"]), (&rules, &json!("mended")));
    assert_eq!((&answer["batch"], &answer["compression"]), (&json!(null), &json!(["gzip"])));
    for wrong in [json!({"pauses": [{"app_bellow": "1"}]}), json!({"bach": true}), json!([])] {
        assert_eq!(adjust(&phone, &wrong), 400, "{wrong}");
    }
    assert_eq!(phone.get(PATH).json(), answer, "what was wrong changed nothing");
    assert_eq!(adjust(&phone, &json!({"capabilities": false, "newest_first": false})), 204);
    assert_eq!(phone.get(PATH).status, 404);
    assert_eq!(phone.get("/v1/me/history").status, 404);
}
