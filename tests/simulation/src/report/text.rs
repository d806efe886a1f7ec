//! The summary at the end of a run, as text.

use super::tally::{Table, Tally};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

/// The summary.
#[must_use]
pub fn text(tally: &Tally, took: Duration) -> String {
    let mut out = String::new();
    let steps: u64 = tally.steps.values().sum();
    let per_minute = tally.seeds as f64 * 60.0 / took.as_secs_f64().max(0.001);
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{} seeds (each run twice), {steps} steps, {} requests, {:.1} s: {per_minute:.0} seeds a minute",
        tally.seeds,
        tally.requests,
        took.as_secs_f64()
    );
    let _ = writeln!(out, "\nFaults on the line, by what the request carried");
    table(&mut out, &tally.line);
    let _ = writeln!(out, "\nFaults of the storage, by what was under way");
    table(&mut out, &tally.disk);
    for (title, counts) in
        [("Queue, as often as seen", &tally.queue), ("Questions, as often as seen", &tally.questions)]
    {
        let _ = writeln!(out, "\n{title}");
        for (what, count) in counts {
            let _ = writeln!(out, "  {what:<50} {count:>9}");
        }
    }
    out
}

fn table(out: &mut String, table: &Table) {
    let columns: BTreeSet<_> = table.keys().map(|(_, column)| column).collect();
    let rows: BTreeSet<_> = table.keys().map(|(row, _)| row).collect();
    let _ = write!(out, "  {:<26}", "");
    for column in &columns {
        let _ = write!(out, " {column:>12}");
    }
    let _ = writeln!(out);
    for row in rows {
        let _ = write!(out, "  {row:<26}");
        for column in &columns {
            let count = table.get(&(row.clone(), (*column).clone())).copied().unwrap_or(0);
            let _ = write!(out, " {count:>12}");
        }
        let _ = writeln!(out);
    }
}
