//! D30: packed bodies, and what hides in them.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::bench::Bench;
use crate::duty::{Check, Outcome, Step};
use crate::write::Write;

pub(crate) const CHECKS: &[Check] = &[
    Check::once("a_packed_write", a_packed_write),
    Check::once("a_bomb", a_bomb),
    Check::once("broken_gzip", broken_gzip),
    Check::once("another_encoding", another_encoding),
];

fn must_offer(bench: &Bench) -> Step {
    let names = bench.kit.capabilities["compression"].as_array();
    bench.must_offer(names.is_some_and(|names| names.contains(&json!("gzip"))), "compression with gzip")
}

fn packed(bytes: &[u8]) -> Step<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let done = encoder.write_all(bytes).and_then(|()| encoder.finish());
    done.map_err(|error| Outcome::not_offered(format!("the kit could not pack a body: {error}")))
}

fn a_packed_write(bench: &Bench) -> Step {
    must_offer(bench)?;
    let write = Write::scan("packed");
    let body = packed(write.fields.to_string().as_bytes())?;
    let answer = bench.send(&write.request().header("content-encoding", "gzip").body(body))?;
    let fields = &answer.json["verdict"]["record"]["fields"];
    answer.must(answer.status == 200 && *fields == write.fields, "200 with the fields, unpacked")?;
    // Sent plain: the same body, so the same write.
    let again = bench.send(&write.request())?;
    again.must(
        again.json["verdict"]["verdict"] == "duplicate",
        "duplicate: how it was packed is no difference",
    )
}

fn a_bomb(bench: &Bench) -> Step {
    must_offer(bench)?;
    let mut write = Write::scan("a bomb");
    write.fields["note"] = json!("x".repeat(4 * 1_048_576));
    let body = packed(write.fields.to_string().as_bytes())?;
    write.fields["note"] = json!("");
    let answer = bench.send(&write.request().header("content-encoding", "gzip").body(body))?;
    answer.must_be_problem(413, "too_large")?;
    bench.get(&write.path())?.must_be_problem(404, "not_found")
}

fn broken_gzip(bench: &Bench) -> Step {
    must_offer(bench)?;
    let write = Write::scan("broken");
    let whole = packed(write.fields.to_string().as_bytes())?;
    for body in [&whole[..whole.len() / 2], b"no gzip at all"] {
        let request = write.request().header("content-encoding", "gzip").body(body);
        bench.send(&request)?.must_be_problem(400, "malformed")?;
    }
    bench.get(&write.path())?.must_be_problem(404, "not_found")
}

fn another_encoding(bench: &Bench) -> Step {
    must_offer(bench)?;
    let request = Write::scan("packed in another way").request().header("content-encoding", "compress");
    bench.send(&request)?.must_be_problem(415, "unsupported_encoding")
}
