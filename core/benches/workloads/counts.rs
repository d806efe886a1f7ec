//! The hot paths one by one, for an instruction counter: this program prepares two rounds of one of them, does one or both, and
//! ends. `../counts/run` takes the difference, so that the start and the preparation fall out. Time and ids are injected, and
//! the backend is in the process: what is left to chance are the seeds of hash maps and the order of threads.

use crate::answers::{self, Asked, Feed};
use crate::{observed, phone, records, search};
use foodlens_core::{
    Clock, Environment, Method, NextStep, Outcome, Random, Request, Requests, Response, Session, Transport,
};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Set for such a run: a path, and how many of its two rounds are done; or `paths`, which lists them.
const COUNT: &str = "FOODLENS_BENCH_COUNT";

/// Records that are there before: enough for trees of the usual depth.
const STORED: usize = 2_000;
/// Records of a page, and operations of a batch, as the library asks for them.
const PAGE: usize = 1_000;
const BATCH: usize = 100;

/// Writes after which the library indexes what is new: a round has one such slice, wherever it begins.
const SLICE: usize = 1_024;

/// A path: its name, what it is counted for, how often that is in a round, and what does so many of them out of two rounds.
type HotPath = (&'static str, &'static str, usize, fn(&Path, usize, usize));

const PATHS: [HotPath; 6] = [
    (
        "write",
        "a durable write of a record and its operation, and its share of the search index",
        SLICE,
        write,
    ),
    ("observed", "the same, until an observer was told", SLICE, observe),
    ("drain", "a batch of 100 operations: sent, answered, settled", 6, drain),
    ("page", "a page of 1,000 records: parsed, stored, in the search index", 3, restore),
    ("open", "opening on 2,000 records, the newest 50", 20, open),
    ("search", "a search of two words in 2,000 records, the first 20", 60, find),
];

/// Does the path that this process was started for, prints how often its rounds have it, and ends.
pub fn if_asked() {
    let Ok(asked) = std::env::var(COUNT) else { return };
    if asked == "paths" {
        PATHS.iter().for_each(|(name, what, ..)| println!("{name}\t{what}"));
    } else {
        let (name, rounds) = asked.split_once(' ').unwrap();
        let (_, _, times, path) = PATHS.iter().find(|path| path.0 == name).unwrap();
        let folder = phone::folder();
        path(folder.path(), times * rounds.parse::<usize>().unwrap(), times * 2);
        println!("{times}");
    }
    std::process::exit(0);
}

fn write(folder: &Path, times: usize, _: usize) {
    let session = filled(folder);
    for index in 0..times {
        session.history().add(&records::content(STORED + index)).unwrap();
    }
}

fn observe(folder: &Path, times: usize, _: usize) {
    let session = filled(folder);
    let (_subscription, told) = observed::watch(&session);
    for index in 0..times {
        session.history().add(&records::content(STORED + index)).unwrap();
        told.recv().unwrap();
    }
}

fn drain(folder: &Path, times: usize, most: usize) {
    let backend = Backend::new(Feed::empty(), times, 0);
    let session = phone::with_parts(folder, backend, environment());
    // Two are sent at a time but for the first, and a round is even: both runs end with a pair of which one is answered.
    let contents: Vec<_> = (0..(most + 1) * BATCH).map(records::content).collect();
    session.history().add_all(&contents).unwrap();
    let report = session.sync(Duration::from_secs(3_600)).unwrap();
    assert!(matches!(report.next, NextStep::RetryAt(_)) && report.acknowledged == (times * BATCH) as u64);
}

fn restore(folder: &Path, times: usize, most: usize) {
    let backend = Backend::new(Feed::of((most + 1) * PAGE), 0, times * PAGE);
    let session = phone::with_parts(folder, backend, environment());
    let report = session.sync(Duration::from_secs(3_600)).unwrap();
    assert!(matches!(report.next, NextStep::RetryAt(_)) && report.pulled == (times * PAGE) as u64);
}

fn open(folder: &Path, times: usize, _: usize) {
    filled(folder).close();
    for _ in 0..times {
        let session = phone::with_parts(folder, Backend::silent(), environment());
        assert_eq!(session.history().page(None, 50).unwrap().entries.len(), 50);
        session.close();
    }
}

fn find(folder: &Path, times: usize, _: usize) {
    let session = filled(folder);
    for index in 0..times {
        search::ours(&session, &search::typed(index, STORED));
    }
}

/// A phone with records on it, all of them searchable.
fn filled(folder: &Path) -> Session {
    let backend = Backend::new(Feed::of(STORED), 0, STORED);
    // What is done beside the writes is done by them, then: else it would be in a round or not.
    let environment = environment().with_requests(Requests::RunsThread);
    let session = phone::with_parts(folder, backend, environment);
    assert_eq!(session.sync(Duration::from_secs(3_600)).unwrap().pulled, STORED as u64);
    session
}

/// A backend in the process whose network is gone after so many batches, and beyond so many records of its feed.
struct Backend {
    feed: Feed,
    version: AtomicI64,
    batches: AtomicI64,
    records: usize,
}

impl Backend {
    fn new(feed: Feed, batches: usize, records: usize) -> Arc<Self> {
        let (version, batches) = (AtomicI64::new(1), AtomicI64::new(batches as i64));
        Arc::new(Self { feed, version, batches, records })
    }

    fn silent() -> Arc<Self> {
        Self::new(Feed::empty(), 0, 0)
    }

    fn is_reached(&self, request: &Request, target: &str) -> bool {
        if request.method == Method::Post {
            return self.batches.fetch_sub(1, Ordering::Relaxed) > 0;
        }
        let page = target.split_once("/v1/me/changes?");
        page.is_none_or(|(_, query)| answers::parameter(query, "cursor").unwrap_or(0) < self.records)
    }
}

impl Transport for Backend {
    fn execute(&self, request: &Request) -> Outcome {
        let target = request.url.strip_prefix(phone::NOWHERE).unwrap();
        if !self.is_reached(request, target) {
            return Outcome::NotSent("no network");
        }
        let asked = Asked { target, key: "", body: request.body.as_deref().unwrap_or_default() };
        let mut body = String::new();
        answers::write(&asked, false, &self.feed, &self.version, &mut body);
        let content_type = Some("application/json".to_owned());
        Outcome::Response(Response { status: 200, retry_after: None, content_type, body: body.into_bytes() })
    }
}

fn environment() -> Environment {
    let now = AtomicI64::new(records::occurred_at(2 * STORED));
    Environment::new(Arc::new(Ticks(now)), Arc::new(Numbers(AtomicU64::new(1))))
}

/// A millisecond goes by with each look at it.
struct Ticks(AtomicI64);

impl Clock for Ticks {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    fn monotonic_ms(&self) -> i64 {
        self.now_ms()
    }
}

/// The same ones in every run, as far apart as random ones.
struct Numbers(AtomicU64);

impl Random for Numbers {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            chunk.copy_from_slice(&number.to_le_bytes()[..chunk.len()]);
        }
    }
}
