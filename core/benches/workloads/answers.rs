//! What a backend that costs next to nothing answers: `applied` to every operation, and a feed that was rendered beforehand.
//! The form is the contract's.

use crate::{phone, records};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, Ordering};

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

/// A request.
pub struct Asked<'a> {
    /// Path and query.
    pub target: &'a str,
    /// `Idempotency-Key`, of a single write.
    pub key: &'a str,
    pub body: &'a [u8],
}

/// Writes the answer's body; `single`: there is no batch endpoint.
pub fn write(asked: &Asked<'_>, single: bool, feed: &Feed, version: &AtomicI64, answer: &mut String) {
    match asked.target.split_once('?') {
        Some(("/v1/me/changes", query)) => {
            let from = parameter(query, "cursor").unwrap_or(0);
            feed.page(from, parameter(query, "limit").unwrap_or(500), answer);
        }
        // A plain backend: the batch is found out by itself.
        None if asked.target == "/v1/me/capabilities" => {
            let batch = if single { r#","batch":null"# } else { "" };
            write!(answer, r#"{{"user":"{}"{batch}}}"#, phone::USER).unwrap();
        }
        None if asked.target != "/v1/me/batch" => {
            let id = asked.target.rsplit('/').next().unwrap();
            apply_one(asked.key, id, std::str::from_utf8(asked.body).unwrap(), version, answer);
        }
        _ => apply(asked.body, version, answer),
    }
}

/// A number out of a query.
pub fn parameter(query: &str, name: &str) -> Option<usize> {
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
