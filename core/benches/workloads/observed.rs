//! W7: from the call that writes to the notice that something has changed, with 100,000 records stored.

use crate::duel::Duel;
use crate::phone::AtRest;
use crate::restore::RECORDS;
use crate::table::{Goal, Table, Unit};
use crate::{limit, phone, records};
use criterion::Criterion;
use foodlens_core::{Collection, Notice, Observer, Session, Subscription, Topic};
use std::cell::LazyCell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// In one round.
const WRITES: usize = 200;

struct Told(Sender<()>);

impl Observer for Told {
    fn on_change(&self, _: &Notice) {
        let _ = self.0.send(());
    }
}

/// An observer of the history, and where it says that it was told.
pub fn watch(session: &Session) -> (Subscription, Receiver<()>) {
    let (told, hears) = channel();
    (session.observe(Some(Topic::Records(Collection::History)), Arc::new(Told(told))), hears)
}

/// The limit tells a thread of its own after each commit.
pub fn from_write_to_notice(criterion: &mut Criterion, table: &mut Table) {
    let (ours_at, limit_at) = (phone::folder(), phone::folder());
    let session = LazyCell::new(|| {
        let session = phone::open(ours_at.path(), phone::NOWHERE, AtRest::Plain);
        session.history().add_all(&(0..RECORDS).map(records::content).collect::<Vec<_>>()).unwrap();
        // A search takes a slice of the index along: nothing of them is left to do beside the writes that are measured.
        (0..RECORDS / 1_000).for_each(|_| drop(session.history().search("granola", 1).unwrap()));
        session
    });
    let mut stored = RECORDS;
    let conn = LazyCell::new(|| {
        let conn = limit::create(limit_at.path());
        limit::transaction(&conn, || {
            (0..RECORDS).for_each(|index| limit::insert(&conn, index, &records::json(index)));
        });
        conn
    });
    let (unit, budget) = (Unit::PerSecond(WRITES as u64), Duration::from_secs(4));
    let workload = "W7 writes, each until an observer was told, 100,000 stored";
    // At most 1.3 times as long as the limit.
    Duel { criterion, table, id: "observed", workload, unit, goal: Goal::Ratio(0.77), budget }.run(
        || {
            let (_subscription, hears) = watch(&session);
            let contents: Vec<_> = (0..WRITES).map(records::content).collect();
            let start = Instant::now();
            for content in &contents {
                session.history().add(content).unwrap();
                hears.recv().unwrap();
            }
            start.elapsed()
        },
        || {
            let (told, hears) = channel();
            let (committed, commits) = channel();
            let notices = std::thread::spawn(move || commits.iter().for_each(|()| told.send(()).unwrap()));
            let bodies: Vec<_> = (stored..stored + WRITES).map(records::json).collect();
            LazyCell::force(&conn);
            let start = Instant::now();
            for (index, body) in (stored..).zip(&bodies) {
                limit::transaction(&conn, || limit::insert(&conn, index, body));
                committed.send(()).unwrap();
                hears.recv().unwrap();
            }
            let time = start.elapsed();
            stored += WRITES;
            drop(committed);
            notices.join().unwrap();
            time
        },
    );
}
