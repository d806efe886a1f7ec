//! Too much, too often, too slow: refused in the form of the contract, and the others go on.

use std::time::{Duration, Instant};

use foodlens_server::{Limits, Options};
use serde_json::json;

use crate::raw::Line;
use crate::support::{Backend, Client, Reply, scan};

fn backend(limits: Limits) -> Backend {
    Backend::start_with(|options| Options { limits, ..options })
}

/// Asks until it is too often, and gives that answer.
fn too_often(phone: &Client, headers: &[(&str, &str)]) -> Reply {
    let ask = || phone.send("GET", "/v1/me/changes", headers, None);
    (0..1000).map(|_| ask()).find(|reply| reply.status == 429).unwrap()
}

fn assert_comes_with_a_time(reply: &Reply) {
    assert_eq!(reply.problem(), (429, "rate_limited".into()));
    let seconds: u32 = reply.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
}

#[test]
fn a_user_who_asks_too_often_waits_alone() {
    let backend = backend(Limits { user_rate: Some("1:3".parse().unwrap()), ..Limits::default() });
    let anna = backend.client("anna");
    let refused = too_often(&anna, &[]);
    assert_comes_with_a_time(&refused);
    assert_eq!(refused.json()["user"], "anna");
    // A write that is refused takes no effect, however large: the client sees why, and not a broken connection.
    let large = anna.batch_body(&[scan(&"x".repeat(800_000))]);
    let write =
        (0..1000).map(|_| anna.send("POST", "/v1/me/batch", &[], Some(&large))).find(|w| w.status == 429);
    assert_comes_with_a_time(&write.unwrap());
    assert_eq!(backend.running.snapshot("anna").unwrap(), []);
    assert_eq!(backend.client("bert").get("/v1/me/changes").status, 200, "another user");
    assert_eq!(anna.get("/health").status, 200, "whoever looks after the server");
    let began = Instant::now();
    while anna.get("/v1/me/changes").status == 429 {
        assert!(began.elapsed() < Duration::from_secs(20), "it never ends");
    }
}

#[test]
fn strangers_wait_and_users_of_their_address_do_not() {
    let backend = backend(Limits { stranger_rate: Some("1:3".parse().unwrap()), ..Limits::default() });
    let anna = backend.client("anna");
    let refused = too_often(&anna, &[("authorization", "Bearer nonsense")]);
    assert_comes_with_a_time(&refused);
    assert_eq!(refused.json().get("user"), None);
    let unknown = (0..1000).map(|_| anna.send("GET", "/nowhere", &[("authorization", "")], None));
    assert!(unknown.into_iter().any(|reply| reply.status == 429), "also where nothing is");
    assert_eq!(anna.get("/v1/me/changes").status, 200);
}

#[test]
fn without_a_rate_anybody_may_ask_as_often_as_they_like() {
    let backend = Backend::start();
    let anna = backend.client("anna");
    assert!((0..300).all(|_| anna.get("/v1/me/capabilities").status == 200));
}

#[test]
fn the_size_of_bodies_and_pages_can_be_set_and_is_told() {
    let backend = backend(Limits { body_bytes: 200_000, page: 2, ..Limits::default() });
    let anna = backend.client("anna");
    let told = anna.get("/v1/me/capabilities").json();
    assert_eq!(told["batch"]["max_bytes"], 200_000);
    assert_eq!((&told["changes"]["max_limit"], &told["history"]["max_limit"]), (&json!(2), &json!(2)));
    anna.batch(&[scan("one"), scan("two"), scan("three")]);
    assert_eq!(anna.changes("")["count"], 2, "also where nothing is asked for");
    assert_eq!(anna.get("/v1/me/history").json()["count"], 2);
    for path in ["/v1/me/changes?limit=3", "/v1/me/history?limit=3"] {
        assert_eq!(anna.get(path).problem(), (400, "malformed".into()), "{path}");
    }
    let padded = |bytes: usize| {
        let body = anna.batch_body(&[scan("one")]);
        let spaces = " ".repeat(bytes - body.len());
        anna.send("POST", "/v1/me/batch", &[], Some(&(body + &spaces))).status
    };
    assert_eq!((padded(200_000), padded(200_001)), (200, 413));
}

#[test]
fn one_too_many_at_once_is_told_to_come_again() {
    let backend = backend(Limits { in_flight: 1, ..Limits::default() });
    let anna = backend.client("anna");
    let body = anna.batch_body(&[scan("one")]);
    let mut slow = Line::new(&backend.running.base_url());
    slow.begin_write(&anna.token, &body);
    let refused = anna.get("/v1/me/changes");
    assert_eq!(refused.problem(), (503, "unavailable".into()));
    assert_eq!((refused.header("retry-after"), &refused.json()["user"]), ("1", &json!("anna")));
    for path in ["/health", "/ready"] {
        assert_eq!(anna.get(path).status, 200, "{path}");
    }
    slow.say(&body);
    assert!(slow.head().starts_with("HTTP/1.1 200"));
    assert_eq!(anna.changes("")["count"], 1);
}

#[test]
fn a_body_that_never_ends_is_given_up() {
    let backend = backend(Limits { body_timeout: Duration::from_millis(100), ..Limits::default() });
    let anna = backend.client("anna");
    let body = anna.batch_body(&[scan("one")]);
    let mut slow = Line::new(&backend.running.base_url());
    slow.begin_write(&anna.token, &body);
    slow.say(&body[..body.len() / 2]);
    let answer = slow.rest();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(
        answer.contains("application/problem+json") && answer.contains("\"request_timeout\""),
        "{answer}"
    );
    assert_eq!(backend.running.snapshot("anna").unwrap(), []);
}

#[test]
fn a_head_that_never_ends_is_given_up() {
    let backend = backend(Limits { header_timeout: Duration::from_millis(100), ..Limits::default() });
    let mut slow = Line::new(&backend.running.base_url());
    slow.say("GET /health HTTP/1.1\r\nhost: te");
    assert!(!slow.rest().contains("200"));
}
