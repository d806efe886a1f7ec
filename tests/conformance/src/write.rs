//! One write, the two ways to send it, and the verdict in one form.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::Bench;
use crate::client::{Exchange, Request};
use crate::duty::Step;

/// How writes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// One request each.
    Single,
    /// `POST /v1/me/batch`.
    Batch,
}

/// One operation.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub key: Uuid,
    pub entity: &'static str,
    pub id: Uuid,
    pub kind: &'static str,
    pub base: Option<i64>,
    pub fields: Value,
    pub server_id: Option<String>,
}

impl Write {
    pub fn new(entity: &'static str, id: Uuid, kind: &'static str, base: Option<i64>, fields: Value) -> Self {
        Self { key: Uuid::now_v7(), entity, id, kind, base, fields, server_id: None }
    }

    /// A new history record.
    pub fn scan(name: &str) -> Self {
        let fields = json!({"kind": "scan", "product_name": name, "note": "by foodlens-conformance"});
        Self::new("history", Uuid::now_v7(), "create", None, fields)
    }

    /// A new allergy.
    pub fn allergy() -> Self {
        let fields = json!({"allergen": {"code": "milk"}, "severity": "mild", "source": "self_reported"});
        Self::new("allergies", Uuid::now_v7(), "create", None, fields)
    }

    /// A later change of the same record.
    pub fn update(&self, base: Option<i64>, fields: Value) -> Self {
        Self::new(self.entity, self.id, "update", base, fields)
    }

    /// Its deletion.
    pub fn delete(&self, base: Option<i64>) -> Self {
        Self::new(self.entity, self.id, "delete", base, json!({}))
    }

    /// The same under another key.
    pub fn with_key(&self, key: Uuid) -> Self {
        Self { key, ..self.clone() }
    }

    /// As a batch has it.
    pub fn operation(&self) -> Value {
        let mut operation = json!({"key": self.key, "entity": self.entity, "id": self.id, "kind": self.kind,
               "base_version": self.base, "age_ms": 10, "fields": self.fields});
        if let Some(server_id) = &self.server_id {
            operation["server_id"] = json!(server_id);
        }
        operation
    }

    /// As a request of its own.
    pub fn request(&self) -> Request {
        let method = match (self.entity, self.kind) {
            ("profile" | "settings" | "allergy_list", _) | (_, "create") => "PUT",
            (_, "delete") => "DELETE",
            _ => "PATCH",
        };
        let mut request = Request::new(method, self.path()).header("idempotency-key", self.key.to_string());
        if let Some(base) = self.base {
            request = request.header("if-match", format!("\"{base}\""));
        }
        if method == "DELETE" { request } else { request.json(&self.fields) }
    }

    /// Where the record is read and written.
    pub fn path(&self) -> String {
        let name = self.server_id.as_deref().map_or_else(|| self.id.to_string(), encoded);
        match self.entity {
            "profile" => "/v1/me/profile".to_owned(),
            "settings" => "/v1/me/settings".to_owned(),
            "allergy_list" => "/v1/me/allergies".to_owned(),
            entity => format!("/v1/me/{entity}/{name}"),
        }
    }
}

/// As one segment of a path, or one value of a query.
pub(crate) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// What became of a write, whichever way it went.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub name: String,
    /// Null when there is none.
    pub record: Value,
    pub overwritten: Vec<Value>,
    /// Of the problem, empty without one.
    pub code: String,
    pub status: u64,
    pub exchange: Exchange,
}

impl Verdict {
    pub fn must(&self, holds: bool, expected: impl Into<String>) -> Step {
        self.exchange.must(holds, expected)
    }

    pub fn must_be(self, name: &str) -> Step<Self> {
        self.must(self.name == name, format!("the verdict {name}"))?;
        Ok(self)
    }

    pub fn must_be_rejected(self, status: u64, code: &str) -> Step<Self> {
        let is_so = self.name == "rejected" && self.code == code && self.status == status;
        self.must(is_so, format!("refused for good: {status} {code}"))?;
        Ok(self)
    }

    /// 0 when there is no record.
    pub fn version(&self) -> i64 {
        self.record["version"].as_i64().unwrap_or_default()
    }
}

impl Bench<'_> {
    /// Sends a write the way that this bench is for.
    pub fn write(&self, write: &Write) -> Step<Verdict> {
        match self.way {
            Way::Single => {
                let exchange = self.send(&write.request())?;
                verdict_of_single(exchange)
            }
            Way::Batch => {
                let exchange = self.send(&self.batch_request(&[write.operation()]))?;
                let verdict = exchange.json["verdicts"][0].clone();
                let is_so = exchange.status == 200 && verdict["key"] == json!(write.key);
                exchange.must(is_so, "200 with one verdict, under the operation's key")?;
                Ok(verdict_of(&verdict, exchange))
            }
        }
    }

    /// Sends a write that must take effect now.
    pub fn apply(&self, write: &Write) -> Step<Verdict> {
        let verdict = self.write(write)?.must_be("applied")?;
        verdict.must(verdict.version() > 0, "the record after the write, with its version")?;
        Ok(verdict)
    }

    pub fn batch_request(&self, operations: &[Value]) -> Request {
        let body = json!({"user": self.kit.user, "operations": operations});
        Request::new("POST", "/v1/me/batch").json(&body)
    }
}

pub(crate) fn verdict_of(verdict: &Value, exchange: Exchange) -> Verdict {
    Verdict {
        name: verdict["verdict"].as_str().unwrap_or("none").to_owned(),
        record: verdict["record"].clone(),
        overwritten: verdict["overwritten"].as_array().cloned().unwrap_or_default(),
        code: verdict["problem"]["code"].as_str().unwrap_or_default().to_owned(),
        status: verdict["problem"]["status"].as_u64().unwrap_or_default(),
        exchange,
    }
}

fn verdict_of_single(exchange: Exchange) -> Step<Verdict> {
    if exchange.status == 200 {
        let verdict = exchange.json["verdict"].clone();
        exchange.must(verdict["verdict"].is_string(), "a verdict in an answer of 200")?;
        return Ok(verdict_of(&verdict, exchange));
    }
    let name = match exchange.status {
        409 => "conflict",
        429 | 503 => "deferred",
        400..500 => "rejected",
        _ => return Err(exchange.failed("200 with a verdict, or a problem of the contract")),
    };
    Ok(Verdict {
        name: name.to_owned(),
        record: exchange.json["record"].clone(),
        overwritten: Vec::new(),
        code: exchange.code().to_owned(),
        status: exchange.status.into(),
        exchange,
    })
}
