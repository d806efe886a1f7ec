//! Killed at every call while a user's file is made: the next open finishes it.

use super::check::{database_in, whole};
use super::{app, before_each_call, tracer};
use foodlens_core::*;
use foodlens_scenarios::Phone;
use rusqlite::Connection;
use std::path::Path;

pub const NOWHERE: &str = "http://127.0.0.1:9";

#[test]
fn a_file_whose_making_was_killed_at_any_call_is_finished_by_the_next_open() {
    let expected = fresh_schema();
    before_each_call(
        "making a file",
        |n| {
            let folder = tempfile::tempdir().unwrap();
            // The app's folder is not there yet, either.
            (tracer::kill_before_call(n, &mut app(&folder.path().join("data"), NOWHERE, "open")), folder)
        },
        |name, _, folder| {
            finished_by_the_next_open(name, &folder.path().join("data"), &expected);
        },
    );
}

pub fn fresh_schema() -> Vec<String> {
    schema(Phone::new(NOWHERE, "ana").folder())
}

pub fn finished_by_the_next_open(name: &str, folder: &Path, expected: &[String]) {
    let open = || Phone::in_folder(folder, NOWHERE, "ana", Default::default());
    let phone = open().unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(schema(folder), expected, "{name}");
    whole(name, &phone);
    let id = phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    drop(phone);
    let phone = open().unwrap_or_else(|e| panic!("{name}: {e}"));
    phone.session.history().get(id).unwrap();
    assert_eq!(phone.session.queue().counts().unwrap().pending, 1, "{name}");
}

/// All that the file is made of but its rows, with its version and how it keeps its journal.
fn schema(folder: &Path) -> Vec<String> {
    let conn = Connection::open(database_in(folder)).unwrap();
    let mut sql: Vec<String> = conn
        .prepare("SELECT name || ': ' || coalesce(sql, '') FROM sqlite_master ORDER BY name")
        .and_then(|mut rows| rows.query_map([], |row| row.get(0))?.collect())
        .unwrap();
    let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let journal: String = conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    let accounts: i64 = conn.query_row("SELECT count(*) FROM account", [], |row| row.get(0)).unwrap();
    sql.push(format!("version {version}, journal {journal}, accounts {accounts}"));
    sql
}
