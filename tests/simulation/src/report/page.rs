//! The summary as a page of its own: tables, and plots drawn in SVG. Nothing in it comes from elsewhere.

use super::tally::{Table, Tally};
use super::{commit, line_rows};
use crate::plan::{CARRIED, DISK_FAULTS, UNDER_WAY};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;font-size:13px}td,th{padding:.2rem .6rem;text-align:right}th:first-child{text-align:left}
td.empty{background:#c00;color:#fff}svg text{font:12px system-ui,sans-serif}";

/// Writes `report.html` into the folder.
///
/// # Errors
/// When it cannot be written.
pub fn write_page(folder: &Path, tally: &Tally, took: Duration) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join("report.html");
    std::fs::write(&path, page(tally, took))?;
    Ok(path)
}

fn page(tally: &Tally, took: Duration) -> String {
    let mut out = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Simulation</title><style>{STYLE}</style>"
    );
    let per_minute = tally.seeds as f64 * 60.0 / took.as_secs_f64().max(0.001);
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<h1>Simulation</h1><p>Commit {}: {} seeds, each run twice; {} steps, {} requests, {:.1} s, {per_minute:.0} seeds a minute.</p>",
        commit(),
        tally.seeds,
        tally.steps.values().sum::<u64>(),
        tally.requests,
        took.as_secs_f64()
    );
    out += "<h2>Faults on the line, by what the request carried</h2>";
    heat(&mut out, &line_rows(), &CARRIED, &tally.line);
    out += "<h2>Faults of the storage, by what was under way</h2>";
    let faults: Vec<_> = DISK_FAULTS.iter().map(|fault| fault.name()).collect();
    heat(&mut out, &faults, &UNDER_WAY, &tally.disk);
    for (title, counts) in [
        ("The queue, as often as seen", &tally.queue),
        ("Questions, as often as seen", &tally.questions),
        ("Steps", &tally.steps),
    ] {
        let _ = write!(out, "<h2>{title}</h2>");
        bars(&mut out, counts);
    }
    out + "</html>\n"
}

/// A table whose cells are the darker the more often they were met; red: never.
fn heat(out: &mut String, rows: &[&str], columns: &[&str], table: &Table) {
    let most = table.values().copied().max().unwrap_or(1).max(2);
    *out += "<table><tr><th>";
    for column in columns {
        let _ = write!(out, "<th>{column}");
    }
    for row in rows {
        let _ = write!(out, "<tr><th>{row}");
        for column in columns {
            let count = table.get(&((*row).to_owned(), (*column).to_owned())).copied().unwrap_or(0);
            if count == 0 {
                *out += "<td class=empty>0";
            } else {
                let shade = 0.05 + 0.6 * (count as f64).ln() / (most as f64).ln();
                let _ = write!(out, "<td style=\"background:rgba(30,110,180,{shade:.2})\">{count}");
            }
        }
    }
    *out += "</table>";
}

/// Bars on a logarithmic scale: what is rare must be seen, too.
fn bars(out: &mut String, counts: &BTreeMap<String, u64>) {
    let most = counts.values().copied().max().unwrap_or(1).max(2);
    let _ = write!(out, "<svg width=900 height={} role=img>", counts.len() * 20 + 4);
    for (index, (what, count)) in counts.iter().enumerate() {
        let (y, width) = (index * 20, 8.0 + 480.0 * (*count as f64).ln() / (most as f64).ln());
        let _ = write!(
            out,
            "<text x=320 y={} text-anchor=end>{what}</text><rect x=330 y={} width={width:.0} height=14 fill=#1e6eb4 /><text x={:.0} y={}>{count}</text>",
            y + 14,
            y + 3,
            338.0 + width,
            y + 14
        );
    }
    *out += "</svg>";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_was_never_met_is_seen() {
        let mut tally = Tally::default();
        let whole = page(&tally, Duration::from_secs(1));
        let empty = whole.matches("class=empty").count();
        assert_eq!(empty, tally.empty_cells().len());
        tally.on_the_line("slow", "create");
        assert_eq!(page(&tally, Duration::from_secs(1)).matches("class=empty").count(), empty - 1);
        assert_eq!(tally.empty_cells().len(), empty - 1);
    }
}
