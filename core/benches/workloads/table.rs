//! The table at the end of a run: what was measured, the limit, the ratio of the two, the goal, and whether it was met.

use crate::plot::{self, Bar};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// How a figure is read.
#[derive(Clone, Copy)]
pub enum Unit {
    /// So many elements a second; the ratio is ours to the limit, 1 is as fast as can be.
    PerSecond(u64),
    /// Milliseconds; the ratio is how many times longer than the limit.
    Milliseconds,
}

/// What a workload is held to.
#[derive(Clone, Copy)]
pub enum Goal {
    /// Nothing is said of it.
    Open,
    /// How near to the limit it is to come, as a ratio of its unit.
    Ratio(f64),
    /// How long it may take, whatever the limit takes.
    Within(Duration),
}

/// Times as much memory with ten times as many records, or times as much of anything as the limit, at most.
const AS_MUCH: f64 = 1.3;

#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 6]>,
    bars: Vec<Bar>,
}

impl Table {
    /// Adds a row from the rounds of one workload: (ours, limit) each.
    pub fn add(&mut self, workload: &str, unit: Unit, goal: Goal, rounds: &[(Duration, Duration)]) {
        let ours = median(rounds.iter().map(|round| round.0));
        let limit = median(rounds.iter().map(|round| round.1));
        let text = |seconds: f64| match unit {
            Unit::PerSecond(elements) => format!("{:.0}/s", elements as f64 / seconds),
            Unit::Milliseconds => format!("{:.2} ms", seconds * 1e3),
        };
        let as_fast = limit / ours;
        let ratio = match unit {
            Unit::PerSecond(_) => format!("{as_fast:.2}"),
            Unit::Milliseconds => format!("{:.2} x as long", ours / limit),
        };
        let goal = match (goal, unit) {
            (Goal::Open, _) => None,
            (Goal::Ratio(goal), Unit::PerSecond(_)) => Some((format!(">= {goal}"), goal)),
            (Goal::Ratio(goal), Unit::Milliseconds) => Some((format!("<= {goal}"), 1.0 / goal)),
            (Goal::Within(most), _) => {
                let most = most.as_secs_f64();
                Some((format!("< {} ms", most * 1e3), limit / most))
            }
        };
        self.row(workload, [text(ours), text(limit), ratio], as_fast, goal);
    }

    /// Adds a row of memory, in KiB: with many records, and with a tenth of them.
    pub fn add_peaks(&mut self, workload: &str, many: u64, few: u64) {
        self.add_sizes(workload, many as f64 * 1024.0, few as f64 * 1024.0);
    }

    /// Adds a row of bytes: ours, and the limit's.
    pub fn add_sizes(&mut self, workload: &str, ours: f64, limit: f64) {
        let text = |bytes: f64| match bytes {
            few if few < 10_000.0 => format!("{few:.0} B"),
            many => format!("{:.1} MiB", many / 1024.0 / 1024.0),
        };
        let cells = [text(ours), text(limit), format!("{:.2} x as much", ours / limit)];
        self.row(workload, cells, limit / ours, Some((format!("<= {AS_MUCH}"), 1.0 / AS_MUCH)));
    }

    /// `as_good`: 1 is as good as the limit, more is better; so is what the goal comes to, beside its text.
    fn row(&mut self, workload: &str, cells: [String; 3], as_good: f64, goal: Option<(String, f64)>) {
        let (text, wanted) = goal.map_or_else(Default::default, |(text, wanted)| (text, Some(wanted)));
        let met = wanted.map_or("", |wanted| if as_good >= wanted { "met" } else { "not met" });
        let [ours, limit, ratio] = cells;
        self.bars.push(Bar { workload: workload.to_owned(), as_good, ratio: ratio.clone(), goal: wanted });
        self.rows.push([workload.to_owned(), ours, limit, ratio, text, met.to_owned()]);
    }

    /// Prints the table, and leaves it and its plot in the target folder. Nothing was measured when the benchmarks ran as
    /// tests or were only listed.
    pub fn show(&self) {
        if self.rows.is_empty() {
            return;
        }
        let head = ["workload", "ours", "limit", "ratio", "goal", "met"].map(str::to_owned);
        let mut text = String::from("\n");
        for row in std::iter::once(&head).chain(&self.rows) {
            let [workload, ours, limit, ratio, goal, met] = row;
            let line = format!("{workload:<64} {ours:>11} {limit:>11}   {ratio:<16} {goal:<8} {met}");
            writeln!(text, "{}", line.trim_end()).unwrap();
        }
        text.push_str(
            "\nMedians of interleaved rounds. limit: only the SQL and HTTP that the job cannot do without; of peaks of memory and of scale, ours with a tenth.\n",
        );
        println!("{text}");
        for (name, content) in [("bench.txt", text.trim_start()), ("bench.svg", &plot::svg(&self.bars))] {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name(name);
            match std::fs::write(&path, content) {
                Ok(()) => println!("kept in {}", path.display()),
                Err(error) => println!("not kept in {}: {error}", path.display()),
            }
        }
    }
}

/// The median in seconds.
fn median(times: impl Iterator<Item = Duration>) -> f64 {
    let mut times: Vec<f64> = times.map(|time| time.as_secs_f64()).collect();
    times.sort_by(f64::total_cmp);
    let middle = times.len() / 2;
    if times.len() % 2 == 1 { times[middle] } else { (times[middle - 1] + times[middle]) / 2.0 }
}
