//! W1: single durable writes, record and operation in one commit, WAL and `FULL`; by one caller, and by sixteen at once.

use crate::duel::Duel;
use crate::phone::AtRest;
use crate::table::{Goal, Table, Unit};
use crate::{limit, phone, records};
use criterion::Criterion;
use foodlens_core::Session;
use std::time::{Duration, Instant};

/// In one round: short ones, so that a busy disk slows both sides alike.
pub const WRITES: usize = 500;
const CALLERS: usize = 16;

/// One after the other, in a fresh file.
pub fn one_caller(criterion: &mut Criterion, table: &mut Table) {
    for at_rest in AtRest::all() {
        let (id, workload) = at_rest.label("write", "W1 single durable writes, record + operation");
        let (unit, budget) = (Unit::PerSecond(WRITES as u64), Duration::from_secs(10));
        let goal = at_rest.goal(0.93);
        Duel { criterion, table, id: &id, workload: &workload, unit, goal, budget }
            .run(|| ours(1, at_rest), limit);
    }
}

/// From sixteen threads. The limit is the same single caller: what waits at the same moment may share a commit.
pub fn sixteen_callers(criterion: &mut Criterion, table: &mut Table) {
    Duel {
        criterion,
        table,
        id: "write-16",
        workload: "W1 the same by 16 callers at once (limit: 1 caller)",
        unit: Unit::PerSecond(WRITES as u64),
        goal: Goal::Ratio(6.0),
        budget: Duration::from_secs(10),
    }
    .run(|| ours(CALLERS, AtRest::Plain), limit);
}

fn ours(callers: usize, at_rest: AtRest) -> Duration {
    let folder = phone::folder();
    let session = phone::open(folder.path(), phone::NOWHERE, at_rest);
    // As the limit's: the connection has written before.
    session.history().add(&records::content(0)).unwrap();
    if callers == 1 {
        return one_by_one(&session, 1);
    }
    let contents: Vec<_> = (1..=WRITES).map(records::content).collect();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for first in 0..callers {
            // What is written now is of now, whoever writes it: none has a time of its own.
            let share = contents.iter().skip(first).step_by(callers);
            let history = session.history();
            scope.spawn(move || {
                share.for_each(|content| {
                    history.add(content).unwrap();
                })
            });
        }
    });
    let time = start.elapsed();
    assert_eq!(session.queue().counts().unwrap().pending, WRITES as u64 + 1);
    time
}

/// Writes the records from this one on; how long that took.
pub fn one_by_one(session: &Session, first: usize) -> Duration {
    let contents: Vec<_> = (first..first + WRITES).map(records::content).collect();
    let start = Instant::now();
    for content in &contents {
        session.history().add(content).unwrap();
    }
    start.elapsed()
}

fn limit() -> Duration {
    let folder = phone::folder();
    let conn = limit::create(folder.path());
    let bodies: Vec<_> = (0..=WRITES).map(records::json).collect();
    let write = |index: usize| limit::transaction(&conn, || limit::insert(&conn, index, &bodies[index]));
    write(0);
    let start = Instant::now();
    (1..=WRITES).for_each(write);
    start.elapsed()
}
