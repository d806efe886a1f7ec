//! The end of old tombstones and keys, in slices: no transaction is long.

use rusqlite::Transaction;

use crate::store::StoreError;

/// The plus keeps SQLite from walking through all records to have them grouped.
const RAISE_PURGE_MARKS: &str = "UPDATE users SET purged = max(purged, old.version)
    FROM (SELECT user_id, max(version) AS version FROM
            (SELECT user_id, version FROM records
             WHERE deleted = 1 AND received_at < ?1 ORDER BY received_at, rowid LIMIT ?2)
          GROUP BY +user_id) AS old
    WHERE users.user_id = old.user_id";

/// The same rows: their order has no ties, and nothing writes in between.
const DROP_TOMBSTONES: &str = "DELETE FROM records WHERE rowid IN
    (SELECT rowid FROM records WHERE deleted = 1 AND received_at < ?1 ORDER BY received_at, rowid LIMIT ?2)";

const DROP_ANSWERS: &str = "DELETE FROM answers WHERE rowid IN
    (SELECT rowid FROM answers WHERE stored_at < ?1 ORDER BY stored_at LIMIT ?2)";

pub(super) fn tombstones(tx: &Transaction, before_ms: i64, most: usize) -> Result<usize, StoreError> {
    tx.prepare_cached(RAISE_PURGE_MARKS)?.execute((before_ms, most))?;
    Ok(tx.prepare_cached(DROP_TOMBSTONES)?.execute((before_ms, most))?)
}

pub(super) fn answers(tx: &Transaction, before_ms: i64, most: usize) -> Result<usize, StoreError> {
    Ok(tx.prepare_cached(DROP_ANSWERS)?.execute((before_ms, most))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::tests::plan;

    #[test]
    fn a_slice_is_found_by_age_and_nothing_is_walked_through() {
        for (statement, table, index) in [
            (RAISE_PURGE_MARKS, "records", "records_tombstones (received_at<?)"),
            (DROP_TOMBSTONES, "records", "records_tombstones (received_at<?)"),
            (DROP_ANSWERS, "answers", "answers_by_age (stored_at<?)"),
        ] {
            let steps = plan(statement);
            assert!(steps.iter().any(|step| step.contains(index)), "{steps:?}");
            assert!(!steps.iter().any(|step| step == &format!("SCAN {table}")), "{steps:?}");
        }
    }
}
