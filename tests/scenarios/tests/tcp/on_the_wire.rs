//! What the built-in transport says of a fault once the request is on its way: an answer if there is a whole one, else
//! "unknown".

use super::http::reply;
use super::raw::{End, RawServer, Wire};
use foodlens_core::{HttpOptions, HttpTransport, Method, Outcome, Request, Transport};
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

pub type Script = Box<dyn Fn(Wire<'_>) -> io::Result<()> + Send>;

/// A write with a token and a key, as the queue sends it.
pub fn write_to(url: &str) -> Request {
    Request {
        method: Method::Post,
        url: format!("{url}/v1/me/batch"),
        headers: vec![
            ("authorization".into(), "Bearer canary-token".into()),
            ("idempotency-key".into(), "canary-key".into()),
            ("content-type".into(), "application/json".into()),
        ],
        body: Some(br#"{"allergen":"canary-milk"}"#.to_vec()),
    }
}

pub fn transport(url: &str, change: impl FnOnce(HttpOptions) -> HttpOptions) -> HttpTransport {
    let patient = HttpOptions {
        connect_timeout: Duration::from_secs(20),
        total_timeout: Duration::from_secs(20),
        max_response_bytes: 1_000_000,
        allow_loopback_http: true,
        ..HttpOptions::default()
    };
    HttpTransport::new(url, &change(patient)).unwrap()
}

fn hasty(options: HttpOptions) -> HttpOptions {
    HttpOptions { total_timeout: Duration::from_secs(1), ..options }
}

/// An outcome in one line.
pub fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::NotSent(code) => format!("not sent: {code}"),
        Outcome::OutcomeUnknown(code) => format!("unknown: {code}"),
        Outcome::Response(answer) => format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)),
    }
}

/// Reads the request, sends these bytes, ends.
fn sends(bytes: impl Into<Vec<u8>>, end: End) -> Script {
    let bytes = bytes.into();
    Box::new(move |mut wire| {
        wire.request()?;
        wire.write_all(&bytes)?;
        wire.end(end);
        Ok(())
    })
}

/// Runs the cases side by side: each against a server and a transport of its own.
fn check(cases: Vec<(&str, Script, &str)>, options: fn(HttpOptions) -> HttpOptions) {
    std::thread::scope(|all| {
        for (case, script, expected) in cases {
            all.spawn(move || {
                let server = RawServer::start(script);
                let outcome = transport(&server.url(), options).execute(&write_to(&server.url()));
                assert_eq!(told(&outcome), expected, "{case}");
            });
        }
    });
}

const JSON: &str = "content-type: application/json";

