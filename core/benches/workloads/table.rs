//! The table at the end of a run: what was measured, the limit, and the ratio of the two.

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

/// How near to the limit a workload is to come, as a ratio; `None`: nothing is said of it.
pub type Goal = Option<f64>;

/// Times as much memory with ten times as many records, at most.
const PEAK_GOAL: f64 = 1.3;

#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 6]>,
}

impl Table {
    /// Adds a row from the rounds of one workload: (ours, limit) each.
    pub fn add(&mut self, workload: &str, unit: Unit, goal: Goal, rounds: &[(Duration, Duration)]) {
        let ours = median(rounds.iter().map(|round| round.0));
        let limit = median(rounds.iter().map(|round| round.1));
        let cells = match unit {
            Unit::PerSecond(elements) => {
                let rate = |seconds: f64| format!("{:.0}/s", elements as f64 / seconds);
                [rate(ours), rate(limit), format!("{:.2}", limit / ours)]
            }
            Unit::Milliseconds => {
                let millis = |seconds: f64| format!("{:.2} ms", seconds * 1e3);
                [millis(ours), millis(limit), format!("{:.2} x as long", ours / limit)]
            }
        };
        let [ours_text, limit_text, ratio] = cells;
        let [goal, met] = match (unit, goal) {
            (_, None) => Default::default(),
            (Unit::PerSecond(_), Some(goal)) => verdict(">=", goal, limit / ours >= goal),
            (Unit::Milliseconds, Some(goal)) => verdict("<=", goal, ours / limit <= goal),
        };
        self.rows.push([workload.to_owned(), ours_text, limit_text, ratio, goal, met]);
    }

    /// Adds a row of memory, in KiB: with many records, and with a tenth of them.
    pub fn add_peaks(&mut self, workload: &str, many: u64, few: u64) {
        let mib = |kib: u64| format!("{:.1} MiB", kib as f64 / 1024.0);
        let times = many as f64 / few as f64;
        let [goal, met] = verdict("<=", PEAK_GOAL, times <= PEAK_GOAL);
        self.rows.push([
            workload.to_owned(),
            mib(many),
            mib(few),
            format!("{times:.2} x as much"),
            goal,
            met,
        ]);
    }

    /// Prints the table and leaves it in the target folder. Nothing was measured when the benchmarks ran as tests or
    /// were only listed.
    pub fn show(&self) {
        if self.rows.is_empty() {
            return;
        }
        let head = ["workload", "ours", "limit", "ratio", "goal", "met"].map(str::to_owned);
        let mut text = String::from("\n");
        for row in std::iter::once(&head).chain(&self.rows) {
            let [workload, ours, limit, ratio, goal, met] = row;
            let line = format!("{workload:<58} {ours:>11} {limit:>11}   {ratio:<16} {goal:<8} {met}");
            writeln!(text, "{}", line.trim_end()).unwrap();
        }
        text.push_str(
            "\nMedians of interleaved rounds. limit: only the SQL and HTTP that the job cannot do without; of memory, a tenth.\n",
        );
        println!("{text}");
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench.txt");
        match std::fs::write(&path, text.trim_start()) {
            Ok(()) => println!("kept in {}", path.display()),
            Err(error) => println!("not kept in {}: {error}", path.display()),
        }
    }
}

/// What the goal is, and whether it was met.
fn verdict(sign: &str, goal: f64, met: bool) -> [String; 2] {
    [format!("{sign} {goal}"), if met { "met" } else { "not met" }.to_owned()]
}

/// The median in seconds.
fn median(times: impl Iterator<Item = Duration>) -> f64 {
    let mut times: Vec<f64> = times.map(|time| time.as_secs_f64()).collect();
    times.sort_by(f64::total_cmp);
    let middle = times.len() / 2;
    if times.len() % 2 == 1 { times[middle] } else { (times[middle - 1] + times[middle]) / 2.0 }
}
