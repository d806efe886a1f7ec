//! The report of a legacy import, where it stands, and the records that this build cannot read.

use crate::convert::{Count, mirror};
use foodlens_core::{Collection, LegacyRecord, LegacyResult, UnreadableRecord, UnreadableSource};

/// What became of one legacy record.
#[uniffi::remote(Enum)]
pub enum LegacyResult {
    /// Stored, and queued for the server. It gives way to what the server turns out to know of the same record: then only
    /// what the server does not know is sent.
    Imported,
    /// Stored and queued, though this field holds a value that this build does not know: it is kept as it is and shown
    /// as unrecognised. An allergy of unknown severity is an allergy.
    Unrecognised {
        /// The field.
        field: String,
    },
    /// Was taken over before, this device knows the record already, or it says "no allergies" where there are some: left
    /// as it is. Values of a profile or of settings that differ from the account's are in the log of overwritten values.
    AlreadyThere,
    /// Cannot be read: kept raw, listed by the session's `unreadable`.
    Unreadable {
        /// The field, or a code.
        reason: String,
    },
}

/// One line of the report.
#[uniffi::remote(Record)]
pub struct LegacyRecord {
    /// The collection.
    pub collection: Collection,
    /// The record's id in the old data; the collection's name for a single record, `#n` for one without an id.
    pub legacy_id: String,
    /// What became of it.
    pub result: LegacyResult,
}

mirror! {
    /// What an import did, or would do.
    LegacyReport {
        /// One line a record, in the order in which the records were handed in. Of an import that was cancelled, only those
        /// that are settled. Empty where they were handed out in pages.
        records: Vec<LegacyRecord>;
        /// How many were stored, the unrecognised ones included.
        imported: i64, via Count;
        /// How many were there already.
        already_there: i64, via Count;
        /// How many cannot be read.
        unreadable: i64, via Count;
        /// Everything was looked at. False: it was cancelled; run it again.
        complete: bool;
    }
}

mirror! {
    /// How far an import is. First the records are stored in the snapshot, then they are taken over.
    LegacyProgress {
        /// Records that are to be looked at.
        total: i64, via Count;
        /// Records that are in the snapshot.
        stored: i64, via Count;
        /// Records that were taken over, were there already, or cannot be read.
        settled: i64, via Count;
    }
}

mirror! {
    /// Where the import of an app's old data stands.
    LegacyStatus {
        /// Records in the snapshot that wait to be taken over: an import was cancelled or killed, run it again.
        waiting: i64, via Count;
        /// Records in the snapshot that were taken over.
        imported: i64, via Count;
        /// Records in the snapshot that were here already.
        already_there: i64, via Count;
        /// Records of the old data that cannot be read and that nobody has dismissed.
        unreadable: i64, via Count;
        /// The snapshot is whole: an import can go on without the text.
        stored: bool;
        /// The app has ended the import; there is no snapshot any more.
        finished: bool;
        /// Reads are on the snapshot.
        reads_on: bool;
    }
}

mirror! {
    /// What an import of unsent operations did.
    RescueReport {
        /// Queued here now.
        imported: i64, via Count;
        /// Known here already, waiting or acknowledged: left as they are.
        already_there: i64, via Count;
        /// Could not be read; the text still holds them.
        unreadable: i64, via Count;
    }
}

/// Where an unreadable record came from.
#[uniffi::remote(Enum)]
pub enum UnreadableSource {
    /// The server's feed.
    Feed,
    /// A legacy export.
    Legacy,
}

/// A record that could not be read, as it came.
#[uniffi::remote(Record)]
pub struct UnreadableRecord {
    /// Where it came from.
    pub source: UnreadableSource,
    /// The collection's name, as it came.
    pub entity: String,
    /// The record's id, as it came.
    pub record: String,
    /// Why it could not be read: the field, or a code.
    pub reason: String,
    /// The record itself: personal data, not for logs.
    pub raw: String,
}
