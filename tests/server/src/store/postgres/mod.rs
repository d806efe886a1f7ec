//! PostgreSQL: one transaction at a time on each of a few connections, for threads that may wait.

use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::IsolationLevel;

use super::{Meta, Operate, Read, StoreError, Write};
use crate::clock::Seams;
use session::Session;

mod migrate;
mod operate;
mod pool;
mod read;
mod session;
mod write;

/// How often a transaction that met another one is tried. Writers of one user wait for each other at the user's row, so
/// only rare meetings are left: a new user's first two writes, or a writer and an operator.
const TRIES: usize = 5;

/// A PostgreSQL database of all users.
pub(crate) struct Store {
    pool: deadpool_postgres::Pool,
    handle: Handle,
    /// Drives the connections. None only while this is dropped.
    runtime: Option<Runtime>,
}

impl Store {
    /// Connects, and brings the database to this build's form, one server after another.
    pub fn open(url: &str, connections: usize, seams: &Seams) -> Result<Self, StoreError> {
        let pool = pool::new(url, connections)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("foodlens-postgres")
            .enable_all()
            .build()
            .map_err(|error| StoreError::Connection(error.to_string()))?;
        let handle = runtime.handle().clone();
        let store = Self { pool, handle, runtime: Some(runtime) };
        store.handle.block_on(async {
            let mut client = pool::get(&store.pool).await?;
            migrate::run(&mut client, seams).await
        })?;
        Ok(store)
    }

    /// Runs `work` on one snapshot, behind the user's wall.
    pub fn read<T>(
        &self,
        user: &str,
        work: impl FnOnce(&dyn Read) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut client = self.handle.block_on(pool::get(&self.pool))?;
        let begin =
            client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let session = Session { transaction: self.handle.block_on(begin.start())?, handle: &self.handle };
        session.work_for(user)?;
        work(&session)
    }

    /// What the database says about itself; it lies before the wall.
    pub fn meta(&self) -> Result<Meta, StoreError> {
        let client = self.handle.block_on(pool::get(&self.pool))?;
        self.handle.block_on(async {
            let statement = client.prepare_cached(read::META).await?;
            read::meta_of(&client.query(&statement, &[]).await?)
        })
    }

    /// Runs `work` behind the user's wall, with the user's row locked, until it meets no other transaction.
    pub fn write<T>(
        &self,
        user: &str,
        work: impl Fn(&dyn Write, i64) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.transact(|session| {
            session.work_for(user)?;
            let user_id = session.lock_user(user)?;
            work(session, user_id)
        })
    }

    /// Runs `work` past the walls.
    pub fn operate<T>(&self, work: impl Fn(&dyn Operate) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.transact(|session| {
            session.work_as_operator()?;
            work(session)
        })
    }

    fn transact<T>(&self, work: impl Fn(&Session) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut client = self.handle.block_on(pool::get(&self.pool))?;
        let mut tries = 1;
        loop {
            // Read committed, so that what is read under the lock is what its last holder has committed.
            let transaction = self.handle.block_on(client.transaction())?;
            let session = Session { transaction, handle: &self.handle };
            let done = work(&session).and_then(|value| session.commit().map(|()| value));
            match done {
                Err(error) if error.is_worth_another_try() && tries < TRIES => {
                    tracing::debug!(%error, tries, "a transaction is tried again");
                    tries += 1;
                }
                done => return done,
            }
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.pool.close();
        if let Some(runtime) = self.runtime.take() {
            // Without waiting: whoever drops this may be on a thread that must not.
            runtime.shutdown_background();
        }
    }
}
