//! Signing out: what would be lost, what is done, and what it did.

use crate::convert::{Count, Mirrored, Opt, Time, mirror};
use crate::errors::Result;
use crate::session::CoreSession;
use crate::sync::SyncReport;
use std::time::{Duration, SystemTime};

mirror! {
    /// What a deletion would lose.
    SignOutPreview {
        /// Edits that wait to be sent, or are under way: the server may never hear of them.
        unsent: i64, via Count;
        /// Edits that are parked with a reason.
        failed: i64, via Count;
        /// Questions that nobody has answered.
        conflicts: i64, via Count;
        /// When the oldest of these edits was made, device time.
        oldest_unsent_at: Option<SystemTime>, via Opt<Time>;
        /// Position of the last edit that was made: a later one was not seen by the person.
        last_edit: i64;
    }
}

/// What is done with a user's data at the sign-out.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum CoreSignOut {
    /// All of it stays, closed to everybody, until the user signs in again: the queue goes on then.
    KeepSealed,
    /// What waits is sent first, as far as that goes within this time; then as `KeepSealed`.
    Flush {
        /// How long it may take.
        longest: Duration,
    },
    /// All of it is deleted from this device, as a person has confirmed who saw this. There is no way back.
    Wipe {
        /// What the person was shown.
        shown: SignOutPreview,
    },
}

mirror! {
    /// What a sign-out did.
    SignOutReport {
        /// What stays sealed, or went with the deletion.
        left: SignOutPreview, via Mirrored;
        /// The last run, where what waited was to be sent first.
        last_run: Option<SyncReport>, via Opt<Mirrored>;
    }
}

#[uniffi::export]
impl CoreSession {
    /// What a deletion would lose now: to be shown before it.
    pub fn sign_out_preview(&self) -> Result<SignOutPreview> {
        Ok(self.0.sign_out_preview()?.into())
    }

    /// Signs the user out, with or without a network. Every handle of the session ends.
    pub fn sign_out(&self, how: CoreSignOut) -> Result<SignOutReport> {
        Ok(self.0.sign_out(&how.into())?.into())
    }
}

impl From<CoreSignOut> for foodlens_core::SignOut {
    fn from(how: CoreSignOut) -> Self {
        match how {
            CoreSignOut::KeepSealed => Self::KeepSealed,
            CoreSignOut::Flush { longest } => Self::Flush(longest),
            CoreSignOut::Wipe { shown } => Self::Wipe(shown.into()),
        }
    }
}
