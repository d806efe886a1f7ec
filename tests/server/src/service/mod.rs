//! The backend in process, without HTTP: what a user may do, and what only a test or an operator may.

use std::path::Path;
use std::sync::{PoisonError, RwLock};

use serde::Deserialize;
use serde_json::Value;

use crate::clock::Seams;
use crate::conduct::Conduct;
use crate::decide::MAX_FIELDS_BYTES;
use crate::model::{
    Answer, BatchAnswer, BatchLimits, Capabilities, ChangesLimits, Entity, Fields, HistoryLimits, Ids,
    RawRecord, Verdict, VerdictAnswer, VerdictKind,
};
use crate::operation::{self, Incoming};
use crate::problem::Code;
use crate::record::Record;
use crate::stats::{Counters, Stats};
use crate::store::{Database, Store, StoreError};

mod apply;
mod newest;
mod reads;
mod sweep;

pub use newest::HistoryQuery;
pub use reads::ChangesQuery;
pub use sweep::Retention;

/// The most operations in one batch.
pub const MAX_OPERATIONS: usize = 100;
/// The most bytes of a request's body.
pub const MAX_BODY_BYTES: usize = 1_048_576;
/// The most records on a page of the feed.
pub const MAX_PAGE: usize = 1000;
/// The most records on a page of the history, newest first.
pub const MAX_HISTORY_PAGE: usize = 500;

/// A page ends early before it grows past what a device may take in one answer.
const MAX_PAGE_BYTES: usize = 1_048_576;
/// More than any user can have written between a backup and its restore.
const RESTORE_GAP: i64 = 1_000_000;

/// The body of a batch.
#[derive(Debug, Clone, Deserialize)]
pub struct BatchRequest {
    /// Whom the device believes to be.
    pub user: String,
    /// Each judged for itself, so one of a wrong shape does not take the others down.
    pub operations: Vec<Value>,
}

/// The backend's logic over its database. Every `user` is the token's.
pub struct Service {
    store: Store,
    seams: Seams,
    retention: Retention,
    counters: Counters,
    conduct: RwLock<Conduct>,
}

impl Service {
    /// Opens the file, creates it when there is none, keeps what it must for [`Retention::default`], and lets go of what
    /// is older.
    pub fn open(database: &Path, seams: Seams) -> Result<Self, StoreError> {
        Self::open_at(&Database::from(database), Retention::default(), seams)
    }

    /// Opens any database, brings it to this build's form, and lets go of what need not be kept any longer. Fails when it
    /// cannot be reached or used. Everything here blocks: over PostgreSQL none of it may be called on a thread that runs
    /// async code.
    pub fn open_at(database: &Database, retention: Retention, seams: Seams) -> Result<Self, StoreError> {
        let store = Store::open(database, &seams)?;
        let (counters, conduct) = (Counters::default(), RwLock::default());
        let service = Self { store, seams, retention, counters, conduct };
        service.purge()?;
        Ok(service)
    }

