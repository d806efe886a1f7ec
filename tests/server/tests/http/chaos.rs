//! A server on bad days: the same ones again with the same seed.

use foodlens_server::{Chaos, Options};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Backend, history};

/// What a device meets that asks the same every time.
fn day(seed: u64) -> (Vec<String>, usize) {
    let mixture = "drop=0.1,silence=0.1,error=0.15,limit=0.1,truncate=0.1,expire=0.1,delay=0.2:0..2ms";
    let chaos = Some(Chaos { seed, mixture: mixture.parse().unwrap() });
    let backend = Backend::start_with(|options| Options { chaos, ..options });
    let phone = backend.client("anna");
    let met = (0..60).map(|place| {
        let write = history(Uuid::from_u128(place + 1), "create", None, Value::Object(Default::default()));
        match phone.try_send("POST", "/v1/me/batch", &[], Some(&phone.batch_body(&[write]))) {
            Ok(reply) if reply.status == 200 => "200".to_owned(),
            Ok(reply) => format!("{} {} {}", reply.status, reply.header("retry-after"), reply.problem().1),
            Err(_) => "closed".to_owned(),
        }
    });
    let met = met.collect();
    assert_eq!(phone.try_send("GET", "/health", &[], None).unwrap().status, 200, "never a fault");
    (met, backend.running.snapshot("anna").unwrap().len())
}

#[test]
fn the_same_seed_and_the_same_requests_meet_the_same_faults() {
    let (first, records) = day(7);
    assert_eq!((&first, records), (&day(7).0, day(7).1));
    assert_ne!(first, day(8).0);
    let count = |what: &str| first.iter().filter(|met| met.starts_with(what)).count();
    for what in ["200", "closed", "500", "401  unauthorized", "429"] {
        assert!(count(what) > 0, "no {what} in {first:?}");
    }
    assert!(records > count("200"), "some took effect whose answers were lost");
    assert!(records < first.len(), "and some did not");
}
