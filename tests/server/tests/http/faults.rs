//! Every fault: what the client meets, and whether the write took effect.

use std::time::{Duration, Instant};

use foodlens_server::{Endpoint, Fault, FaultKind};
use serde_json::json;

use crate::support::{Backend, Client, Reply, scan};

struct Outcome {
    met: Result<Reply, ureq::Error>,
    took_effect: bool,
}

/// Sends one write into the fault, then the same again: there must never be two.
fn write_into(kind: FaultKind) -> Outcome {
    let backend = Backend::start();
    let phone = backend.client("anna");
    backend.running.faults().push(Fault::new(Endpoint::Batch, kind));
    let write = scan("one");
    let met = post(&phone, &phone.batch_body(std::slice::from_ref(&write)));
    assert_eq!(backend.running.faults().waiting(), 0, "the fault was met");
    let took_effect = backend.running.snapshot("anna").unwrap().len() == 1;
    let again = phone.write(&write);
    assert_eq!(again["verdict"], if took_effect { "duplicate" } else { "applied" });
    assert_eq!(backend.running.snapshot("anna").unwrap().len(), 1);
    Outcome { met, took_effect }
}

fn post(phone: &Client, body: &str) -> Result<Reply, ureq::Error> {
    phone.try_send("POST", "/v1/me/batch", &[], Some(body))
}

/// The status of an answer that may be a fault's.
#[track_caller]
fn status_of(phone: &Client, path: &str) -> u16 {
    phone.try_send("GET", path, &[], None).unwrap().status
}

#[test]
fn commit_then_silence() {
    let outcome = write_into(FaultKind::CommitThenSilence { after: None });
    assert!(outcome.met.is_err() && outcome.took_effect);
}

#[test]
fn die_after_commit_inside_a_test_is_silence() {
    let outcome = write_into(FaultKind::DieAfterCommit { after: None });
    assert!(outcome.met.is_err() && outcome.took_effect);
}

#[test]
fn drop_before_commit() {
    let outcome = write_into(FaultKind::DropBeforeCommit);
    assert!(outcome.met.is_err() && !outcome.took_effect);
}

#[test]
fn statuses_of_others_leave_no_trace() {
    let outcome = write_into(FaultKind::retry_after(503, "7"));
    let reply = outcome.met.unwrap();
    assert_eq!((reply.header("retry-after"), outcome.took_effect), ("7", false));
    assert_eq!(reply.problem(), (503, "unavailable".into()));

    let outcome = write_into(FaultKind::status(429));
    assert_eq!((outcome.met.unwrap().problem().0, outcome.took_effect), (429, false));

    let outcome = write_into(FaultKind::portal());
    let reply = outcome.met.unwrap();
    assert_eq!((reply.status, reply.header("content-type"), outcome.took_effect), (200, "text/html", false));

    let outcome = write_into(FaultKind::redirect("http://127.0.0.1:9/portal"));
    let reply = outcome.met.unwrap();
    assert_eq!((reply.status, reply.header("location")), (302, "http://127.0.0.1:9/portal"));
    assert!(!outcome.took_effect);
}

#[test]
fn garbage() {
    let outcome = write_into(FaultKind::Garbage);
    let reply = outcome.met.unwrap();
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    assert!(serde_json::from_str::<serde_json::Value>(&reply.text).is_err());
    assert!(outcome.took_effect);
}

#[test]
fn truncated() {
    let outcome = write_into(FaultKind::Truncated);
    assert!(outcome.met.is_err(), "the body ends before its length: {:?}", outcome.met);
    assert!(outcome.took_effect);
}

#[test]
fn wrong_user() {
    let outcome = write_into(FaultKind::WrongUser);
    let reply = outcome.met.unwrap();
    assert_eq!((reply.status, &reply.json()["user"]), (200, &json!("somebody-else")));
    assert!(outcome.took_effect);
}

