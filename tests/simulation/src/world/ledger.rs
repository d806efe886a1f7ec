//! What the server was asked and what it said, kept beside it: also what no device ever heard.

use foodlens_core::{Collection, Method, RecordId, Request, Response};
use foodlens_server::Record;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A write as it arrived at the server, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    pub key: Uuid,
    /// Whose token it came under.
    pub user: usize,
    pub entity: String,
    pub id: String,
    pub kind: String,
    pub verdict: Verdict,
    /// The record's version afterwards, where the answer says.
    pub version: Option<i64>,
    pub deleted: bool,
    /// Its key was known with another body.
    pub reused: bool,
    /// It took the place of values that its device had not seen.
    pub replaced: bool,
    /// When, on the server's clock.
    pub at_ms: i64,
    /// The server has swept away what it knew of it: its key, and the tombstone that it may have left.
    pub forgotten: bool,
    /// The server was set back to before it.
    pub lost: bool,
    /// The fields that it writes.
    pub fields: Vec<String>,
}

/// The server's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Applied,
    Duplicate,
    Conflict,
    Rejected,
    Deferred,
}

/// Every write that arrived, in order.
#[derive(Debug, Default)]
pub struct Ledger {
    arrivals: Vec<Arrival>,
    by_key: BTreeMap<Uuid, Vec<usize>>,
    tries: BTreeMap<String, u64>,
    /// The ids of the records that the server has given names of its own.
    named: BTreeMap<String, String>,
}

/// A write in a request.
#[derive(Debug, Clone, Deserialize)]
pub struct Write {
    pub key: Uuid,
    pub entity: String,
    pub id: String,
    pub kind: String,
    #[serde(default)]
    pub fields: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
struct Batch {
    operations: Vec<Write>,
}

#[derive(Deserialize)]
struct Item {
    key: Uuid,
    verdict: Verdict,
    record: Option<Shown>,
    #[serde(default)]
    overwritten: Vec<Value>,
    problem: Option<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
}

#[derive(Deserialize)]
struct Shown {
    id: Option<String>,
    server_id: Option<String>,
    version: i64,
    deleted: bool,
}

#[derive(Deserialize)]
struct BatchReply {
    verdicts: Vec<Item>,
}

#[derive(Deserialize)]
struct SingleReply {
    verdict: Item,
}

impl Arrival {
    fn is_about(&self, (place, id): (Collection, RecordId)) -> bool {
        super::look::collection(&self.entity) == Some(place)
            && RecordId::parse(&self.id).is_ok_and(|known| known == id)
    }
}

impl Ledger {
    /// Notes what the server said to a request.
    pub fn note(&mut self, user: usize, request: &Request, response: &Response, at_ms: i64) {
        let writes = writes_of(request);
        if writes.is_empty() {
            return;
        }
        let items = match serde_json::from_slice::<BatchReply>(&response.body) {
            Ok(reply) => reply.verdicts,
            Err(_) => single(&writes[0], response).into_iter().collect(),
        };
        for item in items {
            let Some(write) = writes.iter().find(|write| write.key == item.key) else { continue };
            let Write { key, entity, id, kind, fields } = write.clone();
            let shown = item.record.as_ref();
            if let Some((id, name)) = shown.and_then(|shown| shown.id.clone().zip(shown.server_id.clone())) {
                self.named.insert(name, id);
            }
            let id = self.id_of(id);
            let (version, deleted) =
                shown.map_or((None, false), |shown| (Some(shown.version), shown.deleted));
            self.by_key.entry(key).or_default().push(self.arrivals.len());
            self.arrivals.push(Arrival {
                key,
                user,
                entity,
                id,
                kind,
                verdict: item.verdict,
                version,
                deleted,
                reused: item.problem.is_some_and(|problem| problem.code == "key_reused"),
                replaced: !item.overwritten.is_empty(),
                at_ms,
                forgotten: false,
                lost: false,
                fields: fields.into_iter().map(|(field, _)| field).collect(),
            });
        }
    }

    /// The server has swept away what is older than this.
    pub fn forget(&mut self, before_ms: i64) {
        for arrival in self.arrivals.iter_mut().filter(|arrival| arrival.at_ms < before_ms) {
            arrival.forgotten = true;
        }
    }

    /// The id of a record that a path names.
    fn id_of(&self, name: String) -> String {
        self.named.get(&name.replace("%2F", "/")).cloned().unwrap_or(name)
    }

    /// Notes what was made on a website, as if it had arrived.
    pub fn made_elsewhere(&mut self, user: usize, made: &Record, at_ms: i64) -> Arrival {
        let key = Uuid::from_u128(self.arrivals.len() as u128 + 1);
        self.named.extend(made.server_id.clone().map(|name| (name, made.id.clone())));
        self.by_key.entry(key).or_default().push(self.arrivals.len());
        let arrival = Arrival {
            key,
            user,
            entity: made.entity.clone(),
            id: made.id.clone(),
            kind: "create".to_owned(),
            verdict: Verdict::Applied,
            version: Some(made.version),
            deleted: false,
            reused: false,
            replaced: false,
            at_ms,
            forgotten: false,
            lost: false,
            fields: made.fields.as_object().into_iter().flatten().map(|(field, _)| field.clone()).collect(),
        };
        self.arrivals.push(arrival.clone());
        arrival
    }

