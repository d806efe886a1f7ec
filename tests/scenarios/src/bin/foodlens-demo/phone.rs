//! A phone: one installation of an app with the core in it, its own folder, real HTTP, the system's clock.

use crate::Result;
use crate::hook::{Asked, CautiousHook};
use foodlens_core::{
    AccessToken, Config, FoodLens, HookError, Hooks, HttpOptions, QueueFilter, QueuedOperation, Session,
    SyncReport, TokenProvider, UserId,
};
use foodlens_scenarios::{SECRET, differences};
use foodlens_server::{Record, mint_token};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Time for a run of sync.
const BUDGET: Duration = Duration::from_secs(20);

/// A phone with its signed-in user.
pub struct Phone {
    /// As the story calls it.
    pub name: &'static str,
    /// The user's data.
    pub session: Session,
    library: Arc<FoodLens>,
    hook: Arc<CautiousHook>,
    folder: PathBuf,
}

struct Tokens;

impl TokenProvider for Tokens {
    fn token(&self, user: &UserId, _refused: bool) -> std::result::Result<AccessToken, HookError> {
        let value = mint_token(SECRET, user.as_str(), 3_600).map_err(|_| HookError)?;
        Ok(AccessToken { user_id: user.as_str().to_owned(), value })
    }
}

impl Phone {
    /// The app on a folder, which may hold data already.
    pub fn open(name: &'static str, folder: &Path, url: &str, user: &str) -> Result<Self> {
        let hook = Arc::new(CautiousHook::default());
        let http = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
        let config = Config { http, ..Config::new(folder, url) };
        let hooks = Hooks { merge: Some(hook.clone()), ..Hooks::new(Arc::new(Tokens)) };
        let library = Arc::new(FoodLens::open(config, hooks)?);
        let session = library.session(&UserId::new(user)?)?;
        Ok(Self { name, session, library, hook, folder: folder.to_owned() })
    }

    /// Another user signs in on the same phone.
    pub fn sign_in(&self, name: &'static str, user: &str) -> Result<Self> {
        let session = self.library.session(&UserId::new(user)?)?;
        let (library, hook, folder) = (self.library.clone(), self.hook.clone(), self.folder.clone());
        Ok(Self { name, session, library, hook, folder })
    }

    /// Where its data are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// One run of sync, with the questions that the hook was asked.
    pub fn sync(&self) -> Result<(SyncReport, Vec<Asked>)> {
        let report = self.hook.during(&self.session, || self.session.sync(BUDGET))?;
        Ok((report, self.hook.asked()))
    }

    /// The whole queue, receipts included (the last 500 of them are kept).
    pub fn queue(&self, receipts: bool) -> Result<Vec<QueuedOperation>> {
        whole_queue(&self.session, receipts)
    }

    /// What differs between this phone and the server, one line a difference.
    pub fn differences(&self, server: &[Record]) -> Result<Vec<String>> {
        Ok(differences(&self.session.export_json()?, server))
    }
}

/// Every operation of a session's queue.
pub fn whole_queue(session: &Session, receipts: bool) -> Result<Vec<QueuedOperation>> {
    let filter = if receipts { QueueFilter::All } else { QueueFilter::Unsent };
    let mut all: Vec<QueuedOperation> = Vec::new();
    loop {
        let page = session.queue().list(filter, all.last().map_or(0, |last| last.position), 500)?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}
