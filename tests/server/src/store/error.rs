//! What goes wrong in a database. No text names content: PostgreSQL's own texts quote rows, so they are not kept.

use tokio_postgres::error::SqlState;

/// The database failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused a statement.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL refused a statement.
    #[error("database: PostgreSQL refused a statement, SQLSTATE {code}{}", of_constraint(.constraint.as_deref()))]
    Postgres {
        /// The five characters of PostgreSQL's table of errors.
        code: String,
        /// The constraint that was in the way.
        constraint: Option<String>,
    },
    /// PostgreSQL cannot be reached, or the connection was lost in the middle.
    #[error("database: no connection to PostgreSQL: {0}")]
    Connection(String),
    /// All connections stayed in use for longer than a request may wait.
    #[error("database: all connections are in use")]
    Busy,
    /// The address of the database cannot be used, and why.
    #[error("database: {0}")]
    Address(String),
    /// The role that the server was given would not be held by row-level security.
    #[error(
        "database: the role {0} is a superuser or bypasses row-level security; connect as an ordinary role that owns \
         the database: CREATE ROLE foodlens LOGIN PASSWORD '…'; CREATE DATABASE foodlens OWNER foodlens"
    )]
    TooMuchPower(String),
    /// A stored value is not what this build writes.
    #[error("database: stored {0} cannot be read")]
    Corrupt(&'static str),
    /// The database was written by a newer build, which must go on owning it.
    #[error("database: schema {found} is newer than {known}")]
    NewerSchema {
        /// The database's schema.
        found: usize,
        /// The newest schema of this build.
        known: usize,
    },
}

impl StoreError {
    /// Whether the same transaction can go well when it is tried again at once: it met another one.
    pub(crate) fn is_worth_another_try(&self) -> bool {
        let Self::Postgres { code, .. } = self else { return false };
        let met = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::UNIQUE_VIOLATION,
        ];
        met.iter().any(|state| state.code() == code)
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(refusal) => Self::Postgres {
                code: refusal.code().code().to_owned(),
                constraint: refusal.constraint().map(str::to_owned),
            },
            None => Self::Connection(error.to_string()),
        }
    }
}

fn of_constraint(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(", constraint {name}"))
}
