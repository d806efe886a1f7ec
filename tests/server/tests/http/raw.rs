//! A connection on which a test says each byte itself.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub struct Line(TcpStream);

impl Line {
    pub fn new(base_url: &str) -> Self {
        let stream = TcpStream::connect(base_url.strip_prefix("http://").unwrap()).unwrap();
        // Longer than anything here takes: a test that hangs must end.
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self(stream)
    }

    pub fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).unwrap();
    }

    /// A request with a method that no client library would send, to its answer.
    pub fn ask(mut self, method: &str, path: &str, token: &str) {
        let head = format!("{method} {path} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\n");
        self.say(&format!("{head}connection: close\r\n\r\n"));
        assert!(self.rest().starts_with("HTTP/1.1 4"), "{head}");
    }

    /// The head of a write whose body is still to come. Returns when the server waits for the body.
    pub fn begin_write(&mut self, token: &str, body: &str) {
        let head = format!(
            "POST /v1/me/batch HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\
             expect: 100-continue\r\n\r\n",
            body.len()
        );
        self.say(&head);
        assert_eq!(self.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    }

    fn until(&mut self, end: &str) -> String {
        let mut heard = String::new();
        let mut byte = [0];
        while !heard.ends_with(end) && self.0.read(&mut byte).unwrap() > 0 {
            heard.push(char::from(byte[0]));
        }
        heard
    }

    /// All that comes until the other side closes.
    pub fn rest(&mut self) -> String {
        let mut heard = String::new();
        self.0.read_to_string(&mut heard).unwrap();
        heard
    }

    /// The head of the next answer.
    pub fn head(&mut self) -> String {
        self.until("\r\n\r\n")
    }
}
