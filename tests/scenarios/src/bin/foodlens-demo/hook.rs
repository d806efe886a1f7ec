//! The app's merge hook: it decides for caution, and remembers what it was asked and what the app showed meanwhile.

use crate::phone::whole_queue;
use foodlens_core::{
    Allergy, AllergyContent, Conflict, HookError, MergeAnswer, MergeHook, QueuedOperation, RecordContent,
    Session, Severity,
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A question, and what the app showed while it was open.
pub struct Asked {
    /// The question.
    pub conflict: Conflict,
    /// The entries of the allergy list that were in question.
    pub shown: Vec<Allergy>,
    /// What waited.
    pub queue: Vec<QueuedOperation>,
    /// What the hook answered.
    pub answer: MergeAnswer,
}

/// Keeps the more severe of two severities, with all else that both sides wrote; leaves everything else to a person.
#[derive(Default)]
pub struct CautiousHook {
    /// Only while a run is under way: a session owns its hook, and must not be owned by it.
    session: Mutex<Option<Session>>,
    asked: Mutex<Vec<Asked>>,
}

impl CautiousHook {
    /// Runs `work` with the session at hand for the hook to look at.
    pub fn during<T>(&self, session: &Session, work: impl FnOnce() -> T) -> T {
        *lock(&self.session) = Some(session.clone());
        let done = work();
        lock(&self.session).take();
        done
    }

    /// What it was asked since this was last called.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *lock(&self.asked))
    }
}

impl MergeHook for CautiousHook {
    fn resolve(&self, conflict: &Conflict) -> Result<MergeAnswer, HookError> {
        let session = lock(&self.session).clone().ok_or(HookError)?;
        // No lock and no transaction is held around this call, so the app's own screens can be read here.
        let shown = session.allergies().list().map_err(|_| HookError)?.entries;
        let shown = shown.into_iter().filter(|entry| entry.in_question).collect();
        let queue = whole_queue(&session, false).map_err(|_| HookError)?;
        let answer = decide(conflict);
        lock(&self.asked).push(Asked { conflict: conflict.clone(), shown, queue, answer: answer.clone() });
        Ok(answer)
    }
}

fn decide(conflict: &Conflict) -> MergeAnswer {
    match (&conflict.local, &conflict.remote) {
        (Some(RecordContent::Allergy(mine)), Some(RecordContent::Allergy(theirs)))
            if mine.allergen == theirs.allergen =>
        {
            let severity = more_severe(mine.severity.as_ref(), theirs.severity.as_ref()).cloned();
            MergeAnswer::Merged(RecordContent::Allergy(AllergyContent { severity, ..mine.clone() }))
        }
        _ => MergeAnswer::Defer,
    }
}

/// The severity that a careful person would assume of the two.
pub fn more_severe<'a>(a: Option<&'a Severity>, b: Option<&'a Severity>) -> Option<&'a Severity> {
    if Severity::rank(b) > Severity::rank(a) { b } else { a }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
