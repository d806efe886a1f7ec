//! Old data becoming an account's: an import that is looked at before, watched, cancelled and gone on with.

use crate::errors::Result;
use crate::foodlens::Core;
use crate::hooks::HookError;
use crate::import::{LegacyProgress, LegacyReport, LegacyStatus};
use crate::keys::with_reason;
use crate::session::CoreSession;
use foodlens_core::{LegacyRecord, UserId};
use std::sync::Arc;

/// One import of old data that can be cancelled from another thread, also before it has begun: then it does nothing.
#[derive(uniffi::Object)]
pub struct CoreLegacyImport(foodlens_core::LegacyImport);

/// Told how far an import is.
#[uniffi::export(foreign)]
pub trait ProgressCallback: Send + Sync {
    /// A step is stored. Called from the thread that imports, with no lock and no transaction held. When it throws, the
    /// import goes on.
    fn on_progress(&self, so_far: LegacyProgress) -> std::result::Result<(), HookError>;
}

/// Takes the lines of an import's report, a page at a time.
#[uniffi::export(foreign)]
pub trait LegacyLinesCallback: Send + Sync {
    /// The next lines, at most 1,000. Called from the thread that imports, with no lock and no transaction held. When it
    /// throws, the next ones come all the same.
    fn on_lines(&self, lines: Vec<LegacyRecord>) -> std::result::Result<(), HookError>;
}

#[uniffi::export]
impl CoreLegacyImport {
    /// Imports, on this thread, in steps of at most 200 records, each of them durable.
    pub fn run(&self, progress: Option<Arc<dyn ProgressCallback>>) -> Result<LegacyReport> {
        Ok(self.0.run(telling(progress))?.into())
    }

    /// As `run`, and hands the lines of the report out, which holds none.
    pub fn run_in_pages(
        &self,
        progress: Option<Arc<dyn ProgressCallback>>,
        lines: Arc<dyn LegacyLinesCallback>,
    ) -> Result<LegacyReport> {
        Ok(self.0.run_in_pages(telling(progress), handing(lines))?.into())
    }

    /// What `run` would report now. Stores nothing.
    pub fn preview(&self) -> Result<LegacyReport> {
        Ok(self.0.preview()?.into())
    }

    /// What `run_in_pages` would report now. Stores nothing.
    pub fn preview_in_pages(&self, lines: Arc<dyn LegacyLinesCallback>) -> Result<LegacyReport> {
        Ok(self.0.preview_in_pages(handing(lines))?.into())
    }

    /// Asks this import to stop after its step, whether it has begun or not. Returns at once.
    pub fn cancel(&self) -> Result<()> {
        self.0.cancel();
        Ok(())
    }
}

fn telling(progress: Option<Arc<dyn ProgressCallback>>) -> impl FnMut(foodlens_core::LegacyProgress) {
    move |so_far| {
        if progress.as_ref().is_some_and(|progress| progress.on_progress(so_far.into()).is_err()) {
            log::error!("foodlens: the app failed to take an import's progress; the import goes on");
        }
    }
}

fn handing(lines: Arc<dyn LegacyLinesCallback>) -> impl FnMut(Vec<LegacyRecord>) {
    move |page| {
        if lines.on_lines(page).is_err() {
            log::error!("foodlens: the app failed to take lines of an import's report; the others follow");
        }
    }
}

#[uniffi::export]
impl CoreSession {
    /// An import of an app's old data, JSON text of the documented form.
    pub fn legacy_import(&self, json: String) -> Result<Arc<CoreLegacyImport>> {
        Ok(Arc::new(CoreLegacyImport(self.0.legacy_import(json))))
    }

    /// The import that was begun, from the snapshot: for an app that has the text no more.
    pub fn resume_legacy_import(&self) -> Result<Arc<CoreLegacyImport>> {
        Ok(Arc::new(CoreLegacyImport(self.0.resume_legacy_import())))
    }

    /// Where the import of old data stands.
    pub fn legacy_status(&self) -> Result<LegacyStatus> {
        Ok(self.0.legacy_status()?.into())
    }

    /// Ends the import: the snapshot is removed, and with it the way back to reads on the old data. Harmless when repeated.
    pub fn finish_legacy(&self) -> Result<()> {
        Ok(self.0.finish_legacy()?)
    }

    /// Turns reads on the snapshot on or off; kept over restarts.
    pub fn set_legacy_reads(&self, on: bool) -> Result<()> {
        Ok(self.0.set_legacy_reads(on)?)
    }
}

#[uniffi::export]
impl Core {
    /// The data of an anonymous user of this device as an import into an account.
    pub fn adopt(&self, from: String, into: String) -> Result<Arc<CoreLegacyImport>> {
        let adopt = || self.0.adopt(&UserId::new(from)?, &UserId::new(into)?);
        Ok(Arc::new(CoreLegacyImport(with_reason(adopt)?)))
    }
}
