//! The verdicts of a batch, as a device sees them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foodlens_server::{Options, Seams};
use serde_json::json;
use uuid::Uuid;

use crate::MINT_IDS;
use crate::support::{Backend, allergy, history, operation, scan};

#[test]
fn a_write_comes_back_as_its_record_and_appears_in_the_feed() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let id = Uuid::now_v7();
    let fields =
        json!({"allergen": {"code": "milk"}, "severity": "mild", "of_a_newer_app": [1.5, null, {"a": "b"}]});
    let verdict = phone.write(&allergy(id, "create", None, fields.clone()));
    let received_at = verdict["record"]["received_at"].as_i64().unwrap();
    assert!(received_at > 1_700_000_000_000, "the server's clock, in ms");
    let mut record = json!({"entity": "allergies", "id": id, "version": 1, "deleted": false, "fields": fields,
                            "received_at": received_at});
    if MINT_IDS {
        record["server_id"] = verdict["record"]["server_id"].clone();
    }
    assert_eq!(verdict["verdict"], "applied");
    assert_eq!(verdict["record"], record);
    assert_eq!(verdict["overwritten"], json!([]));
    assert_eq!(verdict["problem"], json!(null));
    let page = phone.changes("");
    assert_eq!(page["changes"], json!([record]));
    assert_eq!(page["user"], "anna");
    assert_eq!(page["has_more"], false);
}

#[test]
fn a_stale_base_of_a_manual_entity_is_a_conflict_with_the_current_record() {
    let backend = Backend::start();
    let (one, two) = (backend.client("anna"), backend.client("anna"));
    let id = Uuid::now_v7();
    one.write(&allergy(id, "create", None, json!({"severity": "mild"})));
    let newer = one.write(&allergy(id, "update", Some(1), json!({"severity": "severe"})));
    let stale = two.write(&allergy(id, "update", Some(1), json!({"severity": "moderate"})));
    assert_eq!(stale["verdict"], "conflict");
    assert_eq!(stale["record"], newer["record"]);
    let stale_delete = two.write(&allergy(id, "delete", Some(1), json!({})));
    assert_eq!(
        stale_delete["verdict"], "conflict",
        "a delete may not hide an edit that its device has not seen"
    );
    assert_eq!(backend.running.snapshot("anna").unwrap()[0].fields["severity"], "severe");
    assert_eq!(two.write(&scan("next"))["record"]["version"], 3, "a conflict takes no number");
}

#[test]
fn last_writer_wins_field_by_field_and_says_what_it_overwrote() {
    let backend = Backend::start();
    let (one, two) = (backend.client("anna"), backend.client("anna"));
    let id = Uuid::now_v7();
    one.write(&history(id, "create", None, json!({"note": "first", "brand": "b"})));
    one.write(&history(id, "update", Some(1), json!({"note": "of one"})));
    let late = two.write(&history(id, "update", Some(1), json!({"note": "of two", "favourite": true})));
    assert_eq!(late["verdict"], "applied");
    assert_eq!(late["record"]["fields"], json!({"note": "of two", "brand": "b", "favourite": true}));
    assert_eq!(late["overwritten"], json!([{"field": "note", "value": "of one", "version": 2}]));
}

#[test]
fn a_deleted_history_record_stays_deleted() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let id = Uuid::now_v7();
    phone.write(&history(id, "create", None, json!({"note": "n"})));
    phone.write(&history(id, "update", Some(1), json!({"note": "newer"})));
    let deleted = phone.write(&history(id, "delete", Some(1), json!({})));
    assert_eq!(deleted["verdict"], "applied", "a delete wins over an edit that it has not seen");
    assert_eq!(deleted["record"]["deleted"], true);
    assert_eq!(deleted["record"]["fields"], json!({}));
    assert_eq!(deleted["overwritten"], json!([{"field": "note", "value": "newer", "version": 2}]));
    let late = phone.write(&history(id, "update", Some(2), json!({"note": "late"})));
    assert_eq!((&late["verdict"], &late["problem"]["code"]), (&json!("rejected"), &json!("gone")));
    assert_eq!(late["problem"]["status"], 410);
    assert_eq!(late["record"], deleted["record"]);
    assert_eq!(phone.changes("")["changes"], json!([deleted["record"]]), "the feed has the tombstone, once");
}

