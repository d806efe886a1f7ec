//! Servers that are no backend at all: the run ends, and nothing passes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use foodlens_conformance::{CannotRun, Options, Outcome, run};

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

#[test]
fn a_token_that_comes_back_is_not_shown() {
    let echo = "HTTP/1.1 200 OK\r\ncontent-length: 31\r\nconnection: close\r\n\r\n{\"echo\":\"Bearer a-secret-word\"}";
    let report = run(Options::new(format!("http://{}", answering(echo)), "a-secret-word")).unwrap();
    assert!(report.to_string().contains("echo"), "{report}");
    for text in [report.to_string(), report.to_json().to_string(), report.to_junit()] {
        assert!(!text.contains("a-secret-word"), "{text}");
    }
}

#[test]
fn a_server_that_never_answers_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = Options::new(format!("http://{}", silent.local_addr().unwrap()), "a token");
    options.timeout = Duration::from_millis(50);
    assert!(matches!(run(options), Err(CannotRun::Unreachable(_))));
}
