//! A file of every schema that was ever shipped, made by its own steps, each with what a phone of that time had in it.

use foodlens_scenarios::{Phone, look_into};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The step to a schema, and what a phone had in it beside that of the schema before.
const LADDER: [(&str, &str); 9] = [
    (
        include_str!("../../../../core/src/db/migrations/0001_initial.sql"),
        include_str!("../../../fixtures/schema/0001.sql"),
    ),
    (
        include_str!("../../../../core/src/db/migrations/0002_queue.sql"),
        include_str!("../../../fixtures/schema/0002.sql"),
    ),
    (
        include_str!("../../../../core/src/db/migrations/0003_search.sql"),
        include_str!("../../../fixtures/schema/0003.sql"),
    ),
    (
        include_str!("../../../../core/src/db/migrations/0004_linked.sql"),
        include_str!("../../../fixtures/schema/0004.sql"),
    ),
    (
        include_str!("../../../../core/src/db/migrations/0005_users.sql"),
        include_str!("../../../fixtures/schema/0005.sql"),
    ),
    (
        include_str!("../../../../core/src/db/migrations/0006_legacy.sql"),
        include_str!("../../../fixtures/schema/0006.sql"),
    ),
    (
        include_str!("../../../../core/src/db/migrations/0007_search_end.sql"),
        include_str!("../../../fixtures/schema/0007.sql"),
    ),
    (
        include_str!("../../../../core/src/db/migrations/0008_receipts.sql"),
        include_str!("../../../fixtures/schema/0008.sql"),
    ),
    (
        include_str!("../../../../core/src/db/migrations/0009_no_views.sql"),
        include_str!("../../../fixtures/schema/0009.sql"),
    ),
];

/// The newest schema with a fixture.
pub const NEWEST: usize = LADDER.len();

/// Makes a file of this schema under the name that the library gives it.
pub fn file_of_schema(version: usize, folder: &Path, url: &str) -> PathBuf {
    drop(Phone::in_folder(folder, url, "ana", Default::default()).unwrap());
    // Its mark goes, too: builds of that time made none.
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut path = None;
    for file in files.collect::<Vec<_>>() {
        if file.extension().is_some_and(|extension| extension == "db") {
            path = Some(file.clone());
        }
        std::fs::remove_file(file).unwrap();
    }
    let path = path.unwrap();
    let conn = Connection::open(&path).unwrap();
    let journal: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).unwrap();
    assert_eq!(journal, "wal");
    for (step, data) in &LADDER[..version] {
        conn.execute_batch(step).unwrap();
        conn.execute_batch(&data.replace("{user}", "ana").replace("{server}", url)).unwrap();
    }
    conn.pragma_update(None, "user_version", i64::try_from(version).unwrap()).unwrap();
    path
}

/// All that a file is made of but its rows, without comments, and without what SQLite makes of its own accord.
pub fn schema(path: &Path) -> BTreeMap<String, String> {
    let conn = look_into(path);
    let mut all = conn.prepare("SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema").unwrap();
    let all =
        all.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).unwrap().map(Result::unwrap);
    let words = |sql: String| {
        let words = sql.lines().filter_map(|line| line.split("--").next()).flat_map(str::split_whitespace);
        words.collect::<Vec<_>>().join(" ")
    };
    let mut all: BTreeMap<_, _> = all.map(|(name, sql)| (name, words(sql))).collect();
    let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    all.insert("version".into(), version.to_string());
    all
}

/// What a person would miss: every row of these tables, by the columns that the file has now.
pub type Rows = BTreeMap<&'static str, (Vec<String>, Vec<Vec<Value>>)>;

const KEPT: [&str; 11] = [
    "account",
    "profile",
    "settings",
    "allergy_list",
    "allergies",
    "history",
    "operations",
    "conflicts",
    "overwritten",
    "unreadable",
    "imported",
];

pub fn rows(path: &Path) -> Rows {
    let conn = look_into(path);
    let names = |table| {
        let mut columns = conn.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        let columns = columns.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap);
        // Every open notes that there is a mark beside the file.
        columns.filter(|column: &String| column != "marked").collect::<Vec<_>>()
    };
    KEPT.iter().map(|table| (*table, (names(table), read(&conn, table, &names(table))))).collect()
}

/// The same rows by the same columns, as the file is now.
pub fn again(path: &Path, before: &Rows) -> Rows {
    let conn = look_into(path);
    let read = |(table, (columns, _)): (&&'static str, &(Vec<String>, _))| {
        (*table, (columns.clone(), read(&conn, table, columns)))
    };
    before.iter().map(read).collect()
}

fn read(conn: &Connection, table: &str, columns: &[String]) -> Vec<Vec<Value>> {
    let sql = format!("SELECT {} FROM {table} ORDER BY 1, 2", columns.join(", "));
    let mut statement = conn.prepare(&if columns.len() > 1 { sql } else { sql.replace(", 2", "") }).unwrap();
    let values = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|column| row.get(column)).collect();
    statement.query_map([], values).unwrap().map(Result::unwrap).collect()
}
