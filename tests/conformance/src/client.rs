//! Requests of one user, each with a time limit, and what came back.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::{Agent, Body, http};

use crate::duty::{Outcome, Step};

/// How often a request that is told "not now" is sent once more.
const MOST_REPEATS: usize = 5;
/// The longest that a `Retry-After` is obeyed.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The wait where an answer names none.
const SHORT_WAIT: Duration = Duration::from_millis(200);
/// The most of a text that a finding holds.
const MOST_SHOWN: usize = 2_000;

/// A request that is to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
    with_token: bool,
    with_app_version: bool,
}

impl Request {
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        let path = path.into();
        Self { method, path, headers: Vec::new(), body: None, with_token: true, with_app_version: true }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    /// Without the user's token; another one may be given as a header.
    pub fn without_token(self) -> Self {
        Self { with_token: false, ..self }
    }

    pub fn without_app_version(self) -> Self {
        Self { with_app_version: false, ..self }
    }

    fn shown(&self) -> String {
        let mut text = format!("{} {}", self.method, self.path);
        for (name, value) in &self.headers {
            let value = if *name == "authorization" { "…" } else { value };
            text.push_str(&format!("\n{name}: {value}"));
        }
        if let Some(body) = &self.body {
            text.push('\n');
            text.push_str(&String::from_utf8_lossy(body));
        }
        text
    }
}

/// What was sent and what came back.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub sent: String,
    pub got: String,
    pub status: u16,
    pub headers: http::HeaderMap,
    /// Null for what is no JSON.
    pub json: Value,
}

impl Exchange {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    pub fn must(&self, holds: bool, expected: impl Into<String>) -> Step {
        if holds { Ok(()) } else { Err(self.failed(expected)) }
    }

    pub fn failed(&self, expected: impl Into<String>) -> Outcome {
        Outcome::Fail { sent: self.sent.clone(), got: self.got.clone(), expected: expected.into() }
    }

    /// A problem of this status and code.
    pub fn must_be_problem(&self, status: u16, code: &str) -> Step {
        let is_so = self.status == status && self.code() == code;
        self.must(is_so, format!("{status} with the code {code}"))
    }
}

/// The requests of one user.
pub(crate) struct Client {
    agent: Agent,
    base_url: String,
    token: String,
    /// What no report may show.
    secrets: Vec<String>,
    timeout: Duration,
    deadline: Instant,
    not_now: Mutex<Vec<Exchange>>,
}

impl Client {
    pub fn new(
        base_url: &str,
        token: &str,
        secrets: Vec<String>,
        timeout: Duration,
        deadline: Instant,
    ) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("foodlens-conformance/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
            base_url: base_url.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
            secrets,
            timeout,
            deadline,
            not_now: Mutex::default(),
        }
    }

    /// Sends it, and sends it again when the backend says "not now" and means the kit's pace.
    pub fn send(&self, request: &Request) -> Step<Exchange> {
        let mut exchange = self.send_once(request)?;
        for _ in 0..MOST_REPEATS {
            let is_not_now = matches!(exchange.status, 429 | 503) && exchange.code() != "paused";
            if !is_not_now {
                break;
            }
            let wait = exchange.header("retry-after").parse().map_or(SHORT_WAIT, Duration::from_secs);
            if let Ok(mut not_now) = self.not_now.lock() {
                not_now.push(exchange);
            }
            // Nothing wakes this thread earlier but chance, and an early repeat does no harm.
            std::thread::park_timeout(wait.min(LONGEST_WAIT));
            exchange = self.send_once(request)?;
        }
        Ok(exchange)
    }

    /// The answers that said "not now" so far.
    pub fn not_now(&self) -> Vec<Exchange> {
        self.not_now.lock().map(|list| list.clone()).unwrap_or_default()
    }

    fn send_once(&self, request: &Request) -> Step<Exchange> {
        let sent = self.fit_to_show(&request.shown());
        let no_answer = |got: String| {
            let expected = format!("an answer within {} s", self.timeout.as_secs());
            Outcome::Fail { sent: sent.clone(), got: self.fit_to_show(&got), expected }
        };
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(no_answer("the time of the whole run is up".to_owned()));
        }
        match self.call(request, self.timeout.min(left)) {
            Ok((status, headers, body)) => {
                let text = String::from_utf8_lossy(&body);
                let got = self.fit_to_show(&format!("{status}\n{}{text}", notable(&headers)));
                let json = serde_json::from_slice(&body).unwrap_or_default();
                Ok(Exchange { sent, got, status, headers, json })
            }
            Err(error) => Err(no_answer(format!("no answer: {error}"))),
        }
    }

    fn call(
        &self,
        request: &Request,
        timeout: Duration,
    ) -> Result<(u16, http::HeaderMap, Vec<u8>), ureq::Error> {
        let mut builder =
            http::Request::builder().method(request.method).uri(format!("{}{}", self.base_url, request.path));
        if request.with_app_version {
            // Above every version that a pause may name.
            builder = builder.header("x-app-version", "1000000.0");
        }
        if request.with_token {
            builder = builder.header("authorization", format!("Bearer {}", self.token));
        }
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let mut response: http::Response<Body> = match &request.body {
            Some(body) => self.run(builder.body(body.as_slice())?, timeout)?,
            None => self.run(builder.body(())?, timeout)?,
        };
        let body = response.body_mut().read_to_vec()?;
        Ok((response.status().as_u16(), response.headers().clone(), body))
    }

    fn run(
        &self,
        request: http::Request<impl ureq::AsSendBody>,
        timeout: Duration,
    ) -> Result<http::Response<Body>, ureq::Error> {
        let request = self.agent.configure_request(request).timeout_global(Some(timeout)).build();
        self.agent.run(request)
    }

    fn fit_to_show(&self, text: &str) -> String {
        let clean = self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "…"));
        match clean.char_indices().nth(MOST_SHOWN) {
            Some((end, _)) => format!("{}… ({} bytes)", &clean[..end], clean.len()),
            None => clean,
        }
    }
}

/// The headers that a finding may be about.
fn notable(headers: &http::HeaderMap) -> String {
    let names = ["content-type", "retry-after", "x-request-id", "location"];
    let lines = names.iter().filter_map(|name| Some((name, headers.get(*name)?.to_str().ok()?)));
    lines.map(|(name, value)| format!("{name}: {value}\n")).collect()
}
