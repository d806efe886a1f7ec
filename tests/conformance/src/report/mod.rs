//! What a run found, for a person and for machines. No part of it shows a token.

use std::time::Duration;

use crate::duty::{Duty, Outcome};

mod json;
mod junit;
mod table;

/// One check and how it ended.
#[derive(Debug, Clone)]
pub struct Line {
    /// Whose check it is.
    pub duty: &'static Duty,
    /// Its name.
    pub check: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

/// All of a run, in the order of the duties.
#[derive(Debug, Clone)]
pub struct Report {
    /// Who was checked.
    pub base_url: String,
    /// One line a check.
    pub lines: Vec<Line>,
}

impl Report {
    /// The duties with a check that failed, each once.
    pub fn red(&self) -> Vec<&'static str> {
        let failed = self.lines.iter().filter(|line| matches!(line.outcome, Outcome::Fail { .. }));
        let mut ids: Vec<&'static str> = failed.map(|line| line.duty.id).collect();
        ids.dedup();
        ids
    }

    /// Whether no check failed.
    pub fn is_green(&self) -> bool {
        self.red().is_empty()
    }

    /// How many passed, failed, were not offered.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |name: &str| self.lines.iter().filter(|line| line.outcome.name() == name).count();
        (count("pass"), count("FAIL"), count("not offered"))
    }
}

impl Outcome {
    fn name(&self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail { .. } => "FAIL",
            Outcome::NotOffered { .. } => "not offered",
        }
    }
}
