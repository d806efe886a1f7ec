//! The wire form: what is asked of a backend and what its answers look like. See `tests/contract`.

use super::{Method, Request};
use crate::collection::Collection;
use crate::fields::Fields;
use crate::ids::{OperationId, RecordId, UserId, Version};
use crate::outbox::payload::Payload;
use crate::outbox::{Kind, Operation};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::io::Write;
use uuid::Uuid;

/// The backend and who asks; makes requests.
pub(crate) struct Endpoint<'a> {
    pub base_url: &'a str,
    pub user: &'a UserId,
}

/// All of an operation but its fields, which are stored as they are sent.
#[derive(Serialize)]
struct OperationItem<'a> {
    key: OperationId,
    entity: &'a str,
    id: RecordId,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_id: Option<&'a str>,
    kind: &'a str,
    base_version: Option<Version>,
    age_ms: i64,
}

impl Endpoint<'_> {
    /// The request that carries these operations, in this order. Every part of an operation but its place in the
    /// batch is the same at each attempt.
    pub fn batch(&self, operations: &[Operation], now: i64) -> Request {
        // Strings and numbers only: this cannot fail, and what is no JSON would be refused, not misread.
        let user = serde_json::to_string(self.user.as_str()).unwrap_or_default();
        let mut body = Vec::with_capacity(operations.iter().map(Operation::bytes).sum());
        body.extend_from_slice(format!(r#"{{"user":{user},"operations":["#).as_bytes());
        for (index, operation) in operations.iter().enumerate() {
            let item = OperationItem {
                key: operation.key,
                entity: operation.collection.name(),
                id: operation.record_id,
                server_id: operation.server_id.as_deref(),
                kind: operation.kind.wire_name(),
                base_version: operation.base_version,
                age_ms: age(operation, now),
            };
            if index > 0 {
                body.push(b',');
            }
            let _ = serde_json::to_writer(&mut body, &item);
            // The item's own end comes after its fields.
            body.pop();
            body.extend_from_slice(br#","fields":"#);
            body.extend_from_slice(operation.payload.text().as_bytes());
            body.push(b'}');
        }
        body.extend_from_slice(b"]}");
        Request {
            method: Method::Post,
            url: self.url("/v1/me/batch"),
            headers: vec![("content-type".into(), "application/json".into())],
            body: Some(body),
        }
    }

    /// The request that carries one write, for a backend without the batch.
    pub fn single(&self, operation: &Operation, now: i64) -> Request {
        let name = match operation.collection {
            // The list's state lives at the list.
            Collection::AllergyList => "allergies",
            other => other.name(),
        };
        let path = match operation.collection.spec().single {
            true => format!("/v1/me/{name}"),
            // A creation has no other id yet than the device's.
            false => match operation.server_id.as_deref().filter(|_| operation.kind != Kind::Create) {
                Some(id) => format!("/v1/me/{name}/{}", percent_encoded(id)),
                None => format!("/v1/me/{name}/{}", operation.record_id),
            },
        };
        let method = match operation.kind {
            _ if operation.collection.spec().single => Method::Put,
            Kind::Create => Method::Put,
            Kind::Update => Method::Patch,
            Kind::Delete => Method::Delete,
        };
        let mut headers = vec![
            ("content-type".into(), "application/json".into()),
            ("idempotency-key".into(), operation.key.to_string()),
            ("x-edit-age".into(), age(operation, now).to_string()),
        ];
        if let Some(Version(version)) = operation.base_version {
            headers.push(("if-match".into(), format!("\"{version}\"")));
        }
        let body = (operation.kind != Kind::Delete).then(|| operation.payload.text().as_bytes().to_vec());
        Request { method, url: self.url(&path), headers, body }
    }

    /// The next page of the feed; `entities`: only of these.
    pub fn changes(&self, cursor: Option<&str>, limit: u32, entities: Option<&str>) -> Request {
        let mut url = format!("{}?limit={limit}", self.url("/v1/me/changes"));
        if let Some(entities) = entities {
            url.push_str("&entities=");
            url.push_str(&percent_encoded(entities));
        }
        if let Some(cursor) = cursor {
            url.push_str("&cursor=");
            url.push_str(&percent_encoded(cursor));
        }
        get(url)
    }

    /// Where the feed stands now: a page without changes.
    pub fn latest(&self) -> Request {
        get(self.url("/v1/me/changes?from=latest"))
    }

    /// The next page of the history, newest first.
    pub fn history(&self, before: Option<&str>, limit: u32) -> Request {
        let mut url = format!("{}?limit={limit}", self.url("/v1/me/history"));
        if let Some(before) = before {
            url.push_str("&before=");
            url.push_str(&percent_encoded(before));
        }
        get(url)
    }

    /// What the backend can do.
    pub fn capabilities(&self) -> Request {
        get(self.url("/v1/me/capabilities"))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.trim_end_matches('/'))
    }
}

fn get(url: String) -> Request {
    Request { method: Method::Get, url, headers: Vec::new(), body: None }
}

/// How long the edit had waited when it was first sent.
fn age(operation: &Operation, now: i64) -> i64 {
    operation.first_attempt_at.unwrap_or(now).saturating_sub(operation.created_at).max(0)
}

/// Smaller bodies gain nothing by compression.
const WORTH_COMPRESSING: usize = 1024;

/// Compresses the body of a request, where that is worth it. `false`: it goes as it is.
pub(crate) fn compress(request: &mut Request) -> bool {
    let Some(body) = request.body.as_mut().filter(|body| body.len() >= WORTH_COMPRESSING) else {
        return false;
    };
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    let Ok(compressed) = encoder.write_all(body).and_then(|()| encoder.finish()) else { return false };
    *body = compressed;
    request.headers.push(("content-encoding".into(), "gzip".into()));
    true
}

/// Everything but unreserved characters (RFC 3986, 2.3): a cursor may hold anything.
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The answer to a batch. No field has a default: `{"error": …}` must not read as an empty answer.
#[derive(Deserialize)]
pub(crate) struct BatchReply<'a> {
    pub user: String,
    pub epoch: String,
    /// Each read by itself, so that a strange one spoils no other.
    #[serde(borrow)]
    pub verdicts: Vec<&'a RawValue>,
}

