//! What the app lends the library: tokens, decisions, an ear for its events; and a device's randomness.

use super::backend::{Backend, USERS};
use super::line::{Shared, lock};
use crate::dice::Dice;
use crate::plan::{Hook, Token};
use foodlens_core::{
    AccessToken, Conflict, HookError, MergeAnswer, MergeHook, Random, RecordContent, Severity, Telemetry,
    TelemetryEvent, TokenProvider, UserId,
};
use std::sync::{Arc, Mutex};

/// The app's side, shared by all its hooks.
pub struct AppSide {
    pub shared: Arc<Shared>,
    pub state: Mutex<AppState>,
}

/// How the app behaves at the moment, and what it has heard.
pub struct AppState {
    pub token: Token,
    pub hook: Hook,
    /// Questions that the hook or a person has answered since somebody looked.
    pub answered: Vec<Answered>,
    /// Everything that telemetry has said since somebody looked.
    pub events: String,
}

/// An answer that was taken.
#[derive(Debug, Clone)]
pub struct Answered {
    pub conflict: Conflict,
    pub answer: MergeAnswer,
}

impl AppSide {
    /// A well-behaved one.
    #[must_use]
    pub fn new(shared: Arc<Shared>) -> Self {
        let (token, hook) = (Token::Good, Hook::Defers);
        let state = AppState { token, hook, answered: Vec::new(), events: String::new() };
        Self { shared, state: Mutex::new(state) }
    }
}

impl TokenProvider for AppSide {
    fn token(&self, user: &UserId, refused: bool) -> Result<AccessToken, HookError> {
        let me = USERS.iter().position(|known| *known == user.as_str()).ok_or(HookError)?;
        let other = (me + 1) % USERS.len();
        let of = |backend: &Backend, user: usize| backend.token(user).to_owned();
        let backend = self.shared.backend();
        let (user_id, value) = match lock(&self.state).token {
            Token::Good => (me, of(&backend, me)),
            Token::Expired if refused => (me, of(&backend, me)),
            Token::Expired | Token::Refused => (me, "expired-token-qzx".to_owned()),
            Token::OfAnother => (me, of(&backend, other)),
            Token::OfAnotherHonestly => (other, of(&backend, other)),
            Token::None => return Err(HookError),
        };
        Ok(AccessToken { user_id: USERS[user_id].to_owned(), value })
    }
}

impl MergeHook for AppSide {
    fn resolve(&self, conflict: &Conflict) -> Result<MergeAnswer, HookError> {
        let hook = lock(&self.state).hook;
        let answer = match hook {
            Hook::Defers => MergeAnswer::Defer,
            Hook::Throws => return Err(HookError),
            Hook::KeepsLocal => MergeAnswer::KeepLocal,
            Hook::KeepsRemote => MergeAnswer::KeepRemote,
            Hook::Merges => merged(conflict),
        };
        let answered = Answered { conflict: conflict.clone(), answer: answer.clone() };
        lock(&self.state).answered.push(answered);
        Ok(answer)
    }
}

impl Telemetry for AppSide {
    fn on_event(&self, event: &TelemetryEvent) {
        use std::fmt::Write;
        // Writing to a string cannot fail.
        let _ = writeln!(lock(&self.state).events, "{event:?}");
    }
}

/// Of two sides that are there, one with the higher severity; else what is there.
#[must_use]
pub fn merged(conflict: &Conflict) -> MergeAnswer {
    match (&conflict.local, &conflict.remote) {
        (Some(RecordContent::Allergy(local)), Some(RecordContent::Allergy(remote))) => {
            let rank = |side: &foodlens_core::AllergyContent| Severity::rank(side.severity.as_ref());
            let higher = if rank(local) >= rank(remote) { local } else { remote };
            let severity = higher.severity.clone();
            MergeAnswer::Merged(RecordContent::Allergy(foodlens_core::AllergyContent {
                severity,
                ..local.clone()
            }))
        }
        (None, _) => MergeAnswer::KeepRemote,
        _ => MergeAnswer::KeepLocal,
    }
}

/// A device's source of ids and jitter.
pub struct DeviceRandom(pub Mutex<Dice>);

impl Random for DeviceRandom {
    fn fill(&self, bytes: &mut [u8]) {
        lock(&self.0).fill(bytes);
    }
}
