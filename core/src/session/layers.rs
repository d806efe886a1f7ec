//! The layers of one record: what the server has, what waits on top of it, and what is shown.

use super::Session;
use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::ids::{RecordId, Version};
use crate::merge::RecordContent;
use crate::outbox::{QueuedOperation, store as outbox};
use crate::records::{self, Base, Row, SyncInfo, SyncState};

/// What a record is made of. The base stays until the server has acknowledged what waits; a pull moves the base on and
/// never hides an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layers {
    /// The last server copy; `None`: the server never had it. Where it was deleted there while edits wait here, what it
    /// was before.
    pub base: Option<RecordContent>,
    /// The base with what waits laid over it; `None`: deleted here. Of an allergy in question this is this device's
    /// side: the list shows the more cautious of both.
    pub shown: Option<RecordContent>,
    /// The server's version of the base.
    pub version: Option<Version>,
    /// What waits, in the order in which it goes.
    pub pending: Vec<QueuedOperation>,
    /// Where the eldest of what waits stands.
    pub in_state: SyncState,
    /// The server has deleted the record while edits of it wait here.
    pub deleted_at_server: bool,
}

impl Session {
    /// What a record is made of. A record that was deleted here is there until the server has acknowledged it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`]; storage errors.
    pub fn layers(&self, collection: Collection, id: RecordId) -> Result<Layers> {
        self.read(|conn| {
            let row = records::get(conn, collection.spec(), id)?.ok_or_else(|| Error::not_found("record"))?;
            let waiting = outbox::waiting(conn, collection, id)?;
            let content = |fields| RecordContent::of(collection, fields);
            Ok(Layers {
                base: row.last_server_copy().map(content),
                shown: (!row.deleted).then(|| content(&row.body)),
                version: row.version,
                pending: waiting.iter().map(QueuedOperation::from).collect(),
                in_state: SyncInfo::of(&row, &waiting).state,
                deleted_at_server: matches!(row, Row { base: Base::Deleted(_), .. }),
            })
        })
    }
}
