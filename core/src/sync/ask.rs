//! Asking the merge hook about open questions, with no lock and no transaction held.

use super::engine::Run;
use crate::error::Result;
use crate::merge::{self, conflicts};
use crate::observe::{Origin, Topic};
use crate::session::{MergeAnswer, MergeHook};
use std::panic::{AssertUnwindSafe, catch_unwind};

impl Run<'_> {
    /// Asks the hook about every open question that it has not put off. `true`: an answer made something to send.
    pub(super) fn ask(&mut self) -> Result<bool> {
        let Some(hook) = self.inner.parts.hooks.merge.clone() else { return Ok(false) };
        let open = self.inner.db.read(|conn| conflicts::open(conn, true))?;
        let mut answered = false;
        for stored in open {
            let conflict = stored.to_public();
            let answer = ask_hook(hook.as_ref(), &conflict);
            let decision = answer.decision(&conflict).unwrap_or_else(|_| {
                log::warn!(
                    "foodlens: the merge hook's answer to {} breaks a rule; left to a person",
                    conflict.id
                );
                None
            });
            let done = self.inner.edit(|writer| match decision {
                Some(decision) => match merge::answer(writer, conflict.id, conflict.revision, decision) {
                    // The question moved on while the hook thought: it is asked anew in the next round.
                    Err(error) if *error.kind() == crate::ErrorKind::StaleAnswer => Ok(true),
                    other => other,
                },
                None => {
                    conflicts::mark_deferred(writer.tx, conflict.id, conflict.revision)?;
                    writer.changes.topic(Topic::Conflicts, Origin::Local);
                    Ok(false)
                }
            })?;
            self.report.conflicts_answered += u64::from(done);
            answered |= done;
        }
        Ok(answered)
    }
}

/// A hook that fails or panics leaves the question to a person.
fn ask_hook(hook: &dyn MergeHook, conflict: &crate::Conflict) -> MergeAnswer {
    match catch_unwind(AssertUnwindSafe(|| hook.resolve(conflict))) {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => {
            log::warn!("foodlens: the merge hook failed on {}; left to a person", conflict.id);
            MergeAnswer::Defer
        }
    }
}
