//! The simulation is believed only while it catches a core that is broken on purpose: each sabotage, the seeds until it was caught,
//! and the invariant that caught it.

use crate::invariants::Broken;
use crate::plan::draw;
use crate::run::{run, run_twice};
use foodlens_core::{Sabotage, sabotage_this_thread};
use std::fmt::Write;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How a sabotage was caught.
#[derive(Debug, Clone)]
pub struct Caught {
    /// The first seed that showed it.
    pub seed: u64,
    /// After which step, counted from 0.
    pub step: usize,
    /// What did not hold.
    pub broken: Broken,
}

/// A sabotage, and how it was caught; `None`: by no seed.
pub type Row = (Sabotage, Option<Caught>);

/// Breaks the core in one way after the other, and runs these seeds until one shows it. Calls `done` for each.
pub fn hunt_all(
    sabotages: &[Sabotage],
    seeds: &Range<u64>,
    steps: usize,
    jobs: usize,
    done: impl Fn(&Row) + Sync,
) -> Vec<Row> {
    let (next, rows) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some(sabotage) = sabotages.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let row = (*sabotage, hunt(*sabotage, seeds.clone(), steps));
                    done(&row);
                    rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    rows.sort_by_key(|(sabotage, _)| sabotages.iter().position(|other| other == sabotage));
    rows
}

/// The first seed at which the broken core breaks an invariant and the whole one does not.
fn hunt(sabotage: Sabotage, seeds: Range<u64>, steps: usize) -> Option<Caught> {
    seeds.into_iter().find_map(|seed| {
        let plan = draw(seed, steps);
        sabotage_this_thread(Some(sabotage));
        let outcome = run_twice(&plan);
        sabotage_this_thread(None);
        let (step, broken) = outcome.broken?;
        run(&plan).broken.is_none().then_some(Caught { seed, step, broken })
    })
}

/// The table, as people read it.
#[must_use]
pub fn table(rows: &[Row], seeds: &Range<u64>) -> String {
    let mut text = String::from("| sabotage | caught by | seeds until then |\n|---|---|---|\n");
    for (sabotage, caught) in rows {
        let (by, after) = match caught {
            Some(caught) => (caught.broken.invariant, (caught.seed - seeds.start + 1).to_string()),
            None => ("nothing", format!("not in {}", seeds.end - seeds.start)),
        };
        // Into a text: cannot fail.
        let _ = writeln!(text, "| {sabotage:?}: {} | {by} | {after} |", sabotage.words());
    }
    text
}
