//! Counts of what happened in many worlds.

use crate::plan::{CARRIED, DISK_FAULTS, DiskFault, Step, UNDER_WAY};
use std::collections::BTreeMap;

/// A table of counts.
pub type Table = BTreeMap<(String, String), u64>;

/// What happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Plans.
    pub seeds: u64,
    /// Steps by name.
    pub steps: BTreeMap<String, u64>,
    /// Requests of all devices.
    pub requests: u64,
    /// Fault on the line, and the kind of operation that met it.
    pub line: Table,
    /// Fault of the storage, and what was under way.
    pub disk: Table,
    /// States of queued operations, as often as a look found one.
    pub queue: BTreeMap<String, u64>,
    /// Kinds of questions, the same.
    pub questions: BTreeMap<String, u64>,
}

impl Tally {
    /// A step was done.
    pub fn step(&mut self, step: &Step) {
        *self.steps.entry(name(step)).or_default() += 1;
    }

    /// A fault met a request with this kind of operation.
    pub fn on_the_line(&mut self, fault: &str, kind: &str) {
        *self.line.entry((fault.to_owned(), kind.to_owned())).or_default() += 1;
    }

    /// A fault of the storage came true.
    pub fn on_the_disk(&mut self, fault: DiskFault, doing: &str) {
        *self.disk.entry((fault.name().to_owned(), doing.to_owned())).or_default() += 1;
    }

    /// Adds another one's counts.
    pub fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.requests += other.requests;
        sum(&mut self.steps, &other.steps);
        sum(&mut self.line, &other.line);
        sum(&mut self.disk, &other.disk);
        sum(&mut self.queue, &other.queue);
        sum(&mut self.questions, &other.questions);
    }
}

fn sum<K: Ord + Clone>(to: &mut BTreeMap<K, u64>, from: &BTreeMap<K, u64>) {
    for (key, count) in from {
        *to.entry(key.clone()).or_default() += count;
    }
}

/// The step's name, as in a plan; of an edit or a backend's step, the finer one.
#[must_use]
pub fn name(step: &Step) -> String {
    let value = serde_json::to_value(step).unwrap_or_default();
    let outer = value.as_object().and_then(|map| map.keys().next().cloned()).unwrap_or_default();
    let inner = match step {
        Step::Edit { .. } => &value["edit"]["edit"],
        Step::Backend(_) => &value["backend"],
        _ => return outer.replace('_', " "),
    };
    let inner = inner.as_object().and_then(|map| map.keys().next().map(String::as_str)).or(inner.as_str());
    format!("{outer}: {}", inner.unwrap_or_default()).replace('_', " ")
}

impl DiskFault {
    /// Its name in the report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CrashAtWrite => "power loss at a write",
            Self::CrashAtSync => "power loss at a sync",
            Self::Full => "disk full",
            Self::WriteError => "write error",
            Self::SyncError => "sync error",
            Self::ReadError => "read error",
            Self::OpenError => "open error",
            Self::Busy => "busy",
        }
    }
}

impl Tally {
    /// Faults that never met a kind of operation, of all that there are.
    #[must_use]
    pub fn empty_cells(&self) -> Vec<(String, String)> {
        let line = super::line_rows().into_iter().flat_map(|row| CARRIED.map(|column| (row, column)));
        let disk = DISK_FAULTS.iter().flat_map(|fault| UNDER_WAY.map(|column| (fault.name(), column)));
        let name = |(row, column): (&str, &str)| (row.to_owned(), column.to_owned());
        let mut empty: Vec<_> = line.map(name).filter(|cell| !self.line.contains_key(cell)).collect();
        empty.extend(disk.map(name).filter(|cell| !self.disk.contains_key(cell)));
        empty
    }
}
