//! What the server's feed may bring: strange records, expired cursors, another life of its database, another's data.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, differences};
use foodlens_server::RawRecord;
use serde_json::{Value, json};

fn put(backend: &Backend, entity: &str, id: &str, fields: Value) {
    let raw = RawRecord { entity: entity.into(), id: id.into(), deleted: false, fields };
    backend.server.put_raw("ana", &raw).unwrap();
}

fn id(n: u128) -> String {
    uuid::Uuid::from_u128(n).to_string()
}

#[test]
fn an_unknown_enum_value_is_kept_and_shown_and_the_page_goes_on() {
    let backend = Backend::start().unwrap();
    put(
        &backend,
        "allergies",
        &id(1),
        json!({"allergen": {"code": "milk"}, "severity": "catastrophic", "new_field": [1]}),
    );
    put(&backend, "allergies", &id(2), json!({"allergen": {"code": "insects"}, "severity": "mild"}));
    put(&backend, "allergies", &id(3), json!({"allergen": {"text": "kiwi"}}));
    let phone = Phone::new(&backend.url(), "ana");
    let report = phone.settle();
    assert_eq!((report.next, report.pulled), (NextStep::Done, 3));
    let mut noted: Vec<_> =
        report.unrecognised.iter().map(|n| (n.record.as_str(), n.reason.as_str())).collect();
    noted.sort();
    assert_eq!(noted, [(id(1).as_str(), "severity"), (id(2).as_str(), "allergen")]);
    let list = phone.session.allergies().list().unwrap();
    assert_eq!(list.entries.len(), 3);
    let milk = phone.session.allergies().get(RecordId::parse(&id(1)).unwrap()).unwrap();
    assert_eq!(milk.content.severity, Some(Severity::Unrecognised("catastrophic".into())));
    // An edit of another field sends the unknown ones back as they came.
    let edited = AllergyContent { notes: Some("n".into()), ..milk.content.clone() };
    phone.session.allergies().update(&milk, &edited).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    let snapshot = backend.server.snapshot("ana").unwrap();
    let record = snapshot.iter().find(|r| r.id == id(1)).unwrap();
    assert_eq!(record.fields["severity"], "catastrophic");
    assert_eq!(record.fields["new_field"], json!([1]));
    assert_eq!(record.fields["notes"], "n");
}

#[test]
fn a_record_that_cannot_be_read_is_kept_raw_reported_and_spoils_no_other() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.settle();
    put(&backend, "allergies", &id(1), json!({"allergen": {"code": "milk"}, "severity": 5}));
    put(&backend, "allergies", &id(2), json!({"severity": "mild"}));
    put(&backend, "history", &id(3), json!({"kind": "scan", "occurred_at": "yesterday"}));
    put(&backend, "recipes", &id(4), json!({"title": "from a newer app"}));
    put(&backend, "history", "not-a-uuid", json!({"kind": "scan", "occurred_at": 1}));
    put(&backend, "profile", &id(5), json!({"display_name": "a profile with an id"}));
    put(&backend, "history", &id(6), json!({"kind": "scan", "occurred_at": 1, "product_name": "good"}));
    let report = phone.settle();
    assert_eq!((report.next, report.pulled), (NextStep::Done, 1));
    let reasons: Vec<_> = report.unreadable.iter().map(|n| n.reason.as_str()).collect();
    assert_eq!(reasons, ["severity", "allergen", "occurred_at", "entity", "record", "id"]);
    let kept = phone.session.unreadable().unwrap();
    assert_eq!(kept.len(), 6);
    assert!(
        kept.iter().any(|r| r.entity == "recipes" && r.raw.contains("from a newer app")),
        "raw, as it came"
    );
    let list = phone.session.allergies().list().unwrap();
    assert_eq!((list.unreadable, list.state), (2, ListState::Unknown), "the list says that there is more");
    assert!(phone.session.allergies().confirm_none().is_err());
    // A later copy that can be read takes its place.
    put(&backend, "allergies", &id(1), json!({"allergen": {"code": "milk"}, "severity": "mild"}));
    phone.settle();
    let list = phone.session.allergies().list().unwrap();
    assert_eq!((list.unreadable, list.entries.len()), (1, 1));
}

