//! A phone whose ids and times are the same in every execution, so that an input can name them.

use foodlens_core::{
    AccessToken, Allergen, AllergyContent, Config, Environment, EuAllergen, FoodLens, HistoryContent,
    HistoryKind, HookError, Hooks, Outcome, Request, Result, Session, Severity, TokenProvider, Transport,
    UserId,
};
use foodlens_scenarios::{ManualClock, SeededRandom};
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// Whose phone it is.
pub const USER: &str = "ana";
const BACKEND: &str = "https://backend.test";

struct Tokens;

impl TokenProvider for Tokens {
    fn token(&self, user: &UserId, _refused: bool) -> Result<AccessToken, HookError> {
        Ok(AccessToken { user_id: user.as_str().to_owned(), value: "t".to_owned() })
    }
}

/// A network that is not there.
pub struct Offline;

impl Transport for Offline {
    fn execute(&self, _: &Request) -> Outcome {
        Outcome::NotSent("offline")
    }
}

/// The library on a folder.
pub fn library(folder: &Path, transport: Arc<dyn Transport>) -> (FoodLens, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    let env = Environment::new(clock.clone(), Arc::new(SeededRandom::new(1)));
    let hooks = Hooks::new(Arc::new(Tokens));
    (FoodLens::with_parts(Config::new(folder, BACKEND), hooks, transport, env), clock)
}

/// A phone on which peanuts and a meal were written without a network.
pub struct Device {
    pub session: Session,
    pub clock: Arc<ManualClock>,
    pub library: FoodLens,
    pub folder: TempDir,
}

impl Device {
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        let folder = must(memory_folder());
        let (library, clock) = library(folder.path(), transport);
        let session = must(library.session(&must(UserId::new(USER))));
        let peanuts = AllergyContent {
            severity: Some(Severity::LifeThreatening),
            ..AllergyContent::new(Allergen::Eu(EuAllergen::Peanuts))
        };
        must(session.allergies().add(&peanuts));
        must(session.history().add(&HistoryContent::new(HistoryKind::Meal, 1_700_000_000_000)));
        Self { session, clock, library, folder }
    }

    /// Whether peanuts are in the list, as dangerous as they were said to be.
    pub fn fears_peanuts(&self) -> bool {
        must(self.session.allergies().list()).entries.iter().any(|allergy| {
            allergy.content.allergen == Allergen::Eu(EuAllergen::Peanuts)
                && allergy.content.severity == Some(Severity::LifeThreatening)
        })
    }

    /// Everything that is stored fits together.
    pub fn is_sound(&self) {
        let report = must(self.session.verify());
        assert!(report.is_sound(), "{:?}", report.flaws);
    }
}

/// A folder in memory where there is such a thing: thousands are made.
fn memory_folder() -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
}

/// What must go well.
#[allow(clippy::panic, reason = "a target says by a panic what does not hold")]
pub fn must<T, E: Debug>(result: std::result::Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error:?}"))
}
