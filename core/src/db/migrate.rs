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
    include_str!("migrations/0008_receipts.sql"),
    include_str!("migrations/0009_no_views.sql"),
];

/// What they leave of a file with nothing in it.
const NEWEST: &str = include_str!("newest.sql");

/// The newest schema that this build knows.
pub(super) fn supported() -> i64 {
    STEPS.len() as i64
}

/// The schema version of the file. Reads only.
pub(super) fn found(conn: &Connection) -> Result<i64> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Refuses a file of a newer build, before anything is written to it. The version that was found.
pub(super) fn refuse_newer(conn: &Connection) -> Result<i64> {
    let (found, supported) = (found(conn)?, supported());
    if found > supported { Err(ErrorKind::NeedsNewerApp { found, supported }.into()) } else { Ok(found) }
}

/// Brings the file to the newest schema. Safe to repeat after a kill, and safe beside another process that migrates:
/// the version is read again inside each step's transaction.
pub(super) fn migrate(conn: &mut Connection) -> Result<()> {
    if found(conn)? == 0 {
        make(conn)?;
    }
    if found(conn)? == supported() {
        return Ok(());
    }
    // To add a column, SQLite holds every row of the table against its rules: one bad row would end the upgrade of all.
    conn.pragma_update(None, "ignore_check_constraints", true)?;
    let climbed = climb(conn);
    conn.pragma_update(None, "ignore_check_constraints", false)?;
    climbed
}

/// Makes the newest schema where there is nothing yet: a user's first open waits for one commit and not for one a step.
fn make(conn: &mut Connection) -> Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have made it by now.
    let is_empty = tx.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_master)", [], |row| row.get(0))?;
    if is_empty {
        tx.execute_batch(NEWEST)?;
        tx.pragma_update(None, "user_version", supported())?;
    }
    Ok(tx.commit()?)
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use rusqlite::types::Value;
    use std::collections::BTreeMap;

    /// A statement of the schema without comments, in one line: a new file has none, one that has climbed has those of the steps.
    pub fn statement(sql: &str) -> String {
        let words = sql.lines().filter_map(|line| line.split("--").next()).flat_map(str::split_whitespace);
        words.collect::<Vec<_>>().join(" ")
    }

    /// Everything in a database: by name, how it was made and its rows.
    fn content(conn: &Connection) -> BTreeMap<String, (String, Vec<Vec<Value>>)> {
        let rows = |sql: &str| -> Vec<Vec<Value>> {
            let mut statement = conn.prepare(sql).unwrap();
            let width = statement.column_count();
            let rows = statement.query_map([], |row| (0..width).map(|index| row.get(index)).collect());
            rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
        };
        let made = "SELECT name, type, coalesce(sql, '') FROM sqlite_master";
        let text = |value: &Value| if let Value::Text(text) = value { text.clone() } else { String::new() };
        let held = |row: &Vec<Value>| {
            let (name, kind) = (text(&row[0]), text(&row[1]));
            // The rows of a virtual one lie in tables beside it.
            let has_rows = kind == "table" && !text(&row[2]).starts_with("CREATE VIRTUAL");
            let held = if has_rows { rows(&format!("SELECT * FROM {name}")) } else { Vec::new() };
            (name, (statement(&text(&row[2])), held))
        };
        rows(made).iter().map(held).collect()
    }

    #[test]
    fn what_is_made_at_once_is_what_the_steps_leave() {
        let mut made = Connection::open_in_memory().unwrap();
        migrate(&mut made).unwrap();
        let mut climbed = Connection::open_in_memory().unwrap();
        climb(&mut climbed).unwrap();
        assert_eq!((found(&made).unwrap(), found(&climbed).unwrap()), (supported(), supported()));
        let (made, climbed) = (content(&made), content(&climbed));
        for (name, content) in &climbed {
            assert_eq!(made.get(name), Some(content), "{name}");
        }
        assert_eq!(made.len(), climbed.len());
    }
}
