//! What an import tells the app: a line a record, how far it is, where it stands.

use crate::collection::Collection;

/// What became of one legacy record.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Cannot be read: kept raw, see [`crate::Session::unreadable`].
    Unreadable {
        /// The field, or a code.
        reason: String,
    },
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyRecord {
    /// The collection.
    pub collection: Collection,
    /// The record's id in the old data; the collection's name for a single record, `#n` for one without an id.
    pub legacy_id: String,
    /// What became of it.
    pub result: LegacyResult,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LegacyReport {
    /// One line a record, in the order in which the records were handed in. Of an import that was cancelled, only those
    /// that are settled. Empty where they were handed out in pages ([`crate::LegacyImport::run_in_pages`]).
    pub records: Vec<LegacyRecord>,
    /// How many were stored, the unrecognised ones included.
    pub imported: u64,
    /// How many were there already.
    pub already_there: u64,
    /// How many cannot be read.
    pub unreadable: u64,
    /// Everything was looked at. `false`: it was cancelled; run it again.
    pub complete: bool,
}

impl LegacyReport {
    fn count(&mut self, line: &LegacyRecord) {
        match &line.result {
            LegacyResult::Imported | LegacyResult::Unrecognised { .. } => self.imported += 1,
            LegacyResult::AlreadyThere => self.already_there += 1,
            LegacyResult::Unreadable { .. } => self.unreadable += 1,
        }
    }
}

/// Lines on their way to whoever asked for them: counted, and handed out page by page.
pub(super) struct Lines<'a> {
    report: LegacyReport,
    page: Vec<LegacyRecord>,
    take: &'a mut dyn FnMut(Vec<LegacyRecord>),
}

impl<'a> Lines<'a> {
    /// Lines of one page.
    pub const PAGE: u32 = 1_000;

    pub fn to(take: &'a mut dyn FnMut(Vec<LegacyRecord>)) -> Self {
        Self { report: LegacyReport::default(), page: Vec::new(), take }
    }

    pub fn add(&mut self, line: LegacyRecord) {
        self.report.count(&line);
        self.page.push(line);
        if self.page.len() == Self::PAGE as usize {
            (self.take)(std::mem::take(&mut self.page));
        }
    }

    /// Hands the last page out. What the lines come to.
    pub fn end(self, complete: bool) -> LegacyReport {
        if !self.page.is_empty() {
            (self.take)(self.page);
        }
        LegacyReport { complete, ..self.report }
    }
}

/// How far an import is. First the records are stored in the snapshot, then they are taken over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LegacyProgress {
    /// Records that are to be looked at.
    pub total: u64,
    /// Records that are in the snapshot.
    pub stored: u64,
    /// Records that were taken over, were there already, or cannot be read.
    pub settled: u64,
}

/// Where the import of an app's old data stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LegacyStatus {
    /// Records in the snapshot that wait to be taken over: an import was cancelled or killed, run it again.
    pub waiting: u64,
    /// Records in the snapshot that were taken over.
    pub imported: u64,
    /// Records in the snapshot that were here already.
    pub already_there: u64,
    /// Records of the old data that cannot be read and that nobody has dismissed.
    pub unreadable: u64,
    /// The snapshot is whole: an import can go on without the text ([`crate::Session::resume_legacy_import`]).
    pub stored: bool,
    /// The app has ended the import ([`crate::Session::finish_legacy`]); there is no snapshot any more.
    pub finished: bool,
    /// Reads are on the snapshot ([`crate::Session::set_legacy_reads`]).
    pub reads_on: bool,
}
