//! The report of a legacy import, and the records that this build cannot read.

use crate::convert::{Count, mirror};
use foodlens_core::{Collection, LegacyRecord, LegacyResult, UnreadableRecord, UnreadableSource};

/// What became of one legacy record.
#[uniffi::remote(Enum)]
pub enum LegacyResult {
    /// Stored, and queued for the server.
    Imported,
    /// Stored and queued, though this field holds a value that this build does not know: it is kept as it is and shown
    /// as unrecognised. An allergy of unknown severity is an allergy.
    Unrecognised {
        /// The field.
        field: String,
    },
    /// Was taken over before, or this device knows the record already: left as it is.
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
    /// What an import did.
    LegacyReport {
        /// One line a record, in the order of the export.
        records: Vec<LegacyRecord>;
        /// How many were stored, the unrecognised ones included.
        imported: i64, via Count;
        /// How many were there already.
        already_there: i64, via Count;
        /// How many cannot be read.
        unreadable: i64, via Count;
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
