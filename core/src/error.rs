//! Errors: rich inside (a kind with its source), few and stable outside. The only file that converts foreign errors.

use std::fmt;

/// A failure that an app can act on. [`Error::kind`] says what to do; the text never holds record content, tokens or
/// URLs, so it may be logged.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What went wrong, each with something the app can do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value was refused before anything was stored: show the field and the rule to the person.
    #[error("{field}: {rule}")]
    Invalid {
        /// The field, as named on the wire (`allergen`, `notes`, …).
        field: String,
        /// The rule that it broke.
        rule: Rule,
    },
    /// There is no such record, operation, conflict or entry of a log (it may have been deleted, synced, answered or
    /// forgotten meanwhile).
    #[error("not found: {what}")]
    NotFound {
        /// `record`, `operation`, `conflict`, `entry`, `snapshot` or `user`.
        what: &'static str,
    },
    /// A record with this id is already there; update it instead.
    #[error("a record with this id already exists")]
    AlreadyExists,
    /// The operation is not in a state that allows this (for instance discarding one that is being sent).
    #[error("the operation is {state} now, which does not allow this")]
    WrongState {
        /// The state it is in.
        state: &'static str,
    },
    /// The question moved on while a person was answering it: fetch the conflict again and ask anew.
    #[error("the conflict has changed since it was shown; fetch it again")]
    StaleAnswer,
    /// The record changed in this field since it was shown to the person who edits it: show it again.
    #[error("the record has changed since it was shown; fetch it again")]
    StaleEdit,
    /// The session was closed; open a new one.
    #[error("the session is closed")]
    Closed,
    /// The session is suspended ([`crate::Session::suspend`]); nothing was read or stored. Resume it
    /// ([`crate::Session::resume`]) and call again.
    #[error("the session is suspended; resume it first")]
    Suspended,
    /// The device's storage is full. Nothing was stored; free space and try again.
    #[error("storage is full; nothing was stored")]
    StorageFull,
    /// Another process held the database for longer than the busy limit (5 s). Try again.
    #[error("the database is busy in another process")]
    StorageBusy,
    /// The storage cannot be read or written now (permissions, device locked, I/O error). Nothing is deleted.
    #[error("storage unavailable (code {code})")]
    StorageUnavailable {
        /// SQLite's extended result code, or 0 for an error of the file system.
        code: i32,
    },
    /// The file is not a healthy database. It is left as it is; [`crate::FoodLens::recover`] sets it aside and goes on with
    /// every unsent write that it still holds.
    #[error("the database file is damaged (code {code}); it was left untouched, call recover")]
    Corrupt {
        /// SQLite's extended result code.
        code: i32,
    },
    /// The file was written by a newer version of the library and was not touched. Update the app.
    #[error("the database has schema {found}, this build knows {supported}; update the app")]
    NeedsNewerApp {
        /// Schema version in the file.
        found: i64,
        /// Newest schema version that this build knows.
        supported: i64,
    },
    /// The key does not open the user's file, which was not touched. Hand in the one that it was written with; after a
    /// re-key that was interrupted, that may be the former one. Is it lost, so is what was not sent.
    #[error("the key does not open the database file; it was left untouched")]
    WrongKey,
    /// The file is encrypted and there is no key: the app's key provider failed (the device may be locked: try again
    /// later), there is none, or this build has no encryption. The file was not touched.
    #[error("the database file is encrypted and its key is not to be had")]
    KeyUnavailable,
    /// A session of this user is open, and this changes the file as a whole: close the session first.
    #[error("a session of this user is open")]
    SessionOpen,
    /// There was a database of this user here, and it is gone or empty. What was not sent yet went with it; the rest comes
    /// from the server: call [`crate::FoodLens::recover`].
    #[error("the user's database is gone; recover to restore it from the server")]
    StoreMissing,
    /// The user has signed out since. Open a new session when they sign in again.
    #[error("the user has signed out")]
    SignedOut,
    /// More waits to be sent than was shown to the person who confirmed the deletion: show it again.
    #[error("there is more unsent work than was shown; show it again")]
    UnsentWork,
    /// The file belongs to another user or server. It was not touched.
    #[error("the database file belongs to another account")]
    WrongAccount,
    /// The configuration cannot be used; see `field` and fix it in the app.
    #[error("configuration: {field}: {rule}")]
    Config {
        /// The setting.
        field: &'static str,
        /// What is expected of it.
        rule: &'static str,
    },
    /// The legacy export as a whole cannot be read (not JSON, or another format). Nothing was imported.
    #[error("the legacy export cannot be read: {rule}")]
    LegacyFormat {
        /// What is expected.
        rule: &'static str,
    },
    /// The legacy snapshot is still needed: records of it wait to be taken over (run the import again), or reads are on
    /// it (turn that off).
    #[error("the legacy snapshot is still needed ({waiting} records wait, reads on it: {reads_on})")]
    LegacyInUse {
        /// Records that wait to be taken over.
        waiting: u64,
        /// Whether reads are on the snapshot.
        reads_on: bool,
    },
    /// The data to be taken over are not an anonymous user's: they have been at the server. Nothing was taken over.
    #[error("the user to adopt from has data at the server")]
    NotAnonymous,
    /// The text is no rescue export of this library's. Nothing was imported.
    #[error("this is no export of unsent operations")]
    RescueFormat,
    /// A stored record cannot be understood by this build. It is kept as it is; see the unreadable records.
    #[error("a stored record cannot be read by this version")]
    Unreadable,
    /// A defect of the library; report it with the code.
    #[error("internal error ({code})")]
    Internal {
        /// Where it happened.
        code: &'static str,
    },
}

