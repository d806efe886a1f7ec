//! A backend on loopback that costs next to nothing: HTTP/1.1 with keep-alive on plain threads, `applied` to every
//! operation, and a feed that was rendered beforehand. The form of its answers is the contract's.

use crate::{phone, records};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// The records of the feed as JSON, joined by commas.
pub struct Feed {
    text: String,
    /// Where each record starts; one more at the end.
    starts: Vec<usize>,
}

impl Feed {
    /// Nothing to restore.
    pub fn empty() -> Self {
        Self::of(0)
    }

    /// So many history records.
    pub fn of(count: usize) -> Self {
        let (mut text, mut starts) = (String::new(), vec![0]);
        for index in 0..count {
            write_record(&mut text, &records::id(index).to_string(), index as i64 + 1, &records::json(index));
            text.push(',');
            starts.push(text.len());
        }
        Self { text, starts }
    }

    /// The page after the first `from` records.
    fn page(&self, from: usize, limit: usize, body: &mut String) {
        let count = self.starts.len() - 1;
        let to = (from + limit).min(count);
        let changes = self.text[self.starts[from]..self.starts[to]].trim_end_matches(',');
        let (user, length, more) = (phone::USER, to - from, to < count);
        write!(
            body,
            r#"{{"user":"{user}","epoch":"e","count":{length},"changes":[{changes}],"next_cursor":"{to}","has_more":{more}}}"#
        )
        .unwrap();
    }
}

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
        match target.split_once('?') {
            Some(("/v1/me/changes", query)) => {
                let from = parameter(query, "cursor").unwrap_or(0);
                feed.page(from, parameter(query, "limit").unwrap_or(500), &mut answer);
            }
            // A plain backend: the batch is found out by itself.
            None if target == "/v1/me/capabilities" => {
                let batch = if manners.single { r#","batch":null"# } else { "" };
                write!(answer, r#"{{"user":"{}"{batch}}}"#, phone::USER).unwrap();
            }
            None if target != "/v1/me/batch" => {
                let id = target.rsplit('/').next().unwrap();
                apply_one(&key, id, std::str::from_utf8(&request).unwrap(), version, &mut answer);
            }
            _ => apply(&request, version, &mut answer),
        }
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

fn parameter(query: &str, name: &str) -> Option<usize> {
    let (_, value) =
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)?;
    value.parse().ok()
}

#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    operations: Vec<Operation<'a>>,
}

#[derive(Deserialize)]
struct Operation<'a> {
    key: &'a str,
    id: &'a str,
    #[serde(borrow)]
    fields: &'a RawValue,
}

/// Everything is applied.
fn apply(request: &[u8], version: &AtomicI64, body: &mut String) {
    let batch: Batch<'_> = serde_json::from_slice(request).unwrap();
    write!(body, r#"{{"user":"{}","epoch":"e","verdicts":["#, phone::USER).unwrap();
    for (index, operation) in batch.operations.iter().enumerate() {
        body.push_str(if index == 0 { "" } else { "," });
        write_verdict(body, operation.key, operation.id, operation.fields.get(), version);
    }
    body.push_str("]}");
}

/// The only write of its request.
fn apply_one(key: &str, id: &str, fields: &str, version: &AtomicI64, body: &mut String) {
    write!(body, r#"{{"user":"{}","epoch":"e","verdict":"#, phone::USER).unwrap();
    write_verdict(body, key, id, fields, version);
    body.push('}');
}

fn write_verdict(text: &mut String, key: &str, id: &str, fields: &str, version: &AtomicI64) {
    write!(text, r#"{{"key":"{key}","verdict":"applied","record":"#).unwrap();
    write_record(text, id, version.fetch_add(1, Ordering::Relaxed), fields);
    text.push_str(r#","overwritten":[],"problem":null}"#);
}

fn write_record(text: &mut String, id: &str, version: i64, fields: &str) {
    write!(
        text,
        r#"{{"entity":"history","id":"{id}","version":{version},"deleted":false,"fields":{fields},"received_at":1700000000000}}"#
    )
    .unwrap();
}
