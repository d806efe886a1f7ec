//! Users: the library's entry, and one user's session with everything that belongs to it.

mod export;
mod hooks;
mod layers;
mod opening;
mod queue;
mod recover;
mod rescue;
mod sign_out;
pub(crate) mod state;
mod suspend;
pub(crate) mod unreadable;
mod verify;

pub use hooks::{AccessToken, HookError, KeyProvider, MergeAnswer, MergeHook, TokenProvider};
pub use layers::Layers;
pub use queue::{Discard, Queue};
pub use recover::Recovery;
pub use rescue::RescueReport;
pub use sign_out::{SignOut, SignOutPreview, SignOutReport};
pub use unreadable::{UnreadableRecord, UnreadableSource};
pub use verify::{Flaw, FlawKind, VerifyReport};

use crate::allergies::{Allergies, linking};
use crate::clock::{Environment, Requests};
use crate::collection::{Collection, Specs};
use crate::db::Database;
use crate::error::{Error, Result};
use crate::history::History;
use crate::ids::{ConflictId, RecordId, UserId};
use crate::legacy::retract_none;
use crate::lock::Mutex;
use crate::merge::{self, Conflict, OverwrittenEntry, conflicts, overwritten};
use crate::observe::{Observer, Observers, Origin, Subscription, Topic, Watched};
use crate::outbox::store::{self as outbox, Acknowledged};
use crate::profile::ProfileRepository;
use crate::records::Writer;
use crate::settings::SettingsRepository;
use crate::sync::Flights;
use crate::telemetry::Telemetry;
use crate::transport::{HttpOptions, HttpTransport, Transport};
use rusqlite::Connection;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How the library is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder for the databases, made when it is not there. Private to the app, and not backed up.
    pub data_dir: PathBuf,
    /// Folder for the marks, which tell a database that was lost, restored from a backup or cloned from a new one: a folder
    /// that no backup and no move to another device carries along (Android: `noBackupFilesDir`). Default `None`: beside
    /// the databases; then what is put back in place by a backup of the whole folder may pass for this device's own.
    pub mark_dir: Option<PathBuf>,
    /// The backend, for instance `https://api.example.com`.
    pub base_url: String,
    /// Limits of the built-in transport.
    pub http: HttpOptions,
    /// The app's own version, dotted numbers such as `2.4.0`: sent with every request (where it is printable ASCII), so that a backend can hold back
    /// what a faulty version writes; and another version than the last sends again what was parked. Default none.
    pub app_version: Option<String>,
    /// How old an edit that changes an allergen or a severity, removes an allergy or changes the state of the list may
    /// be when it is first sent; an older one is parked as [`crate::FailureReason::Stale`] until a person confirms it.
    /// A new allergy always goes. Default 90 days; `None`: no limit.
    pub stale_after: Option<Duration>,
    /// How much of the history a first restore brings: back to this age, where the backend can give the newest first.
    /// The rest comes on demand ([`crate::History::fetch_older`]). Default `None`: all of it.
    pub history_window: Option<Duration>,
    /// Fields that ask a person when two devices changed them, beside an allergy's allergen and severity and the state of
    /// the list: collection and field as named in the contract, for instance `(Profile, "date_of_birth")`. The write that
    /// the server received last is in effect until the question is answered. Default none.
    pub ask_about: Vec<(Collection, String)>,
}

impl Config {
    /// A configuration with the defaults, for the data in this folder and this backend.
    pub fn new(data_dir: impl Into<PathBuf>, base_url: impl Into<String>) -> Self {
        Self {
            data_dir: data_dir.into(),
            mark_dir: None,
            base_url: base_url.into(),
            http: HttpOptions::default(),
            app_version: None,
            stale_after: Some(Duration::from_secs(90 * 24 * 60 * 60)),
            history_window: None,
            ask_about: Vec::new(),
        }
    }
}

/// What the app lends the library.
#[derive(Clone)]
pub struct Hooks {
    /// Tokens for the backend.
    pub tokens: Arc<dyn TokenProvider>,
    /// Decides conflicts; without one, every conflict waits for a person.
    pub merge: Option<Arc<dyn MergeHook>>,
    /// Takes structured events about sync; without one, there is the log.
    pub telemetry: Option<Arc<dyn Telemetry>>,
    /// Keys of the users' files, which are encrypted then (cargo feature `encryption`; a build without it refuses to open
    /// any). Without one, files are plain.
    pub keys: Option<Arc<dyn KeyProvider>>,
}

