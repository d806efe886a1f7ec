//! Our side of each measurement: a real session on a real file.

use foodlens_core::{
    AccessToken, Config, FoodLens, HookError, Hooks, HttpOptions, Session, Telemetry, TokenProvider, UserId,
};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// The user of all measurements.
pub const USER: &str = "bench";

struct Tokens;

impl TokenProvider for Tokens {
    fn token(&self, user: &UserId, _refused: bool) -> Result<AccessToken, HookError> {
        Ok(AccessToken { user_id: user.as_str().into(), value: "t".into() })
    }
}

/// Opens the library on `data_dir`, as an app does at its start.
pub fn open(data_dir: &Path, base_url: &str) -> Session {
    open_with(data_dir, base_url, None)
}

/// As [`open`], with somebody who is told how runs go.
pub fn open_with(data_dir: &Path, base_url: &str, telemetry: Option<Arc<dyn Telemetry>>) -> Session {
    let http = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
    let config = Config { http, ..Config::new(data_dir, base_url) };
    let hooks = Hooks { telemetry, ..Hooks::new(Arc::new(Tokens)) };
    FoodLens::open(config, hooks).unwrap().session(&UserId::new(USER).unwrap()).unwrap()
}

/// A fresh folder beside the build, not in the system's one, which may be in memory: syncs have to cost what they cost.
pub fn folder() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}
