//! What a person gets when they ask for everything that is kept of them here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone};
use serde_json::Value;

#[test]
fn an_export_holds_records_unsent_edits_questions_what_was_replaced_and_what_could_not_be_read() {
    let backend = Backend::start().unwrap();
    let (phone, other) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let milk = |severity| AllergyContent {
        severity: Some(severity),
        ..AllergyContent::new(Allergen::Eu(EuAllergen::Milk))
    };
    let id = phone.session.allergies().add(&milk(Severity::Mild)).unwrap();
    let country = |country: &str| ProfileContent { country: Some(country.into()), ..Default::default() };
    phone.session.profile().update(&ProfileContent::default(), &country("PT")).unwrap();
    let _ = (phone.settle(), other.settle());
    for (phone, severity, to) in [(&phone, Severity::Severe, "ES"), (&other, Severity::Moderate, "FR")] {
        let shown = phone.session.allergies().get(id).unwrap();
        phone.session.allergies().update(&shown, &milk(severity)).unwrap();
        phone.session.profile().update(&country("PT"), &country(to)).unwrap();
    }
    let _ = (phone.settle(), other.settle(), phone.settle());
    let legacy = r#"{"format":"foodlens-legacy","version":1,"allergies":[{"legacy_id":"a","allergen":"?"},
        {"legacy_id":"b","allergen":{"code":"eggs"}}]}"#;
    phone.session.import_legacy(legacy).unwrap();
    other.session.history().add(&HistoryContent::new(HistoryKind::Scan, 5)).unwrap();

    let read = |phone: &Phone| serde_json::from_str::<Value>(&phone.session.export_json().unwrap()).unwrap();
    let (mine, theirs) = (read(&phone), read(&other));
    assert_eq!(
        (&mine["format"], &mine["version"], &mine["user"]),
        (&"foodlens-export".into(), &1.into(), &"ana".into())
    );
    let count = |export: &Value, part: &str| export[part].as_array().unwrap().len();
    assert_eq!(count(&theirs, "records"), 4, "allergy, state of the list, profile, scan");
    let unsent = theirs["operations"].as_array().unwrap();
    assert!(
        unsent.iter().any(|op| op["entity"] == "history" && op["payload"]["occurred_at"] == 5),
        "{unsent:?}"
    );
    let asked = &theirs["conflicts"][0];
    assert_eq!(
        (&asked["local"]["severity"], &asked["remote"]["severity"]),
        (&"moderate".into(), &"severe".into())
    );
    let replaced = theirs["overwritten"].as_array().unwrap();
    assert!(
        replaced.iter().any(|entry| entry["field"] == "country" && entry["value"] == "ES"),
        "{replaced:?}"
    );
    assert_eq!(mine["unreadable"][0]["source"], "legacy");
    assert!(mine["unreadable"][0]["raw"].as_str().unwrap().contains("\"?\""));

    let old = mine["legacy"].as_array().unwrap();
    assert_eq!(old.iter().map(|one| &one["id"]).collect::<Vec<_>>(), ["a", "b"]);
    assert!(old[0]["raw"].as_str().unwrap().contains("\"?\""), "as it was handed in");

    let mut text = Vec::new();
    phone.session.export_to(&mut text).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), phone.session.export_json().unwrap());
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    assert_eq!(*phone.session.export_to(&mut Full).unwrap_err().kind(), ErrorKind::StorageFull);
}
