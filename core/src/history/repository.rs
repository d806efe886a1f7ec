//! What an app does with the history.

use super::model::{HistoryContent, HistoryEntry, HistoryFilter, HistoryPage};
use super::search::upkeep;
use super::shelf;
use super::wire::SPEC;
use crate::collection::Collection;
use crate::error::{Error, Result, Rule};
use crate::ids::RecordId;
use crate::legacy::reads;
use crate::outbox::store as outbox;
use crate::records::{self, Cursor, Edit, Row, SyncInfo, shelves};
use crate::session::Session;
use rusqlite::Connection;

/// Largest page.
const MAX_PAGE: u32 = 500;

/// The person's history. Reads never wait for a sync; writes are durable when they return.
pub struct History<'a> {
    pub(crate) session: &'a Session,
}

impl History<'_> {
    /// A page of at most `limit` (1 to 500) entries, newest first; `after` is the `next` of the page before.
    /// Paging is by key: a page costs the same wherever it lies.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] for an `after` that no page gave; storage errors.
    pub fn page(&self, after: Option<&str>, limit: u32) -> Result<HistoryPage> {
        self.list(&HistoryFilter::default(), after, limit)
    }

    /// As [`Self::page`], of the entries that fit the filter. Each filter is served by an index: a page costs the same
    /// however rare what it shows. A day is a range from its beginning to the next one's, in the person's time zone.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub fn list(&self, filter: &HistoryFilter, after: Option<&str>, limit: u32) -> Result<HistoryPage> {
        let part = shelf::part(filter, after.map(read_cursor).transpose()?);
        self.session.read(|conn| {
            let page =
                shelves::page(conn, reads::seen(conn, &SPEC)?.as_ref(), &part, limit.clamp(1, MAX_PAGE))?;
            let entries = page.rows.into_iter().map(|(row, _)| entry(conn, row)).collect::<Result<_>>()?;
            Ok(HistoryPage { entries, next: page.next.map(write_cursor), unreadable: page.unreadable })
        })
    }

    /// One entry.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`] when there is none or it was deleted; storage errors.
    pub fn get(&self, id: RecordId) -> Result<HistoryEntry> {
        self.session.read(|conn| {
            let row = records::get(conn, reads::seen(conn, &SPEC)?.as_ref(), id)?.filter(|row| !row.deleted);
            entry(conn, row.ok_or_else(|| Error::not_found("record"))?)
        })
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// Storage errors.
    pub fn count(&self) -> Result<u64> {
        self.count_of(&HistoryFilter::default())
    }

    /// How many entries fit the filter.
    ///
    /// # Errors
    /// Storage errors.
    pub fn count_of(&self, filter: &HistoryFilter) -> Result<u64> {
        let part = shelf::part(filter, None);
        self.session.read(|conn| shelves::count(conn, reads::seen(conn, &SPEC)?.as_ref(), &part))
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] with field and rule; storage errors. On an error nothing was stored.
    pub fn add(&self, content: &HistoryContent) -> Result<RecordId> {
        content.check()?;
        let (id, row) = self.session.edit(|writer| {
            let mut fields = content.to_fields();
            fields.set("created_at", writer.now);
            Ok((writer.create_new(&SPEC, fields)?, writer.tx.last_insert_rowid()))
        })?;
        upkeep::after_writes(&self.session.inner.db, row, 1);
        Ok(id)
    }

    /// Adds many entries in one transaction: all of them or none.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_all(&self, contents: &[HistoryContent]) -> Result<Vec<RecordId>> {
        contents.iter().try_for_each(HistoryContent::check)?;
        let (ids, row) = self.session.edit(|writer| {
            let add = |content: &HistoryContent| {
                let mut fields = content.to_fields();
                fields.set("created_at", writer.now);
                writer.create_new(&SPEC, fields)
            };
            let ids: Vec<_> = contents.iter().map(add).collect::<Result<_>>()?;
            Ok((ids, writer.tx.last_insert_rowid()))
        })?;
        upkeep::after_writes(&self.session.inner.db, row, ids.len());
        Ok(ids)
    }

    /// Changes an entry from what was shown to `to`. Only the fields that differ are written.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] with field and rule; [`crate::ErrorKind::NotFound`] when it was deleted
    /// meanwhile; storage errors. On an error nothing was stored.
    pub fn update(&self, shown: &HistoryEntry, to: &HistoryContent) -> Result<()> {
        to.check()?;
        let seen = shown.content.to_fields();
        let patch = seen.patch_to(&to.to_fields());
        self.session.edit(|writer| writer.edit(&SPEC, shown.id, Edit::Update { seen, patch }))
    }

    /// Deletes an entry.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`]; storage errors. On an error nothing was stored.
    pub fn delete(&self, id: RecordId) -> Result<()> {
        self.session.edit(|writer| writer.edit(&SPEC, id, Edit::Delete))
    }
}

pub(super) fn entry(conn: &Connection, row: Row) -> Result<HistoryEntry> {
    let waiting =
        if row.has_pending() { outbox::waiting(conn, Collection::History, row.id)? } else { Vec::new() };
    Ok(HistoryEntry {
        id: row.id,
        content: HistoryContent::from_fields(&row.body),
        sync: SyncInfo::of(&row, &waiting),
    })
}

fn write_cursor(cursor: Cursor) -> String {
    format!("{}.{}", cursor.sort_key, cursor.id)
}

fn read_cursor(text: &str) -> Result<Cursor> {
    let refused = || Error::invalid("after", Rule::Form { expected: "the `next` of a page" });
    let (sort_key, id) = text.split_once('.').ok_or_else(refused)?;
    let sort_key = sort_key.parse().map_err(|_| refused())?;
    Ok(Cursor { sort_key, id: RecordId::parse(id).map_err(|_| refused())? })
}
