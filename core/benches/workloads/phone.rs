//! Our side of each measurement: a real session on a real file.

use crate::table::Goal;
use foodlens_core::{
    AccessToken, Config, DatabaseKey, Environment, FoodLens, HookError, Hooks, HttpOptions, KeyProvider,
    Session, Telemetry, TokenProvider, Transport, UserId,
};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// The user of all measurements.
pub const USER: &str = "bench";
/// A backend's address that nothing is asked at.
pub const NOWHERE: &str = "https://unused.invalid";

struct Tokens;

impl TokenProvider for Tokens {
    fn token(&self, user: &UserId, _refused: bool) -> Result<AccessToken, HookError> {
        Ok(AccessToken { user_id: user.as_str().into(), value: "t".into() })
    }
}

impl KeyProvider for Tokens {
    fn key(&self, _: &UserId) -> Result<DatabaseKey, HookError> {
        Ok(DatabaseKey::new(&[7; 32]))
    }
}

/// How the data lie on the disk. The limit's are always plain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AtRest {
    Plain,
    Encrypted,
}

impl AtRest {
    /// What this build can do. With the feature `encryption` both run on SQLCipher's SQLite.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Plain, Self::Encrypted].into_iter().take(if cfg!(feature = "encryption") { 2 } else { 1 })
    }

    /// The goal for plain data holds for these alone: encryption has its price.
    pub fn goal(self, plain: f64) -> Goal {
        if self == Self::Plain { Goal::Ratio(plain) } else { Goal::Open }
    }

    /// The id and the name of a workload on such data.
    pub fn label(self, id: &str, workload: &str) -> (String, String) {
        match self {
            Self::Plain => (id.to_owned(), workload.to_owned()),
            Self::Encrypted => (format!("{id}-encrypted"), format!("{workload}, encrypted")),
        }
    }
}

/// Opens the library on `data_dir`, as an app does at its start.
pub fn open(data_dir: &Path, base_url: &str, at_rest: AtRest) -> Session {
    open_with(data_dir, base_url, at_rest, None)
}

/// As [`open`], with somebody who is told how runs go.
pub fn open_with(
    data_dir: &Path,
    base_url: &str,
    at_rest: AtRest,
    telemetry: Option<Arc<dyn Telemetry>>,
) -> Session {
    let http = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
    let config = Config { http, ..Config::new(data_dir, base_url) };
    let keys = (at_rest == AtRest::Encrypted).then(|| Arc::new(Tokens) as _);
    let hooks = Hooks { telemetry, keys, ..Hooks::new(Arc::new(Tokens)) };
    FoodLens::open(config, hooks).unwrap().session(&UserId::new(USER).unwrap()).unwrap()
}

/// Opens it with a transport and an environment of one's own.
pub fn with_parts(data_dir: &Path, transport: Arc<dyn Transport>, environment: Environment) -> Session {
    let (config, hooks) = (Config::new(data_dir, NOWHERE), Hooks::new(Arc::new(Tokens)));
    let library = FoodLens::with_parts(config, hooks, transport, environment);
    library.session(&UserId::new(USER).unwrap()).unwrap()
}

/// A fresh folder beside the build, not in the system's one, which may be in memory: syncs have to cost what they cost.
pub fn folder() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}
