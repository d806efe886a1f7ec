//! FoodLens Core for Kotlin and Swift: one namespace of mirrors and one-line bodies over `foodlens-core`. A decision
//! made here would be a decision that Rust callers do not get: it belongs into the core.
//!
//! - `foodlens`, `session`, `sign_out`, `sync`, `legacy`, `recovery`, `export`: the objects that do things. `clock`, `hooks`,
//!   `keys`, `telemetry`, `transport`: what the host implements.
//! - `allergies`, `history`, `profile`, `settings`, `queue`, `conflicts`, `sync`, `import`, `observe`, `records`, `layers`,
//!   `verify`, `ids`: data. Types of the core are exported as they are (`uniffi::remote`) or mirrored (`convert::mirror!`).
//! - Names: what a facade wraps is called otherwise here (`Core`, `CoreSession`, `…Callback`, `CoreError`), so that an
//!   app may import both packages whole; data keeps its name and passes the facades unchanged.
//! - `errors`: the public error, converted in one place. Every export returns `Result`, so that a panic becomes a typed
//!   error in both languages.

mod allergies;
mod clock;
mod conflicts;
mod convert;
mod errors;
mod export;
mod foodlens;
mod history;
mod hooks;
mod ids;
mod import;
mod keys;
mod layers;
mod legacy;
mod logging;
mod observe;
mod profile;
mod queue;
mod records;
mod recovery;
mod session;
mod settings;
mod sign_out;
mod sync;
mod telemetry;
#[cfg(feature = "test-hooks")]
mod test_hooks;
mod transport;
mod verify;

pub use allergies::{Allergy, AllergyList};
pub use clock::ClockCallback;
pub use conflicts::{Conflict, MergeAnswer, OverwrittenEntry, RecordContent};
pub use errors::{CoreError, Rule};
pub use foodlens::{CollectionField, Config, Core, HttpOptions};
pub use history::{HistoryContent, HistoryEntry, HistoryPage};
pub use hooks::{CoreAccessToken, HookError, MergeCallback, ObserverCallback, TokenCallback};
pub use import::{LegacyProgress, LegacyReport, LegacyStatus};
pub use keys::{KeyBytes, KeyCallback};
pub use layers::Layers;
pub use legacy::{CoreLegacyImport, LegacyLinesCallback, ProgressCallback};
pub use logging::{LogCallback, LogLevel};
pub use observe::Subscription;
pub use profile::{Profile, ProfileContent};
pub use queue::{Discard, QueueCounts, QueuedOperation};
pub use records::SyncInfo;
pub use recovery::CoreRecovery;
pub use session::CoreSession;
pub use settings::{Settings, SettingsContent};
pub use sign_out::{CoreSignOut, SignOutPreview, SignOutReport};
pub use sync::{CoreSyncRun, NextStep, RestoreProgress, SyncReport, SyncStatus};
pub use telemetry::{CoreTelemetryEvent, Happened, TelemetryCallback};
pub use transport::{CoreHttpHeader, CoreHttpRequest, HttpResponse, TransportCallback, TransportError};
pub use verify::{Flaw, VerifyReport};

uniffi::setup_scaffolding!("foodlens");