impl Hooks {
    /// Tokens, and nothing else.
    pub fn new(tokens: Arc<dyn TokenProvider>) -> Self {
        Self { tokens, merge: None, telemetry: None, keys: None }
    }
}

/// The library, set up for one backend. Cheap to keep, one per process; give it to whoever needs a [`Session`].
pub struct FoodLens {
    parts: Arc<Parts>,
    /// One database a user and process: two writers on one file would wait for each other.
    open: Mutex<OpenSessions>,
}

type OpenSessions = HashMap<UserId, Weak<Inner>>;

/// What all sessions share.
pub(crate) struct Parts {
    pub config: Config,
    pub hooks: Hooks,
    pub transport: Arc<dyn Transport>,
    pub env: Environment,
    pub specs: Specs,
}

impl FoodLens {
    /// Sets the library up with the built-in transport. Opens no file and sends nothing.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] for a base URL that cannot be used.
    pub fn open(config: Config, hooks: Hooks) -> Result<Self> {
        let transport = HttpTransport::new(&config.base_url, &config.http)?;
        Ok(Self::with_parts(config, hooks, Arc::new(transport), Environment::system()))
    }

    /// Sets the library up with a transport, a clock and a randomness of the caller's own: for tests, and for hosts
    /// with a network stack of theirs.
    #[must_use]
    pub fn with_parts(config: Config, hooks: Hooks, transport: Arc<dyn Transport>, env: Environment) -> Self {
        let specs = Specs::new(&config.ask_about);
        let parts = Arc::new(Parts { config, hooks, transport, env, specs });
        Self { parts, open: Mutex::default() }
    }
}

/// One user's data: reads never wait for the network, writes are durable when they return.
/// Cloning gives another handle to the same session.
#[derive(Clone)]
pub struct Session {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub db: Arc<Database>,
    pub user: UserId,
    pub observers: Observers,
    pub parts: Arc<Parts>,
    /// The run under way in this process, and its request.
    pub flights: Arc<Flights>,
}

