//! The snapshot: read-only until the import is finished, and what reads fall back to meanwhile.

use super::export::{EXPORT, MALFORMED};
use super::*;
use foodlens_scenarios::PhoneOptions;

#[test]
fn finishing_removes_the_snapshot_and_keeps_what_could_not_be_read() {
    let phone = Phone::new(NOWHERE, "ana");
    phone.session.import_legacy(MALFORMED).unwrap();
    let before = phone.session.legacy_status().unwrap();
    let unreadable = phone.session.unreadable().unwrap();
    assert_eq!((before.waiting, before.stored, before.finished), (0, true, false));
    assert_eq!((before.imported, before.unreadable), (13, unreadable.len() as u64));
    phone.session.set_legacy_reads(true).unwrap();
    let refused = phone.session.finish_legacy().unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::LegacyInUse { waiting: 0, reads_on: true });
    phone.session.set_legacy_reads(false).unwrap();
    phone.session.finish_legacy().unwrap();
    phone.session.finish_legacy().unwrap();
    let after = phone.session.legacy_status().unwrap();
    assert_eq!((after.finished, after.stored, after.imported), (true, false, 0));
    assert_eq!(phone.session.unreadable().unwrap(), unreadable);
    let file = rusqlite::Connection::open(database(&phone)).unwrap();
    let rows: i64 = file.query_row("SELECT count(*) FROM legacy", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 0);
    assert!(phone.session.set_legacy_reads(true).is_err());
    assert!(phone.session.resume_legacy_import().run(|_| {}).is_err());
    assert_eq!(phone.session.import_legacy(MALFORMED).unwrap().imported, 0, "once is once");
}

fn database(phone: &Phone) -> std::path::PathBuf {
    let mut files = std::fs::read_dir(phone.folder()).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "db")).unwrap()
}

#[test]
fn reads_go_back_to_the_old_data_and_forth_again_and_writes_are_never_lost() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = || Phone::in_folder(folder.path(), &backend.url(), "ana", PhoneOptions::default()).unwrap();
    let phone = open();
    phone.session.import_legacy(EXPORT).unwrap();
    phone.settle();
    let (history, old_name) = (phone.session.history().page(None, 10).unwrap().entries, name_of(&phone));
    // Life goes on.
    set_profile(&phone, &ProfileContent { display_name: Some("New".into()), ..Default::default() });
    phone.session.history().delete(history[0].id).unwrap();
    let added = phone.session.history().add(&HistoryContent::new(HistoryKind::Meal, i64::MAX / 2)).unwrap();
    let fish = phone.session.allergies().add(&allergy(EuAllergen::Fish, Severity::Severe)).unwrap();
    let milk = shown_milk(&phone);
    let weaker = AllergyContent { severity: Some(Severity::Mild), ..milk.content.clone() };
    phone.session.allergies().update(&milk, &weaker).unwrap();
    let newer = phone.session.allergies().list().unwrap();

    phone.session.set_legacy_reads(true).unwrap();
    drop(phone);
    let phone = open();
    assert!(phone.session.legacy_status().unwrap().reads_on, "kept over restarts");
    assert_eq!(name_of(&phone), old_name);
    let again = phone.session.history();
    let contents = |entries: &[HistoryEntry]| entries.iter().map(|e| e.content.clone()).collect::<Vec<_>>();
    assert_eq!(contents(&again.page(None, 10).unwrap().entries), contents(&history));
    assert_eq!(again.count().unwrap(), 420);
    assert_eq!(again.get(history[0].id).unwrap().content, history[0].content);
    assert!(again.get(added).is_err());
    let meals = HistoryFilter { kind: Some(HistoryKind::Meal), ..Default::default() };
    assert_eq!(again.count_of(&meals).unwrap(), 85);
    let mut paged = (0, None);
    loop {
        let page = again.page(paged.1.as_deref(), 50).unwrap();
        paged = (paged.0 + page.entries.len(), page.next);
        if paged.1.is_none() {
            break;
        }
    }
    assert_eq!(paged.0, 420, "every page of them");
    let word = history.iter().find_map(|e| e.content.product_name.clone()).unwrap();
    assert!(!again.search(&word, 5).unwrap().is_empty());
    // Of allergies, nothing vanishes and nothing weakens.
    let both = list(&phone);
    assert_eq!(both.entries.len(), newer.entries.len());
    assert!(both.entries.iter().any(|entry| entry.id == fish));
    assert_eq!(shown_milk(&phone).content.severity, Some(Severity::Severe), "the old data say so");
    assert_eq!(phone.session.allergies().get(milk.id).unwrap().content.severity, Some(Severity::Severe));
    phone.session.allergies().remove(fish).unwrap();
    let eggs = phone.session.allergies().add(&allergy(EuAllergen::Eggs, Severity::Mild)).unwrap();
    assert!(list(&phone).entries.iter().any(|entry| entry.id == eggs));
    assert_eq!(phone.settle().next, NextStep::Done, "sync goes on");

    phone.session.set_legacy_reads(false).unwrap();
    assert_eq!(name_of(&phone).as_deref(), Some("New"));
    assert_eq!(shown_milk(&phone).content.severity, Some(Severity::Mild));
    assert_eq!(phone.session.history().count().unwrap(), 420);
    phone.session.history().get(added).unwrap();
    assert!(phone.session.history().get(history[0].id).is_err());
    all_agree(&[&phone], &backend);
}

#[test]
fn without_a_snapshot_there_is_nothing_to_go_back_to() {
    let phone = Phone::new(NOWHERE, "ana");
    let refused = phone.session.set_legacy_reads(true).unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::NotFound { what: "snapshot" }));
    phone.session.set_legacy_reads(false).unwrap();
}

#[test]
fn an_allergy_that_was_removed_since_is_shown_while_reads_are_on_the_old_data() {
    let phone = Phone::new(NOWHERE, "ana");
    phone.session.import_legacy(&export(json!({"allergies": [milk("severe")]}))).unwrap();
    let id = shown_milk(&phone).id;
    phone.session.allergies().remove(id).unwrap();
    phone.session.set_legacy_reads(true).unwrap();
    assert_eq!((shown_milk(&phone).id, list(&phone).state), (id, ListState::Listed));
    phone.session.allergies().get(id).unwrap();
    assert!(phone.session.allergies().confirm_none().is_err());
    assert!(matches!(phone.session.allergies().remove(id).unwrap_err().kind(), ErrorKind::NotFound { .. }));
    phone.session.set_legacy_reads(false).unwrap();
    assert!(list(&phone).entries.is_empty());
}
