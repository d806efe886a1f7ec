//! No statement walks a table that grows, and none that is used often is prepared anew each time.
//!
//! The library runs a story that uses every statement it has, on a real file; SQLite tells which statements ran, and
//! then how it would find the rows of each. A statement in the source that the story has not used fails the test too,
//! so that a new one cannot go unseen.

// The helpers below are test code too: what cannot go on stops here.
#![allow(clippy::unwrap_used)]

mod backend;
mod source;
mod story;
mod watch;

use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::Path;
use watch::normal;

/// Tables that grow with use. The others hold one row, or (the allergies) a list that is always read whole.
const GROWING: [&str; 11] = [
    "history",
    "history_words",
    "history_terms",
    "history_moved",
    "operations",
    "waits_for",
    "conflicts",
    "overwritten",
    "unreadable",
    "imported",
    "legacy",
];

/// Walks that are meant: a part of the statement, a part of the plan, and why it may be.
const MEANT: [(&str, &str, &str); 19] = [
    (
        "SELECT created_at FROM operations",
        "SCAN operations",
        "stops at the first that is no receipt; 500 are kept",
    ),
    ("UPDATE history SET version = 0", "SCAN history", "another life of the server: every version is void"),
    (
        "FROM conflicts WHERE answered_at IS NULL",
        "SCAN conflicts",
        "open questions, one a record: all are wanted",
    ),
    (
        "FROM conflicts WHERE answered_at IS NULL",
        "TEMP B-TREE",
        "open questions are sorted by age; they are few",
    ),
    ("DELETE FROM conflicts", "", "200 answered ones are kept, and answers are rare"),
    (
        "UPDATE operations AS waiting SET first_attempt_at",
        "SCAN waiting",
        "a copied file looks at all that waits once",
    ),
    ("SELECT key FROM operations", "SCAN operations", "a rescue looks at every key once"),
    ("coalesce(sum(state = 0), 0)", "SCAN operations", "the check of everything counts one by one"),
    ("WHERE user_id <> ?1", "SCAN operations", "the check of everything looks at every owner"),
    ("FROM waits_for JOIN operations", "SCAN waits_for", "the check of everything looks at all that is held"),
    // 1539: by a first and a last term.
    ("FROM history_terms WHERE term", "VIRTUAL TABLE INDEX 1539", "a range of the index of words"),
    ("history_words MATCH ?1", "VIRTUAL TABLE INDEX 64:M1", "the rows that hold all the words, by row"),
    ("MATCH '*id'", "VIRTUAL TABLE INDEX 0:M1", "SQLite's own, by which the terms find their index"),
    (
        "WHERE yields = 1 AND first_attempt_at IS NULL",
        "INDEX operations_yielding",
        "an index of nothing but these; stops at the first",
    ),
    ("FROM legacy WHERE source = 0 AND collection = 4", "TEMP B-TREE", "allergies are few, and read whole"),
    (" NOT INDEXED ", "SCAN", "a recovery reads a damaged table from end to end"),
    ("FROM waits_for ORDER BY seq, on_seq", "SCAN waits_for", "a recovery reads all that is held"),
    ("FROM imported ORDER BY", "SCAN imported", "a recovery reads all that was imported"),
    ("FROM unreadable ORDER BY", "SCAN unreadable", "the list is shown whole"),
];

