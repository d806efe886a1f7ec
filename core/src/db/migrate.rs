//! The schema ladder: one file a step, its number is the `user_version`, one transaction a step.

use crate::error::{ErrorKind, Result};
use rusqlite::{Connection, TransactionBehavior, ffi};

/// The steps in order; append-only. The n-th takes the schema from n-1 to n.
const STEPS: &[&str] = &[
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_queue.sql"),
    include_str!("migrations/0003_search.sql"),
    include_str!("migrations/0004_linked.sql"),
    include_str!("migrations/0005_users.sql"),
    include_str!("migrations/0006_legacy.sql"),
    include_str!("migrations/0007_search_end.sql"),
];

/// The newest schema that this build knows.
pub(super) fn supported() -> i64 {
    STEPS.len() as i64
}

/// The schema version of the file. Reads only.
pub(super) fn found(conn: &Connection) -> Result<i64> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Refuses a file of a newer build, before anything is written to it.
pub(super) fn refuse_newer(conn: &Connection) -> Result<()> {
    let (found, supported) = (found(conn)?, supported());
    if found > supported { Err(ErrorKind::NeedsNewerApp { found, supported }.into()) } else { Ok(()) }
}

/// Brings the file to the newest schema. Safe to repeat after a kill, and safe beside another process that migrates:
/// the version is read again inside each step's transaction.
pub(super) fn migrate(conn: &mut Connection) -> Result<()> {
    if found(conn)? == supported() {
        return Ok(());
    }
    // To add a column, SQLite holds every row of the table against its rules: one bad row would end the upgrade of all.
    conn.pragma_update(None, "ignore_check_constraints", true)?;
    let climbed = climb(conn);
    conn.pragma_update(None, "ignore_check_constraints", false)?;
    climbed
}

fn climb(conn: &mut Connection) -> Result<()> {
    while found(conn)? < supported() {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let current = found(&tx)?;
        if current < supported() {
            let step = usize::try_from(current).ok().and_then(|index| STEPS.get(index));
            // A number below zero: no build has written it.
            tx.execute_batch(step.ok_or(ErrorKind::Corrupt { code: ffi::SQLITE_CORRUPT })?)?;
            tx.pragma_update(None, "user_version", current + 1)?;
        }
        tx.commit()?;
    }
    Ok(())
}
