//! What an app does with allergies.

use super::model::{Allergy, AllergyContent, AllergyList, ListState, Severity};
use super::wire::{LIST_SPEC, SPEC};
use super::{effective, linking};
use crate::collection::{Collection, FieldPolicy, Spec};
use crate::error::{Error, ErrorKind, Result, Rule};
use crate::fields::Fields;
use crate::ids::RecordId;
use crate::legacy::reads;
use crate::outbox::{lanes, store as outbox};
use crate::records::{self, Edit, Row, SyncInfo, Writer};
use crate::session::{Session, state, unreadable};
use rusqlite::Connection;
use std::borrow::Cow;

/// A page of rows while the list is read; allergies are few, the list is always whole.
const PAGE: u32 = 500;

/// The person's allergies. Reads never wait for a sync; writes are durable when they return.
pub struct Allergies<'a> {
    pub(crate) session: &'a Session,
}

impl Allergies<'_> {
    /// The list, seen cautiously (see [`AllergyList`]).
    ///
    /// # Errors
    /// Storage errors; [`crate::ErrorKind::Closed`].
    pub fn list(&self) -> Result<AllergyList> {
        self.session.read(|conn| {
            let (entries, skipped) = read_entries(conn)?;
            let unreadable = skipped + unreadable::count(conn, Collection::Allergies)?;
            let entries = linking::link(entries);
            let (stored, remote) = stored_state(conn)?;
            let state = effective::list_state(!entries.is_empty(), unreadable == 0, stored, remote);
            Ok(AllergyList { state, entries, complete: state::get(conn)?.lists_restored, unreadable })
        })
    }

    /// One record as this device has it, with its own severity here (the list shows the more cautious one while it is in
    /// question).
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`] when there is none or it was deleted; storage errors.
    pub fn get(&self, id: RecordId) -> Result<Allergy> {
        self.session.read(|conn| {
            let row = read_row(conn, id)?;
            let waiting = waiting(conn, &row)?;
            let linked = linking::twins(conn, id, &AllergyContent::from_fields(&row.body).allergen)?
                .into_iter()
                .map(|twin| twin.id)
                .collect();
            Ok(Allergy {
                id,
                linked,
                content: AllergyContent::from_fields(&row.body),
                in_question: effective::in_doubt(&row, &waiting),
                sync: SyncInfo::of(&row, &waiting),
            })
        })
    }

    /// Adds an allergy. The list is `listed` from now on, in the same transaction.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] with field and rule; storage errors. On an error nothing was stored.
    pub fn add(&self, content: &AllergyContent) -> Result<RecordId> {
        content.check()?;
        self.session.edit(|writer| {
            let mut fields = content.to_fields();
            fields.set("created_at", writer.now);
            let id = writer.create_new(&SPEC, fields)?;
            say_listed(writer)?;
            Ok(id)
        })
    }

    /// Changes an allergy from what was shown (`shown`, as the list or [`Self::get`] gave it) to `to`. Only the fields
    /// that differ are changed, in every record that the entry stands for; the allergen only where this device says the
    /// same one: the other side of a question goes on.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] with field and rule; [`crate::ErrorKind::StaleEdit`] when the allergen or the
    /// severity has changed since it was shown and would be changed again, or the allergen is only the other side of a
    /// question, which is to be answered; [`crate::ErrorKind::NotFound`] when it was
    /// deleted meanwhile, or is shown ([`Allergy::in_question`]) only because its removal here is in doubt: that is
    /// answered as a question or in the queue; storage errors. On an error nothing was stored.
    pub fn update(&self, shown: &Allergy, to: &AllergyContent) -> Result<()> {
        to.check()?;
        let (seen, wanted) = (shown.content.to_fields(), to.to_fields());
        let patch = seen.patch_to(&wanted);
        self.session.edit(|writer| {
            let row = visible(writer.tx, shown.id)?;
            let twins = linking::shown_with(writer.tx, row.id, &shown.content.allergen)?;
            let is_it = |row: &Row| linking::is_about(row, &shown.content.allergen);
            if twins.is_empty() && is_it(&row) {
                return writer.edit(&SPEC, shown.id, Edit::Update { seen, patch });
            }
            refuse_stale(writer.tx, shown, &row, &patch)?;
            let rows: Vec<_> = std::iter::once(row).chain(twins).collect();
            if patch.contains("allergen") && !rows.iter().any(is_it) {
                return Err(ErrorKind::StaleEdit.into());
            }
            for row in rows {
                // Where it is about another allergen here, nobody took that away.
                let patch = if is_it(&row) { patch.clone() } else { patch.without("allergen") };
                // What was shown is no single record's: each is changed from what it is itself.
                writer.edit(&SPEC, row.id, Edit::Update { seen: row.body, patch })?;
            }
            Ok(())
        })
    }

    /// Removes an allergy, with every record that is about the same allergen: a person's decision. When it was the last
    /// one, the list is `unknown` afterwards, not "none". While it is in question which allergen a record is about, two
    /// entries of the list have its id: then the record alone is removed here, and the question goes on.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`]; storage errors. On an error nothing was stored.
    pub fn remove(&self, id: RecordId) -> Result<()> {
        self.session.edit(|writer| {
            let row = visible(writer.tx, id)?;
            let shown_as = effective::entries(&row, &waiting(writer.tx, &row)?);
            if let [only] = shown_as.as_slice() {
                for twin in linking::twins(writer.tx, id, &only.content.allergen)? {
                    writer.edit(&SPEC, twin.id, Edit::Delete)?;
                }
            }
            writer.edit(&SPEC, id, Edit::Delete)
        })
    }

    /// A person confirms that there are no allergies.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] with [`Rule::ListNotEmpty`] while the list holds any, also one in question;
    /// storage errors. On an error nothing was stored.
    pub fn confirm_none(&self) -> Result<()> {
        self.session.edit(|writer| {
            if any(writer.tx)? {
                return Err(Error::invalid("state", Rule::ListNotEmpty));
            }
            set_state(writer, ListState::ConfirmedNone)?;
            after_allergies(writer)
        })
    }

    /// Takes back a confirmation: nothing is known about the list.
    ///
    /// # Errors
    /// As [`Self::confirm_none`].
    pub fn set_unknown(&self) -> Result<()> {
        self.session.edit(|writer| set_state(writer, ListState::Unknown))
    }
}

