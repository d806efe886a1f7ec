//! The snapshot in the app's hands: where the import stands, its end, and reads on it.

use super::run::{LegacyImport, remove_all, run, with_records};
use super::source::Given;
use super::store::{self, ImportRow, Source};
use super::{LegacyReport, LegacyStatus};
use crate::collection::Collection;
use crate::error::{Error, ErrorKind, Result};
use crate::observe::{Origin, Topic};
use crate::records::Writer;
use crate::session::{Session, UnreadableSource, unreadable};
use std::borrow::Cow;
use std::sync::atomic::AtomicBool;

impl Session {
    /// Takes over an app's old data, in one call: see [`Self::legacy_import`], which can be watched and cancelled.
    ///
    /// # Errors
    /// As [`LegacyImport::run`].
    pub fn import_legacy(&self, json: &str) -> Result<LegacyReport> {
        let given = Given::Text(Cow::Borrowed(json));
        with_records(|lines| run(self, &given, &AtomicBool::new(false), &mut |_| {}, lines))
    }

    /// What [`Self::import_legacy`] would report now. Stores nothing.
    ///
    /// # Errors
    /// As [`LegacyImport::run`].
    pub fn preview_legacy(&self, json: &str) -> Result<LegacyReport> {
        self.legacy_import(json).preview()
    }

    /// An import of an app's old data (JSON text of the documented form). Every readable record is stored and queued; the
    /// others are kept raw, listed by [`Self::unreadable`] and reported. Beside the text itself, a few hundred records
    /// are in memory at a time, and the report; of the report only a page with [`LegacyImport::run_in_pages`].
    ///
    /// The records are kept as they were handed in, read-only, until [`Self::finish_legacy`]: so an import goes on after
    /// a kill, without the text if need be ([`Self::resume_legacy_import`]), and reads can go back to them
    /// ([`Self::set_legacy_reads`]). A record's id is made of the user and its `legacy_id` (UUIDv5), so that an import on
    /// two devices makes one record. Before what was imported is sent, a sync first reads what the server has: what the
    /// server knows stays, gaps are filled, severities that differ are asked about, with the higher one shown meanwhile.
    #[must_use]
    pub fn legacy_import(&self, json: impl Into<String>) -> LegacyImport {
        LegacyImport::new(self, Given::Text(Cow::Owned(json.into())))
    }

    /// The import that was begun, from the snapshot: for an app that has the text no more. Running it when all was taken
    /// over reports every record as there already.
    #[must_use]
    pub fn resume_legacy_import(&self) -> LegacyImport {
        LegacyImport::new(self, Given::Snapshot)
    }

    /// Where the import of old data stands.
    ///
    /// # Errors
    /// Storage errors.
    pub fn legacy_status(&self) -> Result<LegacyStatus> {
        self.read(|conn| {
            let row = store::import(conn, Source::Export)?;
            let counts =
                if row.finished { store::Counts::default() } else { store::counts(conn, Source::Export)? };
            Ok(LegacyStatus {
                waiting: counts.waiting,
                imported: counts.imported,
                already_there: counts.already_there,
                unreadable: unreadable::count_from(conn, UnreadableSource::Legacy)?,
                stored: row.stored && !row.finished,
                finished: row.finished,
                reads_on: row.reads_on,
            })
        })
    }

    /// Ends the import: the snapshot is removed; records that could not be read stay listed until they are dismissed.
    /// There is no way back to reads on the old data afterwards. Harmless when repeated.
    ///
    /// # Errors
    /// [`ErrorKind::LegacyInUse`] while records still wait to be taken over, or reads are on the snapshot;
    /// [`ErrorKind::NotFound`] (`snapshot`) when there was no import; storage errors.
    pub fn finish_legacy(&self) -> Result<()> {
        self.edit(|writer| {
            let row = store::import(writer.tx, Source::Export)?;
            if row.finished {
                return Ok(());
            }
            if row.round == 0 {
                return Err(Error::not_found("snapshot"));
            }
            let waiting = store::counts(writer.tx, Source::Export)?.waiting;
            if waiting > 0 || !row.done || row.reads_on {
                return Err(ErrorKind::LegacyInUse { waiting, reads_on: row.reads_on }.into());
            }
            writer.changes.topic(Topic::Status, Origin::Local);
            store::put_import(writer.tx, Source::Export, &ImportRow { finished: true, stored: false, ..row })
        })?;
        remove_all(self, Source::Export)
    }

    /// Turns reads on the snapshot on, or off again, for a rollback in the field; kept over restarts. While it is on,
    /// profile, settings and history show the old data as they were handed in, and the list of allergies shows the old
    /// ones and the new ones together, each with the higher severity, so that none vanishes. Writes go on as ever, to
    /// the new data: they are seen when this is off again, and sync goes on. An entry of the old data that is not among
    /// the new cannot be changed ([`ErrorKind::NotFound`]).
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] (`snapshot`) when there is no snapshot, or not a whole one; storage errors.
    pub fn set_legacy_reads(&self, on: bool) -> Result<()> {
        self.edit(|writer| {
            let row = store::import(writer.tx, Source::Export)?;
            if on && (row.finished || !row.stored) {
                return Err(Error::not_found("snapshot"));
            }
            store::put_import(writer.tx, Source::Export, &ImportRow { reads_on: on, ..row })?;
            tell_all(writer);
            Ok(())
        })
    }
}

fn tell_all(writer: &mut Writer<'_>) {
    for collection in Collection::ALL {
        writer.changes.topic(Topic::Records(collection), Origin::Local);
    }
    writer.changes.topic(Topic::Status, Origin::Local);
}
