//! Import, work without a network, and the network's return.

use super::{World, allergy, nth_entry};
use crate::Result;
use foodlens_core::{
    Allergen, AllergyContent, EuAllergen, HistoryContent, HistoryKind, HistoryVerdict, NextStep,
    OperationState, Session, Severity,
};
use foodlens_scenarios::exported;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Instant;

/// What the app kept before: a few hundred scans, a profile, settings and allergies.
const LEGACY: &str = include_str!("../../../../../fixtures/legacy/export.json");
/// A time in 2026 for what is eaten during the story.
pub const TODAY: i64 = 1_788_100_000_000;

/// Phone A takes over what an older app kept.
pub fn import(world: &mut World) -> Result<()> {
    world.tell.step("Phone A takes over an older app's data, offline")?;
    let began = Instant::now();
    let report = world.books.write(&world.a, |session| Ok(session.import_legacy(LEGACY)?))?;
    world.tell.say(&format!(
        "export.json, {} kB: {} records imported, {} unreadable ({} ms)",
        LEGACY.len() / 1024,
        report.imported,
        report.unreadable,
        began.elapsed().as_millis()
    ))?;
    let again = world.books.write(&world.a, |session| Ok(session.import_legacy(LEGACY)?))?;
    let nothing_twice = again.imported == 0 && again.already_there == report.imported;
    world.tell.check(nothing_twice, "a second import of the same file takes nothing twice")?;
    let (file, phone) = (contents_of_file()?, contents_of_phone(&world.a.session)?);
    world.tell.check(
        file == phone,
        &format!("the phone holds the file's {} records, field by field", file.len()),
    )?;
    let began = Instant::now();
    let (report, _) = world.books.sync(&world.a)?;
    world.tell.sync(&world.a, &report, began)?;
    let queue = world.a.queue(true)?;
    let waits = queue.iter().all(|op| op.state == OperationState::Pending && op.attempts == 0);
    let told = matches!(report.next, NextStep::RetryAt(_)) && waits;
    let what =
        format!("no network: all {} operations wait as pending, and no attempt is counted", queue.len());
    world.tell.check(told, &what)
}

/// Adds, edits and deletes in all four collections, on both phones.
pub fn work(world: &mut World) -> Result<()> {
    world.tell.step("Offline work: adding, editing, deleting in all four collections")?;
    world
        .tell
        .say("Phone A  profile: moves to Austria, drops a diet; settings: light theme, drops an app key")?;
    world.tell.say("         allergies: adds sesame, kiwi is worse than thought, removes buckwheat")?;
    world.tell.say("         history: adds a falafel, writes a note on one scan, deletes another")?;
    world.books.write(&world.a, |session| {
        let shown = session.profile().get()?.content;
        let mut profile = shown.clone();
        profile.country = Some("AT".to_owned());
        profile.diets.retain(|diet| diet != "flexitarian");
        session.profile().update(&shown, &profile)?;
        let shown = session.settings().get()?.content;
        let mut settings = shown.clone();
        settings.theme = Some("light".to_owned());
        settings.app.remove("last_seen_version").ok_or("no such setting")?;
        session.settings().update(&shown, &settings)?;

        session.allergies().add(&coded(EuAllergen::Sesame, Severity::Severe))?;
        let kiwi = allergy(session, "kiwi")?;
        let worse = AllergyContent { severity: Some(Severity::Moderate), ..kiwi.content.clone() };
        session.allergies().update(&kiwi, &worse)?;
        session.allergies().remove(allergy(session, "Buchweizen")?.id)?;

        session.history().add(&eaten("Falafel from the corner", TODAY))?;
        let scan = nth_entry(session, 40)?;
        let note = Some("not again: my lips tingled".to_owned());
        session.history().update(&scan, &HistoryContent { note, ..scan.content.clone() })?;
        Ok(session.history().delete(nth_entry(session, 60)?.id)?)
    })?;
    world.tell.queue("Phone A's queue", &world.a.queue(true)?)?;

    world.tell.say(
        "Phone B  knows nothing of that: profile: Switzerland; settings: imperial units; adds celery;",
    )?;
    world
        .tell
        .say("         eats two soups, corrects one of them; searches something and deletes the search")?;
    world.books.write(&world.b, |session| {
        let shown = session.profile().get()?.content;
        let mut profile = shown.clone();
        profile.country = Some("CH".to_owned());
        session.profile().update(&shown, &profile)?;
        let shown = session.settings().get()?.content;
        let mut settings = shown.clone();
        settings.units = Some("imperial".to_owned());
        session.settings().update(&shown, &settings)?;
        session.allergies().add(&coded(EuAllergen::Celery, Severity::Mild))?;
        session.history().add(&eaten("Carrot soup", TODAY + 1_000))?;
        let soup = session.history().add(&eaten("Soup of the day", TODAY + 2_000))?;
        let soup = session.history().get(soup)?;
        let verdict = Some(HistoryVerdict::Warning);
        session.history().update(&soup, &HistoryContent { verdict, ..soup.content.clone() })?;
        let search = HistoryContent::new(HistoryKind::Search, TODAY + 3_000);
        let search = session.history().add(&search)?;
        Ok(session.history().delete(search)?)
    })?;
    world.tell.queue("Phone B's queue", &world.b.queue(true)?)
}

/// Both phones sync.
pub fn network_returns(world: &mut World) -> Result<()> {
    world.tell.step("The network returns, both phones sync")?;
    world.backend.return_to_life()?;
    for phone in [&world.a, &world.b, &world.a] {
        let began = Instant::now();
        let (report, _) = world.books.settle(phone)?;
        world.tell.sync(phone, &report, began)?;
    }
    let country = world.a.session.profile().get()?.content.country;
    let kept = world.b.session.overwritten(None, 10)?;
    let kept = kept.iter().any(|entry| entry.field == "country" && entry.value_json.contains("AT"));
    let last_wins = country.as_deref() == Some("CH") && kept;
    world
        .tell
        .check(last_wins, "country: B's CH arrived last and wins; A's AT is kept in the overwritten log")?;
    world.check_both_equal_server()
}

/// An allergy to one of the fourteen.
pub fn coded(allergen: EuAllergen, severity: Severity) -> AllergyContent {
    AllergyContent { severity: Some(severity), ..AllergyContent::new(Allergen::Eu(allergen)) }
}

/// A meal.
pub fn eaten(name: &str, at: i64) -> HistoryContent {
    HistoryContent {
        product_name: Some(name.to_owned()),
        verdict: Some(HistoryVerdict::Safe),
        ..HistoryContent::new(HistoryKind::Meal, at)
    }
}

/// Every record of the legacy file as the phone should have it: without its old id, without fields that say nothing.
fn contents_of_file() -> Result<BTreeSet<(String, String)>> {
    let file: Value = serde_json::from_str(LEGACY)?;
    let mut all = BTreeSet::new();
    for entity in ["profile", "settings", "allergy_list"] {
        all.insert((entity.to_owned(), file[entity].to_string()));
    }
    for entity in ["allergies", "history"] {
        for record in file[entity].as_array().into_iter().flatten() {
            let mut fields = record.as_object().cloned().unwrap_or_default();
            fields.remove("legacy_id");
            fields.retain(|_, value| !value.is_null());
            all.insert((entity.to_owned(), Value::Object(fields).to_string()));
        }
    }
    Ok(all)
}

fn contents_of_phone(session: &Session) -> Result<BTreeSet<(String, String)>> {
    let records = exported(&session.export_json()?);
    Ok(records.into_iter().map(|((entity, _), record)| (entity, record["fields"].to_string())).collect())
}
