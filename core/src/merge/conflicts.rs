//! The stored questions: SQL, and what the hook and the app see of them.

use crate::allergies::{AllergyContent, ListState};
use crate::collection::Collection;
use crate::db::Transaction;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::history::HistoryContent;
use crate::ids::{ConflictId, RecordId, Version};
use crate::profile::ProfileContent;
use crate::settings::SettingsContent;
use rusqlite::{Connection, OptionalExtension, params};

/// Answered conflicts that are remembered, so that a second answer is harmless.
const ANSWERED: i64 = 200;

const COLUMNS: &str = "id, collection, record_id, revision, base, local, remote, remote_version, deferred, created_at, answered_at,
    other_id";

/// A stored question.
#[derive(Debug, Clone)]
pub(crate) struct StoredConflict {
    pub id: ConflictId,
    pub collection: Collection,
    pub record_id: RecordId,
    /// The second of two records about the same allergen.
    pub other_id: Option<RecordId>,
    pub revision: i64,
    pub base: Option<Fields>,
    pub local: Option<Fields>,
    pub remote: Option<Fields>,
    pub remote_version: Version,
    pub deferred: bool,
    pub created_at: i64,
    pub answered_at: Option<i64>,
}

/// The content of a record of any collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordContent {
    /// An allergy.
    Allergy(AllergyContent),
    /// The state of the allergy list.
    AllergyList(ListState),
    /// The profile.
    Profile(ProfileContent),
    /// The settings.
    Settings(SettingsContent),
    /// An entry of the history.
    History(HistoryContent),
}

impl RecordContent {
    pub(crate) fn of(collection: Collection, fields: &Fields) -> Self {
        match collection {
            Collection::Allergies => Self::Allergy(AllergyContent::from_fields(fields)),
            Collection::AllergyList => Self::AllergyList(ListState::from_fields(fields)),
            Collection::Profile => Self::Profile(ProfileContent::from_fields(fields)),
            Collection::Settings => Self::Settings(SettingsContent::from_fields(fields)),
            Collection::History => Self::History(HistoryContent::from_fields(fields)),
        }
    }

    /// As fields, with `null` for what is not stated, by the rules of the API.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] when it breaks one.
    pub(crate) fn to_fields(&self) -> Result<Fields> {
        match self {
            Self::Allergy(content) => content.check().map(|()| content.to_fields()),
            Self::AllergyList(state) => Ok(state.to_fields()),
            Self::Profile(content) => content.check().map(|()| content.to_fields()),
            Self::Settings(content) => content.check().and_then(|()| content.to_fields()),
            Self::History(content) => content.check().map(|()| content.to_fields()),
        }
    }
}

/// A question: two devices changed the same, or made two records about the same allergen that differ in severity, and
/// only a person (or the hook, for them) may choose.
/// Until it is answered the allergy list shows both sides, with the higher severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Its id.
    pub id: ConflictId,
    /// Grows whenever a side moves on; an answer must name the revision that was shown.
    pub revision: i64,
    /// The record.
    pub record_id: RecordId,
    /// The second record, where two are about the same allergen. Then `local` is the first one and `remote` this one,
    /// whoever made them, and the answer decides the severity of both.
    pub other_record: Option<RecordId>,
    /// What both started from; `None`: it did not exist.
    pub base: Option<RecordContent>,
    /// This device's; `None`: deleted here.
    pub local: Option<RecordContent>,
    /// The server's; `None`: deleted there.
    pub remote: Option<RecordContent>,
    /// The hook left this revision to a person.
    pub deferred: bool,
    /// When it was noticed, device time in ms.
    pub created_at: i64,
}

impl StoredConflict {
    /// The question as the hook and the app see it.
    pub fn to_public(&self) -> Conflict {
        let side = |fields: &Option<Fields>| {
            fields.as_ref().map(|fields| RecordContent::of(self.collection, fields))
        };
        Conflict {
            id: self.id,
            revision: self.revision,
            record_id: self.record_id,
            other_record: self.other_id,
            base: side(&self.base),
            local: side(&self.local),
            remote: side(&self.remote),
            deferred: self.deferred,
            created_at: self.created_at,
        }
    }
}

pub(crate) fn get(conn: &Connection, id: ConflictId) -> Result<Option<StoredConflict>> {
    let sql = format!("SELECT {COLUMNS} FROM conflicts WHERE id = ?1");
    Ok(conn.prepare_cached(&sql)?.query_row([id], read_row).optional()?)
}

/// The open question about a record, or (`other`) about it and a second one.
pub(crate) fn open_for(
    conn: &Connection,
    collection: Collection,
    id: RecordId,
    other: Option<RecordId>,
) -> Result<Option<StoredConflict>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM conflicts
         WHERE collection = ?1 AND record_id = ?2 AND ifnull(other_id, x'') = ifnull(?3, x'') AND answered_at IS NULL"
    );
    Ok(conn.prepare_cached(&sql)?.query_row(params![collection, id, other], read_row).optional()?)
}

/// The open questions, oldest first; with `undeferred`, only those that the hook has not put off.
pub(crate) fn open(conn: &Connection, undeferred: bool) -> Result<Vec<StoredConflict>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM conflicts WHERE answered_at IS NULL AND deferred <= ?1 ORDER BY created_at, id"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map([!undeferred], read_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn count_open(conn: &Connection) -> Result<u64> {
    let sql = "SELECT count(*) FROM conflicts WHERE answered_at IS NULL";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Stores a question, or what it has become.
pub(crate) fn put(tx: &Transaction<'_>, conflict: &StoredConflict) -> Result<()> {
    let sql = format!(
        "INSERT INTO conflicts ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (id) DO UPDATE SET revision = ?4, local = ?6, remote = ?7, remote_version = ?8, deferred = ?9"
    );
    let changed = tx.prepare_cached(&sql)?.execute(params![
        conflict.id,
        conflict.collection,
        conflict.record_id,
        conflict.revision,
        conflict.base,
        conflict.local,
        conflict.remote,
        conflict.remote_version,
        conflict.deferred,
        conflict.created_at,
        conflict.answered_at,
        conflict.other_id,
    ])?;
    if changed == 1 { Ok(()) } else { Err(Error::internal("conflict")) }
}

/// The hook left this revision to a person.
pub(crate) fn mark_deferred(tx: &Transaction<'_>, id: ConflictId, revision: i64) -> Result<()> {
    tx.execute("UPDATE conflicts SET deferred = 1 WHERE id = ?1 AND revision = ?2", params![id, revision])?;
    Ok(())
}

pub(crate) fn mark_answered(tx: &Transaction<'_>, id: ConflictId, now: i64) -> Result<()> {
    tx.execute("UPDATE conflicts SET answered_at = ?2 WHERE id = ?1", params![id, now])?;
    tx.execute(
        "DELETE FROM conflicts WHERE answered_at IS NOT NULL AND id NOT IN
            (SELECT id FROM conflicts WHERE answered_at IS NOT NULL ORDER BY answered_at DESC, id DESC LIMIT ?1)",
        [ANSWERED],
    )?;
    Ok(())
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredConflict> {
    Ok(StoredConflict {
        id: row.get(0)?,
        collection: row.get(1)?,
        record_id: row.get(2)?,
        revision: row.get(3)?,
        base: row.get(4)?,
        local: row.get(5)?,
        remote: row.get(6)?,
        remote_version: row.get(7)?,
        deferred: row.get(8)?,
        created_at: row.get(9)?,
        answered_at: row.get(10)?,
        other_id: row.get(11)?,
    })
}
