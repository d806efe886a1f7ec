//! The public error: few variants, each with something the app can do. The only file that converts the core's.

use crate::convert::{Count, Via};
use foodlens_core::{Error, ErrorKind};

/// What went wrong. `reason` is for logs: it never holds record content, tokens or URLs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum CoreError {
    /// A value was refused before anything was stored: show the field and the rule to the person.
    #[error("{reason}")]
    Invalid {
        /// For logs.
        reason: String,
        /// The field, as named on the wire (`allergen`, `notes`, …).
        field: String,
        /// The rule that it broke.
        rule: Rule,
    },
    /// There is no such record, operation or conflict (it may have been deleted, synced or answered meanwhile).
    #[error("{reason}")]
    NotFound {
        /// For logs.
        reason: String,
    },
    /// A record with this id is already there; update it instead.
    #[error("{reason}")]
    AlreadyExists {
        /// For logs.
        reason: String,
    },
    /// The operation is not in a state that allows this (for instance discarding one that is being sent).
    #[error("{reason}")]
    WrongState {
        /// For logs.
        reason: String,
    },
    /// What was shown to the person has changed since: fetch it again and ask anew.
    #[error("{reason}")]
    Stale {
        /// For logs.
        reason: String,
    },
    /// The session was closed; open a new one.
    #[error("{reason}")]
    Closed {
        /// For logs.
        reason: String,
    },
    /// The session is suspended; nothing was read or stored. Resume it and call again.
    #[error("{reason}")]
    Suspended {
        /// For logs.
        reason: String,
    },
    /// The device's storage is full. Nothing was stored; free space and try again.
    #[error("{reason}")]
    StorageFull {
        /// For logs.
        reason: String,
    },
    /// The storage cannot be read or written now (busy, permissions, device locked, I/O error). Nothing is lost; try
    /// again later.
    #[error("{reason}")]
    StorageUnavailable {
        /// For logs.
        reason: String,
    },
    /// The file, or a record in it, is damaged. It is left as it is; `recover` sets the file aside and goes on with every
    /// unsent write that it still holds.
    #[error("{reason}")]
    Corrupt {
        /// For logs.
        reason: String,
    },
    /// The file was written by a newer version of the library and was not touched. Update the app.
    #[error("{reason}")]
    NeedsNewerApp {
        /// For logs.
        reason: String,
    },
    /// The key does not open the user's file, which was not touched. Hand in the one that it was written with; after a
    /// re-key that was interrupted, that may be the former one. Is it lost, so is what was not sent.
    #[error("{reason}")]
    WrongKey {
        /// For logs.
        reason: String,
    },
    /// The file is encrypted and there is no key: the app's key provider failed (the device may be locked: try again
    /// later), there is none, or this build has no encryption. The file was not touched.
    #[error("{reason}")]
    KeyUnavailable {
        /// For logs.
        reason: String,
    },
    /// A session of this user is open, and this changes the file as a whole: close the session first.
    #[error("{reason}")]
    SessionOpen {
        /// For logs.
        reason: String,
    },
    /// There was a database of this user here, and it is gone or empty. What was not sent yet went with it; the rest
    /// comes from the server: call `recover`.
    #[error("{reason}")]
    StoreMissing {
        /// For logs.
        reason: String,
    },
    /// The user has signed out since. Open a new session when they sign in again.
    #[error("{reason}")]
    SignedOut {
        /// For logs.
        reason: String,
    },
    /// More waits to be sent than was shown to the person who confirmed the deletion. Nothing was deleted: show it again.
    #[error("{reason}")]
    UnsentWork {
        /// For logs.
        reason: String,
    },
    /// The file belongs to another user or server. It was not touched.
    #[error("{reason}")]
    WrongAccount {
        /// For logs.
        reason: String,
    },
    /// The configuration cannot be used: a mistake in the app.
    #[error("{reason}")]
    Config {
        /// For logs: the setting and what is expected of it.
        reason: String,
    },
    /// A legacy export, or a rescue export, as a whole cannot be read. Nothing was imported.
    #[error("{reason}")]
    LegacyFormat {
        /// For logs: what is expected.
        reason: String,
    },
    /// The snapshot of old data is still needed: records of it wait to be taken over (run the import again), or reads are
    /// on it (turn that off).
    #[error("{reason}")]
    LegacyInUse {
        /// For logs.
        reason: String,
        /// Records that wait to be taken over.
        waiting: i64,
        /// Whether reads are on the snapshot.
        reads_on: bool,
    },
    /// The data to be taken over are not an anonymous user's: they have been at the server. Nothing was taken over.
    #[error("{reason}")]
    NotAnonymous {
        /// For logs.
        reason: String,
    },
    /// A defect of the library; report it with the reason.
    #[error("{reason}")]
    Internal {
        /// For logs: a code that tells where it happened.
        reason: String,
    },
}

