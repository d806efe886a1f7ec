//! Questions that only a person (or the merge hook, for them) may answer, and what later writes replaced.

use crate::convert::{Mirrored, Opt, Time, mirror, mirror_enum};
use crate::history::HistoryContent;
use crate::profile::ProfileContent;
use crate::settings::SettingsContent;
use foodlens_core::{AllergyContent, Collection, ConflictId, ListState, RecordId};
use std::time::SystemTime;

mirror_enum! {
    /// The content of a record of any collection.
    RecordContent {
        /// An allergy.
        Allergy(AllergyContent);
        /// The state of the allergy list.
        AllergyList(ListState);
        /// The profile.
        Profile(ProfileContent), via Mirrored;
        /// The settings.
        Settings(SettingsContent), via Mirrored;
        /// An entry of the history.
        History(HistoryContent), via Mirrored;
    }
}

mirror! {
    /// A question: two devices changed the same, or made two records about the same allergen that differ in severity, and
    /// only a person (or the hook, for them) may choose.
    /// Until it is answered the allergy list shows both sides, with the higher severity.
    Conflict {
        /// Its id.
        id: ConflictId;
        /// Grows whenever a side moves on; an answer must name the revision that was shown.
        revision: i64;
        /// The record.
        record_id: RecordId;
        /// The second record, where two are about the same allergen. Then `local` is the first one and `remote` this one,
        /// whoever made them, and the answer decides the severity of both.
        other_record: Option<RecordId>;
        /// What both started from; none: it did not exist.
        base: Option<RecordContent>, via Opt<Mirrored>;
        /// This device's; none: deleted here.
        local: Option<RecordContent>, via Opt<Mirrored>;
        /// The server's; none: deleted there.
        remote: Option<RecordContent>, via Opt<Mirrored>;
        /// The hook left this revision to a person.
        deferred: bool;
        /// When it was noticed, device time.
        created_at: SystemTime, via Time;
    }
}

/// The answer to a conflict.
#[allow(clippy::large_enum_variant, reason = "one at a time, and an app writes it down as it is")]
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
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

impl From<MergeAnswer> for foodlens_core::MergeAnswer {
    fn from(answer: MergeAnswer) -> Self {
        match answer {
            MergeAnswer::KeepLocal => Self::KeepLocal,
            MergeAnswer::KeepRemote => Self::KeepRemote,
            MergeAnswer::Merged(content) => Self::Merged(content.into()),
            MergeAnswer::Defer => Self::Defer,
        }
    }
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
