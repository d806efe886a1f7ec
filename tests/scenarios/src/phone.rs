//! A phone: one installation of an app with the core in it.

use crate::backend::SECRET;
use crate::world::{ManualClock, SeededRandom};
use foodlens_core::{
    AccessToken, Config, Environment, FoodLens, HookError, Hooks, HttpOptions, HttpTransport, MergeHook,
    Random, Recovery, Result, Session, SyncReport, Telemetry, TokenProvider, Transport, UserId,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// What differs from phone to phone.
#[derive(Clone, Default)]
pub struct PhoneOptions {
    /// The app's merge hook; none leaves every conflict to a person.
    pub merge: Option<Arc<dyn MergeHook>>,
    /// The app's tokens; none gives the right ones.
    pub tokens: Option<Arc<dyn TokenProvider>>,
    /// A transport in place of the built-in one.
    pub transport: Option<Arc<dyn Transport>>,
    /// Largest answer in bytes, in place of the default.
    pub max_response_bytes: Option<u64>,
    /// Takes the library's events.
    pub telemetry: Option<Arc<dyn Telemetry>>,
    /// Changes the configuration before the library is opened.
    pub configure: Option<Configure>,
    /// The system's randomness for ids: where several processes work on one file.
    pub real_ids: bool,
}

/// A change of the configuration.
pub type Configure = Arc<dyn Fn(&mut Config)>;

impl PhoneOptions {
    /// The defaults, with the system's randomness for ids.
    #[must_use]
    pub fn with_real_ids() -> Self {
        Self { real_ids: true, ..Self::default() }
    }
}

/// The operating system's randomness.
struct RealRandom;

impl Random for RealRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(16) {
            chunk.copy_from_slice(&uuid::Uuid::new_v4().as_bytes()[..chunk.len()]);
        }
    }
}

/// A phone with one signed-in user.
pub struct Phone {
    /// The library.
    pub library: FoodLens,
    /// The user's session.
    pub session: Session,
    /// The phone's clock: stands still until the test moves it.
    pub clock: Arc<ManualClock>,
    folder: PathBuf,
    _own_folder: Option<TempDir>,
}

struct SignedIn;

impl TokenProvider for SignedIn {
    fn token(&self, user: &UserId, _refused: bool) -> Result<AccessToken, HookError> {
        let value = foodlens_server::mint_token(SECRET, user.as_str(), 3_600).map_err(|_| HookError)?;
        Ok(AccessToken { user_id: user.as_str().to_owned(), value })
    }
}

impl Phone {
    /// A new phone with an empty folder of its own.
    ///
    /// # Panics
    /// When the folder or the session cannot be made: a test cannot go on then.
    #[must_use]
    pub fn new(backend_url: &str, user: &str) -> Self {
        Self::with_options(backend_url, user, PhoneOptions::default())
    }

    /// A new phone with hooks of its own.
    ///
    /// # Panics
    /// As [`Self::new`].
    #[must_use]
    pub fn with_options(backend_url: &str, user: &str, options: PhoneOptions) -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|e| fail(&e));
        let path = folder.path().to_owned();
        let mut phone = Self::in_folder(&path, backend_url, user, options).unwrap_or_else(|e| fail(&e));
        phone._own_folder = Some(folder);
        phone
    }

    /// The app opened on a folder that may hold data already.
    ///
    /// # Errors
    /// As [`FoodLens::session`].
    pub fn in_folder(folder: &Path, backend_url: &str, user: &str, options: PhoneOptions) -> Result<Self> {
        let (library, clock) = Self::library_in(folder, backend_url, options)?;
        let session = library.session(&UserId::new(user)?)?;
        Ok(Self { library, session, clock, folder: folder.to_owned(), _own_folder: None })
    }

    /// The same where the user's file may be damaged.
    ///
    /// # Errors
    /// As [`FoodLens::recover`].
    pub fn recovered(
        folder: &Path,
        backend_url: &str,
        user: &str,
        options: PhoneOptions,
    ) -> Result<(Self, Recovery)> {
        let (library, clock) = Self::library_in(folder, backend_url, options)?;
        let recovery = library.recover(&UserId::new(user)?)?;
        let session = recovery.session.clone();
        Ok((Self { library, session, clock, folder: folder.to_owned(), _own_folder: None }, recovery))
    }

    /// The library for a folder, with no file opened yet.
    ///
    /// # Errors
    /// As [`FoodLens::open`].
    pub fn library_in(
        folder: &Path,
        backend_url: &str,
        options: PhoneOptions,
    ) -> Result<(FoodLens, Arc<ManualClock>)> {
        // Every start draws other ids, as real phones do, yet the same ones in each run of a test.
        static STARTS: AtomicU64 = AtomicU64::new(1);
        let clock = Arc::new(ManualClock::default());
        let random = Arc::new(SeededRandom::new(STARTS.fetch_add(1, Ordering::SeqCst) << 32));
        let random: Arc<dyn Random> = if options.real_ids { Arc::new(RealRandom) } else { random };
        let env = Environment::new(clock.clone(), random);
        let mut http = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
        http.max_response_bytes = options.max_response_bytes.unwrap_or(http.max_response_bytes);
        let transport = match options.transport {
            Some(transport) => transport,
            None => Arc::new(HttpTransport::new(backend_url, &http)?),
        };
        let hooks = Hooks {
            tokens: options.tokens.unwrap_or_else(|| Arc::new(SignedIn)),
            merge: options.merge,
            telemetry: options.telemetry,
        };
        let mut config = Config { http, ..Config::new(folder, backend_url) };
        if let Some(configure) = options.configure {
            configure(&mut config);
        }
        Ok((FoodLens::with_parts(config, hooks, transport, env), clock))
    }

    /// Where the phone keeps its data.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// One run of sync with time enough.
    ///
    /// # Panics
    /// On a storage error.
    #[must_use]
    pub fn sync(&self) -> SyncReport {
        self.session.sync(Duration::from_secs(60)).unwrap_or_else(|e| fail(&e))
    }

    /// Syncs until nothing more can be sent without a person, letting time pass between the runs (at most 20).
    ///
    /// # Panics
    /// On a storage error.
    pub fn settle(&self) -> SyncReport {
        let mut report = self.sync();
        for _ in 0..20 {
            match report.next {
                foodlens_core::NextStep::RetryAt(_) | foodlens_core::NextStep::MoreWork => {
                    self.clock.advance_ms(3_600_000);
                    report = self.sync();
                }
                _ => break,
            }
        }
        report
    }
}

#[allow(clippy::panic, reason = "a test without its phone cannot go on")]
fn fail(error: &dyn std::error::Error) -> ! {
    panic!("the phone does not start: {error}")
}
