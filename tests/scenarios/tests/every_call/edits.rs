//! Killed at every call while the app writes: each write that had returned is there, each other one wholly or not at all.

use super::check::{queue, whole};
use super::prepared::Prepared;
use super::tracer::Ended;
use super::{app, before_each_call, tracer};
use foodlens_core::*;
use foodlens_scenarios::Phone;
use std::path::Path;

#[test]
fn what_the_app_was_told_is_stored_is_there_after_any_kill() {
    let prepared = Prepared::new();
    let url = prepared.server.base_url();
    before_each_call(
        "the app's writes",
        |n| {
            let folder = prepared.folder_again();
            (tracer::kill_before_call(n, &mut app(folder.path(), &url, "edits")), folder)
        },
        |name, ended, folder| {
            let many = all_that_was_said_holds(name, &prepared, ended, folder.path());
            if ended.killed_before.is_none() {
                assert_eq!((ended.printed.len(), many), (59, 50), "{:?}", ended.printed);
            }
        },
    );
}

/// Gives how many are there of fifty that are one write: all or none.
pub fn all_that_was_said_holds(name: &str, prepared: &Prepared, ended: &Ended, folder: &Path) -> usize {
    let phone = prepared.open(folder).unwrap_or_else(|e| panic!("{name}: {e}"));
    whole(name, &phone);
    for line in ended.printed.iter().filter(|line| !line.starts_with("failed ")) {
        holds(&phone, line).unwrap_or_else(|what| panic!("{name}: {line} was said, and {what}"));
    }
    let many = phone.session.history().page(None, 100).unwrap().entries;
    let many = many.iter().filter(|entry| entry.content.brand.as_deref() == Some("many")).count();
    assert!(many == 0 || many == 50, "{name}: {many} of 50 that are one write");
    many
}

/// Whether what a line says is so; `Err`: what is there instead.
fn holds(phone: &Phone, line: &str) -> std::result::Result<(), String> {
    let session = &phone.session;
    let (what, which) = line.split_once(' ').ok_or("no such line")?;
    let entry = || session.history().get(RecordId::parse(which).unwrap());
    let allergy = || session.allergies().get(RecordId::parse(which).unwrap());
    let at_least = |severity: &Severity| {
        let shown = allergy().map_err(|e| e.to_string())?.content.severity;
        if Severity::rank(shown.as_ref()) >= Severity::rank(Some(severity)) {
            Ok(())
        } else {
            Err(format!("{shown:?}"))
        }
    };
    let is_gone = |found: Option<String>| found.map_or(Ok(()), Err);
    let same = |found: Option<String>| {
        if found.as_deref() == Some(which) { Ok(()) } else { Err(format!("{found:?}")) }
    };
    match what {
        "added" => entry().map(|_| ()).map_err(|e| e.to_string()),
        "noted" => match entry().map_err(|e| e.to_string())?.content.note {
            Some(note) if note == "noted" => Ok(()),
            other => Err(format!("{other:?}")),
        },
        "deleted" => is_gone(entry().ok().map(|e| format!("{e:?}"))),
        "removed" => is_gone(allergy().ok().map(|e| format!("{e:?}"))),
        "moderate" => at_least(&Severity::Moderate),
        "life-threatening" => at_least(&Severity::LifeThreatening),
        "country" => same(session.profile().get().unwrap().content.country),
        "language" => same(session.settings().get().unwrap().content.language),
        "discarded" => is_gone(
            queue(phone, true).iter().find(|op| op.id.to_string() == which).map(|op| format!("{op:?}")),
        ),
        _ => Err("no such line".into()),
    }
}
