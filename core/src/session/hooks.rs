//! What the app lends the library: tokens, and decisions.

use crate::db::DatabaseKey;
use crate::error::{Error, Result, Rule};
use crate::ids::UserId;
use crate::merge::{Conflict, Decision, RecordContent};

/// A hook of the app failed. What it said is not kept: it might hold a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the app's hook failed")]
pub struct HookError;

/// A token for the backend. No `Debug`: it must not reach a log.
#[derive(Clone)]
pub struct AccessToken {
    /// The user whose token it is, as given to [`crate::FoodLens::session`]. A token of another user stops the run
    /// before anything is sent.
    pub user_id: String,
    /// The bearer token, without the word `Bearer`.
    pub value: String,
}

/// Gives tokens at the moment of sending. Called from the thread that syncs, with no lock held.
pub trait TokenProvider: Send + Sync {
    /// A valid token of this user. `refused`: the last one was refused with 401, so a fresh one is needed.
    ///
    /// # Errors
    /// When there is none: the run stops and says that a sign-in is needed; nothing is lost.
    fn token(&self, user: &UserId, refused: bool) -> Result<AccessToken, HookError>;
}

/// Gives the keys of users' files, each 32 random bytes that the device keeps (Keystore, Keychain). Called from the thread
/// that opens a session, with no lock and no transaction held, and only while none of that user is open.
pub trait KeyProvider: Send + Sync {
    /// The key of this user's file; always the same, until [`crate::FoodLens::rekey`] has changed it.
    ///
    /// # Errors
    /// When it is not to be had now: the session is not opened ([`crate::ErrorKind::KeyUnavailable`]), no file is touched.
    fn key(&self, user: &UserId) -> Result<DatabaseKey, HookError>;
}

/// The answer to a [`Conflict`].
#[allow(clippy::large_enum_variant, reason = "one at a time, and an app writes it down as it is")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeAnswer {
    /// This device's side.
    KeepLocal,
    /// The server's side.
    KeepRemote,
    /// This instead of both.
    Merged(RecordContent),
    /// A person has to say; until then the cautious view stays.
    Defer,
}

/// Decides conflicts. Called from the thread that syncs, with no lock and no transaction held, so it may take its time
/// and may read the session.
pub trait MergeHook: Send + Sync {
    /// What to do about this conflict.
    ///
    /// # Errors
    /// A failing hook defers: the conflict stays for a person.
    fn resolve(&self, conflict: &Conflict) -> Result<MergeAnswer, HookError>;
}

impl MergeAnswer {
    /// The decision in it, checked; `None`: put off.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] when the merged content breaks a rule or is of another kind than the record.
    pub(crate) fn decision(&self, conflict: &Conflict) -> Result<Option<Decision>> {
        let sides = [&conflict.base, &conflict.local, &conflict.remote];
        let same_kind = |content: &RecordContent| {
            let kind = std::mem::discriminant(content);
            sides.into_iter().flatten().all(|side| std::mem::discriminant(side) == kind)
        };
        match self {
            Self::KeepLocal => Ok(Some(Decision::KeepLocal)),
            Self::KeepRemote => Ok(Some(Decision::KeepRemote)),
            Self::Defer => Ok(None),
            Self::Merged(content) if same_kind(content) => Ok(Some(Decision::Merged(content.to_fields()?))),
            Self::Merged(_) => Err(Error::invalid(
                "merged",
                Rule::Form { expected: "the content of the record in question" },
            )),
        }
    }
}
