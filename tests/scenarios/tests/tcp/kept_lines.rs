//! Connections that are kept for the next request, and the ways in which they are no longer there.

use super::http::reply;
use super::on_the_wire::{Script, told, transport, write_to};
use super::raw::{End, RawServer};
use foodlens_core::Transport;
use std::io::Write;
use std::sync::mpsc;

#[test]
fn a_kept_connection_that_the_server_closed_is_not_used_again() {
    let good = || reply("200 OK", &["content-length: 2"], b"{}");
    let late = || reply("200 OK", &["content-length: 4"], b"evil");
    // What comes on the idle line before it is closed or left open.
    let cases: [(&str, Vec<u8>, bool); 4] = [
        ("closed", Vec::new(), true),
        ("a time-out message, then closed", reply("408 Request Timeout", &["content-length: 0"], b""), true),
        ("a second answer, then closed", late(), true),
        ("a second answer, and left open", late(), false),
    ];
    for (case, extra, closes) in cases {
        let (go, may) = mpsc::channel::<()>();
        let (did, done) = mpsc::channel();
        let server = RawServer::start(move |mut wire| {
            wire.request()?;
            wire.write_all(&good())?;
            if wire.nth > 0 {
                return wire.hold();
            }
            may.recv().unwrap();
            wire.write_all(&extra)?;
            if closes {
                wire.end(End::Close);
                did.send(()).unwrap();
                return Ok(());
            }
            did.send(()).unwrap();
            wire.hold()
        });
        let transport = transport(&server.url(), |options| options);
        assert_eq!(told(&transport.execute(&write_to(&server.url()))), "200: {}", "{case}");
        go.send(()).unwrap();
        done.recv().unwrap();
        assert_eq!(
            told(&transport.execute(&write_to(&server.url()))),
            "200: {}",
            "{case}: on a new connection"
        );
        assert_eq!(server.seen().len(), 2, "{case}");
    }
}

#[test]
fn a_kept_connection_is_used_again_and_http_1_0_is_not_kept() {
    let answers = |bytes: Vec<u8>| -> Script {
        Box::new(move |mut wire| {
            while wire.request()?.is_some() {
                wire.write_all(&bytes)?;
            }
            Ok(())
        })
    };
    for (bytes, connections) in [
        (reply("200 OK", &["content-length: 2"], b"{}"), 1),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec(), 2),
    ] {
        let server = RawServer::start(answers(bytes));
        let transport = transport(&server.url(), |options| options);
        for _ in 0..2 {
            assert_eq!(told(&transport.execute(&write_to(&server.url()))), "200: {}");
        }
        assert_eq!(server.seen().len(), connections);
    }
}

/// The line was kept and looks alive; it dies when the next request is on it. Nobody knows whether that arrived.
#[test]
fn a_kept_connection_that_dies_under_a_request_leaves_the_outcome_unknown() {
    for end in [End::Close, End::Reset] {
        let server = RawServer::start(move |mut wire| {
            wire.request()?;
            wire.write_all(&reply("200 OK", &["content-length: 2"], b"{}"))?;
            wire.take_bytes(1)?;
            wire.end(end);
            Ok(())
        });
        let transport = transport(&server.url(), |options| options);
        assert_eq!(told(&transport.execute(&write_to(&server.url()))), "200: {}");
        let second = transport.execute(&write_to(&server.url()));
        assert_eq!(told(&second), "unknown: connection lost", "{end:?}");
        assert_eq!(server.seen().len(), 1, "and it was not sent again by itself");
    }
}
