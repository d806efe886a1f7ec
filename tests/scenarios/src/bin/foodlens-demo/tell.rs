//! Printing: numbered steps, short lines, checks, and queues as tables. Colours only for a person at a terminal.

use crate::Result;
use crate::phone::Phone;
use foodlens_core::{Kind, OperationState, QueuedOperation, SyncReport};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
/// Characters of a line.
const WIDTH: usize = 96;
/// Most characters of a line about something wrong, which may hold whole records.
const LONGEST: usize = 300;

/// Tells the story on stdout, and counts the checks that failed.
pub struct Teller {
    colour: bool,
    began: Instant,
    step: u32,
    failed: u32,
}

impl Teller {
    /// Begins the story.
    pub fn new() -> Self {
        // https://no-color.org: any value that is not empty.
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let colour = wanted && std::io::stdout().is_terminal();
        Self { colour, began: Instant::now(), step: 0, failed: 0 }
    }

    /// A step's title.
    pub fn step(&mut self, title: &str) -> Result<()> {
        self.step += 1;
        let head = format!("{:>2}. {title} ", self.step);
        let time = format!(" {:.1} s", self.began.elapsed().as_secs_f32());
        let rule = "─".repeat(WIDTH.saturating_sub(head.chars().count() + time.len()));
        let (head, rest) = (self.paint(BOLD, &head), self.paint(DIM, &format!("{rule}{time}")));
        self.print(&format!("\n{head}{rest}"))
    }

    /// A line of the story.
    pub fn say(&self, line: &str) -> Result<()> {
        self.print(&format!("    {line}"))
    }

    /// A line that matters less.
    pub fn aside(&self, line: &str) -> Result<()> {
        self.print(&format!("    {}", self.paint(DIM, line)))
    }

    /// Something that must be so.
    pub fn check(&mut self, holds: bool, what: &str) -> Result<()> {
        let mark = if holds { self.paint(GREEN, "✓") } else { self.paint(RED, "✗ NOT SO:") };
        self.failed += u32::from(!holds);
        self.print(&format!("    {mark} {what}"))
    }

    /// Something that is wrong, in a list of such.
    pub fn wrong(&self, what: &str) -> Result<()> {
        let mut shown: String = what.chars().take(LONGEST).collect();
        if shown.len() < what.len() {
            shown.push('…');
        }
        self.print(&format!("      {} {shown}", self.paint(RED, "-")))
    }

    /// How many checks have failed so far.
    pub fn failed(&self) -> u32 {
        self.failed
    }

    /// Seconds since the beginning.
    pub fn seconds(&self) -> f32 {
        self.began.elapsed().as_secs_f32()
    }

    /// What a run of sync did.
    pub fn sync(&self, phone: &Phone, report: &SyncReport, took: Instant) -> Result<()> {
        let mut parts = vec![format!("{} acknowledged", report.acknowledged)];
        if report.duplicates > 0 {
            parts.push(format!("{} of them \"done before\"", report.duplicates));
        }
        parts.push(format!("{} pulled", report.pulled));
        parts.push(plural(report.requests, "request"));
        if let Some(error) = &report.error {
            parts.push(format!("stopped: {error}"));
        }
        let took = format!("({} ms)", took.elapsed().as_millis());
        self.say(&format!("{} syncs: {} {}", phone.name, parts.join(", "), self.paint(DIM, &took)))
    }

    /// A queue as a table, one line for each collection and state.
    pub fn queue(&self, title: &str, operations: &[QueuedOperation]) -> Result<()> {
        let mut rows: BTreeMap<(&str, String), Row> = BTreeMap::new();
        for operation in operations {
            let row = rows.entry((operation.collection.name(), state_of(operation))).or_default();
            match operation.kind {
                Kind::Create => row.created += 1,
                Kind::Update => row.updated += 1,
                Kind::Delete => row.deleted += 1,
            }
            row.oldest = row
                .oldest
                .map_or(Some(operation.created_at), |oldest| Some(oldest.min(operation.created_at)));
        }
        let head =
            format!("{title:<24}{:>5}{:>6}{:>8}   {:<34}{:>9}", "add", "edit", "delete", "state", "oldest");
        self.print(&format!("      {}", self.paint(DIM, &head)))?;
        for ((collection, state), row) in &rows {
            let line = format!(
                "{collection:<24}{:>5}{:>6}{:>8}   {state:<34}{:>9}",
                dash(row.created),
                dash(row.updated),
                dash(row.deleted),
                row.oldest.map(age).unwrap_or_default()
            );
            self.print(&format!("      {line}"))?;
        }
        if rows.is_empty() { self.print("      (empty)") } else { Ok(()) }
    }

    fn print(&self, line: &str) -> Result<()> {
        Ok(writeln!(std::io::stdout(), "{line}")?)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[derive(Default)]
struct Row {
    created: u32,
    updated: u32,
    deleted: u32,
    oldest: Option<i64>,
}

fn state_of(operation: &QueuedOperation) -> String {
    match operation.state {
        OperationState::Pending if operation.attempts > 0 => {
            format!("pending, tried {}", plural(u64::from(operation.attempts), "time"))
        }
        OperationState::Pending if operation.next_attempt_at.is_none() => {
            "pending, behind another".to_owned()
        }
        OperationState::Pending => "pending".to_owned(),
        OperationState::Sending => "sending".to_owned(),
        OperationState::Failed(reason) => format!("failed ({})", reason.code()),
        OperationState::Synced => "synced".to_owned(),
    }
}

/// `1 record`, `2 records`.
pub fn plural(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn dash(count: u32) -> String {
    if count == 0 { "-".to_owned() } else { count.to_string() }
}

fn age(since_ms: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let ms = now.saturating_sub(u128::try_from(since_ms).unwrap_or(0));
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}
