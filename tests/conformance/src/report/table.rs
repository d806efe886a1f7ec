//! The table that a person acts on.

use std::fmt::{Display, Formatter, Result};

use super::Report;
use crate::duty::Outcome;

/// The most that the table shows of a request or an answer; JSON and JUnit have more.
const MOST_SHOWN: usize = 600;

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "Conformance of {}\n", self.base_url)?;
        let mut last = "";
        for line in &self.lines {
            if last != line.duty.id {
                writeln!(f, "{:<4} {}", line.duty.id, line.duty.title)?;
            }
            last = line.duty.id;
            write!(f, "     {:<12} {}", line.outcome.name(), line.check)?;
            match &line.outcome {
                Outcome::Pass => writeln!(f)?,
                Outcome::NotOffered { why } => writeln!(f, ": {why}")?,
                Outcome::Fail { sent, got, expected } => {
                    writeln!(f)?;
                    for (name, text) in [("sent", sent), ("came back", got), ("expected", expected)] {
                        part(f, name, text)?;
                    }
                    part(f, "the duty", &line.duty.link())?;
                }
            }
        }
        let (passed, failed, not_offered) = self.counts();
        writeln!(f, "\n{passed} passed, {failed} failed, {not_offered} not offered")?;
        if !self.is_green() {
            writeln!(f, "Red: {}", self.red().join(", "))?;
        }
        Ok(())
    }
}

fn part(f: &mut Formatter<'_>, name: &str, text: &str) -> Result {
    let end = text.char_indices().nth(MOST_SHOWN).map_or(text.len(), |(end, _)| end);
    let more = if end < text.len() { "…" } else { "" };
    for (number, line) in text[..end].lines().enumerate() {
        let name = if number == 0 { name } else { "" };
        writeln!(f, "                  {name:<10} {line}")?;
    }
    if !more.is_empty() {
        writeln!(f, "                  {:<10} {more}", "")?;
    }
    Ok(())
}
