//! W3: draining a queue, in batches of 100 and one by one, against a server on loopback and behind a round trip of 20 ms; a
//! verdict per operation, durable after each request.

use crate::answers::Feed;
use crate::duel::Duel;
use crate::server::{Manners, Server};
use crate::table::{Goal, Table, Unit};
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

/// Operations in one request of the limit's.
const BATCH: usize = 100;
const ROUND_TRIP: Duration = Duration::from_millis(20);

/// One way to drain.
struct Case {
    id: &'static str,
    workload: &'static str,
    operations: usize,
    manners: Manners,
    goal: f64,
}

pub fn all(criterion: &mut Criterion, table: &mut Table) {
    let manners = |single, delay| Manners { single, delay };
    let cases = [
        Case {
            id: "drain",
            workload: "W3 drain of 10,000 operations in batches of 100",
            operations: 10_000,
            manners: manners(false, Duration::ZERO),
            goal: 0.85,
        },
        Case {
            id: "drain-single",
            workload: "W3 drain of 200 operations, one request each",
            operations: 200,
            manners: manners(true, Duration::ZERO),
            goal: 0.90,
        },
        Case {
            id: "drain-far",
            workload: "W3 drain of 2,000 in batches over 20 ms",
            operations: 2_000,
            manners: manners(false, ROUND_TRIP),
            goal: 0.95,
        },
        Case {
            id: "drain-single-far",
            workload: "W3 drain of 50, one request each, over 20 ms",
            operations: 50,
            manners: manners(true, ROUND_TRIP),
            goal: 0.95,
        },
    ];
    for Case { id, workload, operations, manners, goal } in cases {
        let server = LazyCell::new(|| Server::start_with(Feed::empty(), manners));
        let (unit, budget) = (Unit::PerSecond(operations as u64), Duration::from_secs(12));
        Duel { criterion, table, id, workload, unit, goal: Goal::Ratio(goal), budget }
            .run(|| ours(&server, operations), || limit(&server, operations, manners.single));
    }
}

fn ours(server: &Server, operations: usize) -> Duration {
    let folder = phone::folder();
    let session = phone::open(folder.path(), server.base_url(), phone::AtRest::Plain);
    let contents: Vec<_> = (0..operations).map(records::content).collect();
    session.history().add_all(&contents).unwrap();
    let start = Instant::now();
    let report = session.sync(Duration::from_secs(600)).unwrap();
    let time = start.elapsed();
    assert_eq!((report.next, report.acknowledged), (NextStep::Done, operations as u64));
    time
}

fn limit(server: &Server, operations: usize, single: bool) -> Duration {
    let folder = phone::folder();
    let conn = limit::create(folder.path());
    limit::transaction(&conn, || (0..operations).for_each(|i| limit::insert(&conn, i, &records::json(i))));
    let agent = limit::agent();
    let start = Instant::now();
    let mut done = 0;
    while let Some((sent, body)) = claim(&conn, if single { 1 } else { BATCH }) {
        let answer = if single {
            put(&agent, server, &sent[0])
        } else {
            let url = format!("{}/v1/me/batch", server.base_url());
            agent.post(&url).header("content-type", "application/json").send(&body).unwrap()
        };
        let answer = answer.into_body().with_config().limit(u64::MAX).read_to_vec().unwrap();
        let verdicts = if single {
            vec![serde_json::from_slice::<SingleReply<'_>>(&answer).unwrap().verdict]
        } else {
            serde_json::from_slice::<Reply<'_>>(&answer).unwrap().verdicts
        };
        assert_eq!(verdicts.len(), sent.len());
        limit::transaction(&conn, || {
            let mut settle = conn.prepare_cached("UPDATE history SET version = ?2 WHERE id = ?1").unwrap();
            let mut remove = conn.prepare_cached("DELETE FROM operations WHERE seq = ?1").unwrap();
            for (operation, verdict) in sent.iter().zip(&verdicts) {
                assert!(verdict.key == operation.key && verdict.verdict == "applied");
                settle.execute(params![operation.record_id.as_bytes(), verdict.record.version]).unwrap();
                remove.execute([operation.seq]).unwrap();
            }
        });
        done += sent.len();
    }
    let time = start.elapsed();
    assert_eq!(done, operations);
    time
}

fn put(agent: &ureq::Agent, server: &Server, operation: &Operation) -> ureq::http::Response<ureq::Body> {
    let url = format!("{}/v1/me/history/{}", server.base_url(), operation.record_id);
    let request = agent.put(&url).header("content-type", "application/json");
    request.header("idempotency-key", operation.key.to_string()).send(&operation.fields).unwrap()
}

struct Operation {
    seq: i64,
    key: Uuid,
    record_id: Uuid,
    fields: String,
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    verdicts: Vec<Verdict<'a>>,
}

#[derive(Deserialize)]
struct SingleReply<'a> {
    #[serde(borrow)]
    verdict: Verdict<'a>,
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
fn claim(conn: &Connection, most: usize) -> Option<(Vec<Operation>, String)> {
    let mut body = format!(r#"{{"user":"{}","operations":["#, phone::USER);
    let mut operations = Vec::with_capacity(most);
    let sql = "SELECT seq, key, record_id, body FROM operations ORDER BY seq LIMIT ?1";
    let mut statement = conn.prepare_cached(sql).unwrap();
    let mut rows = statement.query([most as i64]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let uuid = |column| Uuid::from_bytes(row.get(column).unwrap());
        let fields = row.get(3).unwrap();
        let operation = Operation { seq: row.get(0).unwrap(), key: uuid(1), record_id: uuid(2), fields };
        let comma = if operations.is_empty() { "" } else { "," };
        write!(
            body,
            r#"{comma}{{"key":"{}","entity":"history","id":"{}","kind":"create","base_version":null,"age_ms":0,"fields":{}}}"#,
            operation.key, operation.record_id, operation.fields
        )
        .unwrap();
        operations.push(operation);
    }
    body.push_str("]}");
    (!operations.is_empty()).then_some((operations, body))
}