/// A record that this device does not have as deleted.
fn visible(conn: &Connection, id: RecordId) -> Result<Row> {
    let row = records::get(conn, &SPEC, id)?.filter(|row| !row.deleted);
    row.ok_or_else(|| Error::not_found("record"))
}

/// Of an entry that stands for several records: whether what asks a person is still as it was shown, by the list or by
/// the record itself.
fn refuse_stale(conn: &Connection, shown: &Allergy, row: &Row, patch: &Fields) -> Result<()> {
    let (entries, _) = read_entries(conn)?;
    let is_it = |entry: &Allergy| {
        entry.id == shown.id && linking::same_allergen(&entry.content.allergen, &shown.content.allergen)
    };
    let now = linking::link(entries).into_iter().find(is_it);
    let now = now.map(|entry| entry.content.to_fields()).unwrap_or_default();
    let seen = shown.content.to_fields();
    let stale = patch.iter().any(|(name, wanted)| {
        SPEC.policy_of(name) == FieldPolicy::Manual
            && ![now.get(name), row.body.get(name)].contains(&seen.get(name))
            && now.get(name) != wanted
    });
    if stale { Err(ErrorKind::StaleEdit.into()) } else { Ok(()) }
}

/// Every entry of the list, and how many rows could not be read.
fn read_entries(conn: &Connection) -> Result<(Vec<Allergy>, u64)> {
    let (mut entries, mut skipped) = (Vec::new(), 0);
    for spec in specs(conn)? {
        let mut after = None;
        loop {
            let (page, unreadable) = records::list(conn, &spec, after, PAGE, true)?;
            skipped += u64::from(unreadable);
            for (row, _) in &page {
                entries.extend(effective::entries(row, &waiting(conn, row)?));
            }
            if records::is_last(page.len(), unreadable, PAGE) {
                break;
            }
            after = page.last().map(|(_, last)| *last);
        }
    }
    Ok((entries, skipped))
}

