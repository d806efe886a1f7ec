//! W4: a new phone reads 100,000 records from a loopback server's feed, page after page, each durable with its cursor; until
//! the last is stored, and until all can be searched.

use crate::answers::Feed;
use crate::duel::Duel;
use crate::limit::INSERT_RECORD;
use crate::phone::AtRest;
use crate::server::Server;
use crate::table::{Goal, Table, Unit};
use crate::{limit, phone, quick};
use criterion::Criterion;
use foodlens_core::{Happened, NextStep, Telemetry, TelemetryEvent};
use rusqlite::{Connection, params};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::cell::LazyCell;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Records of the feed.
pub const RECORDS: usize = 100_000;
/// The contract's largest page, which the limit asks for; ours asks for what it thinks best.
const PAGE: usize = 1_000;

pub fn in_pages(criterion: &mut Criterion, table: &mut Table) {
    // Rendered when it is needed: a filter may leave this workload out.
    let server = LazyCell::new(|| Server::start(Feed::of(RECORDS)));
    let budget = Duration::from_secs(30);
    let unit = Unit::PerSecond(RECORDS as u64);
    for at_rest in AtRest::all() {
        let (id, workload) = at_rest.label("restore", "W4 restore of 100,000 records in pages");
        let goal = at_rest.goal(1.05);
        Duel { criterion, table, id: &id, workload: &workload, unit, goal, budget }.run(
            || {
                let folder = phone::folder();
                ours(&server, folder.path(), RECORDS, at_rest).stored
            },
            || {
                let folder = phone::folder();
                limit(&server, folder.path(), RECORDS)
            },
        );
    }
    if quick::is_on() {
        return;
    }
    let (workload, goal) = ("W4 the same, until all can be searched", Goal::Ratio(0.60));
    Duel { criterion, table, id: "restore-searchable", workload, unit, goal, budget }.run(
        || {
            let folder = phone::folder();
            ours(&server, folder.path(), RECORDS, AtRest::Plain).searchable
        },
        || {
            let folder = phone::folder();
            let stored = limit(&server, folder.path(), RECORDS);
            let start = Instant::now();
            limit::index(&limit::open(folder.path()));
            stored + start.elapsed()
        },
    );
}

/// How long a restore took.
pub struct Took {
    /// Until the last record was stored and the app was told.
    pub stored: Duration,
    /// Until the run came back, with all of it in the index.
    pub searchable: Duration,
}

/// Notes when a run ends.
#[derive(Default)]
struct End(OnceLock<Instant>);

impl Telemetry for End {
    fn on_event(&self, event: &TelemetryEvent) {
        if matches!(event.what, Happened::RunEnded { .. }) {
            self.0.set(Instant::now()).unwrap();
        }
    }
}

/// A new phone in this folder; how long it took to fill it.
pub fn ours(server: &Server, folder: &Path, records: usize, at_rest: AtRest) -> Took {
    ours_at(server.base_url(), folder, records, at_rest)
}

/// As [`ours`], where the server is another process's.
pub fn ours_at(base_url: &str, folder: &Path, records: usize, at_rest: AtRest) -> Took {
    let end = Arc::new(End::default());
    let session = phone::open_with(folder, base_url, at_rest, Some(Arc::clone(&end) as _));
    let start = Instant::now();
    let report = session.sync(Duration::from_secs(600)).unwrap();
    let searchable = start.elapsed();
    assert_eq!((report.next, report.pulled), (NextStep::Done, records as u64));
    Took { stored: *end.0.get().unwrap() - start, searchable }
}

/// The limit's phone in this folder; how long it took to fill it.
pub fn limit(server: &Server, folder: &Path, records: usize) -> Duration {
    limit_at(server.base_url(), folder, records)
}

/// As [`limit`], where the server is another process's.
pub fn limit_at(base_url: &str, folder: &Path, records: usize) -> Duration {
    let conn = limit::create(folder);
    let agent = limit::agent();
    let (mut cursor, mut stored, mut more) = (String::new(), 0, true);
    let start = Instant::now();
    while more {
        let url = format!("{base_url}/v1/me/changes?limit={PAGE}&cursor={cursor}");
        let mut answer = agent.get(&url).call().unwrap();
        let answer = answer.body_mut().with_config().limit(u64::MAX).read_to_vec().unwrap();
        let page: Page<'_> = serde_json::from_slice(&answer).unwrap();
        store(&conn, &page);
        stored += page.changes.len();
        more = page.has_more;
        cursor = page.next_cursor.to_owned();
    }
    let time = start.elapsed();
    assert_eq!(stored, records);
    time
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    changes: Vec<Record<'a>>,
    next_cursor: &'a str,
    has_more: bool,
}

#[derive(Deserialize)]
struct Record<'a> {
    id: Uuid,
    version: i64,
    #[serde(borrow)]
    fields: &'a RawValue,
}

/// All that the list needs of the fields.
#[derive(Deserialize)]
struct Fields {
    occurred_at: i64,
}

fn store(conn: &Connection, page: &Page<'_>) {
    limit::transaction(conn, || {
        let mut insert = conn.prepare_cached(INSERT_RECORD).unwrap();
        for record in &page.changes {
            let fields = record.fields.get();
            let at = serde_json::from_str::<Fields>(fields).unwrap().occurred_at;
            insert.execute(params![record.id.as_bytes(), record.version, fields, at]).unwrap();
        }
        conn.prepare_cached("UPDATE feed SET cursor = ?1").unwrap().execute([page.next_cursor]).unwrap();
    });
}