#[test]
fn no_statement_walks_a_table_that_grows() {
    let folder = tempfile::tempdir().unwrap();
    let seen = watch::statements(|| story::tell(folder.path()));
    let missed: Vec<_> =
        source::statements().into_iter().filter(|text| !seen.keys().any(|sql| text.describes(sql))).collect();
    assert!(
        missed.is_empty(),
        "statements that the story does not use, so nobody knows their plan: {missed:#?}"
    );

    let conn = Connection::open(database_in(folder.path())).unwrap();
    let (mut walks, mut used) = (Vec::new(), BTreeSet::new());
    for sql in seen.keys().filter(|sql| is_query(sql)) {
        for step in plan(&conn, sql).into_iter().filter(|step| walks_growing(step, sql)) {
            match MEANT.iter().position(|(part, how, _)| sql.contains(part) && step.contains(how)) {
                Some(index) => {
                    used.insert(index);
                }
                None => walks.push(format!("{step}: {sql}")),
            }
        }
    }
    assert!(walks.is_empty(), "{walks:#?}");
    let stale: Vec<_> = (0..MEANT.len()).filter(|index| !used.contains(index)).map(|i| MEANT[i]).collect();
    assert!(stale.is_empty(), "no longer true, take them out: {stale:#?}");
}

#[test]
fn the_check_sees_a_walk() {
    let folder = tempfile::tempdir().unwrap();
    watch::statements(|| story::tell(folder.path()));
    let conn = Connection::open(database_in(folder.path())).unwrap();
    let walks = |sql: &str| plan(&conn, sql).iter().any(|step| walks_growing(step, sql));
    assert!(walks("SELECT body FROM history WHERE body = ?1"));
    assert!(walks("SELECT body FROM history WHERE deleted = 0 ORDER BY body LIMIT 1"));
    assert!(walks("SELECT o.payload FROM operations AS o WHERE payload = ?1"));
    assert!(walks("DELETE FROM operations WHERE created_at < ?1"));
    assert!(!walks("SELECT body FROM history WHERE id = ?1"));
    assert!(!walks("SELECT body FROM allergies"));
}

#[test]
fn statements_in_frequent_use_are_prepared_once() {
    const TIMES: u32 = 40;
    let folder = tempfile::tempdir().unwrap();
    let seen = watch::statements(|| story::repeat(folder.path(), TIMES));
    let often: Vec<_> = seen.iter().filter(|(_, counts)| counts.runs >= TIMES).collect();
    let named = |part: &str| often.iter().any(|(sql, _)| sql.starts_with(part));
    for part in ["INSERT INTO history", "INSERT INTO operations", "UPDATE operations", "SELECT seq"] {
        assert!(named(part), "the repetition has lost {part}");
    }
    // The binding of SQLite prepares these at each use; they cost a microsecond.
    let of_transactions =
        |sql: &str| ["BEGIN", "COMMIT", "ROLLBACK"].iter().any(|word| sql.starts_with(word));
    // Once on the writing connection, once on each that reads.
    let wasteful: Vec<_> =
        often.iter().filter(|(sql, counts)| !of_transactions(sql) && counts.prepared > 2).collect();
    assert!(wasteful.is_empty(), "{wasteful:#?}");
    // ENABLE_QPSG keeps SQLite from planning anew when a value is bound.
    let replanned: Vec<_> = often.iter().filter(|(_, counts)| counts.replanned > 0).collect();
    assert!(replanned.is_empty(), "{replanned:#?}");
}

/// How SQLite would run the statement, step by step.
fn plan(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>();
    steps.unwrap()
}

/// Whether a step reads a table from end to end, or sorts what it has read, where that table grows.
fn walks_growing(step: &str, sql: &str) -> bool {
    let growing = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| GROWING.contains(&word))
    };
    // Steps name a table by its alias where it has one: then the statement decides.
    let walk = step.starts_with("SCAN ") && !step.starts_with("SCAN CONSTANT");
    let fixed = [
        "account",
        "sync_state",
        "sqlite_sequence",
        "queue_counts",
        "profile",
        "settings",
        "allergy_list",
        "allergies",
    ];
    let table = step.split(' ').nth(1).unwrap_or_default();
    (walk && !fixed.contains(&table) && growing(sql)) || (step.starts_with("USE TEMP B-TREE") && growing(sql))
}

fn is_query(sql: &str) -> bool {
    ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(|word| normal(sql).starts_with(word))
}

fn database_in(folder: &Path) -> std::path::PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "db")).unwrap()
}
