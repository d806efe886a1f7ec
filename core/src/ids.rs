//! Newtypes for ids and versions, so that a record's id is never taken for an operation's.

use crate::error::{Error, ErrorKind, Result, Rule};
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id as a UUID.
            #[must_use]
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }

            /// Reads the textual form of a UUID.
            ///
            /// # Errors
            /// [`ErrorKind::Invalid`] when the text is not a UUID.
            pub fn parse(text: &str) -> Result<Self> {
                Uuid::try_parse(text)
                    .map(Self)
                    .map_err(|_| Error::invalid("id", Rule::Form { expected: "a UUID" }))
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                <[u8; 16]>::column_result(value).map(|bytes| Self(Uuid::from_bytes(bytes)))
            }
        }
    };
}

uuid_id! {
    /// The id of a record: made on a device (UUIDv7; UUIDv5 for imported ones), stable for ever.
    RecordId
}
uuid_id! {
    /// The id of a queued operation, and its idempotency key on the wire.
    OperationId
}
uuid_id! {
    /// The id of a stored conflict.
    ConflictId
}

impl RecordId {
    /// The id of the one record of a collection that holds just one (profile, settings, list state): the nil UUID.
    pub const SINGLE: Self = Self(Uuid::nil());
}

/// The server's per-user sequence number of the write that last changed a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub i64);

impl ToSql for Version {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0))
    }
}

impl FromSql for Version {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

/// The id of a user as the app's backend knows it. Any text will do: it never becomes a path, a query or a log line.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UserId(String);

impl UserId {
    /// Longest user id, in bytes.
    pub const MAX_BYTES: usize = 4096;

    /// Takes the backend's id of a user, exactly as it is (case counts).
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] when it is empty, blank, has a NUL or is longer than [`Self::MAX_BYTES`].
    pub fn new(id: impl Into<String>) -> Result<Self> {
        let id = id.into();
        let rule = if id.trim().is_empty() {
            Rule::Blank
        } else if id.contains('\0') {
            Rule::Nul
        } else if id.len() > Self::MAX_BYTES {
            Rule::TooLarge { limit: Self::MAX_BYTES as u64 }
        } else {
            return Ok(Self(id));
        };
        Err(ErrorKind::Invalid { field: "user_id".into(), rule }.into())
    }

    /// The id as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserId {
    /// Hides the id: it is often an e-mail address, and debug output ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserId(…)")
    }
}
