//! One transaction on one connection, for a thread that waits; and for whom it works.

use deadpool_postgres::Transaction;
use tokio::runtime::Handle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use crate::store::StoreError;

pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Both until the transaction ends, so that no connection carries them to the next request.
const WORK_FOR: &str = "SELECT set_config('foodlens.user', $1, true)";
const WORK_AS_OPERATOR: &str = "SELECT set_config('foodlens.operator', 'on', true)";

const LOCK_USER: &str = "SELECT user_id FROM users WHERE name = $1 FOR NO KEY UPDATE";
const ADD_USER: &str = "INSERT INTO users (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";

/// How many rows of a page are fetched at once: a page ends by its bytes, too.
const ROWS_AT_ONCE: i32 = 256;

/// Rolled back when it is dropped.
pub(super) struct Session<'a> {
    pub transaction: Transaction<'a>,
    pub handle: &'a Handle,
}

impl Session<'_> {
    /// Puts up the wall: from here on only this user's rows are there.
    pub fn work_for(&self, user: &str) -> Result<(), StoreError> {
        self.row(WORK_FOR, &[&user]).map(drop)
    }

    pub fn work_as_operator(&self) -> Result<(), StoreError> {
        self.row(WORK_AS_OPERATOR, &[]).map(drop)
    }

    /// The key of the user's row, which is made when there is none. All writers of a user pass here one by one, so
    /// their numbers are committed in the order in which they were taken.
    pub fn lock_user(&self, name: &str) -> Result<i64, StoreError> {
        if let Some(row) = self.first(LOCK_USER, &[&name])? {
            return Ok(row.try_get(0)?);
        }
        self.execute(ADD_USER, &[&name])?;
        Ok(self.row(LOCK_USER, &[&name])?.try_get(0)?)
    }

    pub fn commit(self) -> Result<(), StoreError> {
        Ok(self.handle.block_on(self.transaction.commit())?)
    }

    pub fn rows(&self, sql: &'static str, values: Values) -> Result<Vec<Row>, StoreError> {
        self.handle.block_on(async {
            let statement = self.prepared(sql).await?;
            Ok(self.transaction.query(&statement, values).await?)
        })
    }

    pub fn first(&self, sql: &'static str, values: Values) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }

    pub fn row(&self, sql: &'static str, values: Values) -> Result<Row, StoreError> {
        self.first(sql, values)?.ok_or(StoreError::Corrupt("row"))
    }

    pub fn execute(&self, sql: &'static str, values: Values) -> Result<u64, StoreError> {
        self.handle.block_on(async {
            let statement = self.prepared(sql).await?;
            Ok(self.transaction.execute(&statement, values).await?)
        })
    }

    /// Hands the rows over one by one, a few fetched ahead, until `takes` says that it wants no more. Gives whether
    /// that came first.
    pub fn until_full(
        &self,
        sql: &'static str,
        values: Values,
        mut takes: impl FnMut(&Row) -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        let portal = self.handle.block_on(async {
            let statement = self.prepared(sql).await?;
            self.transaction.bind(&statement, values).await
        })?;
        loop {
            let rows = self.handle.block_on(self.transaction.query_portal(&portal, ROWS_AT_ONCE))?;
            for row in &rows {
                if !takes(row)? {
                    return Ok(true);
                }
            }
            if rows.len() < ROWS_AT_ONCE as usize {
                return Ok(false);
            }
        }
    }

    async fn prepared(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        self.transaction.prepare_cached(sql).await
    }
}