    /// The server was set back to when only so many writes had arrived.
    pub fn lose(&mut self, known: usize) {
        self.arrivals.iter_mut().skip(known).for_each(|arrival| arrival.lost = true);
    }

    /// Whether the server has lost what it once did about a record.
    #[must_use]
    pub fn has_lost(&self, (place, id): (Collection, RecordId)) -> bool {
        self.arrivals.iter().any(|arrival| arrival.lost && arrival.is_about((place, id)))
    }

    /// Whether a record was deleted so long ago that the server has forgotten it: a device that was away meanwhile keeps it,
    /// since nothing is deleted because a server does not mention it.
    #[must_use]
    pub fn is_forgotten(&self, (place, id): (Collection, RecordId)) -> bool {
        let applied = |arrival: &&Arrival| arrival.deleted && arrival.verdict == Verdict::Applied;
        let deletions = self.arrivals.iter().filter(applied);
        let last = deletions.rev().find(|arrival| arrival.is_about((place, id)));
        last.is_some_and(|arrival| arrival.forgotten)
    }

    /// These writes left a device; what became of them is another matter.
    pub fn tried(&mut self, request: &Request) {
        for write in writes_of(request) {
            *self.tries.entry(self.id_of(write.id)).or_default() += 1;
        }
    }

    /// How often a write of this record has left a device.
    #[must_use]
    pub fn tries(&self, record: RecordId) -> u64 {
        self.tries.get(&record.to_string()).copied().unwrap_or(0)
    }

    /// All of them, in order.
    #[must_use]
    pub fn arrivals(&self) -> &[Arrival] {
        &self.arrivals
    }

    /// What arrived under this key.
    pub fn of_key(&self, key: Uuid) -> impl Iterator<Item = &Arrival> {
        self.by_key.get(&key).into_iter().flatten().map(|index| &self.arrivals[*index])
    }

    /// The version that the write under this key made.
    #[must_use]
    pub fn effect(&self, key: Uuid) -> Option<i64> {
        self.of_key(key)
            .find(|arrival| arrival.verdict == Verdict::Applied && !arrival.lost)
            .and_then(|arrival| arrival.version)
    }
}

/// The answer to a single write: an answer, or a problem that says the verdict by its code.
fn single(write: &Write, response: &Response) -> Option<Item> {
    if let Ok(reply) = serde_json::from_slice::<SingleReply>(&response.body) {
        return Some(reply.verdict);
    }
    let problem: Value = serde_json::from_slice(&response.body).ok()?;
    let verdict = match (response.status, problem["code"].as_str()?) {
        (_, "conflict") => Verdict::Conflict,
        (401 | 429 | 500.., _) => Verdict::Deferred,
        _ => Verdict::Rejected,
    };
    let record = serde_json::from_value(problem["record"].clone()).ok();
    let problem = serde_json::from_value(problem).ok();
    Some(Item { key: write.key, verdict, record, overwritten: Vec::new(), problem })
}

/// The writes of a request; none for a read.
#[must_use]
pub fn writes_of(request: &Request) -> Vec<Write> {
    let kind = match request.method {
        Method::Get => return Vec::new(),
        Method::Post => {
            let body = plain_body(request);
            return serde_json::from_slice::<Batch>(&body).map(|batch| batch.operations).unwrap_or_default();
        }
        Method::Put => "create",
        Method::Patch => "update",
        Method::Delete => "delete",
    };
    let header = |name: &str| request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let key = header("idempotency-key").and_then(|(_, value)| Uuid::try_parse(value).ok());
    let path = request.url.split("/v1/me/").nth(1).unwrap_or_default();
    let (entity, id) = path.split_once('/').unwrap_or((path, ""));
    let entity = if entity == "allergies" && id.is_empty() { "allergy_list" } else { entity };
    let id = if id.is_empty() { Uuid::nil().to_string() } else { id.to_owned() };
    let fields = serde_json::from_slice(&plain_body(request)).unwrap_or_default();
    let write = |key| Write { key, entity: entity.to_owned(), id, kind: kind.to_owned(), fields };
    key.map(write).into_iter().collect()
}

/// The body as it was before it was compressed.
#[must_use]
pub fn plain_body(request: &Request) -> Vec<u8> {
    let body = request.body.clone().unwrap_or_default();
    if !request.headers.iter().any(|(name, value)| name == "content-encoding" && value == "gzip") {
        return body;
    }
    let mut plain = Vec::new();
    let read = std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(body.as_slice()), &mut plain);
    if read.is_ok() { plain } else { body }
}
