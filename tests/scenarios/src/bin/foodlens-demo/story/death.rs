//! The backend dies after it has committed and before it answers: the phone cannot know, and must ask again.

use super::World;
use super::offline::{TODAY, coded, eaten};
use crate::Result;
use foodlens_core::{EuAllergen, Severity};
use serde_json::json;
use std::time::Instant;

/// The signal of `abort`.
const SIGABRT: i32 = 6;

/// The same operations again, under the same keys, and no second effect.
pub fn tell(world: &mut World) -> Result<()> {
    world.tell.step("The backend dies after it has committed, before it answers")?;
    world.tell.say("Phone A  adds mustard and a lentil stew, changes its display name")?;
    world.books.write(&world.a, |session| {
        session.allergies().add(&coded(EuAllergen::Mustard, Severity::Moderate))?;
        session.history().add(&eaten("Lentil stew", TODAY + 10_000))?;
        let shown = session.profile().get()?.content;
        let mut profile = shown.clone();
        profile.display_name = Some("Jolana Brückner".to_owned());
        Ok(session.profile().update(&shown, &profile)?)
    })?;
    let before = writes(world)?;
    world.client.set_faults(&json!({"endpoint": "batch", "fault": "die_after_commit"}))?;
    let began = Instant::now();
    let (report, _) = world.books.sync(&world.a)?;
    world.tell.sync(&world.a, &report, began)?;
    let died = world.backend.wait_for_death()? == Some(SIGABRT) && report.acknowledged == 0;
    world
        .tell
        .check(died, "the backend's process has aborted; the phone has no answer and keeps everything")?;
    world.tell.queue("Phone A's queue", &world.a.queue(false)?)?;

    world.backend.return_to_life()?;
    let committed = writes(world)?;
    let all = committed == before + 3;
    world.tell.check(
        all,
        &format!("started again: it had written all three (write {before} → write {committed})"),
    )?;
    let began = Instant::now();
    let (report, _) = world.books.settle(&world.a)?;
    world.tell.sync(&world.a, &report, began)?;
    let once = writes(world)? == committed && report.duplicates == 3;
    world.tell.check(once, "the retry made no second effect: the server still counts the same writes")
}

/// How many writes of Jolana's have taken effect: the server numbers them without gaps.
fn writes(world: &World) -> Result<i64> {
    Ok(world.client.records()?.iter().map(|record| record.version).max().unwrap_or(0))
}
