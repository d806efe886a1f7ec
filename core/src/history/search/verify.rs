//! Whether the index holds exactly what the records say.

use super::store;
use super::words::{Words, barcode_term};
use crate::error::Result;
use rusqlite::Connection;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

const SLICE: u32 = 2_000;

/// How many rows are not indexed as they are. An index that is behind is not wrong.
pub(crate) fn rows_wrong(conn: &Connection) -> Result<usize> {
    let reach = store::reach(conn)?;
    if !reach.usable {
        return Ok(0);
    }
    // One number a row: the sum over its words.
    let mut left: HashMap<i64, u64> = HashMap::new();
    let last = barcode_term(&char::MAX.to_string());
    store::under(conn, ("", &last), u32::MAX, |rowid, term| {
        let sum = left.entry(rowid).or_default();
        *sum = sum.wrapping_add(number(term));
    })?;
    let mut wrong = 0;
    let mut expect = |rowid: i64, body: &str| {
        let words = Words::of(body).indexed();
        let wanted = words.split_whitespace().map(number).fold(0, u64::wrapping_add);
        if left.remove(&rowid).unwrap_or_default() != wanted {
            wrong += 1;
        }
    };
    let mut before = i64::MAX;
    loop {
        let rows = store::moved_before(conn, before, SLICE)?;
        let Some((last, _)) = rows.last() else { break };
        before = *last;
        rows.iter().for_each(|(rowid, body)| expect(*rowid, body));
    }
    let mut after = i64::MIN;
    loop {
        let rows = store::rows_after(conn, after, SLICE)?;
        let Some(last) = rows.last() else { break };
        after = last.rowid;
        for row in rows.iter().filter(|row| row.rowid <= reach.indexed_to) {
            if !store::has_moved(conn, row.rowid)? {
                expect(row.rowid, row.body.as_deref().unwrap_or_default());
            }
        }
    }
    Ok(wrong + left.len())
}

fn number(term: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    term.hash(&mut hasher);
    hasher.finish()
}
