//! One user's data: an export a call of the core, one line each. Everything blocks; the facades move it off the
//! caller's thread.

use crate::allergies::{Allergy, AllergyList};
use crate::conflicts::{Conflict, MergeAnswer, OverwrittenEntry};
use crate::convert::{Count, Via};
use crate::errors::Result;
use crate::history::{HistoryContent, HistoryEntry, HistoryFilter, HistoryPage};
use crate::hooks::{ObserverCallback, Observes};
use crate::import::RescueReport;
use crate::observe::Subscription;
use crate::profile::{Profile, ProfileContent};
use crate::queue::{Discard, QueueCounts, QueuedOperation};
use crate::settings::{Settings, SettingsContent};
use crate::sync::{CoreSyncRun, SyncStatus};
use foodlens_core::{
    AllergyContent, Collection, ConflictId, OperationId, QueueFilter, RecordId, Topic, UnreadableRecord,
};
use std::sync::Arc;
use std::time::Duration;

/// One user's data: reads never wait for the network, writes are durable when they return.
#[derive(uniffi::Object)]
pub struct CoreSession(pub(crate) foodlens_core::Session);

/// Allergies.
#[uniffi::export]
impl CoreSession {
    /// The list, seen cautiously: while anything is in doubt, both sides are in it, with the higher severity.
    pub fn allergies(&self) -> Result<AllergyList> {
        Ok(self.0.allergies().list()?.into())
    }

    /// One allergy as this device has it, with this device's own severity.
    pub fn allergy(&self, id: RecordId) -> Result<Allergy> {
        Ok(self.0.allergies().get(id)?.into())
    }

    /// Adds an allergy. The list is `listed` from now on, in the same transaction.
    pub fn add_allergy(&self, content: AllergyContent) -> Result<RecordId> {
        Ok(self.0.allergies().add(&content)?)
    }

    /// Changes an allergy from what was shown (as the list gave it) to `to`. Only the fields that differ are changed.
    pub fn update_allergy(&self, shown: Allergy, to: AllergyContent) -> Result<()> {
        Ok(self.0.allergies().update(&shown.into(), &to)?)
    }

    /// Removes an allergy: a person's decision. When it was the last one, the list is `unknown` afterwards, not "none".
    pub fn remove_allergy(&self, id: RecordId) -> Result<()> {
        Ok(self.0.allergies().remove(id)?)
    }

    /// A person confirms that there are no allergies. Refused while the list holds any, also one in question.
    pub fn confirm_no_allergies(&self) -> Result<()> {
        Ok(self.0.allergies().confirm_none()?)
    }

    /// Takes back a confirmation: nothing is known about the list.
    pub fn set_allergies_unknown(&self) -> Result<()> {
        Ok(self.0.allergies().set_unknown()?)
    }
}

/// Profile and settings.
#[uniffi::export]
impl CoreSession {
    /// The profile.
    pub fn profile(&self) -> Result<Profile> {
        Ok(self.0.profile().get()?.into())
    }

    /// Changes the profile from what was shown to `to`. Only the fields that differ are written, so that two devices
    /// may change different fields.
    pub fn update_profile(&self, shown: ProfileContent, to: ProfileContent) -> Result<()> {
        Ok(self.0.profile().update(&shown.into(), &to.into())?)
    }

    /// The settings.
    pub fn settings(&self) -> Result<Settings> {
        Ok(self.0.settings().get()?.into())
    }

    /// Changes the settings from what was shown to `to`. Only the keys that differ are written, so that two devices
    /// may change different keys.
    pub fn update_settings(&self, shown: SettingsContent, to: SettingsContent) -> Result<()> {
        Ok(self.0.settings().update(&shown.into(), &to.into())?)
    }
}

/// History.
#[uniffi::export]
impl CoreSession {
    /// A page of at most `limit` (1 to 500) entries, newest first; `after` is the `next` of the page before.
    pub fn history(&self, after: Option<String>, limit: i64) -> Result<HistoryPage> {
        Ok(self.0.history().page(after.as_deref(), Count::back(limit))?.into())
    }

    /// As `history`, of the entries that fit the filter.
    pub fn history_list(
        &self,
        filter: HistoryFilter,
        after: Option<String>,
        limit: i64,
    ) -> Result<HistoryPage> {
        Ok(self.0.history().list(&filter.into(), after.as_deref(), Count::back(limit))?.into())
    }

    /// How many entries fit the filter.
    pub fn history_count_of(&self, filter: HistoryFilter) -> Result<i64> {
        Ok(Count::out(self.0.history().count_of(&filter.into())?))
    }

