//! The world around the library: a backend in memory that answers as the story says, its clock, its chance, its app.

use foodlens_core::{
    AccessToken, Clock, Conflict, HookError, MergeAnswer, MergeHook, Method, Outcome, Random, Request,
    Response, TokenProvider, Transport, UserId,
};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

/// What is said about an operation that would get this version.
pub type Verdict = fn(operation: &Value, version: i64) -> Value;

pub struct Backend {
    verdict: Mutex<Verdict>,
    version: AtomicI64,
    life: AtomicI64,
    pages: Mutex<VecDeque<Value>>,
    capabilities: Mutex<Value>,
    now: AtomicI64,
}

impl Backend {
    pub fn new() -> Self {
        Self {
            verdict: Mutex::new(applied),
            version: AtomicI64::new(0),
            life: AtomicI64::new(1),
            pages: Mutex::default(),
            capabilities: Mutex::new(json!({"user": "u"})),
            now: AtomicI64::new(1_700_000_000_000),
        }
    }

    /// From now on, operations are answered so.
    pub fn answer(&self, verdict: Verdict) {
        *self.verdict.lock().unwrap() = verdict;
    }

    /// The next page of the feed, which is otherwise empty.
    pub fn next_page(&self, changes: &[Value], cursor: &str) {
        self.pages.lock().unwrap().push_back(self.page(changes, cursor));
    }

    /// It is restored from a backup of nothing.
    pub fn begin_another_life(&self) {
        self.life.fetch_add(1, Ordering::Relaxed);
    }

    fn epoch(&self) -> String {
        format!("life {}", self.life.load(Ordering::Relaxed))
    }

    fn page(&self, changes: &[Value], cursor: &str) -> Value {
        json!({"user": "u", "epoch": self.epoch(), "count": changes.len(), "changes": changes, "next_cursor": cursor,
            "has_more": false})
    }

    /// Two pages of the history, newest first.
    fn history(&self, second: bool) -> Value {
        let (id, next) = if second { (5_001, Value::Null) } else { (5_002, json!("older")) };
        let fields = json!({"kind": "scan", "occurred_at": id});
        let entry = record("history", &uuid::Uuid::from_u128(id).to_string(), 1, &fields);
        json!({"user": "u", "epoch": self.epoch(), "count": 1, "records": [entry], "next": next, "total": 2})
    }

    /// From now on it says that it can do this.
    pub fn can(&self, capabilities: Value) {
        *self.capabilities.lock().unwrap() = capabilities;
    }

    pub fn next_version(&self) -> i64 {
        self.version.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn pass_an_hour(&self) {
        self.now.fetch_add(3_600_000, Ordering::Relaxed);
    }

    fn batch(&self, body: &[u8]) -> Value {
        let request: Value = serde_json::from_slice(body).unwrap();
        let verdict = *self.verdict.lock().unwrap();
        let answer = |operation| verdict(operation, self.next_version());
        let verdicts: Vec<_> = request["operations"].as_array().unwrap().iter().map(answer).collect();
        json!({"user": "u", "epoch": self.epoch(), "verdicts": verdicts})
    }
}

impl Transport for Backend {
    fn execute(&self, request: &Request) -> Outcome {
        let body = match (request.method, &request.body) {
            (Method::Post, Some(body)) => self.batch(body),
            _ if request.url.ends_with("/capabilities") => self.capabilities.lock().unwrap().clone(),
            _ if request.url.ends_with("from=latest") => self.page(&[], "head"),
            _ if request.url.contains("/v1/me/history") => self.history(request.url.contains("before=")),
            _ => self.pages.lock().unwrap().pop_front().unwrap_or_else(|| self.page(&[], "end")),
        };
        let content_type = Some("application/json".to_owned());
        Outcome::Response(Response {
            status: 200,
            retry_after: None,
            content_type,
            body: body.to_string().into(),
        })
    }
}

/// A record as the server has it.
pub fn record(entity: &str, id: &str, version: i64, fields: &Value) -> Value {
    json!({"entity": entity, "id": id, "version": version, "deleted": fields.is_null(),
        "fields": if fields.is_null() { json!({}) } else { fields.clone() }, "received_at": 1})
}

fn of(operation: &Value, version: i64, fields: &Value) -> Value {
    record(operation["entity"].as_str().unwrap(), operation["id"].as_str().unwrap(), version, fields)
}

/// It took effect, and replaced a value that the device had not seen.
pub fn applied(operation: &Value, version: i64) -> Value {
    let fields = if operation["kind"] == "delete" { &Value::Null } else { &operation["fields"] };
    json!({"key": operation["key"], "verdict": "applied", "record": of(operation, version, fields),
        "overwritten": [{"field": "note", "value": "old", "version": 1}], "problem": null})
}

/// Nothing was replaced.
pub fn plainly_applied(operation: &Value, version: i64) -> Value {
    let mut verdict = applied(operation, version);
    verdict["overwritten"] = json!([]);
    verdict
}

/// Another device made the allergy moderate.
pub fn conflict(operation: &Value, version: i64) -> Value {
    let theirs = json!({"allergen": {"code": "milk"}, "severity": "moderate"});
    json!({"key": operation["key"], "verdict": "conflict", "record": of(operation, version, &theirs)})
}

pub fn rejected(operation: &Value, _: i64) -> Value {
    json!({"key": operation["key"], "verdict": "rejected", "problem": {"status": 422, "code": "invalid"}})
}

pub fn deferred(operation: &Value, _: i64) -> Value {
    json!({"key": operation["key"], "verdict": "deferred", "retry_after_s": 1})
}

impl Clock for Backend {
    fn now_ms(&self) -> i64 {
        self.now.fetch_add(1, Ordering::Relaxed)
    }

    fn monotonic_ms(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }
}

impl Random for Backend {
    /// Never the same twice, as far as eight bytes reach.
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.now.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().rev().zip(number.into_iter().rev()).for_each(|(byte, value)| *byte = value);
    }
}

/// The app: it has a token, and leaves every question to a person.
pub struct App;

impl TokenProvider for App {
    fn token(&self, user: &UserId, _refused: bool) -> Result<AccessToken, HookError> {
        Ok(AccessToken { user_id: user.as_str().into(), value: "t".into() })
    }
}

impl MergeHook for App {
    fn resolve(&self, _: &Conflict) -> Result<MergeAnswer, HookError> {
        Ok(MergeAnswer::Defer)
    }
}