/// The rule that a refused value broke.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Rule {
    /// Nothing but white space, or nothing at all.
    Blank,
    /// Longer than `limit` Unicode scalar values.
    TooLong {
        /// The limit, in Unicode scalar values.
        limit: i64,
    },
    /// More than `limit` entries.
    TooMany {
        /// The limit.
        limit: i64,
    },
    /// Over `limit` bytes.
    TooLarge {
        /// The limit in bytes.
        limit: i64,
    },
    /// Holds a NUL character.
    Nul,
    /// Not of the form named.
    Form {
        /// What is expected, for instance `a date YYYY-MM-DD`.
        expected: String,
    },
    /// "No allergies" cannot be confirmed while the list holds some: remove them first.
    ListNotEmpty,
}

impl From<Error> for CoreError {
    fn from(error: Error) -> Self {
        let reason = error.to_string();
        match error.kind().clone() {
            ErrorKind::Invalid { field, rule } => Self::Invalid { reason, field, rule: rule.into() },
            ErrorKind::NotFound { .. } => Self::NotFound { reason },
            ErrorKind::AlreadyExists => Self::AlreadyExists { reason },
            ErrorKind::WrongState { .. } => Self::WrongState { reason },
            ErrorKind::StaleAnswer | ErrorKind::StaleEdit => Self::Stale { reason },
            ErrorKind::Closed => Self::Closed { reason },
            ErrorKind::Suspended => Self::Suspended { reason },
            ErrorKind::StorageFull => Self::StorageFull { reason },
            ErrorKind::StorageBusy | ErrorKind::StorageUnavailable { .. } => {
                Self::StorageUnavailable { reason }
            }
            ErrorKind::Corrupt { .. } | ErrorKind::Unreadable => Self::Corrupt { reason },
            ErrorKind::NeedsNewerApp { .. } => Self::NeedsNewerApp { reason },
            ErrorKind::WrongKey => Self::WrongKey { reason },
            ErrorKind::KeyUnavailable => Self::KeyUnavailable { reason },
            ErrorKind::SessionOpen => Self::SessionOpen { reason },
            ErrorKind::StoreMissing => Self::StoreMissing { reason },
            ErrorKind::SignedOut => Self::SignedOut { reason },
            ErrorKind::UnsentWork => Self::UnsentWork { reason },
            ErrorKind::WrongAccount => Self::WrongAccount { reason },
            ErrorKind::Config { .. } => Self::Config { reason },
            ErrorKind::LegacyFormat { .. } | ErrorKind::RescueFormat => Self::LegacyFormat { reason },
            ErrorKind::LegacyInUse { waiting, reads_on } => {
                Self::LegacyInUse { reason, waiting: Count::out(waiting), reads_on }
            }
            ErrorKind::NotAnonymous => Self::NotAnonymous { reason },
            // `Internal`, and kinds that a later core adds before this file knows them.
            _ => Self::Internal { reason },
        }
    }
}

impl From<foodlens_core::Rule> for Rule {
    fn from(rule: foodlens_core::Rule) -> Self {
        match rule {
            foodlens_core::Rule::Blank => Self::Blank,
            foodlens_core::Rule::TooLong { limit } => Self::TooLong { limit: Count::out(limit) },
            foodlens_core::Rule::TooMany { limit } => Self::TooMany { limit: Count::out(limit) },
            foodlens_core::Rule::TooLarge { limit } => Self::TooLarge { limit: Count::out(limit) },
            foodlens_core::Rule::Nul => Self::Nul,
            foodlens_core::Rule::Form { expected } => Self::Form { expected: expected.into() },
            foodlens_core::Rule::ListNotEmpty => Self::ListNotEmpty,
            other => Self::Form { expected: other.to_string() },
        }
    }
}

/// Result with the public error: what every export returns, so that a panic becomes an error and not a crash.
pub(crate) type Result<T> = std::result::Result<T, CoreError>;
