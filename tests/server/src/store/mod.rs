//! What is kept, in one of two databases: an embedded SQLite file, or PostgreSQL by its URL.

use crate::clock::Seams;

mod access;
mod database;
mod error;
mod postgres;
mod rows;
mod sqlite;

pub(crate) use access::{Found, Meta, Name, Operate, Page, Place, Read, Stored, User, Write};
pub use database::Database;
pub use error::StoreError;

/// The database of all users. An enum and not a trait object: its methods take closures.
pub(crate) enum Store {
    Sqlite(sqlite::Store),
    Postgres(postgres::Store),
}

impl Store {
    /// Opens the database and brings it to this build's form; a new one gets its epoch and its keys.
    pub fn open(database: &Database, seams: &Seams) -> Result<Self, StoreError> {
        Ok(match database {
            Database::File(path) => Self::Sqlite(sqlite::Store::open(path, seams)?),
            Database::Postgres { url, connections } => {
                Self::Postgres(postgres::Store::open(url, *connections, seams)?)
            }
        })
    }

    /// Runs `work` on one snapshot of the user's data.
    pub fn read<T>(
        &self,
        user: &str,
        work: impl FnOnce(&dyn Read) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(store) => store.read(|transaction| work(transaction)),
            Self::Postgres(store) => store.read(user, work),
        }
    }

    /// Runs `work` in one transaction that nothing else writes this user's data beside, and keeps it only if all went
    /// well. `work` may run again when it met another writer, so it changes nothing but the database.
    pub fn write<T>(
        &self,
        user: &str,
        work: impl Fn(&dyn Write, i64) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(store) => {
                store.write(|transaction| work(transaction, sqlite::user(transaction, user)?))
            }
            Self::Postgres(store) => store.write(user, work),
        }
    }

    /// What the database says about itself.
    pub fn meta(&self) -> Result<Meta, StoreError> {
        match self {
            Self::Sqlite(store) => store.read(|transaction| Read::meta(transaction)),
            Self::Postgres(store) => store.meta(),
        }
    }

    /// The operator's way past the walls between users: one transaction over everybody's data. As with
    /// [`Store::write`], `work` may run again.
    pub fn operate<T>(&self, work: impl Fn(&dyn Operate) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(store) => store.write(|transaction| work(transaction)),
            Self::Postgres(store) => store.operate(work),
        }
    }
}
