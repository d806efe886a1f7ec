//! Request bodies in gzip: what is taken, what is refused, and what a bomb costs.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use foodlens_server::Options;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Backend, Client, Reply, scan};

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[track_caller]
fn post(phone: &Client, encoding: &str, body: &[u8]) -> Reply {
    phone.send_bytes("POST", "/v1/me/batch", &[("content-encoding", encoding)], body)
}

#[test]
fn packed_writes_take_effect_like_plain_ones() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let write = scan("one");
    let body = phone.batch_body(std::slice::from_ref(&write));
    assert_eq!(post(&phone, "gzip", &gzip(body.as_bytes())).json()["verdicts"][0]["verdict"], "applied");
    assert_eq!(phone.write(&write)["verdict"], "duplicate", "packed or plain is no other body");
    for (encoding, body) in
        [("GZIP", gzip(body.as_bytes())), ("x-gzip", gzip(body.as_bytes())), ("identity", body.into())]
    {
        assert_eq!(post(&phone, encoding, &body).status, 200, "{encoding}");
    }

    let key = Uuid::now_v7().to_string();
    let headers = [("idempotency-key", &*key), ("content-encoding", "gzip")];
    let put = phone.send_bytes("PUT", "/v1/me/profile", &headers, &gzip(br#"{"country":"AT"}"#));
    assert_eq!(put.json()["verdict"]["record"]["fields"], json!({"country": "AT"}));
}

#[test]
fn encodings_that_nobody_decodes() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let packed = gzip(phone.batch_body(&[scan("one")]).as_bytes());
    for encoding in ["br", "deflate", "zstd", "gzip, gzip", "gzip;q=1"] {
        assert_eq!(
            post(&phone, encoding, &packed).problem(),
            (415, "unsupported_encoding".into()),
            "{encoding}"
        );
    }
    let key = Uuid::now_v7().to_string();
    let headers = [("idempotency-key", &*key), ("content-encoding", "br")];
    let put = phone.send_bytes("PUT", "/v1/me/profile", &headers, b"{}");
    assert_eq!(put.problem(), (415, "unsupported_encoding".into()));
    assert!(backend.running.snapshot("anna").unwrap().is_empty());
}

#[test]
fn a_backend_without_compression() {
    let backend = Backend::start_with(|options| Options { compression: false, ..options });
    let phone = backend.client("anna");
    assert_eq!(phone.get("/v1/me/capabilities").json()["compression"], json!([]));
    let body = phone.batch_body(&[scan("one")]);
    let reply = post(&phone, "gzip", &gzip(body.as_bytes()));
    assert_eq!(reply.problem(), (415, "unsupported_encoding".into()));
    assert_eq!(post(&phone, "identity", body.as_bytes()).status, 200);
}

#[test]
fn gzip_that_is_broken() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let good = gzip(phone.batch_body(&[scan("one")]).as_bytes());
    let mut flipped = good.clone();
    let sum = flipped.len() - 8;
    flipped[sum] ^= 1;
    let cases = [
        ("plain text", b"{}".to_vec()),
        ("nothing", Vec::new()),
        ("cut in the middle", good[..good.len() / 2].to_vec()),
        ("cut in its last byte", good[..good.len() - 1].to_vec()),
        ("another checksum", flipped),
        ("something behind it", [good, b"{}".to_vec()].concat()),
    ];
    for (case, body) in cases {
        assert_eq!(post(&phone, "gzip", &body).problem(), (400, "malformed".into()), "{case}");
    }
    assert!(backend.running.snapshot("anna").unwrap().is_empty());
}

#[test]
fn the_limit_counts_after_decoding() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let padded = |size: usize| {
        let body = phone.batch_body(&[scan("one")]);
        let padding = " ".repeat(size - body.len());
        gzip((body + &padding).as_bytes())
    };
    assert_eq!(post(&phone, "gzip", &padded(1_048_576)).status, 200);
    assert_eq!(post(&phone, "gzip", &padded(1_048_577)).problem(), (413, "batch_too_large".into()));
    let key = Uuid::now_v7().to_string();
    let headers = [("idempotency-key", &*key), ("content-encoding", "gzip")];
    let put = phone.send_bytes("PUT", "/v1/me/profile", &headers, &padded(1_048_577));
    assert_eq!(put.problem(), (413, "too_large".into()));
}

#[test]
fn what_cannot_be_packed_may_be_a_little_larger_on_its_way() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let wrapped = |size: usize| {
        let body = phone.batch_body(&[scan("one")]);
        let padding = " ".repeat(size - body.len());
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all((body + &padding).as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let largest = wrapped(1_048_576);
    assert!(largest.len() > 1_048_576);
    assert_eq!(post(&phone, "gzip", &largest).status, 200);
    for size in [1_048_577, 1_200_000] {
        assert_eq!(post(&phone, "gzip", &wrapped(size)).problem(), (413, "batch_too_large".into()), "{size}");
    }
    assert_eq!(
        post(&phone, "identity", &largest).problem(),
        (413, "batch_too_large".into()),
        "plain, it is too large"
    );
}

#[test]
fn a_bomb_is_refused_before_it_goes_off() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    // Each part alone is within the limit; together they would be a gibibyte, and the last one is broken.
    let mut bomb = gzip(&vec![b' '; 1_000_000]).repeat(900);
    bomb.extend(b"broken");
    assert!(bomb.len() < 1_000_000);
    assert_eq!(
        post(&phone, "gzip", &bomb).problem(),
        (413, "batch_too_large".into()),
        "its end is never read"
    );
}