#[test]
fn a_line_that_dies_leaves_the_outcome_unknown_wherever_it_dies() {
    let whole = reply("200 OK", &[JSON, "content-length: 11"], br#"{"a":"b c"}"#);
    let head = whole.len() - 11;
    let chunked =
        reply("200 OK", &[JSON, "transfer-encoding: chunked"], b"b\r\n{\"a\":\"b c\"}\r\n0\r\n\r\n");
    let chunks = chunked.len() - 21;
    let lost = "unknown: connection lost";
    let short = "unknown: answer cut short";
    let mut cases: Vec<(&str, Script, &str)> =
        vec![("closed with the request unread", Box::new(|mut wire| wire.take_bytes(1)), lost)];
    cases.push((
        "reset in the middle of the request's head",
        Box::new(|mut wire| {
            wire.take_bytes(40)?;
            wire.end(End::Reset);
            Ok(())
        }),
        lost,
    ));
    for end in [End::Close, End::Reset] {
        cases.push(("the request, and not a byte back", sends("", end), lost));
        cases.push(("in the status line", sends(&whole[..9], end), lost));
        cases.push(("in the headers", sends(&whole[..30], end), lost));
        cases.push(("before the empty line", sends(&whole[..head - 2], end), lost));
        cases.push(("before the body", sends(&whole[..head], end), short));
        cases.push(("in the body", sends(&whole[..head + 5], end), short));
        cases.push(("before the last byte", sends(&whole[..whole.len() - 1], end), short));
        cases.push(("before the first chunk", sends(&chunked[..chunks], end), short));
        cases.push(("in the length of a chunk", sends(&chunked[..chunks + 1], end), short));
        cases.push(("in a chunk", sends(&chunked[..chunks + 8], end), short));
        cases.push(("before the last chunk", sends(&chunked[..chunks + 16], end), short));
        cases.push(("before the line end of the last chunk", sends(&chunked[..chunks + 18], end), short));
    }
    // The last chunk came, the empty line behind it did not: nothing of the body is missing.
    cases.push((
        "before the last line end",
        sends(&chunked[..chunks + 19], End::Close),
        r#"200: {"a":"b c"}"#,
    ));
    check(cases, |options| options);
}

/// Without a length the end of the line is the end of the body, and ureq takes a reset for an end too. So half an answer
/// may come as an answer: that is why a page counts its changes and a verdict names its operation (see the second level).
#[test]
fn an_answer_without_a_length_ends_with_the_line() {
    let whole = reply("200 OK", &[JSON], br#"{"a":"b c"}"#);
    let http_1_0 = [b"HTTP/1.0".as_slice(), &whole[8..]].concat();
    let half = whole.len() - 6;
    check(
        vec![
            ("all of it", sends(whole.clone(), End::Close), r#"200: {"a":"b c"}"#),
            ("HTTP/1.0, all of it", sends(http_1_0.clone(), End::Close), r#"200: {"a":"b c"}"#),
            ("half of it", sends(&whole[..half], End::Close), r#"200: {"a":"#),
            ("HTTP/1.0, half of it", sends(&http_1_0[..half], End::Close), r#"200: {"a":"#),
            ("half of it, then a reset", sends(&whole[..half], End::Reset), r#"200: {"a":"#),
        ],
        |options| options,
    );
}

#[test]
fn answers_that_lie_or_ramble_are_no_answers() {
    let body = br#"{"a":"b c"}"#;
    let json = |lines: &[&str]| reply("200 OK", &[&[JSON], lines].concat(), body);
    let lost = "unknown: connection lost";
    let short = "unknown: answer cut short";
    let good = r#"200: {"a":"b c"}"#;
    let closes = |bytes: Vec<u8>| sends(bytes, End::Close);
    let long = format!("x-long: {}", "x".repeat(110_000));
    let many: Vec<String> = (0..20_000).map(|n| format!("x-{n}: 1")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    check(
        vec![
            ("two lengths that differ", closes(json(&["content-length: 11", "content-length: 5"])), lost),
            ("two lengths in one line", closes(json(&["content-length: 11, 5"])), lost),
            ("the same length twice", closes(json(&["content-length: 11", "content-length: 11"])), good),
            ("a negative length", closes(json(&["content-length: -1"])), lost),
            ("a length beyond all numbers", closes(json(&["content-length: 99999999999999999999"])), lost),
            ("a length longer than the body", closes(json(&["content-length: 18446744073709551615"])), short),
            (
                "a chunk beyond all numbers",
                closes(reply("200 OK", &["transfer-encoding: chunked"], b"fffffffffffffffff\r\n{}")),
                short,
            ),
            (
                "a chunk of no length",
                closes(reply("200 OK", &["transfer-encoding: chunked"], b"x\r\n{}\r\n0\r\n\r\n")),
                short,
            ),
            ("a header of 110 KB", closes(json(&[&long])), lost),
            ("20,000 headers", closes(json(&many)), lost),
            ("a NUL in a header", closes(json(&["x-a: \0b"])), lost),
            ("another protocol", closes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), lost),
            ("a TLS alert", closes(b"\x15\x03\x01\x00\x02\x02\x28".to_vec()), lost),
            ("an upgrade", closes(reply("101 Switching Protocols", &["upgrade: x"], b"")), "101: "),
            ("gzip that is none", closes(json(&["content-encoding: gzip", "content-length: 11"])), short),
            (
                "early hints, then the answer",
                closes(
                    [
                        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".to_vec(),
                        json(&["content-length: 11"]),
                    ]
                    .concat(),
                ),
                good,
            ),
            ("no content", closes(reply("204 No Content", &[], b"")), "204: "),
            (
                "a portal's page",
                closes(reply("200 OK", &["content-type: text/html", "content-length: 6"], b"<html>")),
                "200: <html>",
            ),
        ],
        |options| options,
    );
}

#[test]
fn silence_and_endless_talk_end_with_the_time_limit() {
    let stall = |bytes: &'static [u8]| -> Script {
        Box::new(move |mut wire| {
            wire.request()?;
            wire.write_all(bytes)?;
            wire.hold()
        })
    };
    let drip = |bytes: Vec<u8>| -> Script {
        Box::new(move |mut wire| {
            wire.request()?;
            wire.drip(&bytes, Duration::from_millis(50))
        })
    };
    let started = Instant::now();
    check(
        vec![
            ("silence", stall(b""), "unknown: time-out"),
            ("silence in the headers", stall(b"HTTP/1.1 200 OK\r\ncontent-"), "unknown: time-out"),
            (
                "silence in the body",
                stall(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"),
                "unknown: answer cut short",
            ),
            ("headers, byte by byte", drip(reply("200 OK", &[&"x".repeat(200)], b"{}")), "unknown: time-out"),
            (
                "the body, byte by byte",
                Box::new(|mut wire| {
                    wire.request()?;
                    wire.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n")?;
                    wire.drip(&[b'x'; 200], Duration::from_millis(50))
                }),
                "unknown: answer cut short",
            ),
        ],
        hasty,
    );
    assert!(started.elapsed() < Duration::from_secs(8), "a second each: {:?}", started.elapsed());
}

#[test]
fn too_much_is_not_read_and_costs_no_memory() {
    // 200 MB of zeros are 200 KB on the wire: what counts is what comes out.
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::copy(&mut io::repeat(0).take(200_000_000), &mut packer).unwrap();
    let bomb = packer.finish().unwrap();
    assert!(bomb.len() < 2_000_000);
    let length = format!("content-length: {}", bomb.len());
    let bomb = reply("200 OK", &[JSON, "content-encoding: gzip", &length], &bomb);
    let endless = |head: Vec<u8>| -> Script {
        Box::new(move |mut wire| {
            wire.request()?;
            wire.write_all(&head)?;
            loop {
                wire.write_all(&[b' '; 65_536])?;
            }
        })
    };
    let peak = peak_memory_kib();
    check(
        vec![
            ("a gzip bomb", sends(bomb, End::Close), "unknown: answer too large"),
            ("a body without end", endless(reply("200 OK", &[JSON], b"")), "unknown: answer too large"),
            (
                "a body as long as it says, and too long",
                endless(reply("200 OK", &[JSON, "content-length: 4000000000"], b"")),
                "unknown: answer too large",
            ),
            (
                "headers without end",
                endless(b"HTTP/1.1 200 OK\r\nx-a: b".to_vec()),
                "unknown: connection lost",
            ),
        ],
        |options| options,
    );
    if let (Some(before), Some(after)) = (peak, peak_memory_kib()) {
        assert!(after - before < 64 * 1024, "{} MiB more", (after - before) / 1024);
    }
}

/// The most memory that this process ever had, where the system tells (Linux).
fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn a_request_that_is_still_going_up_when_the_server_hangs_up_may_have_arrived() {
    for end in [End::Close, End::Reset] {
        let server = RawServer::start(move |mut wire| {
            wire.take_bytes(100_000)?;
            wire.end(end);
            Ok(())
        });
        let request = Request { body: Some(vec![b' '; 32_000_000]), ..write_to(&server.url()) };
        let outcome = transport(&server.url(), |options| options).execute(&request);
        assert_eq!(told(&outcome), "unknown: connection lost", "{end:?}");
    }
}

#[test]
fn no_redirect_is_followed_and_the_other_host_gets_nothing() {
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let other = RawServer::start(|mut wire| wire.hold());
        let location = format!("location: {}/login", other.url());
        let portal =
            RawServer::start(sends(reply(status, &[&location, "content-length: 0"], b""), End::Close));
        let outcome = transport(&portal.url(), |options| options).execute(&write_to(&portal.url()));
        assert_eq!(told(&outcome), format!("{}: ", &status[..3]));
        assert_eq!(other.seen(), Vec::<Vec<u8>>::new(), "no token, no key, not even a connection");
    }
}
