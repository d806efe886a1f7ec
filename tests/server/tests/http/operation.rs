//! What whoever runs the server sees of it: readiness, and numbers.

use std::collections::BTreeMap;

use foodlens_server::{Limits, Options, ROUTES, Server, mint_token};
use serde_json::json;
use uuid::Uuid;

use crate::raw::Line;
use crate::support::{Backend, Client, SECRET, allergy, scan};

type Samples = BTreeMap<(String, BTreeMap<String, String>), f64>;

/// Reads the text form of OpenMetrics, strictly: every family has a type, every line is one of a known form.
#[track_caller]
fn parse(text: &str) -> Samples {
    let mut types: BTreeMap<&str, &str> = BTreeMap::new();
    let mut samples = Samples::new();
    let body = text.strip_suffix("# EOF\n").expect("it ends with its end");
    for line in body.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let parts: Vec<&str> = comment.splitn(3, ' ').collect();
            match parts[..] {
                ["TYPE", name, kind] => assert_eq!(types.insert(name, kind), None, "{line}"),
                ["HELP" | "UNIT", ..] => {}
                _ => panic!("{line}"),
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let family = types.iter().find(|(family, kind)| {
            let suffixes: &[&str] = match **kind {
                "counter" => &["_total"],
                "histogram" => &["_sum", "_count", "_bucket"],
                "info" => &["_info"],
                "gauge" => &[""],
                _ => panic!("{kind}"),
            };
            suffixes.iter().any(|suffix| name.strip_suffix(suffix) == Some(**family))
        });
        assert!(family.is_some(), "{line} is of no family");
        let labels = labels.strip_suffix('}').unwrap();
        let labels = labels.split(',').filter(|label| !label.is_empty()).map(|label| {
            let (name, value) = label.split_once('=').unwrap();
            let value = value.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
            (name.to_owned(), value.to_owned())
        });
        let key = (name.to_owned(), labels.collect());
        assert_eq!(samples.insert(key, value.parse().unwrap()), None, "{line} is there twice");
    }
    samples
}

/// One sample, 0 when it is not there.
fn value(samples: &Samples, name: &str, labels: &[(&str, &str)]) -> f64 {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    samples.get(&(format!("foodlens_{name}"), labels)).copied().unwrap_or(0.0)
}

#[track_caller]
fn metrics(client: &Client) -> (String, Samples) {
    let reply = client.try_send("GET", "/metrics", &[("authorization", "")], None).unwrap();
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.header("content-type").starts_with("application/openmetrics-text"));
    let samples = parse(&reply.text);
    (reply.text, samples)
}

#[test]
fn the_metrics_count_what_happened_and_name_nobody() {
    let limits = Limits { stranger_rate: Some("1:2".parse().unwrap()), ..Limits::default() };
    let backend = Backend::start_with(|options| Options { metrics: true, limits, ..options });
    let anna = backend.client("anna-canary");
    let id = Uuid::now_v7();
    let peanuts = |severity| allergy(id, "create", None, json!({"severity": severity}));
    let kept = scan("one");
    anna.batch(&[kept.clone(), scan("two"), peanuts("mild")]);
    anna.batch(&[kept, peanuts("severe")]);
    anna.write(&json!({"key": Uuid::now_v7(), "entity": "nonsense-canary"}));
    anna.get(&format!("/v1/me/allergies/{id}"));
    anna.get("/v1/me/history/canary");
    anna.get("/canary");
    Line::new(&backend.running.base_url()).ask("CANARY", "/v1/me/changes", &anna.token);
    while anna.send("GET", "/v1/me/changes", &[("authorization", "")], None).status != 429 {}
    let (text, samples) = metrics(&anna);
    assert!(!text.contains("canary") && !text.contains(&id.to_string()), "{text}");
    let requests = |route, method, status| {
        value(&samples, "http_requests_total", &[("route", route), ("method", method), ("status", status)])
    };
    assert_eq!(requests("/v1/me/batch", "POST", "200"), 3.0);
    assert_eq!(requests("/v1/me/allergies/{id}", "GET", "200"), 1.0);
    assert_eq!(requests("/v1/me/history/{id}", "GET", "404"), 1.0);
    assert_eq!(requests("none", "GET", "404"), 1.0);
    assert_eq!(requests("/v1/me/changes", "other", "405"), 1.0);
    assert_eq!(requests("/v1/me/changes", "GET", "429"), 1.0);
    let writes =
        |entity, verdict| value(&samples, "writes_total", &[("entity", entity), ("verdict", verdict)]);
    assert_eq!((writes("history", "applied"), writes("history", "duplicate")), (2.0, 1.0));
    assert_eq!((writes("allergies", "applied"), writes("allergies", "conflict")), (1.0, 1.0));
    assert_eq!(writes("unknown", "rejected"), 1.0);
    assert_eq!(value(&samples, "rate_limited_total", &[("who", "stranger")]), 1.0);
    assert_eq!(value(&samples, "rate_limited_total", &[("who", "user")]), 0.0);
    assert_eq!(value(&samples, "database_errors_total", &[]), 0.0);
    assert_eq!(value(&samples, "http_requests_in_flight", &[]), 1.0, "the one that asks");
    assert_eq!(value(&samples, "build_info", &[("version", env!("CARGO_PKG_VERSION"))]), 1.0);
    let route = [("route", "/v1/me/batch"), ("method", "POST")];
    assert_eq!(value(&samples, "http_request_duration_seconds_count", &route), 3.0);
    assert!(value(&samples, "http_request_duration_seconds_sum", &route) > 0.0);
    let all = [("le", "+Inf"), route[0], route[1]];
    assert_eq!(value(&samples, "http_request_duration_seconds_bucket", &all), 3.0);
    let known = |route: &str| route == "none" || ROUTES.iter().any(|known| known.path == route);
    for (_, labels) in samples.keys() {
        assert!(labels.get("route").is_none_or(|route| known(route)), "{labels:?}");
    }
}