    /// The newest entries, at most `limit` (1 to 500), in which each word of the query begins a word of the product's name,
    /// the brand, the note or the ingredients; whole barcodes first. Case, diacritics and punctuation do not count.
    pub fn search_history(&self, query: String, limit: i64) -> Result<Vec<HistoryEntry>> {
        Ok(self.0.history().search(&query, Count::back(limit))?.into_iter().map(Into::into).collect())
    }

    /// One entry.
    pub fn history_entry(&self, id: RecordId) -> Result<HistoryEntry> {
        Ok(self.0.history().get(id)?.into())
    }

    /// How many entries there are.
    pub fn history_count(&self) -> Result<i64> {
        Ok(Count::out(self.0.history().count()?))
    }

    /// Adds an entry.
    pub fn add_history(&self, content: HistoryContent) -> Result<RecordId> {
        Ok(self.0.history().add(&content.into())?)
    }

    /// Adds many entries in one transaction: all of them or none.
    pub fn add_all_history(&self, contents: Vec<HistoryContent>) -> Result<Vec<RecordId>> {
        Ok(self.0.history().add_all(&contents.into_iter().map(Into::into).collect::<Vec<_>>())?)
    }

    /// Changes an entry from what was shown to `to`. Only the fields that differ are written.
    pub fn update_history(&self, shown: HistoryEntry, to: HistoryContent) -> Result<()> {
        Ok(self.0.history().update(&shown.into(), &to.into())?)
    }

    /// Deletes an entry.
    pub fn delete_history(&self, id: RecordId) -> Result<()> {
        Ok(self.0.history().delete(id)?)
    }

    /// A run that fetches at least `records` more entries from the server, further back than what is here; for a device
    /// that keeps a window. It does nothing where all is here already (`olderHistory` of the status). While a first restore
    /// is not done, it goes on with it.
    pub fn older_history_run(&self, records: i64) -> Result<Arc<CoreSyncRun>> {
        Ok(Arc::new(CoreSyncRun(self.0.history().older_run(Count::back(records)))))
    }
}

/// The queue.
#[uniffi::export]
impl CoreSession {
    /// A page of at most `limit` (1 to 500) operations in the device's order; `after` is the position of the last one
    /// of the page before (0 to start).
    pub fn queue(&self, filter: QueueFilter, after: i64, limit: i64) -> Result<Vec<QueuedOperation>> {
        Ok(self.0.queue().list(filter, after, Count::back(limit))?.into_iter().map(Into::into).collect())
    }

    /// How many wait, are under way, are parked.
    pub fn queue_counts(&self) -> Result<QueueCounts> {
        Ok(self.0.queue().counts()?.into())
    }

    /// Lets a parked operation go again, with its attempts forgotten. To send something else instead, edit the record.
    pub fn retry(&self, position: i64, id: OperationId) -> Result<()> {
        Ok(self.0.queue().retry(position, id)?)
    }

    /// What `discard` would do now. Changes nothing.
    pub fn preview_discard(&self, position: i64, id: OperationId) -> Result<Discard> {
        Ok(self.0.queue().preview_discard(position, id)?.into())
    }

    /// Gives a waiting or parked operation up: a person's decision, the only way but a verdict out of the queue.
    pub fn discard(&self, position: i64, id: OperationId) -> Result<Discard> {
        Ok(self.0.queue().discard(position, id)?.into())
    }

    /// One unacknowledged operation with its content and its key, as JSON text that `rescueImport` reads back: personal
    /// data, not for logs.
    pub fn export_operation(&self, position: i64, id: OperationId) -> Result<String> {
        Ok(self.0.queue().export(position, id)?)
    }
}

/// Conflicts and what was replaced.
#[uniffi::export]
impl CoreSession {
    /// The questions that wait for an answer, oldest first.
    pub fn conflicts(&self) -> Result<Vec<Conflict>> {
        Ok(self.0.conflicts()?.into_iter().map(Into::into).collect())
    }

    /// Answers a question as it was shown. False: it was answered before, or its record is no more.
    pub fn answer(&self, id: ConflictId, revision: i64, answer: MergeAnswer) -> Result<bool> {
        Ok(self.0.answer(id, revision, &answer.into())?)
    }

    /// Turns the asking off (false) or on again; kept over restarts. While it is off, every question, the open ones included,
    /// is decided at once by the more cautious side: a change beats a deletion, the higher severity stays, of two allergens
    /// both stay.
    pub fn set_manual_merge(&self, ask: bool) -> Result<()> {
        Ok(self.0.set_manual_merge(ask)?)
    }

