//! The books of one user: every operation that stood in a queue, and how it ended. Every write and every run of the
//! story goes through here.

use crate::Result;
use crate::expected::Expected;
use crate::hook::Asked;
use crate::phone::Phone;
use foodlens_core::{
    Collection, NextStep, OperationId, OperationState, QueuedOperation, Session, SyncReport,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The longest that the story waits for an operation's next attempt; the first backoff is at most two seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is known of an operation.
struct Entry {
    operation: QueuedOperation,
    synced: bool,
}

/// The books of one user, over all phones.
#[derive(Default)]
pub struct Books {
    /// What must be on the server at the end.
    pub expected: Expected,
    /// Operations that were answered as applied before.
    pub duplicates: u64,
    /// Questions that the hook was asked.
    pub conflicts: u64,
    operations: BTreeMap<OperationId, Entry>,
    retried: BTreeSet<OperationId>,
    withdrawn: BTreeSet<OperationId>,
    acknowledged: u64,
}

/// How the operations ended.
#[derive(Default)]
pub struct Totals {
    /// Operations that stood in a queue when it was sent.
    pub written: u64,
    /// Operations with a receipt.
    pub applied: u64,
    /// Operations of allergies that gave way to a merge.
    pub merged: u64,
    /// Operations that were never sent, since a later edit took them back (made and deleted offline).
    pub withdrawn: u64,
    /// Operations that may have been sent more than once.
    pub retried: u64,
    /// Operations of which nothing is left, though nothing but a verdict, a merge or a person may end one.
    pub lost: Vec<String>,
    /// Operations that still wait.
    pub waiting: u64,
    /// The phones' reports and receipts disagree.
    pub receipts_disagree: bool,
}

impl Books {
    /// A person writes on a phone.
    pub fn write<T>(&mut self, phone: &Phone, edit: impl FnOnce(&Session) -> Result<T>) -> Result<T> {
        let (before, queue) = (phone.session.export_json()?, phone.queue(false)?);
        let done = edit(&phone.session)?;
        self.expected.learn(&before, &phone.session.export_json()?);
        let left: BTreeSet<_> = phone.queue(false)?.iter().map(|operation| operation.id).collect();
        // Without a request id it was never sent: only then may an edit take it back.
        let gone =
            queue.iter().filter(|operation| operation.request_id.is_none() && !left.contains(&operation.id));
        self.withdrawn.extend(gone.map(|operation| operation.id));
        Ok(done)
    }

    /// Books what another process of the same phone got acknowledged.
    pub fn acknowledged_elsewhere(&mut self, operations: u64) {
        self.acknowledged += operations;
    }

    /// One run of sync, booked.
    pub fn sync(&mut self, phone: &Phone) -> Result<(SyncReport, Vec<Asked>)> {
        self.note(phone)?;
        let (report, asked) = phone.sync()?;
        self.note(phone)?;
        self.acknowledged += report.acknowledged;
        self.duplicates += report.duplicates;
        let questions: BTreeSet<_> = asked.iter().map(|asked| asked.conflict.id).collect();
        self.conflicts += questions.len() as u64;
        Ok((report, asked))
    }

    /// Runs until nothing waits for a next attempt, as the app's scheduler would. Reports are added up.
    pub fn settle(&mut self, phone: &Phone) -> Result<(SyncReport, Vec<Asked>)> {
        let deadline = Instant::now() + PATIENCE;
        let (mut report, mut asked) = self.sync(phone)?;
        while let NextStep::RetryAt(_) | NextStep::MoreWork = report.next {
            if Instant::now() > deadline {
                return Err(format!("{} does not get through: {:?}", phone.name, report.error).into());
            }
            if let NextStep::RetryAt(at) = report.next {
                wait_until(at);
            }
            let (next, more) = self.sync(phone)?;
            asked.extend(more);
            report = SyncReport {
                acknowledged: report.acknowledged + next.acknowledged,
                duplicates: report.duplicates + next.duplicates,
                pulled: report.pulled + next.pulled,
                requests: report.requests + next.requests,
                ..next
            };
        }
        Ok((report, asked))
    }

    /// Books what stands in a phone's queue.
    pub fn note(&mut self, phone: &Phone) -> Result<()> {
        for operation in phone.queue(true)? {
            let sent_before = operation.attempts > 0 || operation.state == OperationState::Sending;
            let synced = operation.state == OperationState::Synced;
            if sent_before {
                self.retried.insert(operation.id);
            }
            self.operations.insert(operation.id, Entry { operation, synced });
        }
        Ok(())
    }

    /// How everything ended; `phones` are all phones of the user.
    pub fn totals(&self, phones: &[&Phone]) -> Result<Totals> {
        let mut waiting = BTreeSet::new();
        for phone in phones {
            waiting.extend(phone.queue(false)?.iter().map(|operation| operation.id));
        }
        let mut totals = Totals { retried: self.retried.len() as u64, ..Totals::default() };
        for (id, Entry { operation, synced }) in &self.operations {
            totals.written += 1;
            if *synced {
                totals.applied += 1;
            } else if waiting.contains(id) {
                totals.waiting += 1;
            } else if self.withdrawn.contains(id) {
                totals.withdrawn += 1;
            } else if matches!(operation.collection, Collection::Allergies | Collection::AllergyList) {
                totals.merged += 1;
            } else {
                totals.lost.push(format!(
                    "operation {id} of {}/{}: gone without a verdict",
                    operation.collection.name(),
                    operation.record_id
                ));
            }
        }
        totals.receipts_disagree = totals.applied != self.acknowledged;
        Ok(totals)
    }
}

/// Waits as a scheduler does, until a time of the system's clock, but never longer than the story's patience.
fn wait_until(at_ms: i64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let left = u128::try_from(at_ms).unwrap_or(0).saturating_sub(now);
    let left = Duration::from_millis(u64::try_from(left).unwrap_or(u64::MAX)).min(PATIENCE);
    let end = Instant::now() + left;
    while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}
