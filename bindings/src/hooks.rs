//! What the app lends the library: tokens, decisions, observers, a network stack. Foreign traits with synchronous
//! methods, each with an adapter to the core's trait. Whatever a hook throws, declared or not, arrives as a plain
//! failure; its text is dropped at the border, since it may hold a token or a record.

use crate::conflicts::{Conflict, MergeAnswer};
use foodlens_core::{Notice, UserId};
use std::sync::Arc;

/// What a hook throws when it cannot answer. Any other exception has the same effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum HookError {
    /// The hook has no answer now.
    #[error("the app's hook failed")]
    Failed,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for HookError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

impl From<HookError> for foodlens_core::HookError {
    fn from(_: HookError) -> Self {
        Self
    }
}

/// A token for the backend.
#[derive(Clone, uniffi::Record)]
pub struct CoreAccessToken {
    /// The user whose token it is, as given when the session was opened. A token of another user stops the run before
    /// anything is sent.
    pub user_id: String,
    /// The bearer token, without the word `Bearer`.
    pub value: String,
}

/// Gives tokens at the moment of sending. Called from the thread that syncs, with no lock held.
#[uniffi::export(foreign)]
pub trait TokenCallback: Send + Sync {
    /// A valid token of this user. `refused`: the last one was refused with 401, so a fresh one is needed.
    /// When it throws, the run stops and says that a sign-in is needed; nothing is lost.
    fn token(&self, user_id: String, refused: bool) -> Result<CoreAccessToken, HookError>;
}

/// Decides conflicts. Called from the thread that syncs, with no lock and no transaction held, so it may take its time
/// and may read the session.
#[uniffi::export(foreign)]
pub trait MergeCallback: Send + Sync {
    /// What to do about this conflict. When it throws, the conflict stays for a person.
    fn resolve(&self, conflict: Conflict) -> Result<MergeAnswer, HookError>;
}

/// Told about changes, on a thread of the library, one call at a time.
#[uniffi::export(foreign)]
pub trait ObserverCallback: Send + Sync {
    /// Something changed and is committed. Read what you show; the notice itself carries no data.
    /// When it throws, it stays registered.
    fn on_change(&self, notice: Notice) -> Result<(), HookError>;
}

pub(crate) struct Tokens(pub Arc<dyn TokenCallback>);

impl foodlens_core::TokenProvider for Tokens {
    fn token(
        &self,
        user: &UserId,
        refused: bool,
    ) -> Result<foodlens_core::AccessToken, foodlens_core::HookError> {
        let token = self.0.token(user.as_str().into(), refused)?;
        Ok(foodlens_core::AccessToken { user_id: token.user_id, value: token.value })
    }
}

pub(crate) struct Merges(pub Arc<dyn MergeCallback>);

impl foodlens_core::MergeHook for Merges {
    fn resolve(
        &self,
        conflict: &foodlens_core::Conflict,
    ) -> Result<foodlens_core::MergeAnswer, foodlens_core::HookError> {
        Ok(self.0.resolve(conflict.clone().into())?.into())
    }
}

pub(crate) struct Observes(pub Arc<dyn ObserverCallback>);

impl foodlens_core::Observer for Observes {
    fn on_change(&self, notice: &foodlens_core::Notice) {
        if self.0.on_change(notice.clone()).is_err() {
            log::error!("foodlens: an observer failed; it stays registered");
        }
    }
}
