//! A plan: all that will happen, drawn from a seed or read from a file. Nothing else decides what is done.

mod draw;
mod drill;
mod scene;
#[allow(missing_docs, reason = "the names say it, and a plan's file has nothing else")]
mod step;

pub use draw::draw;
pub use drill::{CARRIED, DISK_FAULTS, TROUBLES, UNDER_WAY};
pub use step::{Backend, DiskFault, Edit, Hook, Network, QueueAct, Side, SignOut, Step, Token, Trouble};

use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// What happens, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Where ids, jitter and torn writes come from.
    pub seed: u64,
    /// How many devices there are.
    pub devices: usize,
    /// How many users: device `n` begins with user `n / 2`.
    pub users: usize,
    /// Why it is kept: for a regression.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Reads one that [`Self::to_text`] wrote.
    ///
    /// # Errors
    /// When it cannot be read or is none.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        serde_json::from_str(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// JSON with one step a line.
    ///
    /// # Errors
    /// None that a plan can cause.
    pub fn to_text(&self) -> serde_json::Result<String> {
        let head = Self { steps: Vec::new(), ..self.clone() };
        let head = serde_json::to_string(&head)?;
        let head = head.trim_end_matches("[]}");
        let steps: Vec<_> = self.steps.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        Ok(format!("{head}[\n{}\n]}}\n", steps.join(",\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_comes_back_from_its_text() {
        let plan = draw(5, 300);
        let text = plan.to_text().unwrap();
        assert_eq!(text.lines().count(), 302);
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    }
}
