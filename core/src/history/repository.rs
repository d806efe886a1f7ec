//! What an app does with the history.

use super::linking::{Group, twins};
use super::model::{HistoryContent, HistoryEntry, HistoryFilter, HistoryPage};
use super::search::upkeep;
use super::wire::SPEC;
use super::{pages, shelf};
use crate::collection::Collection;
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::ids::RecordId;
use crate::legacy::reads;
use crate::records::shelves::Reader;
use crate::records::{self, Cursor, Edit};
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
    /// however rare what it shows. Records that share kind and moment with one on the page are read as well, at most 64
    /// of them. A day is a range from its beginning to the next one's, in the person's time zone.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub fn list(&self, filter: &HistoryFilter, after: Option<&str>, limit: u32) -> Result<HistoryPage> {
        let part = shelf::part(filter, after.map(read_cursor).transpose()?);
        self.session.read(|conn| {
            let spec = reads::seen(conn, &SPEC)?;
            let (groups, next) = pages::page(conn, &spec, &part, limit.clamp(1, MAX_PAGE) as usize)?;
            let (mut entries, mut unreadable) = (Vec::with_capacity(groups.len()), 0);
            let mut reader = Reader::new(conn, &spec)?;
            for group in &groups {
                let (entry, skipped) = twins::entry(conn, &mut reader, group)?;
                entries.extend(entry);
                unreadable += skipped;
            }
            Ok(HistoryPage { entries, next: next.map(write_cursor), unreadable })
        })
    }

    /// One entry, by the id of any record that it stands for.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`] when there is none or it was deleted; storage errors.
    pub fn get(&self, id: RecordId) -> Result<HistoryEntry> {
        self.session.read(|conn| {
            let spec = reads::seen(conn, &SPEC)?;
            twins::readable(conn, &spec, &twins::group(conn, &spec, id)?)
        })
    }

    /// How many entries there are; see [`Self::count_of`].
    ///
    /// # Errors
    /// Storage errors.
    pub fn count(&self) -> Result<u64> {
        self.count_of(&HistoryFilter::default())
    }

    /// How many entries fit the filter. This walks through the index of all of them, some hundredths of a second for
    /// 100,000; records are read only where several of one kind share a moment.
    ///
    /// # Errors
    /// Storage errors.
    pub fn count_of(&self, filter: &HistoryFilter) -> Result<u64> {
        let part = shelf::part(filter, None);
        self.session.read(|conn| pages::count(conn, &*reads::seen(conn, &SPEC)?, &part))
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
        upkeep::after_writes(&self.session.inner, row, 1);
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
        upkeep::after_writes(&self.session.inner, row, ids.len());
        Ok(ids)
    }

    /// Changes an entry from what was shown to `to`. Only the fields that differ are written, in every record that the
    /// entry stands for.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] with field and rule; [`crate::ErrorKind::NotFound`] when it was deleted
    /// meanwhile; storage errors. On an error nothing was stored.
    pub fn update(&self, shown: &HistoryEntry, to: &HistoryContent) -> Result<()> {
        to.check()?;
        let seen = shown.content.to_fields();
        let patch = seen.patch_to(&to.to_fields());
        self.session.edit(|writer| {
            let group = still_there(writer.tx, shown)?;
            if group.others.is_empty() {
                return writer.edit(&SPEC, group.eldest.cursor.id, Edit::Update { seen, patch });
            }
            let now = twins::readable(writer.tx, &SPEC, &group)?.content.to_fields();
            records::refuse_stale(writer.spec(Collection::History), &now, &seen, &patch)?;
            for place in group.places() {
                // What was shown is no single record's: each is changed from what it is itself.
                let row = records::get(writer.tx, &SPEC, place.cursor.id)?;
                let seen = row.ok_or_else(|| Error::not_found("record"))?.body;
                writer.edit(&SPEC, place.cursor.id, Edit::Update { seen, patch: patch.clone() })?;
            }
            Ok(())
        })
    }

    /// Deletes an entry, with every record that it stands for.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`]; storage errors. On an error nothing was stored.
    pub fn delete(&self, id: RecordId) -> Result<()> {
        self.session.edit(|writer| {
            let group = twins::group(writer.tx, &SPEC, id)?;
            group.places().try_for_each(|place| writer.edit(&SPEC, place.cursor.id, Edit::Delete))
        })
    }
}

/// What is left of the entry that was shown: the eldest of its records may be gone, deleted where the others were not known.
fn still_there(conn: &Connection, shown: &HistoryEntry) -> Result<Group> {
    let mut found = twins::group(conn, &SPEC, shown.id);
    for id in &shown.linked {
        if !matches!(&found, Err(error) if matches!(error.kind(), ErrorKind::NotFound { .. })) {
            break;
        }
        found = twins::group(conn, &SPEC, *id);
    }
    found
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
