//! FoodLens Core: allergies, profile, settings and food history that are there with or without a network.
//!
//! The map of the crate; the why is in `ARCHITECTURE.md`.
//! - [`FoodLens`] opens the library, [`Session`] is one user's data: start there.
//! - `allergies`, `profile`, `settings`, `history`: one folder a collection, each with model, wire form and use cases.
//! - `records`: what all collections share: rows of base and patches, and the one way to edit them.
//! - `outbox`: the durable queue. `merge`: who wins, and when a person is asked. `sync`: one run, push and pull.
//! - `legacy`: old data that become an account's. `transport`: requests to the backend; `session`: users, hooks; `db`: the only opener of files.
//! - `observe`, `telemetry`: what the app is told, by notices after commit and by events of a run. `skeleton`: when two
//!   names are the same. `sabotage`: ways to break all this on purpose, in no shipped build.
//!
//! Everything blocks the calling thread and may be called from any thread.

#[macro_use]
mod sabotage;

mod allergies;
mod clock;
mod collection;
mod db;
mod error;
mod fields;
mod history;
mod ids;
mod legacy;
mod lock;
mod merge;
mod observe;
mod outbox;
mod profile;
mod records;
mod session;
mod settings;
mod skeleton;
mod sync;
mod telemetry;
mod text;
mod transport;

pub use allergies::{
    Allergen, Allergies, Allergy, AllergyContent, AllergyList, EuAllergen, ListState, Severity, Source,
};
pub use clock::{Clock, Environment, Random, Requests};
pub use collection::Collection;
pub use db::DatabaseKey;
pub use error::{Error, ErrorKind, Result, Rule};
pub use history::{
    History, HistoryContent, HistoryEntry, HistoryFilter, HistoryKind, HistoryPage, HistoryVerdict,
};
pub use ids::{ConflictId, OperationId, RecordId, UserId, Version};
pub use legacy::{LegacyImport, LegacyProgress, LegacyRecord, LegacyReport, LegacyResult, LegacyStatus};
pub use merge::{Conflict, OverwrittenEntry, RecordContent};
pub use observe::{Notice, Observer, Origin, Subscription, Topic};
pub use outbox::{FailureReason, Kind, OperationState, QueueCounts, QueueFilter, QueuedOperation};
pub use profile::{Profile, ProfileContent, ProfileRepository};
pub use records::{SyncInfo, SyncState};
#[cfg(feature = "sabotage")]
pub use sabotage::{Sabotage, sabotage_this_thread};
pub use session::{
    AccessToken, Config, Discard, Flaw, FlawKind, FoodLens, HookError, Hooks, KeyProvider, Layers,
    MergeAnswer, MergeHook, Queue, Recovery, RescueReport, Session, SignOut, SignOutPreview, SignOutReport,
    TokenProvider, UnreadableRecord, UnreadableSource, VerifyReport,
};
pub use settings::{Settings, SettingsContent, SettingsRepository};
pub use sync::{NextStep, RecordNote, RestoreProgress, SyncReport, SyncRun, SyncStatus};
pub use telemetry::{Happened, Telemetry, TelemetryEvent};
pub use transport::{HttpOptions, HttpTransport, Method, Outcome, Request, Response, Transport};
