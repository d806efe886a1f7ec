//! The layers of one record: what the server has, what waits on top of it, and what is shown.

use crate::conflicts::RecordContent;
use crate::convert::{Each, Mirrored, Opt, mirror};
use crate::errors::Result;
use crate::queue::QueuedOperation;
use crate::session::CoreSession;
use foodlens_core::{Collection, RecordId, SyncState, Version};

mirror! {
    /// What a record is made of. The base stays until the server has acknowledged what waits; a pull moves the base on and
    /// never hides an edit.
    Layers {
        /// The last server copy; none: the server never had it. Where it was deleted there while edits wait here, what it
        /// was before.
        base: Option<RecordContent>, via Opt<Mirrored>;
        /// The base with what waits laid over it; none: deleted here. Of an allergy in question this is this device's side:
        /// the list shows the more cautious of both.
        shown: Option<RecordContent>, via Opt<Mirrored>;
        /// The server's version of the base.
        version: Option<Version>;
        /// What waits, in the order in which it goes.
        pending: Vec<QueuedOperation>, via Each<Mirrored>;
        /// Where the eldest of what waits stands.
        in_state: SyncState;
        /// The server has deleted the record while edits of it wait here.
        deleted_at_server: bool;
    }
}

#[uniffi::export]
impl CoreSession {
    /// What a record is made of. A record that was deleted here is there until the server has acknowledged it.
    pub fn layers(&self, collection: Collection, id: RecordId) -> Result<Layers> {
        Ok(self.0.layers(collection, id)?.into())
    }
}
