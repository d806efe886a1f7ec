//! The same allergy edited differently on two phones: the one case in which nobody may simply win.

use super::{World, allergen_name, allergy, nth_entry, severity_name};
use crate::Result;
use crate::hook::{Asked, more_severe};
use foodlens_core::{
    AllergyContent, Conflict, HistoryContent, MergeAnswer, RecordContent, SettingsContent, Severity,
};
use std::time::Instant;

/// Raised, shown with care, answered, equal everywhere.
pub fn tell(world: &mut World) -> Result<()> {
    world.tell.step("Offline again: the same allergy, edited differently on both phones")?;
    world.backend.vanish()?;
    world.tell.say("Phone A  milk: severe → moderate, \"baked milk is fine\"; also deletes a scan")?;
    world.books.write(&world.a, |session| {
        let milk = allergy(session, "milk")?;
        let notes = Some("baked milk is fine".to_owned());
        let severity = Some(Severity::Moderate);
        session.allergies().update(&milk, &AllergyContent { severity, notes, ..milk.content.clone() })?;
        Ok(session.history().delete(nth_entry(session, 80)?.id)?)
    })?;
    world.tell.say(
        "Phone B  milk: severe → life-threatening, \"anaphylaxis\"; also marks a scan, changes the theme",
    )?;
    world.books.write(&world.b, |session| {
        let milk = allergy(session, "milk")?;
        let mut reactions = milk.content.reactions.clone();
        reactions.push("anaphylaxis".to_owned());
        let severity = Some(Severity::LifeThreatening);
        session.allergies().update(&milk, &AllergyContent { severity, reactions, ..milk.content.clone() })?;
        let scan = nth_entry(session, 100)?;
        session.history().update(&scan, &HistoryContent { favourite: true, ..scan.content.clone() })?;
        let shown = session.settings().get()?.content;
        let theme = Some("system".to_owned());
        Ok(session.settings().update(&shown, &SettingsContent { theme, ..shown.clone() })?)
    })?;
    world.backend.return_to_life()?;
    let began = Instant::now();
    let (report, _) = world.books.settle(&world.a)?;
    world.tell.sync(&world.a, &report, began)?;

    let began = Instant::now();
    let (report, asked) = world.books.settle(&world.b)?;
    world.tell.check(
        asked.len() == 1,
        "phone B finds that both sides changed the severity, and asks its merge hook once",
    )?;
    for question in &asked {
        show(world, question)?;
    }
    world.tell.sync(&world.b, &report, began)?;
    let began = Instant::now();
    let (report, _) = world.books.settle(&world.a)?;
    world.tell.sync(&world.a, &report, began)?;

    for phone in [&world.a, &world.b] {
        let milk = allergy(&phone.session, "milk")?;
        let settled = !milk.in_question
            && milk.content.severity == Some(Severity::LifeThreatening)
            && milk.content.notes.as_deref() == Some("baked milk is fine")
            && milk.content.reactions.iter().any(|reaction| reaction == "anaphylaxis")
            && phone.session.conflicts()?.is_empty();
        let what = format!(
            "{}: milk is life-threatening, with A's note and B's reaction; no question is open",
            phone.name
        );
        world.tell.check(settled, &what)?;
    }
    world.check_both_equal_server()
}

/// The question as the hook met it.
fn show(world: &mut World, asked: &Asked) -> Result<()> {
    let severities = severities(&asked.conflict);
    let names: Vec<String> = [("before", severities.0), ("B", severities.1), ("server", severities.2)]
        .map(|(side, severity)| format!("{side}: {}", severity_name(severity)))
        .into();
    world.tell.say(&format!("The question   milk, {}", names.join(", ")))?;
    world.tell.queue("Phone B's queue", &asked.queue)?;
    let shown: Vec<String> = asked
        .shown
        .iter()
        .map(|entry| {
            format!(
                "{} {}",
                allergen_name(&entry.content.allergen),
                severity_name(entry.content.severity.as_ref())
            )
        })
        .collect();
    let careful = asked.shown.iter().any(|entry| {
        allergen_name(&entry.content.allergen) == "milk"
            && entry.content.severity.as_ref() == more_severe(severities.1, severities.2)
    });
    let what = format!(
        "until it is answered, the list keeps the more severe entry: {} (in question)",
        shown.join(", ")
    );
    world.tell.check(careful, &what)?;
    let answer = match &asked.answer {
        MergeAnswer::KeepLocal => "keep this phone's side".to_owned(),
        MergeAnswer::KeepRemote => "keep the server's side".to_owned(),
        MergeAnswer::Merged(content) => {
            format!("merged: {}, with all else that both wrote", severity_name(severity(content)))
        }
        MergeAnswer::Defer => "leave it to a person".to_owned(),
    };
    world.tell.say(&format!("The hook says  {answer}"))
}

fn severities(conflict: &Conflict) -> (Option<&Severity>, Option<&Severity>, Option<&Severity>) {
    (
        conflict.base.as_ref().and_then(severity),
        conflict.local.as_ref().and_then(severity),
        conflict.remote.as_ref().and_then(severity),
    )
}

fn severity(content: &RecordContent) -> Option<&Severity> {
    match content {
        RecordContent::Allergy(allergy) => allergy.severity.as_ref(),
        _ => None,
    }
}
