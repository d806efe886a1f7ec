//! What a later write replaced is listed, and brought back by one call.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, differences};
use foodlens_server::RawRecord;
use serde_json::json;

fn two_phones() -> (Backend, Phone, Phone) {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    (backend, a, b)
}

fn named(phone: &Phone, name: &str) {
    let shown = phone.session.profile().get().unwrap().content;
    let to = ProfileContent { display_name: Some(name.into()), ..shown.clone() };
    phone.session.profile().update(&shown, &to).unwrap();
}

fn name(phone: &Phone) -> Option<String> {
    phone.session.profile().get().unwrap().content.display_name
}

fn newest(phone: &Phone) -> OverwrittenEntry {
    phone.session.overwritten(None, 1).unwrap().remove(0)
}

fn all_agree(phones: &[&Phone], backend: &Backend) {
    let snapshot = backend.server.snapshot("ana").unwrap();
    for phone in phones {
        assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
        assert_eq!(phone.session.verify().unwrap().flaws, []);
    }
}

/// Both change the name, the second's arrives last: the second's log has the first's.
fn overwrite(a: &Phone, b: &Phone) {
    named(a, "base");
    a.settle();
    b.settle();
    named(a, "of a");
    named(b, "of b");
    a.settle();
    b.settle();
}

#[test]
fn a_replaced_value_comes_back_as_an_edit_and_what_it_replaces_is_logged_in_turn() {
    let (backend, a, b) = two_phones();
    overwrite(&a, &b);
    let entry = newest(&b);
    assert_eq!((entry.field.as_str(), entry.value_json.as_str()), ("display_name", "\"of a\""));
    assert_eq!(name(&b).as_deref(), Some("of b"));

    // Meanwhile the first writes again, unseen by the second.
    a.settle();
    named(&a, "of a, again");
    a.settle();
    b.session.restore_overwritten(entry.position).unwrap();
    assert_eq!(name(&b).as_deref(), Some("of a"), "visible at once");
    let waiting = b.session.queue().list(QueueFilter::Unsent, 0, 10).unwrap();
    assert_eq!(waiting.len(), 1, "an operation of its own");
    assert_eq!(waiting[0].fields, ["display_name"]);
    assert_eq!(waiting[0].state, OperationState::Pending);
    assert_eq!(newest(&b), entry, "the entry stays");

    assert_eq!(b.settle().next, NextStep::Done);
    assert_eq!(newest(&b).value_json, "\"of a, again\"", "the server says what this one replaced");
    a.settle();
    assert_eq!(name(&a).as_deref(), Some("of a"));
    all_agree(&[&a, &b], &backend);

    // And back again, by the newer entry; a repetition finds nothing to do.
    b.session.restore_overwritten(newest(&b).position).unwrap();
    b.session.restore_overwritten(newest(&b).position).unwrap();
    assert_eq!(b.session.queue().counts().unwrap().pending, 1);
    b.settle();
    b.session.restore_overwritten(newest(&b).position).unwrap();
    assert_eq!(b.session.queue().counts().unwrap().pending, 0);
    a.settle();
    assert_eq!(name(&a).as_deref(), Some("of a, again"));
    all_agree(&[&a, &b], &backend);
}

#[test]
fn an_entry_or_a_record_that_is_gone_is_named_and_nothing_is_stored() {
    let (_backend, a, b) = two_phones();
    let entry = HistoryContent::new(HistoryKind::Scan, 1);
    let id = a.session.history().add(&entry).unwrap();
    a.settle();
    b.settle();
    for (phone, note) in [(&a, "of a"), (&b, "of b")] {
        let shown = phone.session.history().get(id).unwrap();
        let to = HistoryContent { note: Some(note.into()), ..shown.content.clone() };
        phone.session.history().update(&shown, &to).unwrap();
        phone.settle();
    }
    let replaced = newest(&b);
    assert_eq!((replaced.record_id, replaced.value_json.as_str()), (id, "\"of a\""));
    let refused = |position, what: &'static str| {
        let error = b.session.restore_overwritten(position).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::NotFound { what });
        b.session.queue().counts().unwrap().pending
    };
    assert_eq!(refused(replaced.position + 1, "entry"), 0);
    b.session.history().delete(id).unwrap();
    assert_eq!(refused(replaced.position, "record"), 1, "only the deletion waits");
    b.settle();
    assert_eq!(refused(replaced.position, "record"), 0);
}

