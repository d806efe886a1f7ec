//! SQL of lists of a part of a collection: the shelves that are wanted, each walked by the index, merged newest first.

use super::row::Row;
use super::store::{COLUMNS, Cursor, read_row};
use crate::collection::Spec;
use crate::error::{Result, readable};
use crate::ids::RecordId;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

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
    pub shelf: i64,
    pub rowid: i64,
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
    for &shelf in part.shelves {
        let mut rows = statement.query(params![shelf, before.sort_key, before.id, part.from, limit])?;
        while let Some(row) = rows.next()? {
            let cursor = Cursor { sort_key: row.get(0)?, id: row.get(1)? };
            places.push(Place { cursor, shelf, rowid: row.get(2)? });
        }
    }
    places.sort_unstable_by_key(|place| std::cmp::Reverse(place.cursor));
    places.truncate(limit as usize);
    Ok(places)
}

/// A page of the part's records, and how many rows could not be read: they are skipped, and never end a list.
pub(super) fn page(
    conn: &Connection,
    spec: &Spec,
    part: &Part,
    limit: u32,
) -> Result<(Vec<(Row, Cursor)>, u32)> {
    let places = places(conn, spec, part, limit)?;
    let (mut rows, mut unreadable) = (Vec::with_capacity(places.len()), 0);
    let mut reader = Reader::new(conn, spec)?;
    for place in places {
        match readable(reader.at(place.rowid))? {
            Some(row) => rows.push((row, place.cursor)),
            None => unreadable += 1,
        }
    }
    Ok((rows, unreadable))
}

/// Where the records of these rows stand, of those that are on one of the shelves.
pub(crate) fn places_of(conn: &Connection, spec: &Spec, shelves: &[i64], rows: &[i64]) -> Result<Vec<Place>> {
    let sql = format!("SELECT shelf, sort_key, id FROM {} WHERE rowid = ?1", spec.name);
    let mut statement = conn.prepare_cached(&sql)?;
    let mut places = Vec::with_capacity(rows.len());
    for &rowid in rows {
        let mut found = statement.query([rowid])?;
        if let Some(row) = found.next()? {
            let cursor = Cursor { sort_key: row.get(1)?, id: row.get(2)? };
            places.push(Place { cursor, shelf: row.get(0)?, rowid });
        }
    }
    places.retain(|place| shelves.contains(&place.shelf));
    Ok(places)
}

/// Where a record stands.
pub(crate) fn place_of(conn: &Connection, spec: &Spec, id: RecordId) -> Result<Option<Place>> {
    let sql = format!("SELECT shelf, sort_key, rowid FROM {} WHERE id = ?1", spec.name);
    let place = |row: &rusqlite::Row<'_>| {
        Ok(Place { cursor: Cursor { sort_key: row.get(1)?, id }, shelf: row.get(0)?, rowid: row.get(2)? })
    };
    Ok(conn.prepare_cached(&sql)?.query_row([id], place).optional()?)
}

/// The records of one moment on these shelves, the eldest first, at most so many. Reads the index and no record.
pub(crate) fn moment(
    conn: &Connection,
    spec: &Spec,
    shelves: &[i64],
    sort_key: i64,
    most: u32,
) -> Result<Vec<Place>> {
    let sql = format!(
        "SELECT id, rowid FROM {} WHERE shelf = ?1 AND sort_key = ?2 ORDER BY id LIMIT ?3",
        spec.name
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut places = Vec::new();
    for &shelf in shelves {
        let mut rows = statement.query(params![shelf, sort_key, most])?;
        while let Some(row) = rows.next()? {
            places.push(Place { cursor: Cursor { sort_key, id: row.get(0)? }, shelf, rowid: row.get(1)? });
        }
    }
    places.sort_unstable_by_key(|place| place.cursor);
    places.truncate(most as usize);
    Ok(places)
}

/// Reads the records at places, all by one statement.
pub(crate) struct Reader<'a>(CachedStatement<'a>);

impl<'a> Reader<'a> {
    pub fn new(conn: &'a Connection, spec: &Spec) -> Result<Self> {
        Ok(Self(conn.prepare_cached(&format!("SELECT {COLUMNS} FROM {} WHERE rowid = ?1", spec.name))?))
    }

    pub fn at(&mut self, rowid: i64) -> Result<Row> {
        Ok(self.0.query_row([rowid], read_row)?)
    }
}

/// How many records two shelves (or one) hold of the part, and the moments that several of them share. By the index
/// alone, in one walk.
pub(crate) fn count(
    conn: &Connection,
    spec: &Spec,
    (one, other): (i64, Option<i64>),
    part: &Part,
) -> Result<(u64, Vec<i64>)> {
    let before = part.before.unwrap_or_else(Cursor::newest);
    let sql = format!(
        "SELECT sort_key FROM {} WHERE shelf = ?1 AND (sort_key, id) < (?2, ?3) AND sort_key >= ?4
         ORDER BY sort_key DESC, id DESC",
        spec.name
    );
    let (mut first, mut second) = (conn.prepare_cached(&sql)?, conn.prepare_cached(&sql)?);
    let mut first = first.query(params![one, before.sort_key, before.id, part.from])?;
    let mut second = second.query(params![other, before.sort_key, before.id, part.from])?;
    let next = |rows: &mut rusqlite::Rows<'_>| rows.next()?.map(|row| row.get::<_, i64>(0)).transpose();
    let (mut here, mut there) = (next(&mut first)?, next(&mut second)?);
    let (mut count, mut shared, mut last) = (0, Vec::new(), None);
    while let Some(newer) = here.max(there) {
        if here == Some(newer) {
            here = next(&mut first)?
        } else {
            there = next(&mut second)?
        }
        count += 1;
        if last == Some(newer) && shared.last() != Some(&newer) {
            shared.push(newer);
        }
        last = Some(newer);
    }
    Ok((count, shared))
}