#[test]
fn the_metrics_are_nowhere_or_where_they_were_asked_for() {
    let plain = Backend::start();
    assert_eq!(plain.client("anna").get("/metrics").status, 404);
    let loopback = "127.0.0.1:0".parse().unwrap();
    let backend = Backend::start_with(|options| Options { metrics_bind: Some(loopback), ..options });
    let anna = backend.client("anna");
    assert_eq!(anna.get("/metrics").status, 404, "not beside the contract");
    anna.write(&scan("one"));
    let addr = backend.running.metrics_addr().unwrap();
    let scraper = Client::new(&format!("http://{addr}"), "anna");
    let (_, samples) = metrics(&scraper);
    assert_eq!(value(&samples, "writes_total", &[("entity", "history"), ("verdict", "applied")]), 1.0);
    assert_eq!(
        scraper.try_send("GET", "/v1/me/changes", &[], None).unwrap().status,
        404,
        "and nothing else there"
    );
}

#[test]
fn a_server_without_its_database_lives_and_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("db");
    let running = Server::start(Options { metrics: true, ..Options::new(&database, SECRET) }).unwrap();
    let anna = Client::new(&running.base_url(), "anna");
    assert_eq!((anna.get("/health").status, anna.get("/ready").status), (200, 200));
    rusqlite::Connection::open(&database).unwrap().execute_batch("DROP TABLE meta").unwrap();
    let not_ready = anna.get("/ready");
    assert_eq!(not_ready.problem(), (503, "unavailable".into()));
    assert_eq!(not_ready.header("retry-after"), "1");
    assert_eq!(anna.get("/health").status, 200, "there is no use in another process");
    assert_eq!(anna.get("/v1/me/changes").problem(), (503, "unavailable".into()));
    let (_, samples) = metrics(&anna);
    assert_eq!(value(&samples, "database_errors_total", &[]), 2.0);
}

#[test]
fn a_server_with_a_file_of_keys_takes_no_tokens_of_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("jwks.json");
    // A public key of nobody.
    let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "one", "alg": "EdDSA",
                     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    std::fs::write(&keys, json!({"keys": [key]}).to_string()).unwrap();
    let tokens = |options: Options| foodlens_server::Tokens {
        keys: foodlens_server::TokenKeys::Jwks(keys.clone()),
        ..options.tokens
    };
    let backend = Backend::start_with(|options| Options { tokens: tokens(options.clone()), ..options });
    let anna = backend.client("anna");
    assert!(mint_token(SECRET, "anna", 60).is_ok());
    assert_eq!(anna.get("/v1/me/changes").problem(), (401, "unauthorized".into()));
    std::fs::write(&keys, "broken").unwrap();
    let start = || {
        Server::start(Options {
            tokens: tokens(Options::new("", "")),
            ..Options::new(folder.path().join("db"), "")
        })
    };
    assert!(start().is_err());
}
