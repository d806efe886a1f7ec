//! The check of one record on which operations wait.

use super::{FlawKind, VerifyReport};
use crate::collection::Collection;
use crate::error::{Result, readable};
use crate::ids::RecordId;
use crate::merge::conflicts;
use crate::outbox::{FailureReason, Operation, State, lanes};
use crate::records::{self, Row, shown};
use rusqlite::Connection;

/// Parked by a question.
pub(super) fn is_asked(operation: &Operation) -> bool {
    operation.state == State::Failed(FailureReason::Conflict)
}

/// Looks at a record and what waits for it.
pub(super) fn check(
    conn: &Connection,
    collection: Collection,
    id: RecordId,
    waiting: &[Operation],
    report: &mut VerifyReport,
) -> Result<()> {
    let record = Some((collection, id));
    report.operations += waiting.len() as u64;
    order(conn, waiting, report)?;
    // A record that cannot be read has been told of by its own check.
    let Some(row) = readable(records::get(conn, collection.spec(), id))? else { return Ok(()) };
    let Some(row) = row else {
        report.add(FlawKind::NoRecord, record, waiting.first().map(|head| head.key));
        return Ok(());
    };
    if !row.has_pending() {
        report.add(FlawKind::Base, record, None);
    } else if shown(&row, row.server_copy(), waiting) != (row.body.clone(), row.deleted) {
        report.add(FlawKind::Body, record, None);
    }
    question(conn, collection, &row, waiting, report)
}

/// Only the eldest may go, and it may unless it is parked, under way, or waits for another record's.
fn order(conn: &Connection, waiting: &[Operation], report: &mut VerifyReport) -> Result<()> {
    for (place, operation) in waiting.iter().enumerate() {
        if !operation.readable {
            report.add(FlawKind::UnreadableOperation, Some(operation.lane()), Some(operation.key));
            continue;
        }
        let free = place == 0
            && operation.state == State::Pending
            && lanes::waits_for(conn, operation.seq)?.is_empty();
        let kind = match (free, operation.ready_at.is_some()) {
            (true, false) => FlawKind::HeadHeld,
            (false, true) => FlawKind::OutOfTurn,
            _ => continue,
        };
        report.add(kind, Some(operation.lane()), Some(operation.key));
    }
    Ok(())
}

/// A head that is parked by a question has one, and it shows what the record has.
fn question(
    conn: &Connection,
    collection: Collection,
    row: &Row,
    waiting: &[Operation],
    report: &mut VerifyReport,
) -> Result<()> {
    let Some(head) = waiting.first().filter(|head| is_asked(head)) else { return Ok(()) };
    let kind = match conflicts::open_for(conn, collection, row.id, None)? {
        None => FlawKind::EditWithoutQuestion,
        Some(open) if open.local.as_ref() != (!row.deleted).then_some(&row.body) => FlawKind::QuestionSides,
        Some(open) if open.remote.as_ref() != row.server_copy() => FlawKind::QuestionSides,
        Some(_) => return Ok(()),
    };
    report.add(kind, Some((collection, row.id)), Some(head.key));
    Ok(())
}