    /// What later writes replaced under last-writer-wins, newest first; `before`: the position after which to go on.
    pub fn overwritten(&self, before: Option<i64>, limit: i64) -> Result<Vec<OverwrittenEntry>> {
        Ok(self.0.overwritten(before, Count::back(limit))?.into_iter().map(Into::into).collect())
    }

    /// Brings a replaced value back, by its position in the log: a new edit of that field on what is shown now. The entry
    /// stays in the log.
    pub fn restore_overwritten(&self, position: i64) -> Result<()> {
        Ok(self.0.restore_overwritten(position)?)
    }
}

/// Sync, observation, export, end.
#[uniffi::export]
impl CoreSession {
    /// The user whose session this is.
    pub fn user_id(&self) -> Result<String> {
        Ok(self.0.user().as_str().to_owned())
    }

    /// A run of sync, to be started on a thread that may block, and cancelled by itself.
    pub fn sync_run(&self) -> Result<Arc<CoreSyncRun>> {
        Ok(Arc::new(CoreSyncRun(self.0.sync_run())))
    }

    /// Asks whatever run is under way to stop: it gives up the request that it waits for. Returns at once.
    pub fn cancel_sync(&self) -> Result<()> {
        self.0.cancel_sync();
        Ok(())
    }

    /// Cancels a running sync and waits, at most `longest`, until it has ended and no request of it is in flight. False: the
    /// time was up before.
    pub fn quiesce(&self, longest: Duration) -> Result<bool> {
        Ok(self.0.quiesce(longest))
    }

    /// Lets go of every file, for an app that is about to be suspended: cancels a running sync and waits, at most `longest`,
    /// until what is under way has ended and no lock is held. Every call gives `Suspended` until `resume`. False: the time
    /// was up before, or the session was resumed meanwhile.
    pub fn suspend(&self, longest: Duration) -> Result<bool> {
        Ok(self.0.suspend(longest))
    }

    /// Goes on after `suspend`. Returns at once; observers are told as of a change of everything.
    pub fn resume(&self) -> Result<()> {
        self.0.resume();
        Ok(())
    }

    /// Where sync stands.
    pub fn status(&self) -> Result<SyncStatus> {
        Ok(self.0.status()?.into())
    }

    /// Pauses or resumes dispatch; kept over restarts. A paused run neither sends nor pulls. Writes go on as ever.
    pub fn set_paused(&self, paused: bool) -> Result<()> {
        Ok(self.0.set_paused(paused)?)
    }

    /// Tells the observer about changes of a topic (none: of all), until the subscription is let go.
    pub fn observe(
        &self,
        topic: Option<Topic>,
        observer: Arc<dyn ObserverCallback>,
    ) -> Result<Arc<Subscription>> {
        Ok(Arc::new(self.0.observe(topic, Arc::new(Observes(observer))).into()))
    }

    /// Tells the observer about changes of one record, of its content or of where it stands with the server, until the
    /// subscription is let go.
    pub fn observe_record(
        &self,
        collection: Collection,
        id: RecordId,
        observer: Arc<dyn ObserverCallback>,
    ) -> Result<Arc<Subscription>> {
        Ok(Arc::new(self.0.observe_record(collection, id, Arc::new(Observes(observer))).into()))
    }

    /// Everything that this device holds of the user, as JSON text: personal data, not for logs.
    pub fn export_json(&self) -> Result<String> {
        Ok(self.0.export_json()?)
    }

    /// Every operation that is not acknowledged, as JSON text: personal data, not for logs. Nothing leaves the queue.
    pub fn rescue_export(&self) -> Result<String> {
        Ok(self.0.rescue_export()?)
    }

    /// Reads the text of `rescueExport` back. Repeating it is harmless.
    pub fn rescue_import(&self, json: String) -> Result<RescueReport> {
        Ok(self.0.rescue_import(&json)?.into())
    }

    /// A person has settled a legacy record that could not be read: it is forgotten.
    pub fn dismiss_legacy(&self, entity: String, record: String) -> Result<()> {
        Ok(self.0.dismiss_legacy(&entity, &record)?)
    }

    /// The records that this build could not read, raw: personal data, not for logs.
    pub fn unreadable(&self) -> Result<Vec<UnreadableRecord>> {
        Ok(self.0.unreadable()?)
    }

    /// Ends the session on every handle: later calls fail as `closed`. What is queued stays queued. (Not named
    /// `close`: in Kotlin that lets go of this handle only.)
    pub fn end(&self) -> Result<()> {
        self.0.close();
        Ok(())
    }
}