/// The rule that a refused value broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// Nothing but white space, or nothing at all.
    #[error("must not be blank")]
    Blank,
    /// Longer than `limit` Unicode scalar values.
    #[error("is longer than {limit} characters")]
    TooLong {
        /// The limit, in Unicode scalar values.
        limit: u64,
    },
    /// More than `limit` entries.
    #[error("has more than {limit} entries")]
    TooMany {
        /// The limit.
        limit: u64,
    },
    /// The record as JSON is over `limit` bytes.
    #[error("is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Holds a NUL character.
    #[error("must not contain NUL")]
    Nul,
    /// Not of the form named.
    #[error("is not {expected}")]
    Form {
        /// What is expected, for instance `a date YYYY-MM-DD`.
        expected: &'static str,
    },
    /// "No allergies" cannot be confirmed while the list holds some: remove them first.
    #[error("the list still holds allergies")]
    ListNotEmpty,
}

/// Result with the library's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// What went wrong and what can be done.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Whether the same call may succeed later without a change of its arguments.
    #[must_use]
    pub fn can_retry(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Suspended
                | ErrorKind::StorageFull
                | ErrorKind::StorageBusy
                | ErrorKind::StorageUnavailable { .. }
                | ErrorKind::KeyUnavailable
        )
    }

    pub(crate) fn invalid(field: impl Into<String>, rule: Rule) -> Self {
        ErrorKind::Invalid { field: field.into(), rule }.into()
    }

    pub(crate) fn not_found(what: &'static str) -> Self {
        ErrorKind::NotFound { what }.into()
    }

    pub(crate) fn internal(code: &'static str) -> Self {
        ErrorKind::Internal { code }.into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Self {
        let kind = match &source {
            rusqlite::Error::SqliteFailure(failure, _) => sqlite_kind(failure),
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..) => ErrorKind::Unreadable,
            // Who allows for a row that is not there asks for an `Option`: here an index knows one that its table has not.
            rusqlite::Error::QueryReturnedNoRows => {
                ErrorKind::Corrupt { code: rusqlite::ffi::SQLITE_CORRUPT }
            }
            _ => ErrorKind::Internal { code: "sqlite" },
        };
        Self { kind, source: Some(Box::new(source)) }
    }
}

impl From<std::io::Error> for Error {
    fn from(source: std::io::Error) -> Self {
        let kind = match source.kind() {
            std::io::ErrorKind::StorageFull => ErrorKind::StorageFull,
            _ => ErrorKind::StorageUnavailable { code: 0 },
        };
        Self { kind, source: Some(Box::new(source)) }
    }
}

/// `None`: what is stored in this one place cannot be read. That the file or the storage fails is an error all the same:
/// what could not be looked at must not look like what is not there.
pub(crate) fn readable<T, E: Into<Error>>(read: Result<T, E>) -> Result<Option<T>> {
    match read.map_err(Into::into) {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == ErrorKind::Unreadable => Ok(None),
        Err(error) => Err(error),
    }
}

fn sqlite_kind(failure: &rusqlite::ffi::Error) -> ErrorKind {
    use rusqlite::ErrorCode as Code;
    let code = failure.extended_code;
    match failure.code {
        Code::DiskFull => ErrorKind::StorageFull,
        Code::DatabaseBusy | Code::DatabaseLocked => ErrorKind::StorageBusy,
        Code::DatabaseCorrupt | Code::NotADatabase => ErrorKind::Corrupt { code },
        Code::CannotOpen
        | Code::PermissionDenied
        | Code::ReadOnly
        | Code::SystemIoFailure
        | Code::OutOfMemory
        | Code::FileLockingProtocolFailed => ErrorKind::StorageUnavailable { code },
        Code::ConstraintViolation => ErrorKind::Internal { code: "constraint" },
        _ => ErrorKind::Internal { code: "sqlite" },
    }
}
