//! Servers that are no backend at all: the run ends, and nothing passes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use foodlens_conformance::{Options, Outcome, run};

/// Answers every connection with these bytes, for as long as the tests live.
fn answering(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || -> std::io::Result<()> {
                let mut stream = stream?;
                // Large bodies stay unread: then the answer is a broken connection, which is one more strange thing.
                let _ = stream.read(&mut [0; 65_536])?;
                stream.write_all(answer.as_bytes())
            });
        }
    });
    addr
}

#[test]
fn nothing_passes_at_a_stranger() {
    let answers = [
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\nconnection: close\r\n\r\n<html></html>",
        "HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        "HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    ];
    for answer in answers {
        let options = Options::new(format!("http://{}", answering(answer)), "a token");
        let report = run(options).unwrap();
        let passed: Vec<&str> =
            report.lines.iter().filter(|line| line.outcome == Outcome::Pass).map(|line| line.check).collect();
        assert!(passed.is_empty() && !report.is_green(), "{answer}: {passed:?}");
    }
}