#[test]
fn delay_and_hang() {
    let started = Instant::now();
    let outcome = write_into(FaultKind::DelayMs { ms: 50 });
    assert_eq!(outcome.met.unwrap().status, 200);
    assert!(outcome.took_effect && started.elapsed() >= Duration::from_millis(50));

    let outcome = write_into(FaultKind::HangMs { ms: 1 });
    assert!(outcome.met.is_err() && !outcome.took_effect);
}

#[test]
fn a_batch_can_end_in_the_middle() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let kind = FaultKind::CommitThenSilence { after: Some(2) };
    backend.running.faults().push(Fault::new(Endpoint::Batch, kind));
    let writes = [scan("one"), scan("two"), scan("three")];
    assert!(post(&phone, &phone.batch_body(&writes)).is_err());
    assert_eq!(backend.running.snapshot("anna").unwrap().len(), 2);
    let verdicts: Vec<_> =
        phone.batch(&writes).into_iter().map(|verdict| verdict["verdict"].clone()).collect();
    assert_eq!(verdicts, ["duplicate", "duplicate", "applied"]);
}

#[test]
fn a_fault_is_for_its_endpoint_and_its_times() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    backend.running.faults().push(Fault::new(Endpoint::Changes, FaultKind::status(503)).times(2));
    assert_eq!(status_of(&phone, "/v1/me/capabilities"), 200);
    assert_eq!(status_of(&phone, "/health"), 200);
    assert_eq!(status_of(&phone, "/v1/me/changes"), 503);
    assert_eq!(status_of(&phone, "/v1/me/changes"), 503);
    assert_eq!(status_of(&phone, "/v1/me/changes"), 200);

    backend.running.faults().push(Fault::new(Endpoint::History, FaultKind::status(503)));
    assert_eq!(status_of(&phone, &format!("/v1/me/history/{}", uuid::Uuid::now_v7())), 404, "a plain read");
    assert_eq!(status_of(&phone, "/v1/me/history"), 503);
    assert_eq!(status_of(&phone, "/v1/me/history"), 200);

    backend.running.faults().push(Fault::new(Endpoint::Any, FaultKind::Truncated).times(9));
    assert!(phone.try_send("GET", "/v1/me/capabilities", &[], None).is_err());
    backend.running.faults().clear();
    assert_eq!(status_of(&phone, "/v1/me/capabilities"), 200);
}

#[test]
fn faults_over_http_only_where_they_were_asked_for() {
    let fault = r#"[{"endpoint":"changes","fault":"status","status":418}]"#;
    let closed = Backend::start();
    let phone = closed.client("anna");
    assert_eq!(phone.send("POST", "/test/faults", &[], Some(fault)).problem(), (404, "not_found".into()));

    let open = Backend::start_with(|options| foodlens_server::Options { test_faults: true, ..options });
    let phone = open.client("anna");
    assert_eq!(phone.send("POST", "/test/faults", &[], Some("{}")).problem(), (400, "malformed".into()));
    assert_eq!(phone.send("POST", "/test/faults", &[], Some(fault)).status, 204);
    assert_eq!(status_of(&phone, "/v1/me/changes"), 418);
    assert_eq!(phone.send("POST", "/test/faults", &[], Some(fault)).status, 204);
    assert_eq!(phone.send("DELETE", "/test/faults", &[], None).status, 204);
    assert_eq!(status_of(&phone, "/v1/me/changes"), 200);
}

#[test]
fn a_stop_does_not_wait_for_a_request_that_only_hangs() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    backend.running.faults().push(Fault::new(Endpoint::Any, FaultKind::HangMs { ms: 600_000 }));
    let started = Instant::now();
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| phone.try_send("GET", "/v1/me/changes", &[], None).is_err());
        while backend.running.faults().waiting() > 0 {
            std::thread::yield_now();
        }
        backend.running.stop();
        assert!(hanging.join().unwrap());
    });
    assert!(started.elapsed() < Duration::from_secs(10));
}
