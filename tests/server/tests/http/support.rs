//! A server on a free port, a blocking client, and short ways to say an operation.

use std::time::Duration;

use foodlens_server::{Options, Running, Server, mint_token};
use serde_json::{Value, json};
use ureq::{Agent, Body, http};
use uuid::Uuid;

use crate::database::Home;
use crate::{MINT_IDS, contract};

pub const SECRET: &str = "a secret of the tests";

/// A running server with its own database.
pub struct Backend {
    pub running: Running,
    /// Lives as long as the server.
    _home: Home,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and code of a problem, after a look at its form.
    #[track_caller]
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let body = self.json();
        assert_eq!(body["status"], self.status, "{self:?}");
        assert!(body["title"].is_string(), "{self:?}");
        (self.status, body["code"].as_str().unwrap().to_owned())
    }
}

impl Backend {
    pub fn start() -> Self {
        Self::start_with(|options| options)
    }

    pub fn start_with(change: impl FnOnce(Options) -> Options) -> Self {
        let home = Home::new();
        let mode = Options { mint_ids: MINT_IDS, ..Options::new(home.database(), SECRET) };
        let options = change(mode);
        Self { running: Server::start(options).unwrap(), _home: home }
    }

    pub fn client(&self, user: &str) -> Client {
        Client::new(&self.running.base_url(), user)
    }
}

/// One device of a user, that keeps its connections apart from those of others.
pub struct Client {
    agent: Agent,
    base_url: String,
    pub user: String,
    pub token: String,
}

impl Client {
    pub fn new(base_url: &str, user: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(20)))
            .proxy(None)
            .build();
        Self {
            agent: config.into(),
            base_url: base_url.to_owned(),
            user: user.to_owned(),
            token: mint_token(SECRET, user, 600).unwrap(),
        }
    }

    /// For answers that a fault makes, or that never come.
    pub fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Result<Reply, ureq::Error> {
        self.try_send_bytes(method, path, headers, body.map(str::as_bytes))
    }

    /// For bodies that are no text.
    pub fn try_send_bytes(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Reply, ureq::Error> {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.base_url));
        let has = |name: &str| headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
        if !has("authorization") {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let read = |mut response: http::Response<Body>| {
            let text = response.body_mut().read_to_string()?;
            let headers = response.headers().clone();
            Ok(Reply { status: response.status().as_u16(), headers, text })
        };
        let agent = self.agent.clone();
        match body {
            Some(body) => read(agent.run(request.body(body).unwrap())?),
            None => read(agent.run(request.body(()).unwrap())?),
        }
    }

    /// For answers of the server itself: they must be those of the contract's file.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Reply {
        let reply = self.try_send(method, path, headers, body).unwrap();
        contract::check(method, path, &reply);
        reply
    }

    /// See [`Client::send`] and [`Client::try_send_bytes`].
    #[track_caller]
    pub fn send_bytes(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let reply = self.try_send_bytes(method, path, headers, Some(body)).unwrap();
        contract::check(method, path, &reply);
        reply
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], None)
    }

    pub fn batch_body(&self, operations: &[Value]) -> String {
        json!({"user": self.user, "operations": operations}).to_string()
    }

    /// Sends a batch and gives its verdicts.
    #[track_caller]
    pub fn batch(&self, operations: &[Value]) -> Vec<Value> {
        let reply = self.send("POST", "/v1/me/batch", &[], Some(&self.batch_body(operations)));
        assert_eq!(reply.status, 200, "{reply:?}");
        let answer = reply.json();
        assert_eq!(answer["user"], self.user);
        let verdicts = answer["verdicts"].as_array().unwrap().clone();
        let keys = |list: &[Value]| list.iter().map(|item| item["key"].clone()).collect::<Vec<_>>();
        assert_eq!(keys(&verdicts), keys(operations), "one verdict per operation, in order");
        verdicts
    }

    /// Sends one operation in a batch of its own.
    #[track_caller]
    pub fn write(&self, operation: &Value) -> Value {
        self.batch(std::slice::from_ref(operation)).remove(0)
    }

    #[track_caller]
    pub fn changes(&self, query: &str) -> Value {
        let reply = self.get(&format!("/v1/me/changes{query}"));
        assert_eq!(reply.status, 200, "{reply:?}");
        let page = reply.json();
        assert_eq!(page["count"], page["changes"].as_array().unwrap().len());
        page
    }
}

/// An operation with a fresh key.
pub fn operation(entity: &str, id: Uuid, kind: &str, base: Option<i64>, fields: Value) -> Value {
    json!({"key": Uuid::now_v7(), "entity": entity, "id": id, "kind": kind, "base_version": base, "age_ms": 10,
           "fields": fields, "server_id": null})
}

pub fn allergy(id: Uuid, kind: &str, base: Option<i64>, fields: Value) -> Value {
    operation("allergies", id, kind, base, fields)
}

pub fn history(id: Uuid, kind: &str, base: Option<i64>, fields: Value) -> Value {
    operation("history", id, kind, base, fields)
}

/// A new history record.
pub fn scan(name: &str) -> Value {
    history(Uuid::now_v7(), "create", None, json!({"kind": "scan", "product_name": name}))
}

/// The versions of records, in order.
pub fn versions(records: &Value) -> Vec<i64> {
    records.as_array().unwrap().iter().map(|record| record["version"].as_i64().unwrap()).collect()
}
