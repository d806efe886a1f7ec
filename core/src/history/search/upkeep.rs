//! Keeping the index: slices of what is new and what has moved, and a new beginning when it is damaged. Writes never wait
//! for it and never fail by it.

use super::store;
use super::words::Words;
use crate::db::{Database, Transaction, Work};
use crate::error::{Error, ErrorKind, Result};
use crate::history::wire::SPEC;
use crate::session::Inner;
use rusqlite::Connection;
use std::time::Duration;

/// Rows of one transaction: some hundredths of a second.
const SLICE: u32 = 2_000;
/// Writes after which what is new is indexed.
const EVERY: i64 = 1_024;
/// So long nobody has to have written; after so many of them it is indexed all the same.
const MOMENT: Duration = Duration::from_millis(20);
const MOST_MOMENTS: u32 = 100;
/// Between two slices, for writes that wait.
const BREATH: Duration = Duration::from_millis(1);

/// Indexes all that is left, slice after slice, while `go_on` says so. What goes wrong is left to the next time.
pub(crate) fn catch_up(db: &Database, go_on: impl Fn() -> bool) {
    let mut repaired = false;
    while go_on() && db.read(is_behind).unwrap_or(true) {
        match db.write(|tx, _| slice(tx)) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) if is_damage(&error) && !repaired => {
                repaired = true;
                if !repair(db) {
                    return;
                }
            }
            Err(error) => return log::warn!("foodlens: the search index waits: {error}"),
        }
    }
}

/// Indexes one slice, if something is left and nobody else writes now.
pub(crate) fn catch_up_briefly(db: &Database) {
    let done = db.read(is_behind).and_then(|behind| match behind {
        true => db.try_write(|tx, _| slice(tx)).map(|_| ()),
        false => Ok(()),
    });
    if let Err(error) = done {
        mend(db, &error);
    }
}

/// After so many new rows, of which this is the last: what is new is indexed beside the writes.
pub(crate) fn after_writes(inner: &Inner, last_row: i64, rows: usize) {
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    if last_row / EVERY == last_row.saturating_sub(rows) / EVERY {
        return;
    }
    if inner.has_threads() {
        inner.db.beside(Work::Index, catch_up_in_quiet);
    } else {
        catch_up_briefly(&inner.db);
    }
}

/// Indexes all that is left, once nobody has written for a moment, or they write on and on.
fn catch_up_in_quiet(db: &Database) {
    for _ in 0..MOST_MOMENTS {
        let commits = db.commits();
        if !db.rest(MOMENT) {
            return;
        }
        if db.commits() == commits {
            break;
        }
    }
    catch_up(db, || db.rest(BREATH));
}

/// Something did not work that needs the index: is it damaged?
pub(super) fn mend(db: &Database, error: &Error) {
    if is_damage(error) {
        repair(db);
    }
}

fn is_damage(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Corrupt { .. } | ErrorKind::Internal { .. } | ErrorKind::Unreadable)
}

/// Empties the index, so that it is made anew.
fn repair(db: &Database) -> bool {
    let cleared = db.write(|tx, _| store::clear(tx));
    match &cleared {
        Ok(()) => log::warn!("foodlens: the search index was damaged and is made anew"),
        Err(error) => log::warn!("foodlens: the search index cannot be mended: {error}"),
    }
    cleared.is_ok()
}

fn is_behind(conn: &Connection) -> Result<bool> {
    let reach = store::reach(conn)?;
    Ok(!reach.usable
        || store::last_row(conn)? != reach.indexed_to
        || !store::moved_before(conn, i64::MAX, 1)?.is_empty())
}

/// One slice. Gives whether more is left.
pub(super) fn slice(tx: &Transaction<'_>) -> Result<bool> {
    let mut reach = store::reach(tx)?;
    if !reach.usable {
        store::clear(tx)?;
        reach = store::reach(tx)?;
    }
    // What has moved comes first: while the index holds a row's old words, no other record may be indexed as that row.
    let moved = store::moved_before(tx, i64::MAX, SLICE)?;
    // Upwards: FTS5 writes all it has at every step down.
    for (rowid, indexed) in moved.iter().rev() {
        let before = Words::of(indexed).indexed();
        let now = match *rowid <= reach.indexed_to {
            true => {
                store::body_at(tx, &SPEC, *rowid)?.map(|body| Words::of(&body).indexed()).unwrap_or_default()
            }
            // The row went, and the index ends before it. What has its number now is new.
            false => String::new(),
        };
        if before != now {
            change(tx, *rowid, &before, &now)?;
        }
        store::settle(tx, *rowid)?;
    }
    if !moved.is_empty() {
        return Ok(true);
    }
    let rows = store::rows_after(tx, reach.indexed_to, SLICE)?;
    for row in &rows {
        let words = row.body.as_deref().map(|body| Words::of(body).indexed()).unwrap_or_default();
        change(tx, row.rowid, "", &words)?;
    }
    if let Some(last) = rows.last() {
        store::put_reach(tx, last.rowid)?;
    }
    Ok(rows.len() == SLICE as usize)
}

fn change(tx: &Transaction<'_>, rowid: i64, before: &str, now: &str) -> Result<()> {
    if !before.is_empty() {
        store::take_out(tx, rowid, before)?;
    }
    if now.is_empty() { Ok(()) } else { store::add(tx, rowid, now) }
}