/// The answer to a single write.
#[derive(Deserialize)]
pub(crate) struct SingleReply<'a> {
    pub user: String,
    pub epoch: String,
    #[serde(borrow)]
    pub verdict: VerdictItem<&'a RawValue>,
}

/// The refusal of a single write: a problem with members of its own.
#[derive(Deserialize)]
pub(crate) struct Refusal {
    #[serde(flatten)]
    pub problem: Problem,
    pub user: Option<String>,
    pub record: Option<RemoteRecord>,
}

/// The verdict on one operation; `F`: the fields of its record.
#[derive(Debug, Deserialize)]
#[serde(bound = "F: Deserialize<'de>")]
pub(crate) struct VerdictItem<F> {
    pub key: Uuid,
    pub verdict: VerdictName,
    pub record: Option<RemoteRecord<F>>,
    #[serde(default)]
    pub overwritten: Vec<OverwrittenValue>,
    pub problem: Option<Problem>,
    pub retry_after_s: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerdictName {
    Applied,
    Duplicate,
    Conflict,
    Rejected,
    Deferred,
}

/// A value that a write replaced on the server and that this device had not seen.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct OverwrittenValue {
    pub field: String,
    pub value: serde_json::Value,
}

/// A refusal (RFC 9457), as far as it is needed. Its title and detail are a server's text and are not kept.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Problem {
    pub status: u16,
    pub code: String,
}

/// A record as the server has it; `F`: its fields, where they are not read at once.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "WireRecord<F>", bound = "F: Deserialize<'de>")]
pub(crate) struct RemoteRecord<F = Fields> {
    pub entity: String,
    pub id: Uuid,
    /// The backend's own id, where it mints one.
    pub server_id: Option<String>,
    pub version: Version,
    pub deleted: bool,
    pub fields: F,
}

impl<F> RemoteRecord<F> {
    /// The same record with its fields in another form. `None`: they have none.
    pub fn try_map<G>(self, form: impl FnOnce(F) -> Option<G>) -> Option<RemoteRecord<G>> {
        let Self { entity, id, server_id, version, deleted, fields } = self;
        Some(RemoteRecord { entity, id, server_id, version, deleted, fields: form(fields)? })
    }
}

impl From<RemoteRecord<Payload>> for RemoteRecord {
    fn from(record: RemoteRecord<Payload>) -> Self {
        let RemoteRecord { entity, id, server_id, version, deleted, fields } = record;
        Self { entity, id, server_id, version, deleted, fields: fields.into() }
    }
}

impl From<RemoteRecord> for RemoteRecord<Payload> {
    fn from(record: RemoteRecord) -> Self {
        let RemoteRecord { entity, id, server_id, version, deleted, fields } = record;
        Self { entity, id, server_id, version, deleted, fields: fields.into() }
    }
}

/// The same as it comes: one that was made elsewhere has only the backend's id.
#[derive(Deserialize)]
struct WireRecord<F> {
    entity: String,
    id: Option<Uuid>,
    server_id: Option<String>,
    version: Version,
    deleted: bool,
    fields: F,
}

/// Namespace of the ids made from a backend's own (RFC 9562, UUIDv5): every device derives the same one.
const MINTED: Uuid = Uuid::from_u128(0x6f1d_3c1e_6d0a_5a53_9a0e_1f8f_1b1c_2d3e);
/// Longest id of a backend's own: characters.
const SERVER_ID: usize = 200;

