//! A phone's file with everything in it that no server can give back, to be damaged again and again.

use foodlens_core::*;
use foodlens_scenarios::{Phone, PhoneOptions, SECRET};
use foodlens_server::{Options, Running, Server};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub struct Story {
    pub server: Running,
    /// What waits: the keys, in order.
    pub unsent: Vec<OperationId>,
    /// The milk: severe here, and in question.
    pub milk: RecordId,
    folder: TempDir,
}

pub fn scan(name: &str) -> HistoryContent {
    HistoryContent { product_name: Some(name.into()), ..HistoryContent::new(HistoryKind::Scan, 7) }
}

fn allergy(allergen: EuAllergen, severity: Severity) -> AllergyContent {
    AllergyContent { severity: Some(severity), ..AllergyContent::new(Allergen::Eu(allergen)) }
}

fn worsen(phone: &Phone, id: RecordId, severity: Severity) {
    let shown = phone.session.allergies().get(id).unwrap();
    let to = AllergyContent { severity: Some(severity), ..shown.content.clone() };
    phone.session.allergies().update(&shown, &to).unwrap();
}

impl Story {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(Options::new(folder.path().join("server.db"), SECRET)).unwrap();
        let url = server.base_url();
        let phone = Phone::in_folder(&folder.path().join("phone"), &url, "ana", Default::default()).unwrap();
        let other = Phone::new(&url, "ana");
        let (history, allergies) = (phone.session.history(), phone.session.allergies());
        let milk = allergies.add(&allergy(EuAllergen::Milk, Severity::Mild)).unwrap();
        let synced: Vec<_> = (0..60).map(|n| history.add(&scan(&format!("synced {n}"))).unwrap()).collect();
        phone.settle();
        other.settle();
        other.session.history().delete(synced[0]).unwrap();
        worsen(&other, milk, Severity::Moderate);
        other.settle();
        // A question, something parked, and what waits behind and beside it.
        worsen(&phone, milk, Severity::Severe);
        let shown = history.get(synced[0]).unwrap();
        history.update(&shown, &scan("too late")).unwrap();
        phone.settle();
        for n in 0..40 {
            history.add(&scan(&format!("unsent {n}"))).unwrap();
        }
        history.delete(synced[1]).unwrap();
        let shown = history.get(synced[2]).unwrap();
        history.update(&shown, &scan("changed")).unwrap();
        allergies.add(&allergy(EuAllergen::Nuts, Severity::LifeThreatening)).unwrap();
        let legacy =
            r#"{"format":"foodlens-legacy","version":1,"history":[{"legacy_id":"x","occurred_at":"never"}]}"#;
        assert_eq!(phone.session.import_legacy(legacy).unwrap().unreadable, 1);
        phone.session.set_paused(true).unwrap();
        let queue = phone.session.queue().list(QueueFilter::Unsent, 0, 500).unwrap();
        let unsent = queue.iter().map(|operation| operation.id).collect();
        phone.session.close();
        Self { server, unsent, milk, folder }
    }

    /// The phone's folder as the story left it, and the file in it.
    pub fn copy(&self) -> (TempDir, PathBuf) {
        let copy = tempfile::tempdir().unwrap();
        let original = file_in(&self.folder.path().join("phone"));
        let file = copy.path().join(original.file_name().unwrap());
        std::fs::copy(original, &file).unwrap();
        // As if it had been here before there were marks: it is this phone's own.
        Connection::open(&file).unwrap().execute("UPDATE account SET marked = 0", []).unwrap();
        drop(self.open(copy.path()).unwrap());
        (copy, file)
    }

    pub fn open(&self, folder: &Path) -> Result<Phone> {
        Phone::in_folder(folder, &self.server.base_url(), "ana", PhoneOptions::default())
    }

    pub fn recover(&self, folder: &Path) -> Result<(Phone, Recovery)> {
        Phone::recovered(folder, &self.server.base_url(), "ana", PhoneOptions::default())
    }

    /// The pages that hold the queue, and what leads to it.
    pub fn pages_of_the_queue(&self) -> BTreeSet<usize> {
        let (_folder, file) = self.copy();
        let conn = Connection::open(file).unwrap();
        let mut pages =
            conn.prepare("SELECT pageno FROM dbstat WHERE name IN ('operations', 'sqlite_schema')").unwrap();
        let pages = pages.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap);
        pages.collect()
    }
}

pub fn file_in(folder: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "db")).unwrap()
}

pub fn waiting(phone: &Phone) -> Vec<QueuedOperation> {
    phone.session.queue().list(QueueFilter::Unsent, 0, 500).unwrap()
}
