//! Everything that is derived, made anew and compared with what is stored. Changes nothing.

mod lane;
pub(super) mod store;

use super::Session;
use crate::collection::{Collection, Spec};
use crate::error::{Error, ErrorKind, Result, readable};
use crate::fields::Fields;
use crate::history::search;
use crate::ids::{OperationId, RecordId, UserId};
use crate::merge::conflicts;
use crate::outbox::store as outbox;
use crate::records;
use rusqlite::Connection;

/// Ids read at once.
const PAGE: u32 = 500;
/// Flaws that are named; what comes after is counted.
const NAMED: u32 = 1_000;

/// What does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FlawKind {
    /// SQLite says that the file is damaged ([`crate::FoodLens::recover`]). What comes after that was not looked at.
    File,
    /// The counts of the queue are not those of its operations.
    QueueCounts,
    /// A stored record cannot be read.
    UnreadableRecord,
    /// A waiting operation cannot be read.
    UnreadableOperation,
    /// What the app reads is not the base with what waits laid over it.
    Body,
    /// A base is kept while nothing waits, or none is while something does.
    Base,
    /// A record does not stand at its place in the lists.
    SortKey,
    /// The search's index does not hold what the records say.
    SearchIndex,
    /// An operation waits for a record that is not there.
    NoRecord,
    /// An operation of another user.
    OtherUser,
    /// The eldest operation of its record may go, and nothing would ever send it.
    HeadHeld,
    /// An operation would be sent before one that it must follow.
    OutOfTurn,
    /// An operation waits for one that has left the queue.
    WaitsForNothing,
    /// A question without the operation that it is about.
    QuestionWithoutEdit,
    /// An operation is parked by a question that is not there.
    EditWithoutQuestion,
    /// A question shows other sides than the record has.
    QuestionSides,
}

impl FlawKind {
    /// The stable code, for logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::QueueCounts => "queue_counts",
            Self::UnreadableRecord => "unreadable_record",
            Self::UnreadableOperation => "unreadable_operation",
            Self::Body => "body",
            Self::Base => "base",
            Self::SortKey => "sort_key",
            Self::SearchIndex => "search_index",
            Self::NoRecord => "no_record",
            Self::OtherUser => "other_user",
            Self::HeadHeld => "head_held",
            Self::OutOfTurn => "out_of_turn",
            Self::WaitsForNothing => "waits_for_nothing",
            Self::QuestionWithoutEdit => "question_without_edit",
            Self::EditWithoutQuestion => "edit_without_question",
            Self::QuestionSides => "question_sides",
        }
    }
}

/// One thing that does not hold, by code and ids: never content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flaw {
    /// What does not hold.
    pub kind: FlawKind,
    /// The record, if it is one's.
    pub record: Option<(Collection, RecordId)>,
    /// The operation, if it is one's.
    pub operation: Option<OperationId>,
}

/// What was looked at, and what does not hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Records that were looked at.
    pub records: u64,
    /// Waiting operations that were looked at.
    pub operations: u64,
    /// What does not hold: at most the first 1,000.
    pub flaws: Vec<Flaw>,
    /// How many more do not.
    pub more: u64,
}

impl VerifyReport {
    /// Whether everything holds.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.flaws.is_empty() && self.more == 0
    }

    fn add(
        &mut self,
        kind: FlawKind,
        record: Option<(Collection, RecordId)>,
        operation: Option<OperationId>,
    ) {
        if self.flaws.len() < NAMED as usize {
            self.flaws.push(Flaw { kind, record, operation });
        } else {
            self.more += 1;
        }
    }
}

impl Session {
    /// Makes everything that is derived anew, compares it with what is stored, and says what does not hold: for support,
    /// and for the app's own tests. Changes nothing. Reads every record, so not for every start; other calls go on
    /// meanwhile.
    ///
    /// # Errors
    /// Storage errors. Damage is no error here: it is what the report tells.
    pub fn verify(&self) -> Result<VerifyReport> {
        self.read(|conn| {
            let mut report = VerifyReport::default();
            match everything(conn, &self.inner.user, &mut report) {
                Ok(()) => {}
                Err(error) if matches!(error.kind(), ErrorKind::Corrupt { .. }) => {
                    report.add(FlawKind::File, None, None);
                }
                Err(error) => return Err(error),
            }
            Ok(report)
        })
    }
}

