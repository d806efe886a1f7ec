//! What must hold of a phone's file whenever its process has died.

use foodlens_core::*;
use foodlens_scenarios::{Phone, exported, look_into};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub struct AnswersForThisDevice;

impl MergeHook for AnswersForThisDevice {
    fn resolve(&self, _: &Conflict) -> std::result::Result<MergeAnswer, HookError> {
        Ok(MergeAnswer::KeepLocal)
    }
}

/// SQLite finds nothing wrong, and every record with an edit has its operation, every operation its record.
pub fn whole(name: &str, phone: &Phone) -> Vec<QueuedOperation> {
    let conn = look_into(&database_in(phone.folder()));
    // Of the index of words, SQLite takes an empty leaf for damage: what it holds is checked by `verify`.
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'history_words%' AND name NOT LIKE 'history_terms%'";
    let tables: Vec<String> =
        conn.prepare(tables).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for table in tables {
        let sql = format!("PRAGMA integrity_check({table})");
        let verdict: String = conn.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok", "{name}: {table}");
    }
    assert_eq!(phone.session.verify().unwrap().flaws, [], "{name}: what is derived holds");
    let waiting = queue(phone, false);
    let of_queue: BTreeSet<_> =
        waiting.iter().map(|op| (op.collection.name().to_owned(), op.record_id.to_string())).collect();
    let records = exported(&phone.session.export_json().unwrap());
    let of_records: BTreeSet<_> =
        records.into_iter().filter(|(_, record)| record["pending"] == true).map(|(key, _)| key).collect();
    assert_eq!(of_records, of_queue, "{name}: an edit and its operation are stored together");
    waiting
}

pub fn queue(phone: &Phone, receipts: bool) -> Vec<QueuedOperation> {
    let filter = if receipts { QueueFilter::All } else { QueueFilter::Unsent };
    phone.session.queue().list(filter, 0, 500).unwrap()
}

pub fn database_in(folder: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "db")).unwrap()
}
