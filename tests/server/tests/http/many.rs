//! Many writers to one user and to many, and readers who page the feed meanwhile, over one server or several in turn.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Backend, Client, Reply, scan, versions};

/// Each list of operations is sent by two writers at once.
const PAIRS: usize = 4;
const OPERATIONS: usize = 25;
const READERS: usize = 3;
const OTHERS: [&str; 4] = ["bert", "cleo", "dora", "emil"];
/// Far more than it takes; a feed that never comes to its end must not hang.
const PATIENCE: Duration = Duration::from_secs(120);

/// A user's client before several servers: each request goes to the next one, or past one that is gone.
struct InTurn {
    clients: Vec<Client>,
    next: AtomicUsize,
}

impl InTurn {
    fn new(urls: &[String], user: &str, first: usize) -> Self {
        let clients = urls.iter().map(|url| Client::new(url, user)).collect();
        Self { clients, next: AtomicUsize::new(first) }
    }

    fn send(&self, method: &str, path: &str, body: Option<&str>) -> Reply {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let turn = self.next.fetch_add(1, Ordering::SeqCst) % self.clients.len();
            match self.clients[turn].try_send(method, path, &[], body) {
                Ok(reply) if ![429, 503].contains(&reply.status) => return reply,
                _ => {}
            }
        }
        panic!("no server answers {method} {path}");
    }

    /// Until a server has given a verdict for good.
    fn write(&self, operation: &Value) -> Value {
        let body = self.clients[0].batch_body(std::slice::from_ref(operation));
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let reply = self.send("POST", "/v1/me/batch", Some(&body));
            assert_eq!(reply.status, 200, "{reply:?}");
            let verdict = reply.json()["verdicts"][0].clone();
            if verdict["verdict"] != "deferred" {
                return verdict;
            }
        }
        panic!("always deferred: {operation}");
    }

    /// Walks the feed until it has seen `last`. Every version comes once, and none before the one below it.
    fn walk_to(&self, last: i64, seen: &AtomicI64) {
        let (mut position, mut cursor) = (0, String::new());
        let began = Instant::now();
        while position < last {
            assert!(began.elapsed() < PATIENCE, "the feed stays at {position}");
            let page = self.send("GET", &format!("/v1/me/changes?limit=7{cursor}"), None).json();
            for version in versions(&page["changes"]) {
                assert_eq!(version, position + 1, "a gap, or a step back");
                position = version;
            }
            seen.fetch_max(position, Ordering::SeqCst);
            cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap());
        }
    }
}

/// Runs the crowd. `meanwhile` is told the newest version that a reader has seen, until it says that it is done.
pub fn write_and_read(urls: &[String], meanwhile: impl Fn(i64) -> bool + Sync) {
    let names: Vec<String> = (0..PAIRS * OPERATIONS).map(|number| format!("item {number}")).collect();
    let operations: Vec<Value> = names.iter().map(|name| scan(name)).collect();
    let starts: Vec<Barrier> = (0..PAIRS).map(|_| Barrier::new(2)).collect();
    let applied: Mutex<BTreeMap<String, usize>> = Mutex::default();
    let (seen, last) = (AtomicI64::new(0), (PAIRS * OPERATIONS) as i64);
    std::thread::scope(|scope| {
        for (pair, list) in operations.chunks(OPERATIONS).enumerate() {
            for half in 0..2 {
                let (start, applied) = (&starts[pair], &applied);
                let client = InTurn::new(urls, "anna", pair + half);
                scope.spawn(move || {
                    for operation in list {
                        start.wait();
                        let verdict = client.write(operation);
                        let outcome = verdict["verdict"].as_str().unwrap();
                        assert!(["applied", "duplicate"].contains(&outcome), "{verdict}");
                        if outcome == "applied" {
                            let key = operation["key"].to_string();
                            *applied.lock().unwrap().entry(key).or_default() += 1;
                        }
                    }
                });
            }
        }
        for user in OTHERS {
            let client = InTurn::new(urls, user, 0);
            scope.spawn(move || {
                for number in 1..=OPERATIONS {
                    let verdict = client.write(&scan("theirs"));
                    assert_eq!(verdict["record"]["version"], number, "each user's numbers are their own");
                }
            });
        }
        for reader in 0..READERS {
            let (client, seen) = (InTurn::new(urls, "anna", reader), &seen);
            scope.spawn(move || client.walk_to(last, seen));
        }
        let began = Instant::now();
        while !meanwhile(seen.load(Ordering::SeqCst)) && began.elapsed() < PATIENCE {
            std::thread::yield_now();
        }
    });
    let twice: Vec<_> = applied.lock().unwrap().clone().into_iter().filter(|(_, times)| *times > 1).collect();
    assert!(twice.is_empty(), "keys that took effect twice: {twice:?}");
    let all = InTurn::new(urls, "anna", 0).send("GET", "/v1/me/changes?limit=1000", None).json();
    assert_eq!(versions(&all["changes"]), (1..=last).collect::<Vec<_>>());
    let mut stored: Vec<&str> = Vec::new();
    for record in all["changes"].as_array().unwrap() {
        stored.push(record["fields"]["product_name"].as_str().unwrap());
    }
    stored.sort_unstable();
    let mut sent: Vec<&str> = names.iter().map(String::as_str).collect();
    sent.sort_unstable();
    assert_eq!(stored, sent, "each operation has one effect");
}

#[test]
fn a_crowd_at_one_server_sees_every_version_once_and_in_order() {
    let backend = Backend::start();
    write_and_read(&[backend.running.base_url()], |_| true);
    let stats = backend.running.stats();
    assert_eq!(stats.duplicates, (PAIRS * OPERATIONS) as u64, "the other of each two");
}
