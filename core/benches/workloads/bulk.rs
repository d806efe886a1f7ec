//! W2: 100,000 records that the app hands in at once, each with its operation, in transactions of 1,000.

use crate::duel::Duel;
use crate::phone::AtRest;
use crate::restore::RECORDS;
use crate::table::{Table, Unit};
use crate::{limit, phone, records};
use criterion::Criterion;
use foodlens_core::Session;
use std::time::{Duration, Instant};

const BATCH: usize = 1_000;

pub fn in_batches(criterion: &mut Criterion, table: &mut Table) {
    for at_rest in AtRest::all() {
        let (id, workload) = at_rest.label("bulk", "W2 100,000 writes handed in by the thousand");
        let (unit, budget) = (Unit::PerSecond(RECORDS as u64), Duration::from_secs(20));
        let goal = at_rest.goal(0.85);
        Duel { criterion, table, id: &id, workload: &workload, unit, goal, budget }
            .run(|| ours(at_rest), limit);
    }
}

fn ours(at_rest: AtRest) -> Duration {
    let folder = phone::folder();
    let session = phone::open(folder.path(), phone::NOWHERE, at_rest);
    let time = write(&session, RECORDS);
    assert_eq!(session.queue().counts().unwrap().pending, RECORDS as u64);
    time
}

/// Writes so many records; how long that took, without what the app needs to make them.
pub fn write(session: &Session, count: usize) -> Duration {
    let mut time = Duration::ZERO;
    for first in (0..count).step_by(BATCH) {
        let contents: Vec<_> = (first..count.min(first + BATCH)).map(records::content).collect();
        let start = Instant::now();
        session.history().add_all(&contents).unwrap();
        time += start.elapsed();
    }
    time
}

fn limit() -> Duration {
    let folder = phone::folder();
    let conn = limit::create(folder.path());
    let mut time = Duration::ZERO;
    for first in (0..RECORDS).step_by(BATCH) {
        let bodies: Vec<_> = (first..first + BATCH).map(|index| (index, records::json(index))).collect();
        let start = Instant::now();
        limit::transaction(&conn, || {
            bodies.iter().for_each(|(index, body)| limit::insert(&conn, *index, body))
        });
        time += start.elapsed();
    }
    time
}
