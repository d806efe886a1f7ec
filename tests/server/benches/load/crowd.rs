//! Clients that all do the same for a while, each on its own connection, and how long each request took.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use foodlens_server::mint_token;
use serde_json::{Value, json};
use ureq::Agent;
use uuid::Uuid;

/// What the feed that is read has, and a page of it.
const FEED: usize = 1_000;
const PAGE: usize = 100;

/// The latencies of all requests, shortest first.
pub struct Measured {
    latencies: Vec<Duration>,
    time: Duration,
}

impl Measured {
    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.time.as_secs_f64()
    }

    /// In ms.
    pub fn percentile(&self, percent: usize) -> f64 {
        let place = (self.latencies.len() * percent / 100).min(self.latencies.len() - 1);
        self.latencies[place].as_secs_f64() * 1000.0
    }
}

pub struct Crowd<'a> {
    base_url: &'a str,
    secret: &'a str,
    clients: usize,
}

/// One client: a user's token and a connection that stays open.
struct Client {
    agent: Agent,
    base_url: String,
    authorization: String,
}

impl Client {
    fn get(&self, path: &str) -> Value {
        let request = self.agent.get(format!("{}{path}", self.base_url));
        read(request.header("authorization", &self.authorization).call())
    }

    fn batch(&self, user: &str, operations: &[Value]) -> Value {
        let body = json!({"user": user, "operations": operations}).to_string();
        let request = self.agent.post(format!("{}/v1/me/batch", self.base_url));
        read(request.header("authorization", &self.authorization).send(body))
    }

    fn put(&self) {
        let (id, key) = (Uuid::now_v7(), Uuid::now_v7().to_string());
        let request = self.agent.put(format!("{}/v1/me/history/{id}", self.base_url));
        let request = request.header("authorization", &self.authorization).header("idempotency-key", &key);
        let answer =
            read(request.send(r#"{"kind":"scan","product_name":"Oat drink","occurred_at":1800000000000}"#));
        assert_eq!(answer["verdict"]["verdict"], "applied", "{answer}");
    }
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
    let text = answer.unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str(&text).unwrap()
}

impl<'a> Crowd<'a> {
    pub fn new(base_url: &'a str, secret: &'a str, clients: usize) -> Self {
        Self { base_url, secret, clients }
    }

    fn client(&self, user: &str) -> Client {
        let config =
            Agent::config_builder().proxy(None).timeout_global(Some(Duration::from_secs(60))).build();
        let token = mint_token(self.secret, user, 3600).unwrap();
        let authorization = format!("Bearer {token}");
        Client { agent: config.into(), base_url: self.base_url.to_owned(), authorization }
    }

    /// The feed that all of them read.
    pub fn fill_feed(&self) {
        let client = self.client("reader");
        for _ in 0..FEED / PAGE {
            let operation = || {
                json!({"key": Uuid::now_v7(), "entity": "history", "id": Uuid::now_v7(), "kind": "create",
                       "base_version": null, "age_ms": 0, "fields": {"kind": "scan", "product_name": "Oat drink"}})
            };
            let operations: Vec<Value> = (0..PAGE).map(|_| operation()).collect();
            client.batch("reader", &operations);
        }
    }

    /// Single writes, each with its own key, each client for a user of its own.
    pub fn write_for(&self, time: Duration) -> Measured {
        let next = |client: &Client, _: &mut String| client.put();
        self.all_for(time, |number| format!("writer {number}"), next)
    }

    /// Pages of one user's feed, from its beginning to its end and again.
    pub fn read_for(&self, time: Duration) -> Measured {
        let next = |client: &Client, cursor: &mut String| {
            let page = client.get(&format!("/v1/me/changes?limit={PAGE}{cursor}"));
            assert_eq!(page["count"], PAGE, "{page}");
            let goes_on = page["has_more"] == true;
            *cursor = if goes_on {
                format!("&cursor={}", page["next_cursor"].as_str().unwrap())
            } else {
                String::new()
            };
        };
        self.all_for(time, |_| "reader".to_owned(), next)
    }

    fn all_for(
        &self,
        time: Duration,
        user: impl Fn(usize) -> String,
        next: impl Fn(&Client, &mut String) + Sync,
    ) -> Measured {
        let (start, next) = (Barrier::new(self.clients), &next);
        let work = |client: Client| {
            let mut state = String::new();
            // The connection, and what the server prepares at its first request, are not measured.
            next(&client, &mut state);
            start.wait();
            let (began, mut latencies) = (Instant::now(), Vec::new());
            while began.elapsed() < time {
                let sent = Instant::now();
                next(&client, &mut state);
                latencies.push(sent.elapsed());
            }
            latencies
        };
        let mut latencies: Vec<Duration> = std::thread::scope(|scope| {
            let work = &work;
            let working: Vec<_> = (0..self.clients)
                .map(|number| self.client(&user(number)))
                .map(|client| scope.spawn(move || work(client)))
                .collect();
            working.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        latencies.sort_unstable();
        Measured { latencies, time }
    }
}
