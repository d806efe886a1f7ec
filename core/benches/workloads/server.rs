//! A backend on loopback that costs next to nothing: HTTP/1.1 with keep-alive on plain threads.

use crate::answers::{self, Asked, Feed};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::{Duration, Instant};

/// How a server behaves.
#[derive(Clone, Copy, Default)]
pub struct Manners {
    /// It has no batch endpoint: one request a write.
    pub single: bool,
    /// What a round trip takes more than on loopback.
    pub delay: Duration,
}

/// A running server; it ends with the process.
pub struct Server {
    base_url: String,
}

impl Server {
    pub fn start(feed: Feed) -> Self {
        Self::start_with(feed, Manners::default())
    }

    /// As [`Self::start`], with manners of its own.
    pub fn start_with(feed: Feed, manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new((feed, AtomicI64::new(1)));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream.unwrap(), manners, &shared.0, &shared.1));
            }
        });
        Self { base_url }
    }

    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

/// Answers the requests of one connection until it is closed.
fn serve(stream: TcpStream, manners: Manners, feed: &Feed, version: &AtomicI64) {
    stream.set_nodelay(true).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let (mut line, mut request, mut answer) = (String::new(), Vec::new(), String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let target = line.split(' ').nth(1).unwrap().to_owned();
        let (mut length, mut key) = (0, String::new());
        loop {
            line.clear();
            reader.read_line(&mut line).unwrap();
            match line.trim_end().split_once(':') {
                None => break,
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap();
                }
                Some((name, value)) if name.eq_ignore_ascii_case("idempotency-key") => {
                    key = value.trim().to_owned();
                }
                Some(_) => {}
            }
        }
        request.resize(length, 0);
        reader.read_exact(&mut request).unwrap();
        answer.clear();
        let asked = Asked { target: &target, key: &key, body: &request };
        answers::write(&asked, manners.single, feed, version, &mut answer);
        wait(manners.delay);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        answer.insert_str(0, &head);
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// A round trip goes by.
fn wait(delay: Duration) {
    let until = Instant::now() + delay;
    while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}
