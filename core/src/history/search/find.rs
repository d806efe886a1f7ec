//! Finding entries, newest first. The index only says where to look: each entry is looked at itself before it is shown, so
//! that nothing stale is, and what is not indexed yet is looked at, too.
//!
//! FTS5 gives rows in the order in which they came here, and a list wants those of its newest times. So: where a word is
//! rare, the few rows under it are sorted by time. Where all words are common, the newest entries are looked at one by
//! one, since most of them fit. Where that finds too few, the rows that hold all the words are put together, and the
//! index of times is walked with them in hand.

use super::query::Query;
use super::store::{self, Reach};
use super::words::Words;
use crate::collection::Spec;
use crate::error::Result;
use crate::history::linking::twins::Twins;
use crate::history::linking::{Group, Newest};
use crate::history::shelf;
use crate::records::shelves::{self, Part, Place};
use rusqlite::Connection;
use std::collections::HashSet;

/// Rows under a word that is rare.
const FEW: usize = 1_000;
/// Entries that are looked at one by one before the rows are put together.
const GLANCE: usize = 400;
/// Places that are read at once when walking through time.
const STRIDE: u32 = 100;

/// Where to look.
enum Where {
    /// At these rows.
    Rows(Vec<i64>),
    /// At the newest entries.
    Anywhere,
}

/// The newest entries that a query means, at most so many.
pub(super) fn newest(conn: &Connection, spec: &Spec, query: &Query, limit: usize) -> Result<Vec<Group>> {
    let reach = store::reach(conn)?;
    let mut search = Search::new(conn, spec, query, limit);
    if let Where::Rows(rows) = place_to_look(conn, query, reach)? {
        search.among(&rows)?;
        return Ok(search.found());
    }
    if search.walk(|_| Ok(true), Some(GLANCE))? {
        return Ok(search.found());
    }
    let mut search = Search::new(conn, spec, query, limit);
    let rows = if reach.usable { store::matching(conn, &query.expression())? } else { Vec::new() };
    let known = |rowid: i64| reach.usable && rowid <= reach.indexed_to;
    search.walk(
        |rowid| Ok(!known(rowid) || rows.binary_search(&rowid).is_ok() || store::has_moved(conn, rowid)?),
        None,
    )?;
    Ok(search.found())
}

/// As [`newest`], without the index.
pub(super) fn by_hand(conn: &Connection, spec: &Spec, query: &Query, limit: usize) -> Result<Vec<Group>> {
    let mut search = Search::new(conn, spec, query, limit);
    search.walk(|_| Ok(true), None)?;
    Ok(search.found())
}

fn place_to_look(conn: &Connection, query: &Query, reach: Reach) -> Result<Where> {
    if !reach.usable {
        return Ok(Where::Anywhere);
    }
    let most = FEW as u32 + 1;
    let mut narrowest: Option<HashSet<i64>> = None;
    for ranges in query.ranges() {
        let mut rows = HashSet::new();
        let mut read = 0;
        for (from, to) in ranges {
            store::under(conn, (&from, &to), most, |rowid, _| {
                read += 1;
                rows.insert(rowid);
            })?;
        }
        if read <= FEW {
            narrowest = Some(match narrowest {
                Some(narrow) => narrow.intersection(&rows).copied().collect(),
                None => rows,
            });
        }
    }
    let Some(rows) = narrowest else { return Ok(Where::Anywhere) };
    let new = store::rows_after(conn, reach.indexed_to, most)?;
    let moved = store::moved_before(conn, i64::MAX, most)?;
    if new.len() > FEW || moved.len() > FEW {
        return Ok(Where::Anywhere);
    }
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.extend(new.iter().map(|row| row.rowid));
    rows.extend(moved.iter().map(|(rowid, _)| *rowid));
    rows.sort_unstable();
    rows.dedup();
    Ok(Where::Rows(rows))
}

struct Search<'a> {
    conn: &'a Connection,
    spec: &'a Spec,
    query: &'a Query,
    limit: usize,
    twins: Twins<'a>,
    found: Newest,
}

impl<'a> Search<'a> {
    fn new(conn: &'a Connection, spec: &'a Spec, query: &'a Query, limit: usize) -> Self {
        Self { conn, spec, query, limit, twins: Twins::new(conn, spec), found: Newest::default() }
    }

    /// Looks at these rows, the newest first.
    fn among(&mut self, rows: &[i64]) -> Result<()> {
        let mut places = shelves::places_of(self.conn, self.spec, shelf::all(false), rows)?;
        places.sort_unstable_by_key(|place| std::cmp::Reverse(place.cursor));
        for place in places {
            if self.found.are_known(self.limit, place.cursor) {
                break;
            }
            self.look(place)?;
        }
        Ok(())
    }

    /// Looks at every entry, the newest first, that may be meant; at most at so many. `false`: there were more.
    fn walk(&mut self, may_be: impl Fn(i64) -> Result<bool>, most: Option<usize>) -> Result<bool> {
        let (mut before, mut looked) = (None, 0);
        loop {
            if most.is_some_and(|most| looked >= most) {
                return Ok(false);
            }
            let part = Part { shelves: shelf::all(false), from: i64::MIN, before };
            let places = shelves::places(self.conn, self.spec, &part, STRIDE)?;
            looked += places.len();
            for place in &places {
                if may_be(place.rowid)? {
                    self.look(*place)?;
                }
                if self.found.are_known(self.limit, place.cursor) {
                    return Ok(true);
                }
            }
            match places.last() {
                Some(last) if places.len() == STRIDE as usize => before = Some(last.cursor),
                _ => return Ok(true),
            }
        }
    }

    fn look(&mut self, place: Place) -> Result<()> {
        if let Some(body) = store::body_at(self.conn, self.spec, place.rowid)?
            && self.query.fits(&Words::of(&body))
        {
            self.found.add(self.twins.group_of(place)?);
        }
        Ok(())
    }

    fn found(self) -> Vec<Group> {
        let mut groups = self.found.into_groups();
        groups.truncate(self.limit);
        groups
    }
}
