//! Reading linked records: who belongs to whom, and the entry that they are.

use super::Group;
use super::group::{Fingerprint, MOST, link};
use super::join::join;
use crate::collection::{Collection, Spec};
use crate::error::{self, Error, ErrorKind, Result};
use crate::history::model::{HistoryContent, HistoryEntry};
use crate::history::search::body_at;
use crate::history::shelf;
use crate::ids::RecordId;
use crate::outbox::store as outbox;
use crate::records::shelves::{self, Place, Reader};
use crate::records::{Row, SyncInfo};
use rusqlite::Connection;

/// Says who belongs to whom. Keeps what it has read of the last moment: those who ask walk through time.
pub(in crate::history) struct Twins<'a> {
    conn: &'a Connection,
    spec: &'a Spec,
    moment: Option<i64>,
    /// For each kind that was asked about (its lower shelf), the linked records.
    known: Vec<(i64, Vec<Group>)>,
}

impl<'a> Twins<'a> {
    pub fn new(conn: &'a Connection, spec: &'a Spec) -> Self {
        Self { conn, spec, moment: None, known: Vec::new() }
    }

    /// The entry that the record at a place is of.
    pub fn group_of(&mut self, place: Place) -> Result<Group> {
        let linked = self.at(place.cursor.sort_key, place.shelf)?;
        let group = linked.iter().find(|group| group.places().any(|known| known.rowid == place.rowid));
        Ok(group.cloned().unwrap_or_else(|| Group::alone(place)))
    }

    /// What is linked at a moment, of the kind of a shelf. Reads no record where only one is there.
    pub fn at(&mut self, moment: i64, shelf: i64) -> Result<&[Group]> {
        if self.moment != Some(moment) {
            self.moment = Some(moment);
            self.known.clear();
        }
        let shelves = shelf::of_its_kind(shelf);
        let index = match self.known.iter().position(|(kind, _)| *kind == shelves[0]) {
            Some(index) => index,
            None => {
                self.known.push((shelves[0], read(self.conn, self.spec, &shelves, moment)?));
                self.known.len() - 1
            }
        };
        Ok(&self.known[index].1)
    }
}

fn read(conn: &Connection, spec: &Spec, shelves: &[i64], moment: i64) -> Result<Vec<Group>> {
    let places = shelves::moment(conn, spec, shelves, moment, MOST)?;
    if places.len() < 2 {
        return Ok(Vec::new());
    }
    let print =
        |place: Place| Ok((place, body_at(conn, spec, place.rowid)?.as_deref().and_then(Fingerprint::of)));
    Ok(link(places.into_iter().map(print).collect::<Result<_>>()?))
}

/// The entry that a record is of, which is not deleted.
pub(in crate::history) fn group(conn: &Connection, spec: &Spec, id: RecordId) -> Result<Group> {
    let place = shelves::place_of(conn, spec, id)?.filter(|place| shelf::all(false).contains(&place.shelf));
    Twins::new(conn, spec).group_of(place.ok_or_else(|| Error::not_found("record"))?)
}

/// The entry that these records are; `None`: none of them can be read. The second value: how many cannot.
pub(in crate::history) fn entry(
    conn: &Connection,
    reader: &mut Reader<'_>,
    group: &Group,
) -> Result<(Option<HistoryEntry>, u32)> {
    let (mut joined, mut unreadable) = (None, 0);
    for place in group.places() {
        let Some(row) = error::readable(reader.at(place.rowid))? else {
            unreadable += 1;
            continue;
        };
        let entry = of_one(conn, row)?;
        joined = Some(match joined {
            Some(elder) => join(elder, entry),
            None => entry,
        });
    }
    Ok((joined, unreadable))
}

/// As [`entry`]; an error where nothing can be read.
pub(in crate::history) fn readable(conn: &Connection, spec: &Spec, group: &Group) -> Result<HistoryEntry> {
    entry(conn, &mut Reader::new(conn, spec)?, group)?.0.ok_or_else(|| ErrorKind::Unreadable.into())
}

fn of_one(conn: &Connection, row: Row) -> Result<HistoryEntry> {
    let waiting =
        if row.has_pending() { outbox::waiting(conn, Collection::History, row.id)? } else { Vec::new() };
    Ok(HistoryEntry {
        id: row.id,
        content: HistoryContent::from_fields(&row.body),
        linked: Vec::new(),
        sync: SyncInfo::of(&row, &waiting),
    })
}
