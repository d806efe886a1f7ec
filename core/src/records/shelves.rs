//! SQL of lists of a part of a collection: the shelves that are wanted, each walked by the index, merged newest first.

use super::row::Row;
use super::store::{COLUMNS, Cursor, read_row};
use crate::collection::Spec;
use crate::error::{Result, readable};
use rusqlite::{Connection, params};

/// The part of a collection that a list shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub shelves: &'static [i64],
    /// The smallest sort key that is wanted.
    pub from: i64,
    /// Only what comes after this place, newest first; `None`: from the newest.
    pub before: Option<Cursor>,
}

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub cursor: Cursor,
    pub rowid: i64,
}

/// A page of records, newest first.
pub(crate) struct Page {
    pub rows: Vec<(Row, Cursor)>,
    /// Rows that could not be read: they are skipped, and never end a list.
    pub unreadable: u32,
    /// Where the next page begins; `None`: this was the last.
    pub next: Option<Cursor>,
}

/// The next records of the part, newest first. Reads the index and no record.
pub(crate) fn places(conn: &Connection, spec: &Spec, part: &Part, limit: u32) -> Result<Vec<Place>> {
    let before = part.before.unwrap_or_else(Cursor::newest);
    let sql = format!(
        "SELECT sort_key, id, rowid FROM {} WHERE shelf = ?1 AND (sort_key, id) < (?2, ?3) AND sort_key >= ?4
         ORDER BY sort_key DESC, id DESC LIMIT ?5",
        spec.name
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut places = Vec::new();
    for shelf in part.shelves {
        let mut rows = statement.query(params![shelf, before.sort_key, before.id, part.from, limit])?;
        while let Some(row) = rows.next()? {
            let cursor = Cursor { sort_key: row.get(0)?, id: row.get(1)? };
            places.push(Place { cursor, rowid: row.get(2)? });
        }
    }
    places.sort_unstable_by_key(|place| std::cmp::Reverse(place.cursor));
    places.truncate(limit as usize);
    Ok(places)
}

/// A page of the part.
pub(crate) fn page(conn: &Connection, spec: &Spec, part: &Part, limit: u32) -> Result<Page> {
    let places = places(conn, spec, part, limit)?;
    let full = places.len() == limit as usize;
    let next = places.last().filter(|_| full).map(|place| place.cursor);
    let mut page = Page { rows: Vec::with_capacity(places.len()), unreadable: 0, next };
    for place in places {
        match readable(at(conn, spec, place.rowid))? {
            Some(row) => page.rows.push((row, place.cursor)),
            None => page.unreadable += 1,
        }
    }
    Ok(page)
}

/// Where the records of these rows stand, of those that are on one of the shelves.
pub(crate) fn places_of(conn: &Connection, spec: &Spec, shelves: &[i64], rows: &[i64]) -> Result<Vec<Place>> {
    let sql = format!("SELECT shelf, sort_key, id FROM {} WHERE rowid = ?1", spec.name);
    let mut statement = conn.prepare_cached(&sql)?;
    let mut places = Vec::with_capacity(rows.len());
    for &rowid in rows {
        let mut found = statement.query([rowid])?;
        if let Some(row) = found.next()?
            && shelves.contains(&row.get(0)?)
        {
            places.push(Place { cursor: Cursor { sort_key: row.get(1)?, id: row.get(2)? }, rowid });
        }
    }
    Ok(places)
}

/// The record at a place.
pub(crate) fn at(conn: &Connection, spec: &Spec, rowid: i64) -> Result<Row> {
    let sql = format!("SELECT {COLUMNS} FROM {} WHERE rowid = ?1", spec.name);
    Ok(conn.prepare_cached(&sql)?.query_row([rowid], read_row)?)
}

/// How many records the part has from its beginning on, by the index alone.
pub(crate) fn count(conn: &Connection, spec: &Spec, part: &Part) -> Result<u64> {
    let before = part.before.unwrap_or_else(Cursor::newest);
    let sql = format!(
        "SELECT count(*) FROM {} WHERE shelf = ?1 AND (sort_key, id) < (?2, ?3) AND sort_key >= ?4",
        spec.name
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut count = 0;
    for shelf in part.shelves {
        let values = params![shelf, before.sort_key, before.id, part.from];
        count += statement.query_row(values, |row| row.get::<_, u64>(0))?;
    }
    Ok(count)
}
