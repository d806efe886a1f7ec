//! A server that cannot prove who it is gets nothing: no token, no key, no record; and the queue waits for a better one at
//! no cost.

use super::certificates::{Authority, Leaf, TlsServer, self_signed};
use super::http::{Framing, reframed, reply};
use super::on_the_wire::{told, transport, write_to};
use super::proxy::ask;
use super::raw::{End, RawServer, Wire};
use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use rustls::CertificateError;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

const HERE: &[&str] = &["127.0.0.1", "localhost"];

/// The control: the servers below work, and a client that trusts their authority sees in each what is wrong with it.
#[test]
fn the_servers_of_these_tests_are_what_they_say() {
    let authority = Authority::new("one");
    let judged = |leaf: Leaf| authority.trusts(&TlsServer::start(leaf), "localhost");
    let refusal = |leaf: Leaf| match judged(leaf) {
        Err(rustls::Error::InvalidCertificate(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(judged(authority.issue(HERE, 2000, 4000)), Ok(()));
    let why = refusal(authority.issue(&["example.com"], 2000, 4000));
    assert!(matches!(why, CertificateError::NotValidForNameContext { .. }), "{why:?}");
    let why = refusal(authority.issue(HERE, 2000, 2001));
    assert!(matches!(why, CertificateError::ExpiredContext { .. }), "{why:?}");
    let why = refusal(authority.issue(HERE, 3999, 4000));
    assert!(matches!(why, CertificateError::NotValidYetContext { .. }), "{why:?}");
    assert_eq!(refusal(Authority::new("another").issue(HERE, 2000, 4000)), CertificateError::UnknownIssuer);
    assert_eq!(refusal(self_signed(HERE)), CertificateError::UnknownIssuer);
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// With the bundled roots, and with an authority of one's own: every certificate but the right one is refused.
#[test]
fn a_certificate_that_proves_nothing_is_refused_before_a_byte_of_the_request() {
    let authority = Authority::new("one");
    type Make = fn(&Authority) -> Leaf;
    let cases: [(&str, Make); 5] = [
        ("of an authority that nobody knows", |_| Authority::new("another").issue(HERE, 2000, 4000)),
        ("of another host", |authority| authority.issue(&["example.com"], 2000, 4000)),
        ("expired", |authority| authority.issue(HERE, 2000, 2001)),
        ("not valid yet", |authority| authority.issue(HERE, 3999, 4000)),
        ("signed by itself", |_| self_signed(HERE)),
    ];
    for (case, make) in cases {
        for ca_pem in [None, Some(authority.pem())] {
            let server = TlsServer::start(make(&authority));
            for host in HERE {
                let url = server.url(host);
                let trusting = |options| HttpOptions { ca_pem: ca_pem.clone(), ..options };
                let outcome = transport(&url, trusting).execute(&write_to(&url));
                assert_eq!(told(&outcome), "not sent: TLS refused", "{case}, {host}");
            }
            assert_eq!(server.seen().len(), 2, "{case}: it was asked for its certificate");
            let heard = server.heard();
            assert_eq!((heard.handshakes, heard.plain.len()), (0, 0), "{case}");
            for bytes in server.seen() {
                assert!(!has(&bytes, "canary") && !has(&bytes, "/v1/"), "{case}: nothing in the clear");
            }
        }
    }
}

#[test]
fn the_right_certificate_of_an_own_authority_is_trusted_by_who_says_so() {
    let authority = Authority::new("one");
    let server = TlsServer::start(authority.issue(HERE, 2000, 4000));
    for host in HERE {
        let url = server.url(host);
        let trusting = |options| HttpOptions { ca_pem: Some(authority.pem()), ..options };
        assert_eq!(told(&transport(&url, trusting).execute(&write_to(&url))), "200: {}", "{host}");
        let bundled = transport(&url, |options| options).execute(&write_to(&url));
        assert_eq!(told(&bundled), "not sent: TLS refused", "{host}: not among the bundled roots");
    }
    assert_eq!(server.heard().handshakes, 2);
    assert!(has(&server.heard().plain, "Bearer canary-token") && has(&server.heard().plain, "canary-milk"));
    assert!(server.seen().iter().all(|bytes| !has(bytes, "canary")), "nothing in the clear");
}

/// After the handshake a TLS error says no more than a dead line does.
#[test]
fn a_secure_line_that_breaks_after_the_handshake_leaves_the_outcome_unknown() {
    let authority = Authority::new("one");
    let half = reply("200 OK", &["content-length: 9"], b"{");
    type Case = (&'static str, Box<dyn Fn(&[u8]) -> io::Result<Vec<u8>> + Send>, &'static str);
    let cases: [Case; 4] = [
        ("a spoilt record", Box::new(|_| Err(io::ErrorKind::InvalidData.into())), "unknown: connection lost"),
        ("no answer", Box::new(|_| Err(io::ErrorKind::Other.into())), "unknown: connection lost"),
        ("half an answer", Box::new(move |_| Ok(half.clone())), "unknown: answer cut short"),
        ("another protocol inside", Box::new(|_| Ok(b"SSH-2.0-x\r\n".to_vec())), "unknown: connection lost"),
    ];
    for (case, answer, expected) in cases {
        let server = TlsServer::answering(authority.issue(HERE, 2000, 4000), answer);
        let url = server.url("localhost");
        let hasty = |options| HttpOptions {
            ca_pem: Some(authority.pem()),
            total_timeout: Duration::from_secs(2),
            ..options
        };
        assert_eq!(told(&transport(&url, hasty).execute(&write_to(&url))), expected, "{case}");
        assert!(has(&server.heard().plain, "canary-key"), "{case}: the request did arrive");
    }
}

/// Until the handshake is through nothing of the request has left: whatever goes wrong before is "not sent".
#[test]
fn a_handshake_that_fails_is_not_sent() {
    type Script = fn(Wire<'_>) -> io::Result<()>;
    let ends: [(&str, Script, &str); 5] = [
        ("closed in the handshake", |mut wire| wire.take_bytes(100), "not sent: "),
        (
            "reset in the handshake",
            |mut wire| {
                wire.take_bytes(100)?;
                wire.end(End::Reset);
                Ok(())
            },
            "not sent: ",
        ),
        (
            "a server without TLS",
            |mut wire| {
                wire.take_bytes(100)?;
                wire.write_all(&reply("400 Bad Request", &["content-length: 0"], b""))?;
                wire.hold()
            },
            "not sent: ",
        ),
        (
            "a refusal by the server",
            |mut wire| {
                wire.take_bytes(100)?;
                wire.write_all(b"\x15\x03\x03\x00\x02\x02\x28")?;
                wire.hold()
            },
            "not sent: ",
        ),
        ("silence", |mut wire| wire.hold(), "not sent: time-out connecting"),
    ];
    for (case, script, expected) in ends {
        let server = RawServer::start(script);
        let url = server.url().replace("http:", "https:");
        let impatient = |options| HttpOptions { connect_timeout: Duration::from_secs(1), ..options };
        let outcome = told(&transport(&url, impatient).execute(&write_to(&url)));
        assert!(outcome.starts_with(expected), "{case}: {outcome}");
        assert!(server.seen().iter().all(|bytes| !has(bytes, "canary")), "{case}");
    }
}

#[test]
fn a_month_behind_a_portal_that_breaks_tls_open_uses_up_no_attempt() {
    let backend = Backend::start().unwrap();
    let authority = Authority::new("one");
    let to = backend.server.addr();
    let forward = move |request: &[u8]| Ok(reframed(&ask(to, request, true)?, Framing::Length));
    let server = TlsServer::answering(Authority::new("portal").issue(HERE, 2000, 4000), Box::new(forward));
    let url = server.url("localhost");
    let trusting = |options| HttpOptions { ca_pem: Some(authority.pem()), ..options };
    let options = PhoneOptions { transport: Some(Arc::new(transport(&url, trusting))), ..Default::default() };
    let phone = Phone::with_options(&url, "ana", options);
    phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    for _ in 0..30 {
        phone.clock.advance_ms(24 * 3_600_000);
        assert!(matches!(phone.sync().next, NextStep::RetryAt(_)));
    }
    assert_eq!((server.heard().handshakes, server.seen().len()), (0, 30));
    let waiting = phone.session.queue().list(QueueFilter::Unsent, 0, 1).unwrap().remove(0);
    assert_eq!((waiting.state, waiting.attempts), (OperationState::Pending, 0));
    server.shows(authority.issue(HERE, 2000, 4000));
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!((backend.server.stats().applied, server.heard().handshakes), (1, 1));
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}
