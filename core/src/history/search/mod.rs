//! Search in the history: words of the person's, always here, never stale.

mod find;
mod fold;
mod query;
mod store;
pub(crate) mod upkeep;
mod verify;
mod words;

pub(in crate::history) use store::body_at;
pub(crate) use verify::rows_wrong;

use query::Query;

use super::linking::{Group, twins};
use super::model::HistoryEntry;
use super::repository::History;
use super::wire::SPEC;
use crate::collection::Spec;
use crate::error::Result;
use crate::legacy::reads;
use crate::records::shelves::Reader;
use rusqlite::Connection;

/// Most entries of a search.
const MOST: u32 = 500;

impl History<'_> {
    /// The newest entries, at most `limit` (1 to 500), in which each word of `query` begins a word of the product's
    /// name, the brand, the note or the ingredients; an entry whose barcode is the query, or a word of it, is found,
    /// too, and those whose barcode is the whole query come first. Case, diacritics and punctuation do not count.
    /// What was written before is found, what was deleted is not; an entry that stands for several records is found where
    /// one of them fits. Text without a letter or digit finds nothing.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] for a query of more than 500 characters or 16 words; storage errors.
    pub fn search(&self, query: &str, limit: u32) -> Result<Vec<HistoryEntry>> {
        let queries = Query::read(query)?;
        let limit = limit.clamp(1, MOST) as usize;
        let db = &self.session.inner.db;
        upkeep::catch_up_briefly(db);
        let with_index = self.session.read(|conn| match reads::snapshot(conn, &SPEC)? {
            // Old data are not in the index.
            Some(spec) => entries(conn, &spec, &queries, limit, find::by_hand),
            None => entries(conn, &SPEC, &queries, limit, find::newest),
        });
        with_index.or_else(|error| {
            upkeep::mend(db, &error);
            self.session.read(|conn| {
                entries(conn, reads::seen(conn, &SPEC)?.as_ref(), &queries, limit, find::by_hand)
            })
        })
    }
}

type Find = fn(&Connection, &Spec, &Query, usize) -> Result<Vec<Group>>;

fn entries(
    conn: &Connection,
    spec: &Spec,
    queries: &[Query],
    limit: usize,
    find: Find,
) -> Result<Vec<HistoryEntry>> {
    let mut groups: Vec<Group> = Vec::new();
    for query in queries {
        let found = find(conn, spec, query, limit)?;
        let new: Vec<_> = found.into_iter().filter(|group| !groups.contains(group)).collect();
        groups.extend(new);
    }
    groups.truncate(limit);
    // A row that cannot be read is not shown; it never ends a search.
    let mut reader = Reader::new(conn, spec)?;
    let entry = |group| twins::entry(conn, &mut reader, group).map(|(entry, _)| entry).transpose();
    groups.iter().filter_map(entry).collect()
}

#[cfg(test)]
pub(super) mod tests;