fn everything(conn: &Connection, user: &UserId, report: &mut VerifyReport) -> Result<()> {
    if !store::file_is_sound(conn)? {
        report.add(FlawKind::File, None, None);
        return Ok(());
    }
    queue(conn, user, report)?;
    for collection in Collection::ALL {
        records(conn, collection.spec(), report)?;
    }
    for _ in 0..search::rows_wrong(conn)? {
        report.add(FlawKind::SearchIndex, None, None);
    }
    lanes(conn, report)?;
    questions(conn, report)
}

/// The queue as a whole.
fn queue(conn: &Connection, user: &UserId, report: &mut VerifyReport) -> Result<()> {
    if outbox::counts(conn)? != store::counted(conn)? {
        report.add(FlawKind::QueueCounts, None, None);
    }
    for (collection, id, key) in store::of_another_user(conn, user, NAMED)? {
        report.add(FlawKind::OtherUser, Some((collection, id)), Some(key));
    }
    for (collection, id, key) in store::waiting_for_nothing(conn, NAMED)? {
        report.add(FlawKind::WaitsForNothing, Some((collection, id)), Some(key));
    }
    Ok(())
}

/// Every record of a collection, as far as it can be judged without the queue.
fn records(conn: &Connection, spec: &Spec, report: &mut VerifyReport) -> Result<()> {
    let mut after = None;
    loop {
        let page = store::records_after(conn, spec, after, PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(*last);
        for (id, place) in page {
            report.records += 1;
            let record = Some((spec.collection, id));
            let row = match readable(records::get(conn, spec, id))? {
                Some(Some(row)) => row,
                Some(None) => return Err(Error::internal("row")),
                None => {
                    report.add(FlawKind::UnreadableRecord, record, None);
                    continue;
                }
            };
            if place != (spec.shelf(&row.body, row.deleted), (spec.sort_key)(&row.body)) {
                report.add(FlawKind::SortKey, record, None);
            }
            if !row.has_pending() && row.deleted {
                report.add(FlawKind::Body, record, None);
            }
            if row.has_pending()
                && readable(outbox::waiting(conn, spec.collection, id))?.is_some_and(|w| w.is_empty())
            {
                report.add(FlawKind::Base, record, None);
            }
        }
    }
}

/// Every record on which operations wait.
fn lanes(conn: &Connection, report: &mut VerifyReport) -> Result<()> {
    let mut after = None;
    loop {
        let page = store::lanes_after(conn, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(*last);
        for (collection, id) in page {
            match readable(outbox::waiting(conn, collection, id))? {
                Some(waiting) => lane::check(conn, collection, id, &waiting, report)?,
                None => report.add(FlawKind::UnreadableOperation, Some((collection, id)), None),
            }
        }
    }
}

/// Every open question: what it is about is parked by it. One about two records, or about what a write has replaced at
/// the server, shows what they have.
fn questions(conn: &Connection, report: &mut VerifyReport) -> Result<()> {
    for question in conflicts::open(conn, false)? {
        let record = (question.collection, question.record_id);
        let body = |id: RecordId| -> Result<Option<Fields>> {
            let row = readable(records::get(conn, record.0.spec(), id))?.flatten();
            Ok(row.filter(|row| !row.deleted).map(|row| row.body))
        };
        if let Some(other) = question.other_id {
            if body(record.1)? != question.local || body(other)? != question.remote {
                report.add(FlawKind::QuestionSides, Some(record), None);
            }
            continue;
        }
        if !record.0.spec().server_checks() && body(record.1)? == question.local {
            continue;
        }
        let waiting = readable(outbox::waiting(conn, record.0, record.1))?;
        if waiting.is_some_and(|waiting| !waiting.first().is_some_and(lane::is_asked)) {
            report.add(FlawKind::QuestionWithoutEdit, Some(record), None);
        }
    }
    Ok(())
}