impl<F> TryFrom<WireRecord<F>> for RemoteRecord<F> {
    type Error = &'static str;

    fn try_from(wire: WireRecord<F>) -> Result<Self, Self::Error> {
        let WireRecord { entity, id, server_id, version, deleted, fields } = wire;
        if server_id.as_ref().is_some_and(|id| id.is_empty() || id.chars().count() > SERVER_ID) {
            return Err("server_id");
        }
        let derived = |server_id: &String| Uuid::new_v5(&MINTED, format!("{entity}:{server_id}").as_bytes());
        let id = id.or_else(|| server_id.as_ref().map(derived)).ok_or("id")?;
        Ok(Self { entity, id, server_id, version, deleted, fields })
    }
}

/// A page of the feed. No defaults, as above. `R`: how its records are read.
#[derive(Deserialize)]
pub(crate) struct Page<R = Vec<Box<RawValue>>> {
    pub user: String,
    pub epoch: String,
    pub count: usize,
    pub changes: R,
    pub next_cursor: String,
    pub has_more: bool,
}

/// A page of the history, newest first. No defaults, as above, but for what may be missing.
#[derive(Deserialize)]
pub(crate) struct HistoryReply<R> {
    pub user: String,
    pub epoch: String,
    pub count: usize,
    pub records: R,
    pub next: Option<String>,
    pub total: Option<u64>,
}

/// The part of every readable answer that says whose it is.
#[derive(Deserialize)]
pub(crate) struct Addressed {
    pub user: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_object_is_no_empty_page_and_no_empty_reply() {
        assert!(serde_json::from_str::<Page>(r#"{"error":"x"}"#).is_err());
        assert!(serde_json::from_str::<BatchReply>(r#"{"error":"x"}"#).is_err());
    }

    #[test]
    fn a_record_that_was_made_elsewhere_has_the_same_id_on_every_device() {
        let read = |id: &str, server_id: &str| {
            let text = format!(
                r#"{{"entity":"history","id":{id},"server_id":{server_id},"version":1,"deleted":false,"fields":{{}}}}"#
            );
            serde_json::from_str::<RemoteRecord>(&text).ok().map(|record| record.id)
        };
        let own = uuid::uuid!("0192f0c1-0000-7000-8000-000000000001");
        let derived = Uuid::new_v5(&uuid::uuid!("6f1d3c1e-6d0a-5a53-9a0e-1f8f1b1c2d3e"), b"history:A-1");
        assert_eq!(read("null", r#""A-1""#), Some(derived));
        assert_eq!(read(&format!("\"{own}\""), r#""A-1""#), Some(own), "the device's own id stays");
        assert_eq!(read("null", "null"), None);
        assert_eq!(read(&format!("\"{own}\""), r#""""#), None, "an empty id names nothing");
    }

    #[test]
    fn a_batch_says_what_is_stored_of_each_operation() {
        let user = UserId::new("a\"b").unwrap();
        let endpoint = Endpoint { base_url: "https://api.example.com", user: &user };
        let fields: Fields = serde_json::from_str(r#"{"gone":null,"note":"}{"}"#).unwrap();
        let sent = Operation::example(Collection::History, Kind::Update, Fields::new(), fields);
        let deleted = Operation {
            kind: Kind::Delete,
            payload: Fields::new().into(),
            base_version: None,
            server_id: Some("A}".into()),
            ..sent.clone()
        };
        let (key, id) = (sent.key, sent.record_id);
        let item = |operation: &Operation| match operation.kind {
            Kind::Delete => serde_json::json!({"key": key, "entity": "history", "id": id, "server_id": "A}",
                "kind": "delete", "base_version": null, "age_ms": 5, "fields": {}}),
            _ => serde_json::json!({"key": key, "entity": "history", "id": id, "kind": "update",
                "base_version": 1, "age_ms": 5, "fields": {"gone": null, "note": "}{"}}),
        };
        for batch in [vec![], vec![sent.clone()], vec![sent, deleted]] {
            let body = endpoint.batch(&batch, 5).body.unwrap();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let operations: Vec<_> = batch.iter().map(item).collect();
            assert_eq!(body, serde_json::json!({"user": "a\"b", "operations": operations}));
        }
    }

    #[test]
    fn a_cursor_cannot_break_out_of_its_place() {
        let user = UserId::new("u").unwrap();
        let endpoint = Endpoint { base_url: "https://api.example.com/", user: &user };
        let request = endpoint.changes(Some("a&limit=1#é/"), 10, None);
        assert_eq!(
            request.url,
            "https://api.example.com/v1/me/changes?limit=10&cursor=a%26limit%3D1%23%C3%A9%2F"
        );
    }
}
