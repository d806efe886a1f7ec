//! What became of the operations of one request, by number and not by content.

use std::fmt;

use crate::metrics::Metrics;
use crate::model::{Entity, Verdict, VerdictKind};
use crate::problem::Code;

/// How many operations got which verdict, in the order of [`VerdictKind::ALL`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally([usize; VerdictKind::ALL.len()]);

impl Tally {
    /// Counts for the metrics, too.
    pub fn count<'a>(
        metrics: &Metrics,
        verdicts: impl IntoIterator<Item = (Option<Entity>, &'a Verdict)>,
    ) -> Self {
        let mut tally = Self::default();
        for (entity, Verdict { answer, .. }) in verdicts {
            tally.0[answer.verdict as usize] += 1;
            metrics.count_write(entity, answer.verdict);
            if answer.problem.as_ref().is_some_and(|problem| problem.code == Code::Unavailable) {
                metrics.count_database_error();
            }
        }
        tally
    }
}

impl fmt::Display for Tally {
    /// `applied:3 conflict:1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = VerdictKind::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0);
        for (place, (kind, count)) in counted.enumerate() {
            write!(f, "{}{}:{count}", if place > 0 { " " } else { "" }, kind.name())?;
        }
        Ok(())
    }
}