/// What is read: the records, and beside them the old data while reads are on these. No allergy vanishes by that.
fn specs(conn: &Connection) -> Result<Vec<Cow<'static, Spec>>> {
    let snapshot = reads::snapshot(conn, &SPEC)?;
    Ok(std::iter::once(Cow::Borrowed(&SPEC)).chain(snapshot.map(Cow::Owned)).collect())
}

/// A record as it is read: of one that is in the old data, too, the higher severity.
fn read_row(conn: &Connection, id: RecordId) -> Result<Row> {
    let old = reads::snapshot(conn, &SPEC)?.map(|spec| records::get(conn, &spec, id)).transpose()?.flatten();
    let new = records::get(conn, &SPEC, id)?.filter(|row| !row.deleted);
    let (Some(new), Some(old)) = (new.clone(), old.clone()) else {
        return new.or(old).ok_or_else(|| Error::not_found("record"));
    };
    let severity = |row: &Row| Severity::of(&row.body);
    let higher = effective::more_severe(severity(&new), severity(&old));
    let content = AllergyContent { severity: higher, ..AllergyContent::from_fields(&new.body) };
    Ok(Row { body: new.body.patched(&content.to_fields()), ..new })
}

/// Whether there is any allergy, in question or unreadable ones included.
pub(crate) fn any(conn: &Connection) -> Result<bool> {
    let (entries, skipped) = read_entries(conn)?;
    Ok(!entries.is_empty() || skipped + unreadable::count(conn, Collection::Allergies)? > 0)
}

/// What waits for a row; a row that is the server's own has nothing.
pub(super) fn waiting(conn: &Connection, row: &Row) -> Result<Vec<crate::outbox::Operation>> {
    if row.has_pending() { outbox::waiting(conn, Collection::Allergies, row.id) } else { Ok(Vec::new()) }
}

/// This device's state of the list, and the server's while an edit of it waits.
fn stored_state(conn: &Connection) -> Result<(ListState, Option<ListState>)> {
    let Some(row) = records::single(conn, &LIST_SPEC)? else { return Ok((ListState::Unknown, None)) };
    if !row.has_pending() {
        return Ok((ListState::from_fields(&row.body), None));
    }
    let remote = row.server_copy().map(ListState::from_fields);
    let imported = outbox::waiting(conn, Collection::AllergyList, row.id)?.iter().any(|said| said.yields);
    match ListState::from_fields(&row.body) {
        // Old data say so. Whether the account does is not known yet.
        ListState::ConfirmedNone if imported => Ok((ListState::Unknown, remote)),
        state => Ok((state, remote)),
    }
}

/// Ends "confirmed none" (and "unknown") when an allergy is added.
pub(crate) fn say_listed(writer: &mut Writer<'_>) -> Result<()> {
    set_state(writer, ListState::Listed)
}

/// What was just said of the list goes to the server after every edit of an allergy that waits: "none" must not arrive
/// before the removal that made it true, least of all when that removal is refused.
pub(crate) fn after_allergies(writer: &Writer<'_>) -> Result<()> {
    let said = outbox::waiting(writer.tx, Collection::AllergyList, RecordId::SINGLE)?;
    match said.last() {
        Some(said) if !said.attempted() => {
            lanes::hold(writer.tx, said.seq, &outbox::places(writer.tx, Collection::Allergies)?)
        }
        _ => Ok(()),
    }
}

fn set_state(writer: &mut Writer<'_>, state: ListState) -> Result<()> {
    let row = records::single(writer.tx, &LIST_SPEC)?;
    let seen = row.map(|row| row.body).unwrap_or_default();
    let patch: Fields = state.to_fields();
    writer.put_single(&LIST_SPEC, seen, patch)
}
