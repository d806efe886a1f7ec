//! What every request shares: tokens, limits, shapes, request ids, compression.

use foodlens_server::mint_token;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Backend, SECRET, allergy, history, scan};

#[test]
fn tokens() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let expired = format!("Bearer {}", mint_token(SECRET, "anna", -1).unwrap());
    let foreign = format!("Bearer {}", mint_token("another secret", "anna", 60).unwrap());
    for (case, header) in [("none", ""), ("expired", &*expired), ("of another secret", &*foreign)] {
        for (method, path) in [("GET", "/v1/me/changes"), ("POST", "/v1/me/batch"), ("PUT", "/v1/me/profile")]
        {
            let body = (method != "GET").then_some("{}");
            let reply = phone.send(method, path, &[("authorization", header)], body);
            assert_eq!(reply.problem(), (401, "unauthorized".into()), "{case}: {method} {path}");
            assert_eq!(reply.header("www-authenticate"), "Bearer");
        }
    }
    assert_eq!(phone.send("GET", "/health", &[("authorization", "")], None).status, 200, "health needs none");
    let large = " ".repeat(900_000);
    for _ in 0..10 {
        let reply = phone.send("POST", "/v1/me/batch", &[("authorization", &expired)], Some(&large));
        assert_eq!(reply.status, 401, "whoever is still sending a body gets to see it too");
    }
}

#[test]
fn bodies_that_are_malformed_as_a_whole() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let mut keyless = scan("two");
    keyless.as_object_mut().unwrap().remove("key");
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let cases = [
        ("empty", String::new()),
        ("no JSON", "{\"user\":\"anna\"".into()),
        ("not UTF-8's text but a list", "[]".into()),
        ("no user", json!({"operations": []}).to_string()),
        ("no operations", json!({"user": "anna"}).to_string()),
        ("operations that are no list", json!({"user": "anna", "operations": {}}).to_string()),
        ("too deep", format!(r#"{{"user":"anna","operations":[{deep}]}}"#)),
        ("one operation that no verdict could name", phone.batch_body(&[scan("one"), keyless])),
    ];
    for (case, body) in cases {
        let reply = phone.send("POST", "/v1/me/batch", &[], Some(&body));
        assert_eq!(reply.problem(), (400, "malformed".into()), "{case}");
        assert_eq!(reply.json()["user"], "anna", "{case}");
    }
    assert!(backend.running.snapshot("anna").unwrap().is_empty(), "nothing was applied");
}

#[test]
fn an_empty_batch_is_answered_with_nothing() {
    let backend = Backend::start();
    assert!(backend.client("anna").batch(&[]).is_empty());
}

#[test]
fn the_number_of_operations() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let mut writes: Vec<Value> = (0..101).map(|place| scan(&place.to_string())).collect();
    let reply = phone.send("POST", "/v1/me/batch", &[], Some(&phone.batch_body(&writes)));
    assert_eq!(reply.problem(), (413, "batch_too_large".into()));
    assert!(backend.running.snapshot("anna").unwrap().is_empty());
    writes.pop();
    assert_eq!(phone.batch(&writes).len(), 100);
}

#[test]
fn the_size_of_a_body() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let padded = |size: usize| {
        let body = phone.batch_body(&[scan("one")]);
        let padding = " ".repeat(size - body.len());
        body + &padding
    };
    for size in [1_048_577, 5_000_000] {
        let reply = phone.send("POST", "/v1/me/batch", &[], Some(&padded(size)));
        assert_eq!(
            reply.problem(),
            (413, "batch_too_large".into()),
            "{size} bytes, read to the end and refused"
        );
    }
    assert_eq!(phone.send("POST", "/v1/me/batch", &[], Some(&padded(1_048_576))).status, 200);
}

#[test]
fn the_size_of_fields() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let sized = |bytes: usize| json!({"n": "x".repeat(bytes - 8)});
    let over = phone.write(&history(Uuid::now_v7(), "create", None, sized(65_537)));
    assert_eq!(over["verdict"], "rejected");
    assert_eq!((&over["problem"]["status"], &over["problem"]["code"]), (&json!(413), &json!("too_large")));
    let id = Uuid::now_v7();
    assert_eq!(phone.write(&history(id, "create", None, sized(65_536)))["verdict"], "applied");
    let grown = phone.write(&history(id, "update", Some(1), json!({"m": 1})));
    assert_eq!(grown["problem"]["code"], "too_large", "the record after the write has the same limit");
}

#[test]
fn numbers_come_back_to_the_last_bit() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let fields =
        json!({"a": 0.1 + 0.2, "b": 123_456_789.123_456_79, "c": i64::MAX, "d": u64::MAX, "e": 5e-324});
    let verdict = phone.write(&allergy(Uuid::now_v7(), "create", None, fields.clone()));
    assert_eq!(verdict["record"]["fields"], fields);
    assert_eq!(phone.changes("")["changes"][0]["fields"], fields);
}

#[test]
fn request_ids() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let with = |id: &str| phone.send("GET", "/v1/me/profile", &[("x-request-id", id)], None);
    assert_eq!(with("trace-7").header("x-request-id"), "trace-7", "echoed, also by a problem");
    let long = "x".repeat(200);
    for id in ["", "two words", &long] {
        let made = with(id).header("x-request-id").to_owned();
        assert!(Uuid::try_parse(&made).is_ok(), "made by the server: {made}");
    }
    assert!(!phone.get("/nowhere").header("x-request-id").is_empty());
}

#[test]
fn paths_and_methods_that_do_not_exist() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    assert_eq!(phone.get("/v1/me/recipes").problem(), (404, "not_found".into()));
    assert_eq!(phone.get("/v1/me/batch").problem(), (405, "method_not_allowed".into()));
}

#[test]
fn answers_are_compressed_for_who_wants_it() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    phone.write(&history(Uuid::now_v7(), "create", None, json!({"note": "x".repeat(5_000)})));
    // The client removes the header of what it has unpacked, so the length tells: it is gone with compression.
    let packed = phone.get("/v1/me/changes");
    assert_eq!(packed.header("content-length"), "");
    assert_eq!(packed.json()["count"], 1);
    let plain = phone.send("GET", "/v1/me/changes", &[("accept-encoding", "identity")], None);
    assert_eq!(plain.header("content-length"), plain.text.len().to_string());
}

#[test]
fn what_the_server_counts() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let write = scan("one");
    phone.batch(&[
        write.clone(),
        write,
        allergy(Uuid::now_v7(), "update", Some(3), json!({})),
        json!({
            "key": Uuid::now_v7()
        }),
    ]);
    phone.get("/v1/me/profile");
    phone.get("/health");
    let stats = backend.running.stats();
    assert_eq!((stats.requests, stats.applied, stats.duplicates), (2, 1, 1));
    assert_eq!((stats.conflicts, stats.rejected, stats.deferred), (1, 1, 0));
}
