//! What an import would report now, found out without storing anything.

use super::item::{Item, Turn};
use super::plan::{Ahead, Planned, plan};
use super::report::{LegacyRecord, LegacyReport, LegacyResult, Lines};
use super::source::{Given, Halt};
use super::store;
use crate::collection::Collection;
use crate::error::Result;
use crate::session::Session;
use rusqlite::Connection;

pub(super) fn preview(
    session: &Session,
    given: &Given<'_>,
    lines: &mut dyn FnMut(Vec<LegacyRecord>),
) -> Result<LegacyReport> {
    let total = given.check(session)?;
    let row = session.read(|conn| store::import(conn, given.source()))?;
    let under_way = !row.done && !row.finished && row.origin == given.origin();
    let dry = DryRun { session, given, total, round: under_way.then_some(row.round) };
    let mut lines = Lines::to(lines);
    dry.each(&mut |item| {
        let result = dry.result(&item, dry.ahead_of(&item)?)?;
        lines.add(LegacyRecord { collection: item.collection, legacy_id: item.legacy_id, result });
        Ok(())
    })?;
    Ok(lines.end(true))
}

struct DryRun<'a> {
    session: &'a Session,
    given: &'a Given<'a>,
    total: u64,
    /// Of the import that is under way.
    round: Option<i64>,
}

impl DryRun<'_> {
    /// Until `take` has seen enough.
    fn each(&self, take: &mut dyn FnMut(Item) -> std::result::Result<(), Halt>) -> Result<()> {
        match self.given.each(self.session, self.total, take) {
            Ok(()) | Err(Halt::Cancelled) => Ok(()),
            Err(Halt::Failed(error)) => Err(error),
        }
    }

    /// What will have been taken over when it is this record's turn. Looked for only where it matters, once an import.
    fn ahead_of(&self, item: &Item) -> Result<Ahead> {
        let mut ahead = Ahead::default();
        if item.turn() == Turn::Last {
            self.each(&mut |item| {
                ahead.allergy = item.collection == Collection::Allergies
                    && self.result(&item, Ahead::default())? != LegacyResult::AlreadyThere;
                if ahead.allergy { Err(Halt::Cancelled) } else { Ok(()) }
            })?;
        }
        Ok(ahead)
    }

    fn result(&self, item: &Item, ahead: Ahead) -> Result<LegacyResult> {
        self.session.read(|conn| {
            let settled = match self.round {
                Some(round) => store::settled(conn, item.stable_id, round)?,
                None => None,
            };
            settled.map_or_else(|| would_be(conn, item, ahead), Ok)
        })
    }
}

fn would_be(conn: &Connection, item: &Item, ahead: Ahead) -> Result<LegacyResult> {
    let read = match &item.read {
        Ok(read) => read,
        Err(reason) => return Ok(LegacyResult::Unreadable { reason: reason.clone() }),
    };
    let planned = plan(conn, item.collection, item.stable_id, read.fields.clone(), ahead)?;
    Ok(match (planned, &read.unrecognised) {
        (Planned::AlreadyThere { .. }, _) => LegacyResult::AlreadyThere,
        (Planned::Take { .. }, Some(field)) => LegacyResult::Unrecognised { field: field.clone() },
        (Planned::Take { .. }, None) => LegacyResult::Imported,
    })
}
