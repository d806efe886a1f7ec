//! Questions that only a person (or the merge hook, for them) may answer, and what later writes replaced.

use crate::convert::{Time, mirror};
use foodlens_core::{
    AllergyContent, Collection, ConflictId, ListState, MergeAnswer, RecordContent, RecordId,
};
use std::time::SystemTime;

/// A record as one side of a question has it.
#[uniffi::remote(Enum)]
pub enum RecordContent {
    /// An allergy.
    Allergy(AllergyContent),
    /// The state of the allergy list.
    AllergyList(ListState),
}

mirror! {
    /// A question: two devices changed the same, and only a person (or the hook, for them) may choose.
    /// Until it is answered the allergy list shows both sides, with the higher severity.
    Conflict {
        /// Its id.
        id: ConflictId;
        /// Grows whenever a side moves on; an answer must name the revision that was shown.
        revision: i64;
        /// The record.
        record_id: RecordId;
        /// What both started from; none: it did not exist.
        base: Option<RecordContent>;
        /// This device's; none: deleted here.
        local: Option<RecordContent>;
        /// The server's; none: deleted there.
        remote: Option<RecordContent>;
        /// The hook left this revision to a person.
        deferred: bool;
        /// When it was noticed, device time.
        created_at: SystemTime, via Time;
    }
}

/// The answer to a conflict.
#[uniffi::remote(Enum)]
pub enum MergeAnswer {
    /// This device's side.
    KeepLocal,
    /// The server's side.
    KeepRemote,
    /// This instead of both.
    Merged(RecordContent),
    /// A person has to say; until then the cautious view stays.
    Defer,
}

mirror! {
    /// A value that a later write replaced under last-writer-wins.
    OverwrittenEntry {
        /// Its place in the log; the page before this entry starts here.
        position: i64;
        /// The record's collection.
        collection: Collection;
        /// The record.
        record_id: RecordId;
        /// The field.
        field: String;
        /// The value that was replaced, as JSON text.
        value_json: String;
        /// When this device learned of it, device time.
        noticed_at: SystemTime, via Time;
    }
}
