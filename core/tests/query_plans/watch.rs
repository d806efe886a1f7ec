//! Which statements SQLite runs on this thread, and how often each was prepared for it. SQLite calls a function for
//! every connection that is opened in the process: nothing in the library has to know.

use rusqlite::auto_extension::{init_auto_extension, register_auto_extension};
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, Result, StatementStatus, ffi};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{c_char, c_int};
use std::sync::Once;

/// How a statement was used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Times that it ran.
    pub runs: u32,
    /// Times that it had to be prepared for that.
    pub prepared: u32,
    /// Times that SQLite prepared it again by itself, since a bound value might have changed its plan.
    pub replanned: u32,
}

thread_local! {
    static SEEN: RefCell<BTreeMap<String, Counts>> = RefCell::default();
}

/// The statements, in one line each, that run on this thread while `body` does.
pub fn statements(body: impl FnOnce()) -> BTreeMap<String, Counts> {
    static ONCE: Once = Once::new();
    // Sound: the extension opens and closes no connection and leaves the list of extensions alone.
    ONCE.call_once(|| unsafe { register_auto_extension(extension).unwrap() });
    SEEN.take();
    body();
    SEEN.take()
}

/// One line, single spaces.
pub fn normal(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

unsafe extern "C" fn extension(
    db: *mut ffi::sqlite3,
    error: *mut *mut c_char,
    _: *const ffi::sqlite3_api_routines,
) -> c_int {
    // Sound: the pointers are SQLite's own.
    unsafe { init_auto_extension(db, error, watch) }
}

fn watch(mut conn: Connection) -> Result<()> {
    conn.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note))
}

fn note(event: TraceEvent<'_>) {
    let TraceEvent::Stmt(statement, _) = event else { return };
    // Told before the run is counted: a statement that never ran was prepared for this one.
    let first = statement.get_status(StatementStatus::Run) == 0;
    let again = statement.get_status(StatementStatus::RePrepare);
    SEEN.with_borrow_mut(|seen| {
        let counts = seen.entry(normal(&statement.sql())).or_default();
        counts.runs += 1;
        counts.prepared += u32::from(first);
        counts.replanned = counts.replanned.max(u32::try_from(again).unwrap_or(0));
    });
}
