//! "Not sent" is said when nothing can have arrived.

use super::on_the_wire::{told, transport, write_to};
use super::raw::{ClosedPort, RawServer};
use foodlens_core::{Request, Transport};

#[test]
fn not_sent_is_said_when_nothing_can_have_arrived() {
    let closed = ClosedPort::new();
    let url = format!("http://{}", closed.addr());
    let outcome = transport(&url, |options| options).execute(&write_to(&url));
    assert_eq!(told(&outcome), "not sent: connection refused");

    // A name that the resolver refuses by itself, without asking anybody: a label has at most 63 characters. An offline
    // phone gets the same kind of error for every name.
    let url = format!("https://{}.example", "a".repeat(64));
    let outcome = transport(&url, |options| options).execute(&write_to(&url));
    assert_eq!(told(&outcome), "not sent: host not found");

    let server = RawServer::start(|mut wire| wire.hold());
    let broken = Request {
        headers: vec![("authorization".into(), "Bearer a\r\nx-evil: b".into())],
        ..write_to(&server.url())
    };
    let outcome = transport(&server.url(), |options| options).execute(&broken);
    assert_eq!(told(&outcome), "not sent: request cannot be built", "a header with a line break");
    let secure = transport("https://api.example.com", |options| options);
    let outcome = secure.execute(&write_to(&server.url()));
    assert_eq!(told(&outcome), "not sent: request cannot be built", "clear text where TLS was promised");
    assert_eq!(server.seen().len(), 0, "nobody even knocked");
}

/// A server with a full line of waiting connections answers no further one: Linux drops the knock.
#[cfg(target_os = "linux")]
#[test]
fn a_connection_that_does_not_come_about_in_time_is_not_sent() {
    use foodlens_core::HttpOptions;
    use std::net::TcpStream;
    use std::time::Duration;

    let listener = ClosedPort::new().listen(0);
    let addr = listener.local_addr().unwrap();
    let waiting: Vec<_> =
        (0..8).map(|_| TcpStream::connect_timeout(&addr, Duration::from_millis(100))).collect();
    assert!(waiting.iter().any(Result::is_err), "the line is full");
    let url = format!("http://{addr}");
    let impatient = |options| HttpOptions { connect_timeout: Duration::from_millis(300), ..options };
    let outcome = transport(&url, impatient).execute(&write_to(&url));
    assert_eq!(told(&outcome), "not sent: time-out connecting");
}
