//! A backend that mints no ids tells of none and takes none, whatever its database knows.

use foodlens_server::{Entity, Options, derived_id};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Backend, history, scan};

#[test]
fn server_ids_mean_nothing_and_are_not_told() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let first = phone.write(&scan("one"))["record"].clone();
    let mut other = history(Uuid::now_v7(), "create", None, json!({}));
    other["server_id"] = json!("records/1");
    let made = phone.write(&other)["record"].clone();
    assert_ne!(made["id"], first["id"]);
    other["key"] = json!(Uuid::now_v7());
    other["server_id"] = json!(7);
    assert_eq!(phone.write(&other)["verdict"], "applied", "not even looked at");
    assert_eq!(phone.get("/v1/me/history/records%2F1").problem(), (404, "not_found".into()));
    let key = Uuid::now_v7().to_string();
    let reply = phone.send("PATCH", "/v1/me/history/records%2F1", &[("idempotency-key", &key)], Some("{}"));
    assert_eq!(reply.problem(), (422, "invalid".into()));
}

#[test]
fn a_record_made_elsewhere_has_the_id_that_devices_derive() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let made = backend.running.make_elsewhere("anna", Entity::History, serde_json::Map::new()).unwrap();
    assert_eq!((made.id.as_str(), made.server_id), (&*derived_id("history", "records/1").to_string(), None));
    assert_eq!(phone.changes("")["changes"][0]["id"], json!(made.id));
    let read = phone.get(&format!("/v1/me/history/{}", made.id)).json();
    assert_eq!(read["record"]["id"], json!(made.id));
}

#[test]
fn records_have_had_their_names_all_along_when_minting_begins() {
    let backend = Backend::start_with(|options| Options { test_faults: true, ..options });
    let phone = backend.client("anna");
    let write = scan("one");
    phone.write(&write);
    let adjust = |mint_ids: bool| {
        let members = json!({"mint_ids": mint_ids}).to_string();
        assert_eq!(phone.send("PATCH", "/test/conduct", &[], Some(&members)).status, 204);
    };
    adjust(true);
    // Not the answers of this mode.
    let body = phone.batch_body(std::slice::from_ref(&write));
    let repeat = phone.try_send("POST", "/v1/me/batch", &[], Some(&body)).unwrap().json();
    let feed: Value = phone.try_send("GET", "/v1/me/changes", &[], None).unwrap().json();
    assert_eq!(repeat["verdicts"][0]["verdict"], "duplicate");
    assert_eq!(repeat["verdicts"][0]["record"]["server_id"], "records/1");
    assert_eq!(feed["changes"][0]["server_id"], "records/1");
    adjust(false);
    assert_eq!(phone.write(&write)["verdict"], "duplicate");
}