fn refused_field(phone: &Phone, position: i64) -> String {
    let waiting = phone.session.queue().counts().unwrap();
    let error = phone.session.restore_overwritten(position).unwrap_err();
    assert_eq!(phone.session.queue().counts().unwrap(), waiting, "nothing was stored");
    assert!(!error.to_string().contains("canary"), "no content in an error");
    match error.kind() {
        ErrorKind::Invalid { field, .. } => field.clone(),
        other => panic!("{other}"),
    }
}

#[test]
fn what_could_not_be_entered_here_is_not_brought_back() {
    let (backend, a, b) = two_phones();
    let to = ProfileContent {
        country: Some("PT".into()),
        display_name: Some("short".into()),
        ..ProfileContent::default()
    };
    named(&a, "base");
    a.settle();
    b.settle();
    // Another client, with other rules, writes values that this device replaces unseen.
    let fields = json!({"country": "canary", "display_name": "canary".repeat(40), "extra.k": "good"});
    let id = RecordId::SINGLE.to_string();
    let raw = RawRecord { entity: "profile".into(), id, deleted: false, fields };
    backend.server.put_raw("ana", &raw).unwrap();
    let shown = b.session.profile().get().unwrap().content;
    let extras = [("k".to_owned(), "mine".to_owned())].into();
    b.session.profile().update(&shown, &ProfileContent { extras, ..to }).unwrap();
    b.settle();
    let log = b.session.overwritten(None, 10).unwrap();
    let position = |field: &str| log.iter().find(|entry| entry.field == field).unwrap().position;
    assert_eq!(refused_field(&b, position("country")), "country");
    assert_eq!(refused_field(&b, position("display_name")), "display_name");
    b.session.restore_overwritten(position("extra.k")).unwrap();
    b.settle();
    all_agree(&[&b], &backend);
}

/// An entry as another version of the library may have left it.
fn entry(phone: &Phone, collection: i64, id: RecordId, field: &str, value: &str) -> i64 {
    let mut files = std::fs::read_dir(phone.folder()).unwrap().map(|file| file.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|extension| extension == "db")).unwrap();
    let conn = foodlens_scenarios::look_into(&file);
    let sql = "INSERT INTO overwritten (collection, record_id, field, value, noticed_at) VALUES (?1, ?2, ?3, ?4, 0)";
    let bytes = id.as_uuid().into_bytes();
    conn.execute(sql, rusqlite::params![collection, bytes.as_slice(), field, value]).unwrap();
    conn.last_insert_rowid()
}

#[test]
fn a_sensitive_value_comes_back_by_the_rules_of_every_edit() {
    let (backend, a, b) = two_phones();
    let milk = AllergyContent {
        severity: Some(Severity::Severe),
        ..AllergyContent::new(Allergen::Eu(EuAllergen::Milk))
    };
    let id = a.session.allergies().add(&milk).unwrap();
    a.settle();
    b.settle();
    for (field, value, named) in [
        ("allergen", "null", "allergen"),
        ("severity", "7", "severity"),
        ("created_at", "1", "field"),
        ("canary", "\"x\"", "field"),
    ] {
        assert_eq!(refused_field(&b, entry(&b, 4, id, field, value)), named);
    }
    // Another device has made it worse, which this one has not heard of: a question, and the worse side until then.
    let shown = a.session.allergies().get(id).unwrap();
    let worse = AllergyContent { severity: Some(Severity::LifeThreatening), ..milk };
    a.session.allergies().update(&shown, &worse).unwrap();
    a.settle();
    b.session.restore_overwritten(entry(&b, 4, id, "severity", "\"mild\"")).unwrap();
    assert_eq!(b.settle().next, NextStep::NeedsPerson);
    let listed = b.session.allergies().list().unwrap().entries;
    assert_eq!(listed[0].content.severity, Some(Severity::LifeThreatening));
    let asked = b.session.conflicts().unwrap().remove(0);
    b.session.answer(asked.id, asked.revision, &MergeAnswer::KeepRemote).unwrap();
    b.settle();
    all_agree(&[&a, &b], &backend);
}
