//! W3: draining a queue in batches of 100 against a loopback server, a verdict per operation, durable after each batch.

use crate::duel::Duel;
use crate::server::{Feed, Server};
use crate::table::{Table, Unit};
use crate::{limit, phone, records};
use criterion::Criterion;
use foodlens_core::NextStep;
use rusqlite::{Connection, params};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::cell::LazyCell;
use std::fmt::Write;
use std::time::{Duration, Instant};
use uuid::Uuid;

const OPERATIONS: usize = 10_000;
const BATCH: usize = 100;

pub fn in_batches(criterion: &mut Criterion, table: &mut Table) {
    let server = LazyCell::new(|| Server::start(Feed::empty()));
    Duel {
        criterion,
        table,
        id: "drain",
        workload: "W3 drain of 10,000 operations in batches of 100",
        unit: Unit::PerSecond(OPERATIONS as u64),
        budget: Duration::from_secs(12),
    }
    .run(|| ours(&server), || limit(&server));
}

fn ours(server: &Server) -> Duration {
    let folder = phone::folder();
    let session = phone::open(folder.path(), server.base_url(), phone::AtRest::Plain);
    let contents: Vec<_> = (0..OPERATIONS).map(records::content).collect();
    session.history().add_all(&contents).unwrap();
    let start = Instant::now();
    let report = session.sync(Duration::from_secs(600)).unwrap();
    let time = start.elapsed();
    assert_eq!((report.next, report.acknowledged), (NextStep::Done, OPERATIONS as u64));
    time
}

fn limit(server: &Server) -> Duration {
    let folder = phone::folder();
    let conn = limit::create(folder.path());
    limit::transaction(&conn, || (0..OPERATIONS).for_each(|i| limit::insert(&conn, i, &records::json(i))));
    let (agent, url) = (limit::agent(), format!("{}/v1/me/batch", server.base_url()));
    let start = Instant::now();
    let mut done = 0;
    while let Some((operations, body)) = claim(&conn) {
        let mut answer = agent.post(&url).header("content-type", "application/json").send(&body).unwrap();
        let answer = answer.body_mut().with_config().limit(u64::MAX).read_to_vec().unwrap();
        let reply: Reply<'_> = serde_json::from_slice(&answer).unwrap();
        assert_eq!(reply.verdicts.len(), operations.len());
        limit::transaction(&conn, || {
            let mut settle = conn.prepare_cached("UPDATE history SET version = ?2 WHERE id = ?1").unwrap();
            let mut remove = conn.prepare_cached("DELETE FROM operations WHERE seq = ?1").unwrap();
            for (operation, verdict) in operations.iter().zip(&reply.verdicts) {
                assert!(verdict.key == operation.key && verdict.verdict == "applied");
                settle.execute(params![operation.record_id.as_bytes(), verdict.record.version]).unwrap();
                remove.execute([operation.seq]).unwrap();
            }
        });
        done += operations.len();
    }
    let time = start.elapsed();
    assert_eq!(done, OPERATIONS);
    time
}

struct Operation {
    seq: i64,
    key: Uuid,
    record_id: Uuid,
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    verdicts: Vec<Verdict<'a>>,
}

#[derive(Deserialize)]
struct Verdict<'a> {
    key: Uuid,
    verdict: &'a str,
    #[serde(borrow)]
    record: Record<'a>,
}

#[derive(Deserialize)]
struct Record<'a> {
    version: i64,
    #[serde(borrow, rename = "fields")]
    _fields: &'a RawValue,
}

/// The next batch and its request; `None` when nothing waits.
fn claim(conn: &Connection) -> Option<(Vec<Operation>, String)> {
    let mut body = format!(r#"{{"user":"{}","operations":["#, phone::USER);
    let mut operations = Vec::with_capacity(BATCH);
    let sql = "SELECT seq, key, record_id, body FROM operations ORDER BY seq LIMIT ?1";
    let mut statement = conn.prepare_cached(sql).unwrap();
    let mut rows = statement.query([BATCH as i64]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let uuid = |column| Uuid::from_bytes(row.get(column).unwrap());
        let operation = Operation { seq: row.get(0).unwrap(), key: uuid(1), record_id: uuid(2) };
        let fields = row.get_ref(3).unwrap().as_str().unwrap();
        let comma = if operations.is_empty() { "" } else { "," };
        write!(
            body,
            r#"{comma}{{"key":"{}","entity":"history","id":"{}","kind":"create","base_version":null,"age_ms":0,"fields":{fields}}}"#,
            operation.key, operation.record_id
        )
        .unwrap();
        operations.push(operation);
    }
    body.push_str("]}");
    (!operations.is_empty()).then_some((operations, body))
}
