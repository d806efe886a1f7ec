//! Search in the history: words of the person's, always here, never stale.

mod find;
mod fold;
mod query;
mod store;
pub(crate) mod upkeep;
mod verify;
mod words;

pub(crate) use verify::rows_wrong;

use query::Query;

use super::model::HistoryEntry;
use super::repository::{History, entry};
use super::wire::SPEC;
use crate::error::{Result, readable};
use crate::records::shelves;
use rusqlite::Connection;

/// Most entries of a search.
const MOST: u32 = 500;

impl History<'_> {
    /// The newest entries, at most `limit` (1 to 500), in which each word of `query` begins a word of the product's
    /// name, the brand, the note or the ingredients; an entry whose barcode is the query, or a word of it, is found,
    /// too, and those whose barcode is the whole query come first. Case, diacritics and punctuation do not count.
    /// What was written before is found, what was deleted is not. Text without a letter or digit finds nothing.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] for a query of more than 500 characters or 16 words; storage errors.
    pub fn search(&self, query: &str, limit: u32) -> Result<Vec<HistoryEntry>> {
        let queries = Query::read(query)?;
        let limit = limit.clamp(1, MOST) as usize;
        let db = &self.session.inner.db;
        upkeep::catch_up_briefly(db);
        let with_index = self.session.read(|conn| entries(conn, &queries, limit, find::newest));
        with_index.or_else(|error| {
            upkeep::mend(db, &error);
            self.session.read(|conn| entries(conn, &queries, limit, find::by_hand))
        })
    }
}

type Find = fn(&Connection, &Query, usize) -> Result<Vec<i64>>;

fn entries(conn: &Connection, queries: &[Query], limit: usize, find: Find) -> Result<Vec<HistoryEntry>> {
    let mut rows = Vec::new();
    for query in queries {
        let found = find(conn, query, limit)?;
        let new: Vec<_> = found.into_iter().filter(|rowid| !rows.contains(rowid)).collect();
        rows.extend(new);
    }
    rows.truncate(limit);
    // A row that cannot be read is not shown; it never ends a search.
    let rows = rows.into_iter().map(|rowid| readable(shelves::at(conn, &SPEC, rowid)));
    rows.filter_map(Result::transpose).map(|row| entry(conn, row?)).collect()
}

#[cfg(test)]
mod tests;