#[test]
fn what_was_readable_stays_when_a_later_copy_is_not() {
    let backend = Backend::start().unwrap();
    put(&backend, "allergies", &id(1), json!({"allergen": {"code": "milk"}, "severity": "severe"}));
    let phone = Phone::new(&backend.url(), "ana");
    phone.settle();
    put(&backend, "allergies", &id(1), json!({"allergen": 7}));
    let report = phone.settle();
    assert_eq!(report.unreadable.len(), 1);
    let list = phone.session.allergies().list().unwrap();
    assert_eq!((list.entries.len(), list.unreadable), (1, 1));
    assert_eq!(list.entries[0].content.severity, Some(Severity::Severe));
}

fn some_data(phone: &Phone) -> RecordId {
    phone
        .session
        .history()
        .add_all(&(0..30).map(|n| HistoryContent::new(HistoryKind::Scan, n)).collect::<Vec<_>>())
        .unwrap();
    phone.session.allergies().add(&AllergyContent::new(Allergen::Eu(EuAllergen::Eggs))).unwrap()
}

#[test]
fn an_expired_cursor_reads_all_again_and_merges() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    some_data(&phone);
    phone.settle();
    backend.server.expire_cursors().unwrap();
    phone.session.history().add(&HistoryContent::new(HistoryKind::Meal, 99)).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(snapshot.len(), 33);
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

#[test]
fn another_epoch_reads_all_again_and_keeps_unsent_edits() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let allergy = some_data(&phone);
    phone.settle();
    let shown = phone.session.allergies().get(allergy).unwrap();
    let edited = AllergyContent { notes: Some("unsent".into()), ..shown.content.clone() };
    phone.session.allergies().update(&shown, &edited).unwrap();
    backend.server.new_epoch().unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!(phone.session.allergies().get(allergy).unwrap().content, edited);
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

#[test]
fn an_empty_server_never_reads_as_no_allergies() {
    let folder = tempfile::tempdir().unwrap();
    let first = Backend::start().unwrap();
    let url = first.url();
    let phone = Phone::in_folder(folder.path(), &url, "ana", Default::default()).unwrap();
    some_data(&phone);
    phone.settle();
    let _second = first.replaced_by_an_empty_one().unwrap();
    let report = phone.settle();
    assert_eq!(report.next, NextStep::Done, "{report:?}");
    assert_eq!(phone.session.history().count().unwrap(), 30);
    let list = phone.session.allergies().list().unwrap();
    assert_eq!((list.state, list.entries.len()), (ListState::Listed, 1));
}

#[test]
fn in_another_life_of_the_server_low_versions_are_new_and_the_next_run_is_idle() {
    let first = Backend::start().unwrap();
    let url = first.url();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [a, b] =
        folders.each_ref().map(|f| Phone::in_folder(f.path(), &url, "ana", Default::default()).unwrap());
    let named = |name: &str| ProfileContent { display_name: Some(name.into()), ..Default::default() };
    let rename = |phone: &Phone, name: &str| {
        let shown = phone.session.profile().get().unwrap().content;
        phone.session.profile().update(&shown, &named(name)).unwrap();
        phone.settle();
    };
    for n in 0..5 {
        rename(&a, &format!("name {n}"));
    }
    b.settle();
    let second = first.replaced_by_an_empty_one().unwrap();
    rename(&b, "after the restore");
    assert_eq!(
        second.server.snapshot("ana").unwrap()[0].version,
        1,
        "lower than all that the phones have seen"
    );
    assert_eq!(a.settle().next, NextStep::Done);
    assert_eq!(a.session.profile().get().unwrap().content, named("after the restore"));
    assert_eq!((a.sync().requests, b.sync().requests), (1, 1), "the new epoch is known from now on");
}
