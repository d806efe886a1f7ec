//! The story's steps, and what they share: the backend, two phones, the books.

pub mod conflict;
pub mod death;
pub mod killed;
pub mod offline;
pub mod users;

use crate::Result;
use crate::backend::Backend;
use crate::client::Client;
use crate::ledger::Books;
use crate::phone::Phone;
use crate::tell::Teller;
use foodlens_core::{Allergen, Allergy, HistoryEntry, Session, Severity};
use std::path::Path;
use tempfile::TempDir;

/// The person whose phones A, B and C are.
pub const JOLANA: &str = "jolana@example.org";
/// The person who borrows phone A.
pub const MILAN: &str = "milan@example.org";

/// All that the steps share. The fields are dropped in this order: the folder goes last.
pub struct World {
    /// Tells what happens.
    pub tell: Teller,
    /// The backend's process.
    pub backend: Backend,
    /// Jolana's view of the backend, past the core.
    pub client: Client,
    /// Jolana's phone.
    pub a: Phone,
    /// Jolana's other phone.
    pub b: Phone,
    /// Jolana's books.
    pub books: Books,
    folder: TempDir,
}

impl World {
    /// A backend, two phones, and then no network.
    pub fn new() -> Result<Self> {
        let mut tell = Teller::new();
        tell.step("A backend, two phones, and then no network")?;
        let folder = tempfile::Builder::new().prefix("foodlens-demo-").tempdir()?;
        let mut backend = Backend::start(folder.path())?;
        let url = backend.url();
        let client = Client::new(&url, JOLANA)?;
        let open = |name, place: &str| Phone::open(name, &folder.path().join(place), &url, JOLANA);
        let (a, b) = (open("Phone A", "a")?, open("Phone B", "b")?);
        tell.say(&format!("The backend runs at {url}: a process of its own over an SQLite file."))?;
        tell.say("Phones A and B are Jolana's: two cores, each with its own folder. Both are empty.")?;
        let nothing = client.records()?.is_empty();
        tell.check(nothing, "the backend has no record of hers")?;
        backend.vanish()?;
        tell.say("Now the backend is stopped: connections to it are refused.")?;
        Ok(Self { tell, backend, client, a, b, books: Books::default(), folder })
    }

    /// A folder for another phone.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether both phones hold exactly what the server has.
    pub fn check_both_equal_server(&mut self) -> Result<()> {
        let server = self.client.records()?;
        let live = server.iter().filter(|record| !record.deleted).count();
        for phone in [&self.a, &self.b] {
            let differences = phone.differences(&server)?;
            let what = format!("{} and the server hold the same {live} records", phone.name);
            self.tell.check(differences.is_empty(), &what)?;
            for difference in differences.iter().take(5) {
                self.tell.wrong(difference)?;
            }
        }
        Ok(())
    }
}

/// The allergy to `name` (a code, or the person's own word) as the list shows it.
pub fn allergy(session: &Session, name: &str) -> Result<Allergy> {
    let list = session.allergies().list()?.entries;
    let found = list.into_iter().find(|entry| allergen_name(&entry.content.allergen) == name);
    found.ok_or_else(|| format!("no allergy to {name} on the list").into())
}

/// What an allergy is to, as one word.
pub fn allergen_name(allergen: &Allergen) -> &str {
    match allergen {
        Allergen::Eu(known) => known.code(),
        Allergen::Custom(name) | Allergen::Unrecognised(name) => name,
    }
}

/// A severity as a person says it.
pub fn severity_name(severity: Option<&Severity>) -> &str {
    match severity {
        None => "not stated",
        Some(Severity::Mild) => "mild",
        Some(Severity::Moderate) => "moderate",
        Some(Severity::Severe) => "severe",
        Some(Severity::LifeThreatening) => "life-threatening",
        Some(Severity::Unrecognised(code)) => code,
    }
}

/// The `n`th history entry, newest first.
pub fn nth_entry(session: &Session, n: usize) -> Result<HistoryEntry> {
    let page = session.history().page(None, 500)?;
    page.entries.into_iter().nth(n).ok_or_else(|| "the history is too short".into())
}
