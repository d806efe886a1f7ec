//! The library's entry: configuration, hooks, and the way to a session.

use crate::clock::{ClockCallback, environment};
use crate::convert::{Count, Via};
use crate::errors::Result;
use crate::hooks::{MergeCallback, Merges, TokenCallback, Tokens};
use crate::keys::{KeyCallback, Keys, with_reason};
use crate::session::CoreSession;
use crate::telemetry::{TelemetryCallback, Tells};
use crate::transport::{Carries, TransportCallback};
use foodlens_core::{Collection, HttpTransport, UserId};
use std::sync::Arc;
use std::time::Duration;

/// Limits of the built-in transport. What is left out has its default.
#[derive(Debug, Clone, Default, uniffi::Record)]
pub struct HttpOptions {
    /// Time limit to connect, TLS included. Default 10 s.
    #[uniffi(default = None)]
    pub connect_timeout: Option<Duration>,
    /// Time limit of a whole request. Default 30 s.
    #[uniffi(default = None)]
    pub total_timeout: Option<Duration>,
    /// Largest answer after decompression, in bytes. Default 16 MiB.
    #[uniffi(default = None)]
    pub max_response_bytes: Option<i64>,
    /// Allow `http://` to a loopback address, for tests and demos. Other hosts always need `https://`.
    #[uniffi(default = false)]
    pub allow_loopback_http: bool,
    /// Certificates (PEM, one or more) of the only authorities to trust, for a private backend. Default: the bundled
    /// Mozilla roots.
    #[uniffi(default = None)]
    pub ca_pem: Option<String>,
    /// Trust what the operating system trusts (its store, the authorities that an administrator has added, revocations)
    /// and not the bundled roots. Needs a library built with the feature `platform-verifier`; on Android the app must also
    /// initialise `rustls-platform-verifier` with its context. Not together with `caPem`.
    #[uniffi(default = false)]
    pub platform_roots: bool,
}

/// How the library is set up.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Config {
    /// Folder for the databases, made when it is not there. Private to the app, and not backed up.
    pub data_dir: String,
    /// Folder for the marks, which tell a database that was lost, restored from a backup or cloned from a new one: a folder
    /// that no backup and no move to another device carries along (Android: `noBackupFilesDir`). None: beside the
    /// databases; then what is put back in place by a backup of the whole folder may pass for this device's own.
    #[uniffi(default = None)]
    pub mark_dir: Option<String>,
    /// The backend, for instance `https://api.example.com`.
    pub base_url: String,
    /// Limits of the built-in transport.
    #[uniffi(default = None)]
    pub http: Option<HttpOptions>,
    /// The app's own version, dotted numbers such as `2.4.0`: sent with every request, so that a backend can hold back
    /// what a faulty version writes; and another version than the last sends again what was parked.
    #[uniffi(default = None)]
    pub app_version: Option<String>,
    /// How old an edit that changes an allergen or a severity, removes an allergy or changes the state of the list may
    /// be when it is first sent; an older one is parked as `Stale` until a person confirms it. A new allergy always
    /// goes. None: no limit.
    pub stale_after: Option<Duration>,
    /// How much of the history a first restore brings: back to this age, where the backend can give the newest first.
    /// The rest comes on demand. None: all of it.
    #[uniffi(default = None)]
    pub history_window: Option<Duration>,
    /// Fields that ask a person when two devices changed them, beside an allergy's allergen and severity and the state of
    /// the list. The write that the server received last is in effect until the question is answered.
    #[uniffi(default = [])]
    pub ask_about: Vec<CollectionField>,
}

/// A field of a collection, for instance the profile's `date_of_birth`.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CollectionField {
    /// The collection.
    pub collection: Collection,
    /// The field, as named in the contract.
    pub field: String,
}

/// The library, set up for one backend. Cheap to keep, one per process.
#[derive(uniffi::Object)]
pub struct Core(pub(crate) foodlens_core::FoodLens);

#[uniffi::export]
impl Core {
    /// Sets the library up with the built-in transport. Opens no file and sends nothing. Without a merge hook, every
    /// conflict waits for a person; without keys, files are plain; a clock is for tests.
    #[uniffi::constructor(default(clock = None))]
    pub fn open(
        config: Config,
        tokens: Arc<dyn TokenCallback>,
        merge: Option<Arc<dyn MergeCallback>>,
        telemetry: Option<Arc<dyn TelemetryCallback>>,
        keys: Option<Arc<dyn KeyCallback>>,
        clock: Option<Arc<dyn ClockCallback>>,
    ) -> Result<Arc<Self>> {
        let config: foodlens_core::Config = config.into();
        let transport = Arc::new(HttpTransport::new(&config.base_url, &config.http)?);
        Ok(Self::start(config, hooks(tokens, merge, telemetry, keys), transport, clock))
    }

