//! The limit's side of each measurement: the fewest tables that the jobs need, WAL and `FULL` like ours, statements
//! prepared once, one plain HTTP client.

use crate::records;
use rusqlite::{Connection, params};
use std::path::Path;
use std::time::Duration;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE history (
        id BLOB PRIMARY KEY, version INTEGER, body TEXT NOT NULL, occurred_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX newest ON history (occurred_at);
    CREATE TABLE operations (
        seq INTEGER PRIMARY KEY, key BLOB NOT NULL, record_id BLOB NOT NULL, body TEXT NOT NULL
    ) STRICT;
    CREATE TABLE feed (cursor TEXT) STRICT;
    INSERT INTO feed VALUES (NULL);";

pub const INSERT_RECORD: &str =
    "INSERT INTO history (id, version, body, occurred_at) VALUES (?1, ?2, ?3, ?4)";
pub const INSERT_OPERATION: &str = "INSERT INTO operations (key, record_id, body) VALUES (?1, ?2, ?3)";

/// A new file in this folder.
pub fn create(folder: &Path) -> Connection {
    let conn = open(folder);
    conn.execute_batch(SCHEMA).unwrap();
    conn
}

/// The file in this folder.
pub fn open(folder: &Path) -> Connection {
    let conn = Connection::open(folder.join("limit.db")).unwrap();
    conn.pragma_update(None, "synchronous", "FULL").unwrap();
    conn
}

/// Makes what is there searchable by words, with an index of short beginnings.
pub fn index(conn: &Connection) {
    conn.execute_batch(
        "CREATE VIRTUAL TABLE words USING fts5(
            name, brand, ingredients, content = '', detail = none, prefix = '2 3',
            tokenize = \"unicode61 remove_diacritics 2\"
         );
         INSERT INTO words (rowid, name, brand, ingredients)
            SELECT rowid, body ->> 'product_name', body ->> 'brand', body ->> 'ingredients_text' FROM history;",
    )
    .unwrap();
}

/// One transaction around `body`.
pub fn transaction(conn: &Connection, body: impl FnOnce()) {
    conn.prepare_cached("BEGIN IMMEDIATE").unwrap().execute([]).unwrap();
    body();
    conn.prepare_cached("COMMIT").unwrap().execute([]).unwrap();
}

/// Writes one record with its operation.
pub fn insert(conn: &Connection, index: usize, body: &str) {
    let (id, none) = (records::id(index), None::<i64>);
    let (key, at) = (id, records::occurred_at(index));
    conn.prepare_cached(INSERT_RECORD).unwrap().execute(params![id.as_bytes(), none, body, at]).unwrap();
    conn.prepare_cached(INSERT_OPERATION)
        .unwrap()
        .execute(params![key.as_bytes(), id.as_bytes(), body])
        .unwrap();
}

/// An HTTP client with keep-alive and the time limits that nobody does without.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .no_delay(true)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .new_agent()
}