#[test]
fn an_operation_of_a_wrong_shape_takes_only_itself_down() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let wrong = operation("recipes", Uuid::now_v7(), "create", None, json!({}));
    let verdicts = phone.batch(&[scan("one"), wrong, scan("two")]);
    assert_eq!(verdicts[0]["verdict"], "applied");
    assert_eq!(verdicts[1]["verdict"], "rejected");
    assert_eq!(verdicts[1]["problem"]["status"], 422);
    assert_eq!(verdicts[1]["problem"]["code"], "invalid");
    assert_eq!(verdicts[2]["record"]["version"], 2);
}

#[test]
fn one_user_sees_nothing_of_another() {
    let backend = Backend::start();
    let (anna, bert) = (backend.client("anna"), backend.client("bert"));
    let id = Uuid::now_v7();
    let of_anna = allergy(id, "create", None, json!({"severity": "severe"}));
    anna.write(&of_anna);
    assert_eq!(bert.changes("")["changes"], json!([]));
    assert_eq!(bert.get(&format!("/v1/me/allergies/{id}")).problem(), (404, "not_found".into()));
    let same_key = bert.write(&of_anna);
    assert_eq!(same_key["verdict"], "applied", "keys and ids are each user's own");
    assert_eq!(same_key["record"]["version"], 1, "and so are the numbers");
    bert.write(&allergy(id, "delete", Some(1), json!({})));
    assert!(!backend.running.snapshot("anna").unwrap()[0].deleted);
}

#[test]
fn a_batch_for_another_user_is_refused_whole() {
    let backend = Backend::start();
    let mut phone = backend.client("anna");
    phone.user = "bert".into();
    let reply = phone.send("POST", "/v1/me/batch", &[], Some(&phone.batch_body(&[scan("one")])));
    assert_eq!(reply.problem(), (403, "wrong_user".into()));
    assert_eq!(reply.json()["user"], "anna", "a problem names the token's user");
    assert!(backend.running.snapshot("anna").unwrap().is_empty());
    assert!(backend.running.snapshot("bert").unwrap().is_empty());
}

#[test]
fn when_the_database_fails_in_the_middle_the_rest_of_the_batch_waits() {
    let calls = AtomicUsize::new(0);
    let backend = Backend::start_with(|options| {
        let database = options.database.clone();
        // The clock is asked once per operation: a table is away for the second one only.
        let now_ms = move || {
            let rename = |from: &str, to: &str| {
                crate::database::execute(&database, &format!("ALTER TABLE {from} RENAME TO {to}"));
            };
            match calls.fetch_add(1, Ordering::SeqCst) {
                // The first is the purge at the start.
                2 => rename("answers", "away"),
                3 => rename("away", "answers"),
                _ => {}
            }
            1_800_000_000_000
        };
        Options { seams: Seams { now_ms: Arc::new(now_ms), ..Seams::default() }, ..options }
    });
    let phone = backend.client("anna");
    let id = Uuid::now_v7();
    let writes = [
        scan("one"),
        history(id, "create", None, json!({"note": "a"})),
        history(id, "update", None, json!({"note": "b"})),
    ];
    let verdicts = phone.batch(&writes);
    assert_eq!(verdicts[0]["verdict"], "applied");
    for late in &verdicts[1..] {
        assert_eq!((&late["verdict"], &late["problem"]["code"]), (&json!("deferred"), &json!("unavailable")));
    }
    assert_eq!(backend.running.snapshot("anna").unwrap().len(), 1, "no record without its answer");
    let again = phone.batch(&writes);
    let outcomes: Vec<_> = again.iter().map(|verdict| &verdict["verdict"]).collect();
    assert_eq!(outcomes, ["duplicate", "applied", "applied"]);
}

#[test]
fn paused_writes_are_put_off_and_leave_no_trace() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let write = scan("one");
    backend.running.set_paused(true);
    let verdicts = phone.batch(&[write.clone(), scan("two")]);
    for verdict in &verdicts {
        assert_eq!(
            (&verdict["verdict"], &verdict["problem"]["code"]),
            (&json!("deferred"), &json!("paused"))
        );
        assert_eq!(verdict["retry_after_s"], 60);
    }
    assert_eq!(phone.get("/v1/me/capabilities").json()["paused"], true);
    backend.running.set_paused(false);
    assert_eq!(phone.write(&write)["verdict"], "applied", "a put-off answer is not kept under the key");
    assert_eq!(backend.running.stats().deferred, 2);
}
