//! A server and a phone's folder in which every kind of operation waits, made once and used as often as there are kills.

use super::check::AnswersForThisDevice;
use foodlens_core::*;
use foodlens_scenarios::{Phone, PhoneOptions, SECRET};
use foodlens_server::{Options, Running, Server};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// What the tests need to know of the records.
pub struct Facts {
    pub milk: RecordId,
    pub nuts: RecordId,
    pub changed: RecordId,
    pub deleted: RecordId,
    pub made: RecordId,
    /// An edit of what another device deleted: parked, and meant to stay so.
    pub parked: QueuedOperation,
    /// All that waits, the parked one too.
    pub queue: Vec<QueuedOperation>,
}

pub struct Prepared {
    pub server: Running,
    pub facts: Facts,
    folder: TempDir,
    rows: Connection,
}

impl Prepared {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("server.db");
        let server = Server::start(Options::new(&database, SECRET)).unwrap();
        let home = folder.path().join("phone");
        let facts = story(&home, &server.base_url());
        let rows = Connection::open(&database).unwrap();
        rows.pragma_update(None, "foreign_keys", false).unwrap();
        rows.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).unwrap();
        let copy = folder.path().join("server-before.db");
        rows.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        rows.execute("ATTACH ?1 AS before", [copy.to_str().unwrap()]).unwrap();
        Self { server, facts, folder, rows }
    }

    /// Puts the server back to where the story ended, and gives a phone's folder of that moment.
    pub fn again(&self) -> TempDir {
        // Without the columns that the database computes.
        let tables: Vec<(String, String)> = self
            .rows
            .prepare(
                "SELECT t.name, (SELECT group_concat(c.name) FROM pragma_table_xinfo(t.name, 'before') AS c
                    WHERE c.hidden = 0) FROM before.sqlite_master AS t WHERE type = 'table'",
            )
            .and_then(|mut names| names.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
            .unwrap();
        let mut sql = String::from("BEGIN IMMEDIATE;");
        for (table, columns) in tables {
            sql += &format!(
                "DELETE FROM main.{table}; INSERT INTO main.{table} ({columns}) SELECT {columns} FROM before.{table};"
            );
        }
        self.rows.execute_batch(&(sql + "COMMIT;")).unwrap();
        self.folder_again()
    }

    /// The same, where the server is not asked.
    pub fn folder_again(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(self.folder.path().join("phone")).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
        pass_for_own(copy.path());
        copy
    }

    /// The phone in such a folder, as the app opens it after a kill.
    pub fn open(&self, folder: &Path) -> Result<Phone> {
        let options = PhoneOptions { merge: Some(Arc::new(AnswersForThisDevice)), ..Default::default() };
        Phone::in_folder(folder, &self.server.base_url(), "ana", options)
    }

    /// The same where the file may be damaged.
    pub fn recover(&self, folder: &Path) -> Result<Phone> {
        let options = PhoneOptions { merge: Some(Arc::new(AnswersForThisDevice)), ..Default::default() };
        Ok(Phone::recovered(folder, &self.server.base_url(), "ana", options)?.0)
    }

    /// How many writes of the user have changed something at the server (each takes a number), and under how many keys
    /// it has been asked: who sends the same under a new key is seen here, even where nothing changes by it.
    pub fn effects_and_keys(&self) -> (i64, i64) {
        let sql = "SELECT max(seq), count(*) FROM users JOIN answers USING (user_id) WHERE name = 'ana'";
        self.rows.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    }
}

/// The copy is this phone's own: as if it had been here before there were marks.
fn pass_for_own(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension().and_then(std::ffi::OsStr::to_str) {
            Some("mark") => std::fs::remove_file(path).unwrap(),
            Some("db") => {
                _ = Connection::open(path).unwrap().execute("UPDATE account SET marked = 0", []).unwrap()
            }
            _ => {}
        }
    }
}

pub fn scan(name: &str) -> HistoryContent {
    HistoryContent { product_name: Some(name.into()), ..HistoryContent::new(HistoryKind::Scan, 7) }
}

fn story(home: &Path, url: &str) -> Facts {
    let phone = Phone::in_folder(home, url, "ana", PhoneOptions::default()).unwrap();
    let other = Phone::new(url, "ana");
    let (history, allergies) = (phone.session.history(), phone.session.allergies());
    let theirs = (other.session.history(), other.session.allergies());
    let milk = AllergyContent {
        severity: Some(Severity::Mild),
        ..AllergyContent::new(Allergen::Eu(EuAllergen::Milk))
    };
    let milk_id = allergies.add(&milk).unwrap();
    let with_brand = HistoryContent { brand: Some("spare".into()), ..scan("spare") };
    let [changed, deleted, gone, _] = [scan("changed"), scan("deleted"), scan("gone"), with_brand]
        .map(|content| history.add(&content).unwrap());
    let _ = (phone.settle(), other.settle());

    theirs.0.delete(gone).unwrap();
    other.settle();
    let note = |id, note: &str| {
        let shown = history.get(id).unwrap();
        let to = HistoryContent { note: Some(note.into()), ..shown.content.clone() };
        history.update(&shown, &to).unwrap();
    };
    note(gone, "too late");
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);

    for n in 0..5 {
        theirs.0.add(&scan(&format!("theirs {n}"))).unwrap();
    }
    let shown = theirs.1.get(milk_id).unwrap();
    theirs.1.update(&shown, &AllergyContent { severity: Some(Severity::Severe), ..milk.clone() }).unwrap();
    other.settle();

    note(changed, "changed");
    history.delete(deleted).unwrap();
    let made = history.add(&scan("made")).unwrap();
    note(made, "behind its creation");
    let shown = allergies.get(milk_id).unwrap();
    allergies.update(&shown, &AllergyContent { severity: Some(Severity::Moderate), ..milk.clone() }).unwrap();
    let shown = allergies.get(milk_id).unwrap();
    allergies
        .update(&shown, &AllergyContent { notes: Some("behind".into()), ..shown.content.clone() })
        .unwrap();
    let nuts = allergies.add(&AllergyContent::new(Allergen::Eu(EuAllergen::Nuts))).unwrap();
    let named = ProfileContent { display_name: Some("Ana".into()), ..Default::default() };
    phone.session.profile().update(&ProfileContent::default(), &named).unwrap();
    let german = SettingsContent { language: Some("de".into()), ..Default::default() };
    phone.session.settings().update(&SettingsContent::default(), &german).unwrap();

    let queue = phone.session.queue().list(foodlens_core::QueueFilter::Unsent, 0, 500).unwrap();
    let parked =
        queue.iter().find(|op| op.state == OperationState::Failed(FailureReason::Gone)).unwrap().clone();
    Facts { milk: milk_id, nuts, changed, deleted, made, parked, queue }
}
