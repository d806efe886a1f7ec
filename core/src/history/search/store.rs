//! SQL of the search index: its words, how far it is, and what has changed since.

use super::fold::FORM;
use crate::collection::Spec;
use crate::db::Transaction;
use crate::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Whether deleted words leave the index's pages at once. FTS5 of SQLite 3.53, which SQLCipher stands on, writes such pages
/// wrong, and entries are not found any more: there, what is deleted goes when pages are merged.
pub(super) const SECURE: bool = !cfg!(feature = "encryption");
/// How the index is made by this build.
const MADE: i64 = if SECURE { FORM } else { -FORM };

/// How far the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    /// Rows after this one are not in it, at most words of rows that are gone. Never after the last row of the history.
    pub indexed_to: i64,
    /// Whether it was made as this build makes it.
    pub usable: bool,
}

pub(super) fn reach(conn: &Connection) -> Result<Reach> {
    let sql = "SELECT indexed_to, form FROM search_state";
    let found = conn.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (indexed_to, form) = found.unwrap_or((0, 0));
    Ok(Reach { indexed_to, usable: form == MADE })
}

pub(super) fn put_reach(tx: &Transaction<'_>, indexed_to: i64) -> Result<()> {
    let sql = "INSERT INTO search_state VALUES (1, ?1, ?2)
         ON CONFLICT DO UPDATE SET indexed_to = ?1, form = ?2";
    tx.prepare_cached(sql)?.execute(params![indexed_to, MADE])?;
    Ok(())
}

/// The last row of the history.
pub(super) fn last_row(conn: &Connection) -> Result<i64> {
    let sql = "SELECT coalesce(max(rowid), 0) FROM history";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// A row as the index should have it.
pub(super) struct Stored {
    pub rowid: i64,
    /// `None`: deleted.
    pub body: Option<String>,
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    let deleted: bool = row.get(2)?;
    // A damaged row has no words; it must not end anything here.
    let body = row.get(1).unwrap_or_default();
    Ok(Stored { rowid: row.get(0)?, body: (!deleted).then_some(body) })
}

/// The next rows after this one, by rowid.
pub(super) fn rows_after(conn: &Connection, rowid: i64, limit: u32) -> Result<Vec<Stored>> {
    let sql = "SELECT rowid, body, deleted FROM history WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![rowid, limit], stored)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The row, if there is one and it is not deleted.
pub(in crate::history) fn body_at(conn: &Connection, spec: &Spec, rowid: i64) -> Result<Option<String>> {
    let sql = format!("SELECT rowid, body, deleted FROM {} WHERE rowid = ?1", spec.name);
    let found = conn.prepare_cached(&sql)?.query_row([rowid], stored).optional()?;
    Ok(found.and_then(|stored| stored.body))
}

/// The last rows before this one that changed since they were indexed, with the body whose words the index has.
pub(super) fn moved_before(conn: &Connection, rowid: i64, limit: u32) -> Result<Vec<(i64, String)>> {
    let sql = "SELECT row, body FROM history_moved WHERE row < ?1 ORDER BY row DESC LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![rowid, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn has_moved(conn: &Connection, rowid: i64) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM history_moved WHERE row = ?1)";
    Ok(conn.prepare_cached(sql)?.query_row([rowid], |row| row.get(0))?)
}

pub(super) fn settle(tx: &Transaction<'_>, rowid: i64) -> Result<()> {
    tx.prepare_cached("DELETE FROM history_moved WHERE row = ?1")?.execute([rowid])?;
    Ok(())
}

pub(super) fn add(tx: &Transaction<'_>, rowid: i64, words: &str) -> Result<()> {
    let sql = "INSERT INTO history_words (rowid, words) VALUES (?1, ?2)";
    tx.prepare_cached(sql)?.execute(params![rowid, words])?;
    Ok(())
}

/// Takes words out; they must be those that were added.
pub(super) fn take_out(tx: &Transaction<'_>, rowid: i64, words: &str) -> Result<()> {
    let sql = "INSERT INTO history_words (history_words, rowid, words) VALUES ('delete', ?1, ?2)";
    tx.prepare_cached(sql)?.execute(params![rowid, words])?;
    Ok(())
}

/// Empties the index, whatever state it is in.
pub(super) fn clear(tx: &Transaction<'_>) -> Result<()> {
    if tx.execute("INSERT INTO history_words (history_words) VALUES ('delete-all')", []).is_err() {
        tx.execute_batch(
            "DROP TABLE IF EXISTS history_words;
             CREATE VIRTUAL TABLE history_words
                USING fts5(words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');",
        )?;
    }
    tx.execute("INSERT INTO history_words (history_words, rank) VALUES ('secure-delete', ?1)", [SECURE])?;
    tx.execute("DELETE FROM history_moved", [])?;
    put_reach(tx, 0)
}

/// Each row that stands under a term of this range, with the term; at most so many.
pub(super) fn under(
    conn: &Connection,
    (from, to): (&str, &str),
    limit: u32,
    mut each: impl FnMut(i64, &str),
) -> Result<()> {
    let sql = "SELECT doc, term FROM history_terms WHERE term >= ?1 AND term <= ?2 LIMIT ?3";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![from, to, limit])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?, row.get_ref(1)?.as_str().unwrap_or_default());
    }
    Ok(())
}

/// The rows that an expression finds, by rowid.
pub(super) fn matching(conn: &Connection, expression: &str) -> Result<Vec<i64>> {
    let sql = "SELECT rowid FROM history_words WHERE history_words MATCH ?1 ORDER BY rowid";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([expression], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
