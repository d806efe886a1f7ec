//! The operator's work on PostgreSQL, past the walls between users.

use super::session::Session;
use crate::store::{Operate, StoreError};

/// One server at a time; the number is FoodLens's own.
const MAY_SWEEP: &str = "SELECT pg_try_advisory_xact_lock(7246350197002)";

/// Users before their records, as writers do, and in one order, or a writer and this would wait for each other.
const LOCK_OWNERS: &str = "SELECT user_id FROM users WHERE user_id IN
      (SELECT user_id FROM records WHERE deleted AND received_at < $1 ORDER BY received_at LIMIT $2)
    ORDER BY user_id FOR NO KEY UPDATE";

/// Under the lock: what was revived since then stays.
const DROP_TOMBSTONES: &str = "WITH old AS (
      SELECT user_id, entity, id FROM records
      WHERE deleted AND received_at < $1 AND user_id = ANY($3) ORDER BY received_at LIMIT $2
    ), gone AS (
      DELETE FROM records USING old
      WHERE records.user_id = old.user_id AND records.entity = old.entity AND records.id = old.id
      RETURNING records.user_id, records.version
    ), raised AS (
      UPDATE users SET purged = greatest(purged, highest.version)
      FROM (SELECT user_id, max(version) AS version FROM gone GROUP BY user_id) AS highest
      WHERE users.user_id = highest.user_id
    ) SELECT count(*) FROM gone";

const DROP_ANSWERS: &str = "DELETE FROM answers USING (
      SELECT user_id, key FROM answers WHERE stored_at < $1 ORDER BY stored_at LIMIT $2
    ) AS old WHERE answers.user_id = old.user_id AND answers.key = old.key";

const SET_EPOCH: &str = "UPDATE meta SET value = $1 WHERE name = 'epoch'";

const FORGET_CURSORS: &str =
    "UPDATE meta SET value = (value::bigint + 1)::text WHERE name = 'cursor_generation'";

impl Operate for Session<'_> {
    fn set_epoch(&self, epoch: &str) -> Result<(), StoreError> {
        self.execute(SET_EPOCH, &[&epoch]).map(drop)
    }

    fn forget_cursors(&self) -> Result<(), StoreError> {
        self.execute(FORGET_CURSORS, &[]).map(drop)
    }

    fn skip_versions(&self, count: i64) -> Result<(), StoreError> {
        self.execute("UPDATE users SET seq = seq + $1", &[&count]).map(drop)
    }

    fn may_sweep(&self) -> Result<bool, StoreError> {
        Ok(self.row(MAY_SWEEP, &[])?.try_get(0)?)
    }

    fn sweep_tombstones(&self, before_ms: i64, most: usize) -> Result<usize, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let owners = self.rows(LOCK_OWNERS, &[&before_ms, &most])?;
        let owners = owners.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
        let gone: i64 = self.row(DROP_TOMBSTONES, &[&before_ms, &most, &owners])?.try_get(0)?;
        Ok(usize::try_from(gone).unwrap_or_default())
    }

    fn sweep_answers(&self, before_ms: i64, most: usize) -> Result<usize, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        Ok(usize::try_from(self.execute(DROP_ANSWERS, &[&before_ms, &most])?).unwrap_or_default())
    }
}