    /// How the backend behaves at the moment.
    pub fn conduct(&self) -> Conduct {
        self.conduct.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes it behave in another way from now on.
    pub fn adjust<T>(&self, change: impl FnOnce(&mut Conduct) -> T) -> T {
        change(&mut self.conduct.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Applies the operations one by one, in order, each in its own transaction. `app_version` is what the app
    /// states of itself.
    pub fn apply_batch(
        &self,
        user: &str,
        app_version: Option<&str>,
        batch: &BatchRequest,
    ) -> Result<BatchAnswer, Code> {
        let conduct = self.conduct();
        if !conduct.batch {
            return Err(Code::NotFound);
        }
        if batch.user != user {
            return Err(Code::WrongUser);
        }
        if batch.operations.len() > MAX_OPERATIONS {
            return Err(Code::BatchTooLarge);
        }
        let parse = |operation| operation::parse(operation, conduct.mint_ids);
        let incoming: Option<Vec<Incoming>> = batch.operations.iter().map(parse).collect();
        // Before anything is applied: no verdict could name an operation without a key.
        let incoming = incoming.ok_or(Code::Malformed)?;
        let mut verdicts: Vec<Verdict> = Vec::with_capacity(incoming.len());
        let mut deferred: Option<Answer> = None;
        for next in &incoming {
            let answer = match &deferred {
                // What stands behind a deferred operation may build on it.
                Some(deferred) => self.known_answer(user, next).unwrap_or_else(|| deferred.clone()),
                None => self.apply(user, app_version, &conduct, next),
            };
            if answer.verdict == VerdictKind::Deferred {
                deferred = Some(answer.clone());
            }
            self.counters.count_verdict(answer.verdict);
            verdicts.push(Verdict { key: next.key, answer: answer.shown(conduct.mint_ids) });
        }
        Ok(BatchAnswer { user: user.to_owned(), epoch: self.epoch()?, verdicts })
    }

    /// Applies one operation, given in the form that it has in a batch.
    pub fn apply_single(
        &self,
        user: &str,
        app_version: Option<&str>,
        operation: &Value,
    ) -> Result<VerdictAnswer, Code> {
        let conduct = self.conduct();
        let incoming = operation::parse(operation, conduct.mint_ids).ok_or(Code::Malformed)?;
        let answer = self.apply(user, app_version, &conduct, &incoming);
        self.counters.count_verdict(answer.verdict);
        let verdict = Verdict { key: incoming.key, answer: answer.shown(conduct.mint_ids) };
        Ok(VerdictAnswer { user: user.to_owned(), epoch: self.epoch()?, verdict })
    }

    fn apply(&self, user: &str, app_version: Option<&str>, conduct: &Conduct, incoming: &Incoming) -> Answer {
        let known = incoming.operation.as_ref().ok();
        let (entity, kind) = (known.map(|operation| operation.entity), known.map(|operation| operation.kind));
        if conduct.puts_off(entity, kind, app_version) {
            // A device that does not know what became of its write learns it now.
            return self.known_answer(user, incoming).unwrap_or_else(|| Answer::deferred(Code::Paused));
        }
        let now_ms = (self.seams.now_ms)();
        let applied = self.store.write(user, |tx, user_id| apply::apply(tx, user_id, incoming, now_ms));
        applied.unwrap_or_else(|error| {
            tracing::error!(%error, key = %incoming.key, "an operation could not be stored");
            Answer::deferred(Code::Unavailable)
        })
    }

    /// None also where the database fails: then nothing is known.
    fn known_answer(&self, user: &str, incoming: &Incoming) -> Option<Answer> {
        self.store.read(user, |db| apply::known_answer(db, user, incoming)).unwrap_or_else(|error| {
            tracing::error!(%error, key = %incoming.key, "a key could not be looked up");
            None
        })
    }

    /// What this backend can do.
    pub fn capabilities(&self, user: &str) -> Result<Capabilities, Code> {
        let conduct = self.conduct();
        if !conduct.capabilities {
            return Err(Code::NotFound);
        }
        let batch = BatchLimits { max_operations: MAX_OPERATIONS, max_bytes: conduct.max_body_bytes };
        let history = HistoryLimits { max_limit: conduct.max_page.min(MAX_HISTORY_PAGE) };
        Ok(Capabilities {
            user: user.to_owned(),
            epoch: self.epoch()?,
            batch: conduct.batch.then_some(batch),
            changes: ChangesLimits { max_limit: conduct.max_page, latest: conduct.newest_first },
            history: conduct.newest_first.then_some(history),
            ids: if conduct.mint_ids { Ids::Server } else { Ids::Device },
            compression: conduct.compression.then(|| "gzip".to_owned()).into_iter().collect(),
            max_fields_bytes: MAX_FIELDS_BYTES,
            tombstone_days: self.retention.tombstone_days,
            key_days: self.retention.key_days,
            paused: conduct.paused,
            pauses: conduct.pauses,
            retry_parked: conduct.retry_parked,
        })
    }

    /// The current life of the database.
    pub fn epoch(&self) -> Result<String, Code> {
        self.store.meta().map(|meta| meta.epoch).map_err(unavailable)
    }

    /// What an operator does after a restore from a backup. Gives the new epoch.
    ///
    /// The numbers go on above all that the lost life can have handed out: a base version must never mean two
    /// different writes, or an edit of an allergy could be taken for one that has seen what it has not.
    pub fn new_epoch(&self) -> Result<String, StoreError> {
        let epoch = (self.seams.fresh_id)().simple().to_string();
        self.store.operate(|all| {
            all.set_epoch(&epoch)?;
            all.skip_versions(RESTORE_GAP)
        })?;
        Ok(epoch)
    }

    /// Makes every cursor that was issued so far too old.
    pub fn expire_cursors(&self) -> Result<(), StoreError> {
        self.store.operate(|all| all.forget_cursors())
    }

    /// Puts a record into the user's feed as it is, as a new version, past every check: for tests of what a device
    /// does with records that it does not understand.
    pub fn put_raw(&self, user: &str, raw: &RawRecord) -> Result<Record, StoreError> {
        let now_ms = (self.seams.now_ms)();
        let record = self.store.write(user, |tx, user_id| apply::put_raw(tx, user_id, raw, now_ms))?;
        Ok(record.shown(self.conduct().mint_ids))
    }

    /// Makes a record as a website would, or a client whose records have no ids of devices: where ids are minted, its
    /// `id` is null on the wire until a device writes to it.
    pub fn make_elsewhere(&self, user: &str, entity: Entity, fields: Fields) -> Result<Record, StoreError> {
        let now_ms = (self.seams.now_ms)();
        let made =
            self.store.write(user, |tx, user_id| apply::make_elsewhere(tx, user_id, entity, &fields, now_ms));
        Ok(made?.shown(self.conduct().mint_ids))
    }

    /// Counts since the start.
    pub fn stats(&self) -> Stats {
        self.counters.read()
    }

    pub(crate) fn count_request(&self) {
        self.counters.count_request();
    }

    pub(crate) fn fresh_id(&self) -> uuid::Uuid {
        (self.seams.fresh_id)()
    }
}

fn all_shown(records: Vec<Record>, mint_ids: bool) -> Vec<Record> {
    records.into_iter().map(|record| record.shown(mint_ids)).collect()
}

fn unavailable(error: StoreError) -> Code {
    tracing::error!(%error, "the database failed");
    Code::Unavailable
}
