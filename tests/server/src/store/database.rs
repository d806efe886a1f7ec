//! Which database a server works on.

use std::fmt;
use std::path::PathBuf;

/// A database of all users.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// An SQLite file, for one server; made when there is none.
    File(PathBuf),
    /// A database on a PostgreSQL server, for any number of servers.
    Postgres {
        /// `postgres://USER:PASSWORD@HOST:PORT/NAME`; or the words of libpq, `host=… user=…`. Without TLS.
        url: String,
        /// The most connections that this server holds, at least 1.
        connections: usize,
    },
}

impl Database {
    /// How many connections [`Database::postgres`] allows.
    pub const CONNECTIONS: usize = 16;

    /// PostgreSQL, with the usual number of connections.
    pub fn postgres(url: impl Into<String>) -> Self {
        Self::Postgres { url: url.into(), connections: Self::CONNECTIONS }
    }
}

impl<P: Into<PathBuf>> From<P> for Database {
    fn from(path: P) -> Self {
        Self::File(path.into())
    }
}

/// Without the URL, which may hold a password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Postgres { connections, .. } => {
                f.debug_struct("Postgres").field("connections", connections).finish_non_exhaustive()
            }
        }
    }
}