impl Session {
    /// The user whose session this is.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.inner.user
    }

    /// The allergies.
    #[must_use]
    pub fn allergies(&self) -> Allergies<'_> {
        Allergies { session: self }
    }

    /// The profile.
    #[must_use]
    pub fn profile(&self) -> ProfileRepository<'_> {
        ProfileRepository { session: self }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> SettingsRepository<'_> {
        SettingsRepository { session: self }
    }

    /// The history.
    #[must_use]
    pub fn history(&self) -> History<'_> {
        History { session: self }
    }

    /// The queue of operations.
    #[must_use]
    pub fn queue(&self) -> Queue<'_> {
        Queue { session: self }
    }

    /// The questions that wait for an answer, oldest first.
    ///
    /// # Errors
    /// Storage errors.
    pub fn conflicts(&self) -> Result<Vec<Conflict>> {
        self.read(|conn| {
            Ok(conflicts::open(conn, false)?.iter().map(conflicts::StoredConflict::to_public).collect())
        })
    }

    /// Answers a question as it was shown. The decision and its operation are one transaction. `false`: it was
    /// answered before, or its record is no more; nothing was done.
    ///
    /// # Errors
    /// [`crate::ErrorKind::StaleAnswer`] when a side has moved on since; [`crate::ErrorKind::Invalid`] for a merged
    /// content that breaks a rule; [`crate::ErrorKind::NotFound`]; storage errors. On an error nothing was stored.
    pub fn answer(&self, id: ConflictId, revision: i64, answer: &MergeAnswer) -> Result<bool> {
        self.edit(|writer| {
            let shown = conflicts::get(writer.tx, id)?.ok_or_else(|| Error::not_found("conflict"))?;
            match answer.decision(&shown.to_public())? {
                Some(decision) => merge::answer(writer, id, revision, decision),
                None if shown.answered_at.is_none() && shown.revision != revision => {
                    Err(crate::ErrorKind::StaleAnswer.into())
                }
                None => {
                    conflicts::mark_deferred(writer.tx, id, revision)?;
                    writer.changes.topic(Topic::Conflicts, Origin::Local);
                    Ok(shown.answered_at.is_none())
                }
            }
        })
    }

    /// Turns the asking off (`false`) or on again, for a rollback in the field; kept over restarts. While it is off, every
    /// question, the open ones included, is decided at once by the more cautious side: a change beats a deletion, the
    /// higher severity stays, of two allergens both stay, the list is never "none" where a side says otherwise.
    ///
    /// # Errors
    /// Storage errors.
    pub fn set_manual_merge(&self, ask: bool) -> Result<()> {
        self.edit(|writer| {
            state::set_safe_merge(writer.tx, !ask)?;
            writer.changes.topic(Topic::Status, Origin::Local);
            if ask {
                return Ok(());
            }
            conflicts::open(writer.tx, false)?.iter().try_for_each(|open| merge::decide_safely(writer, open))
        })
    }

    /// What later writes replaced under last-writer-wins, newest first; `before`: the position after which to go on.
    ///
    /// # Errors
    /// Storage errors.
    pub fn overwritten(&self, before: Option<i64>, limit: u32) -> Result<Vec<OverwrittenEntry>> {
        self.read(|conn| overwritten::list(conn, before, limit))
    }

    /// Brings a replaced value back, by the position of its entry in the log: a new edit of that field on what is shown
    /// now, queued and visible at once, like any other edit. The entry stays in the log.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`] when the entry is forgotten or the record deleted; [`crate::ErrorKind::Invalid`]
    /// when the value could not be entered here (any more); storage errors. On an error nothing was stored.
    pub fn restore_overwritten(&self, position: i64) -> Result<()> {
        self.edit(|writer| overwritten::restore(writer, position))
    }

    /// The records that this build could not read, raw.
    ///
    /// # Errors
    /// Storage errors.
    pub fn unreadable(&self) -> Result<Vec<UnreadableRecord>> {
        self.read(unreadable::list)
    }

    /// A person has looked at a legacy record that could not be read, and it is settled (entered by hand, or not worth
    /// keeping): it is forgotten. What the *server* sent and this build cannot read stays until a build can.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`]; storage errors.
    pub fn dismiss_legacy(&self, entity: &str, record: &str) -> Result<()> {
        self.edit(|writer| {
            if !unreadable::forget(writer.tx, UnreadableSource::Legacy, entity, record)? {
                return Err(Error::not_found("record"));
            }
            if let Some(collection) = Collection::from_name(entity) {
                writer.changes.topic(Topic::Records(collection), Origin::Local);
            }
            Ok(())
        })
    }

    /// Tells `observer` about changes of a topic (`None`: of all), until the subscription is dropped. Read the current
    /// value after subscribing; notices tell what came since.
    pub fn observe(&self, topic: Option<Topic>, observer: Arc<dyn Observer>) -> Subscription {
        self.inner.observers.subscribe(topic.map_or(Watched::All, Watched::Topic), observer)
    }

    /// Tells `observer` about changes of one record, of its content or of where it stands with the server, until the
    /// subscription is dropped. Its notices name that record alone; where so much changed at once that no ids are kept,
    /// it is told too, since its record may be among them.
    pub fn observe_record(
        &self,
        collection: Collection,
        id: RecordId,
        observer: Arc<dyn Observer>,
    ) -> Subscription {
        self.inner.observers.subscribe(Watched::Record(collection, id), observer)
    }

    /// Ends the session: the running write is finished, a running sync stops at its next step, and every later call
    /// on any handle gives [`crate::ErrorKind::Closed`]. What is queued stays queued for the next session. Observers are
    /// told as of a change of everything they watch: what they read then says that it is closed.
    pub fn close(&self) {
        self.cancel_sync();
        self.inner.db.close();
    }

    pub(crate) fn read<T>(&self, body: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.inner.db.read(body)
    }

    pub(crate) fn edit<T>(&self, body: impl FnOnce(&mut Writer<'_>) -> Result<T>) -> Result<T> {
        self.inner.edit(body)
    }
}

impl Inner {
    /// One write transaction with what an edit needs.
    pub fn edit<T>(&self, body: impl FnOnce(&mut Writer<'_>) -> Result<T>) -> Result<T> {
        let env = &self.parts.env;
        let now = env.now_ms();
        let done = self.db.write(|tx, changes| {
            let specs = &self.parts.specs;
            let acknowledged = Acknowledged::default();
            let mut writer =
                Writer { tx, changes, env, user: &self.user, specs, now, yields: false, acknowledged };
            let value = body(&mut writer)?;
            if writer.changes.has(Topic::Records(Collection::Allergies)) {
                linking::ask(&mut writer)?;
                retract_none(&mut writer)?;
            }
            outbox::count_acknowledged(tx, writer.acknowledged)?;
            Ok(value)
        });
        if self.has_threads() {
            self.db.checkpoint_if_due();
        }
        done
    }

    /// Whether work may go on threads of its own: a simulator's world has one.
    pub fn has_threads(&self) -> bool {
        self.parts.env.requests() == Requests::OwnThread
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Here and not when the work beside the writes has ended: the user's next session may be open by then.
        self.db.close();
    }
}
