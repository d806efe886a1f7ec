//! How much SQLite works, by its own count: the steps of its machine, for each statement that runs on this thread.

use rusqlite::auto_extension::{init_auto_extension, register_auto_extension};
use rusqlite::trace::{StmtRef, TraceEvent, TraceEventCodes};
use rusqlite::{Connection, Result, StatementStatus, ffi};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{c_char, c_int};
use std::sync::Once;

/// What a statement has cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Work {
    pub runs: u32,
    /// Steps of SQLite's machine.
    pub steps: i64,
    /// Rows that it stepped over while it read a table from end to end.
    pub walked: i64,
    /// Where the counters stood when the run under way began.
    began: (i64, i64),
}

thread_local! {
    static SEEN: RefCell<BTreeMap<String, Work>> = RefCell::default();
}

/// Call before the first connection that is to be counted is opened.
pub fn watch() {
    static ONCE: Once = Once::new();
    // Sound: the extension opens and closes no connection and leaves the list of extensions alone.
    ONCE.call_once(|| unsafe { register_auto_extension(extension).unwrap() });
}

/// What each statement has cost on this thread while `body` ran.
pub fn work<T>(body: impl FnOnce() -> T) -> (T, BTreeMap<String, Work>) {
    SEEN.take();
    let value = body();
    (value, SEEN.take())
}

unsafe extern "C" fn extension(
    db: *mut ffi::sqlite3,
    error: *mut *mut c_char,
    _: *const ffi::sqlite3_api_routines,
) -> c_int {
    // Sound: the pointers are SQLite's own.
    unsafe { init_auto_extension(db, error, count) }
}

fn count(mut conn: Connection) -> Result<()> {
    conn.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT | TraceEventCodes::SQLITE_TRACE_PROFILE, Some(note))
}

fn note(event: TraceEvent<'_>) {
    let counters = |of: &StmtRef<'_>| {
        let read = |which| i64::from(of.get_status(which));
        (read(StatementStatus::VmStep), read(StatementStatus::FullscanStep))
    };
    let (statement, ended) = match &event {
        TraceEvent::Stmt(statement, _) => (statement, false),
        TraceEvent::Profile(statement, _) => (statement, true),
        _ => return,
    };
    SEEN.with_borrow_mut(|seen| {
        let work = seen.entry(statement.sql().into_owned()).or_default();
        let now = counters(statement);
        if ended {
            work.runs += 1;
            work.steps += now.0 - work.began.0;
            work.walked += now.1 - work.began.1;
        } else {
            work.began = now;
        }
    });
}
