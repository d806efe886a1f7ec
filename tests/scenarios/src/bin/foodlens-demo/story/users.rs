//! A new phone that restores everything, and another person on a phone that has been used.

use super::{JOLANA, MILAN, World};
use crate::Result;
use crate::client::Client;
use crate::ledger::Books;
use crate::phone::Phone;
use foodlens_core::{LegacyResult, ListState, Session};
use foodlens_scenarios::exported;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Instant;

/// An export of which most records are broken, each in its own way.
const MALFORMED: &str = include_str!("../../../../../fixtures/legacy/malformed.json");
/// What an import must say about it.
const MALFORMED_EXPECTED: &str = include_str!("../../../../../fixtures/legacy/malformed.expected.json");

/// A second user, with books and a view of the backend of their own.
pub struct SecondUser {
    /// On phone A.
    pub phone: Phone,
    /// Their writes.
    pub books: Books,
    /// Their view of the backend.
    pub client: Client,
}

/// The app is installed anew: an empty folder, the same person.
pub fn restore(world: &mut World) -> Result<Phone> {
    world.tell.step("A new phone signs in and restores everything")?;
    let phone = Phone::open("Phone C", &world.folder().join("c"), &world.backend.url(), JOLANA)?;
    let list = phone.session.allergies().list()?;
    let honest = list.entries.is_empty() && !list.complete && phone.session.status()?.restoring;
    world.tell.check(
        honest,
        "before its first sync it says \"restoring\"; an empty list is not taken for \"no allergies\"",
    )?;
    let began = Instant::now();
    let (report, _) = world.books.settle(&phone)?;
    world.tell.sync(&phone, &report, began)?;
    world.tell.say(&contents(&phone.session)?)?;
    let same = exported(&phone.session.export_json()?) == exported(&world.a.session.export_json()?);
    let complete = phone.session.allergies().list()?.complete;
    world
        .tell
        .check(same && complete, "each record is as phone A has it, and the list says that it is complete")?;
    Ok(phone)
}

/// Another person signs in on phone A.
pub fn second_user(world: &mut World) -> Result<SecondUser> {
    world.tell.step("A second person signs in on phone A")?;
    let before = world.a.session.export_json()?;
    let phone = world.a.sign_in("Phone A (Milan)", MILAN)?;
    let (client, mut books) = (Client::new(&world.backend.url(), MILAN)?, Books::default());
    let began = Instant::now();
    let (report, _) = books.settle(&phone)?;
    world.tell.sync(&phone, &report, began)?;
    world.tell.say(&format!("Milan sees: {}", contents(&phone.session)?))?;
    let records = exported(&phone.session.export_json()?);
    let unknown = phone.session.allergies().list()?.state == ListState::Unknown;
    let nothing = records.is_empty() && unknown && phone.queue(true)?.is_empty();
    world.tell.check(nothing, "nothing of Jolana's: no record, no operation, and the server gave none")?;

    let report = books.write(&phone, |session| Ok(session.import_legacy(MALFORMED)?))?;
    world.tell.say(&format!(
        "He imports a damaged export (malformed.json): {} records imported, {} kept raw and reported:",
        report.imported, report.unreadable
    ))?;
    let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
    for record in &report.records {
        if let LegacyResult::Unreadable { reason } = &record.result {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let shown: Vec<String> =
        reasons.iter().take(5).map(|(reason, count)| format!("{reason} {count}×")).collect();
    world.tell.aside(&format!(
        "{}, and {} more reasons",
        shown.join(", "),
        reasons.len().saturating_sub(5)
    ))?;
    let expected: Vec<Value> = serde_json::from_str(MALFORMED_EXPECTED)?;
    let broken = expected.iter().filter(|record| record["imported"] == false).count();
    let kept = phone.session.unreadable()?.len();
    let as_expected = kept == broken && report.unreadable == broken as u64;
    world.tell.check(
        as_expected,
        "that is every broken record of the file, each kept as it came; none ended the import",
    )?;
    let began = Instant::now();
    let (report, _) = books.settle(&phone)?;
    world.tell.sync(&phone, &report, began)?;
    let unharmed = world.a.session.export_json()? == before;
    world.tell.check(unharmed, "Jolana's records on phone A are as they were, each of them")?;
    Ok(SecondUser { phone, books, client })
}

/// What a session shows, in one line.
fn contents(session: &Session) -> Result<String> {
    let allergies = session.allergies().list()?.entries.len();
    let name = session.profile().get()?.content.display_name;
    let name = name.map_or("no profile".to_owned(), |name| format!("the profile of {name}"));
    let language = session
        .settings()
        .get()?
        .content
        .language
        .map_or("no settings".to_owned(), |tag| format!("settings ({tag})"));
    Ok(format!("{name}, {language}, {allergies} allergies, {} history entries", session.history().count()?))
}
