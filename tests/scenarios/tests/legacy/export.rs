//! Import of an app's old data: what can be read is there, what cannot is kept and reported, and twice is once.

use super::*;

pub const EXPORT: &str = include_str!("../../../fixtures/legacy/export.json");
pub const MALFORMED: &str = include_str!("../../../fixtures/legacy/malformed.json");
const EXPECTED: &str = include_str!("../../../fixtures/legacy/malformed.expected.json");

#[test]
fn an_export_of_hundreds_of_records_is_taken_over_once_whatever_is_repeated() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let report = a.session.import_legacy(EXPORT).unwrap();
    assert_eq!((report.imported, report.already_there, report.unreadable), (427, 0, 0));
    let again = a.session.import_legacy(EXPORT).unwrap();
    assert_eq!((again.imported, again.already_there), (0, 427));
    // The same on another phone before it has ever synced: the ids are the same, so nothing is doubled.
    b.session.import_legacy(EXPORT).unwrap();
    assert_eq!(a.settle().next, NextStep::Done);
    let report = b.settle();
    assert_eq!(
        (report.next, report.conflicts_raised),
        (NextStep::Done, 0),
        "the same on both sides is no question"
    );
    a.settle();
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(snapshot.len(), 427);
    for phone in [&a, &b] {
        assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
        assert_eq!(phone.session.verify().unwrap().flaws, []);
    }
    // What was deleted since does not come back.
    let entry = a.session.history().page(None, 1).unwrap().entries.remove(0);
    a.session.history().delete(entry.id).unwrap();
    a.settle();
    assert_eq!(a.session.import_legacy(EXPORT).unwrap().imported, 0);
    assert_eq!(a.session.history().count().unwrap(), 419);
}

#[test]
fn malformed_records_are_reported_one_by_one_and_their_neighbours_imported() {
    let phone = Phone::new(NOWHERE, "ana");
    let report = phone.session.import_legacy(MALFORMED).unwrap();
    let expected: Vec<Value> = serde_json::from_str(EXPECTED).unwrap();
    let named = |row: &Value| {
        let index = &row["index"];
        match row["legacy_id"].as_str() {
            Some(id) if row["problem"].as_str().unwrap().contains("used before") => format!("{id}#{index}"),
            Some(id) => id.to_owned(),
            None if row["problem"] == "legacy_id is a number" => format!("#{index}"),
            None => format!("#{index}"),
        }
    };
    let mut wanted: Vec<_> = expected
        .iter()
        .map(|row| (row["collection"].as_str().unwrap().to_owned(), named(row), row["imported"] == true))
        .collect();
    let mut told: Vec<_> = report
        .records
        .iter()
        .filter(|record| record.result != LegacyResult::Imported)
        .map(|record| {
            let imported = matches!(record.result, LegacyResult::Unrecognised { .. });
            (record.collection.name().to_owned(), record.legacy_id.clone(), imported)
        })
        .collect();
    wanted.sort();
    told.sort();
    assert_eq!(told, wanted);
    let kept = phone.session.unreadable().unwrap();
    assert_eq!(kept.len(), wanted.iter().filter(|(_, _, imported)| !imported).count());
    assert!(kept.iter().all(|record| record.source == UnreadableSource::Legacy && !record.raw.is_empty()));
    let list = phone.session.allergies().list().unwrap();
    assert_eq!(
        (list.entries.len(), list.unreadable),
        (5, 11),
        "the list says that there is more than it shows"
    );
    assert_eq!(phone.session.history().count().unwrap(), 5);
    let again = phone.session.import_legacy(MALFORMED).unwrap();
    assert_eq!((again.imported, phone.session.unreadable().unwrap().len()), (0, kept.len()));
    // A person settles them one by one; only then can the list be whole again.
    for record in &kept {
        phone.session.dismiss_legacy(&record.entity, &record.record).unwrap();
    }
    assert_eq!(phone.session.allergies().list().unwrap().unreadable, 0);
    assert!(phone.session.dismiss_legacy("allergies", "a-2").is_err());
}

#[test]
fn what_is_no_export_is_refused_whole_and_writes_nothing() {
    let phone = Phone::new(NOWHERE, "ana");
    for text in [
        "",
        "{",
        "[]",
        "{\"format\":\"other\",\"version\":1}",
        "{\"format\":\"foodlens-legacy\",\"version\":2}",
        "{\"format\":\"foodlens-legacy\",\"version\":1,\"history\":7}",
    ] {
        let refused = phone.session.import_legacy(text).unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::LegacyFormat { .. }), "{text}");
    }
    assert!(phone.session.queue().list(QueueFilter::All, 0, 10).unwrap().is_empty());
}

#[test]
fn an_import_does_not_overwrite_what_the_person_set_since() {
    let phone = Phone::new(NOWHERE, "ana");
    let newer = ProfileContent { display_name: Some("Newer".into()), ..Default::default() };
    phone.session.profile().update(&ProfileContent::default(), &newer).unwrap();
    phone.session.import_legacy(EXPORT).unwrap();
    let profile = phone.session.profile().get().unwrap().content;
    assert_eq!(profile.display_name.as_deref(), Some("Newer"));
    assert!(profile.country.is_some() || !profile.extras.is_empty(), "the rest was taken over");
}