    /// As `open`, with a network stack of the app's own.
    #[uniffi::constructor(default(clock = None))]
    pub fn open_with_transport(
        config: Config,
        tokens: Arc<dyn TokenCallback>,
        merge: Option<Arc<dyn MergeCallback>>,
        telemetry: Option<Arc<dyn TelemetryCallback>>,
        keys: Option<Arc<dyn KeyCallback>>,
        transport: Arc<dyn TransportCallback>,
        clock: Option<Arc<dyn ClockCallback>>,
    ) -> Result<Arc<Self>> {
        let transport = Arc::new(Carries(transport));
        Ok(Self::start(config.into(), hooks(tokens, merge, telemetry, keys), transport, clock))
    }

    /// Opens a user's data, making it when this is the first time. Works offline. Every call for the same user gives
    /// the same session while one is open. What was sealed by a sign-out is there again, its queue included.
    pub fn session(&self, user_id: String) -> Result<Arc<CoreSession>> {
        Ok(Arc::new(CoreSession(with_reason(|| self.0.session(&UserId::new(user_id)?))?)))
    }

    /// As `session`, for work in the background: only where the user is signed in.
    pub fn signed_in_session(&self, user_id: String) -> Result<Arc<CoreSession>> {
        Ok(Arc::new(CoreSession(with_reason(|| self.0.signed_in_session(&UserId::new(user_id)?))?)))
    }

    /// Deletes everything that this device holds of a user, signed in or not, what was never sent included: there is no
    /// way back. Sessions of the user end.
    pub fn wipe(&self, user_id: String) -> Result<()> {
        Ok(self.0.wipe(&UserId::new(user_id)?)?)
    }
}

impl Core {
    fn start(
        config: foodlens_core::Config,
        hooks: foodlens_core::Hooks,
        transport: Arc<dyn foodlens_core::Transport>,
        clock: Option<Arc<dyn ClockCallback>>,
    ) -> Arc<Self> {
        crate::logging::start();
        let core = foodlens_core::FoodLens::with_parts(config, hooks, transport, environment(clock));
        Arc::new(Self(core))
    }
}

fn hooks(
    tokens: Arc<dyn TokenCallback>,
    merge: Option<Arc<dyn MergeCallback>>,
    telemetry: Option<Arc<dyn TelemetryCallback>>,
    keys: Option<Arc<dyn KeyCallback>>,
) -> foodlens_core::Hooks {
    let merge = merge.map(|hook| Arc::new(Merges(hook)) as Arc<dyn foodlens_core::MergeHook>);
    let telemetry = telemetry.map(|sink| Arc::new(Tells(sink)) as Arc<dyn foodlens_core::Telemetry>);
    let keys = keys.map(|keys| Arc::new(Keys(keys)) as Arc<dyn foodlens_core::KeyProvider>);
    foodlens_core::Hooks { tokens: Arc::new(Tokens(tokens)), merge, telemetry, keys }
}

impl From<Config> for foodlens_core::Config {
    fn from(config: Config) -> Self {
        let http = config.http.unwrap_or_default().into();
        Self {
            data_dir: config.data_dir.into(),
            mark_dir: config.mark_dir.map(Into::into),
            base_url: config.base_url,
            http,
            app_version: config.app_version,
            stale_after: config.stale_after,
            history_window: config.history_window,
            ask_about: config.ask_about.into_iter().map(|of| (of.collection, of.field)).collect(),
        }
    }
}

impl From<HttpOptions> for foodlens_core::HttpOptions {
    fn from(options: HttpOptions) -> Self {
        let default = Self::default();
        Self {
            connect_timeout: options.connect_timeout.unwrap_or(default.connect_timeout),
            total_timeout: options.total_timeout.unwrap_or(default.total_timeout),
            max_response_bytes: options.max_response_bytes.map_or(default.max_response_bytes, Count::back),
            allow_loopback_http: options.allow_loopback_http,
            ca_pem: options.ca_pem,
            platform_roots: options.platform_roots,
        }
    }
}
