//! An import step by step: watched, cancelled, killed, gone on with, with and without the text; and the dry run.

use super::export::{EXPORT, MALFORMED};
use super::*;
use foodlens_scenarios::PhoneOptions;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Everything that an import leaves behind, but for what differs from run to run.
fn left(phone: &Phone) -> (Vec<Value>, Vec<UnreadableRecord>, u64) {
    let export: Value = serde_json::from_str(&phone.session.export_json().unwrap()).unwrap();
    let records = export["records"].as_array().unwrap().clone();
    let unreadable = phone.session.unreadable().unwrap();
    (records, unreadable, phone.session.queue().counts().unwrap().pending)
}

#[test]
fn a_dry_run_says_what_the_import_then_does_and_stores_nothing() {
    for text in [
        EXPORT.to_owned(),
        MALFORMED.to_owned(),
        export(json!({"allergy_list": {"state": "confirmed_none"}, "allergies": [milk("mild")]})),
        export(json!({"allergy_list": {"state": "confirmed_none"}, "allergies": [7]})),
        export(json!({"allergy_list": {"state": "confirmed_none"}, "profile": {"country": "PT"}})),
    ] {
        let phone = Phone::new(NOWHERE, "ana");
        let nothing = (left(&phone), phone.session.legacy_status().unwrap());
        let told = phone.session.preview_legacy(&text).unwrap();
        assert_eq!((left(&phone), phone.session.legacy_status().unwrap()), nothing);
        assert_eq!(phone.session.import_legacy(&text).unwrap(), told);
        assert!(told.complete && !told.records.is_empty());
        let again = phone.session.preview_legacy(&text).unwrap();
        assert_eq!(again, phone.session.import_legacy(&text).unwrap());
        assert_eq!(again.imported, 0);
    }
}

#[test]
fn cancelled_after_any_step_it_goes_on_where_it_was_and_reports_the_whole() {
    let unharmed = Phone::new(NOWHERE, "ana");
    let mut steps = Vec::new();
    let expected = unharmed.session.legacy_import(EXPORT).run(|progress| steps.push(progress)).unwrap();
    let last = steps.last().unwrap();
    assert_eq!((last.total, last.stored, last.settled), (427, 427, 427));
    assert!(steps.windows(2).all(|pair| {
        pair[0].stored <= pair[1].stored
            && pair[0].settled <= pair[1].settled
            && pair[1].settled - pair[0].settled <= 200
    }));
    for stop_after in 0..steps.len() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Phone::in_folder(folder.path(), NOWHERE, "ana", PhoneOptions::default()).unwrap();
        let phone = open();
        let (import, seen) = (phone.session.legacy_import(EXPORT), Cell::new(0));
        if stop_after == 0 {
            import.cancel();
        }
        let report = import.run(|_| {
            seen.set(seen.get() + 1);
            if seen.get() == stop_after {
                // From the thread of a button, say.
                std::thread::scope(|scope| scope.spawn(|| import.cancel()).join().unwrap());
            }
        });
        let report = report.unwrap();
        assert!(!report.complete && report.records.len() < 427, "{stop_after}");
        let waiting = phone.session.legacy_status().unwrap().waiting;
        assert!(matches!(phone.session.finish_legacy().unwrap_err().kind(), ErrorKind::LegacyInUse { .. }));
        assert_eq!(import.preview().unwrap(), expected, "{stop_after}: what is left to do, and what is done");
        // Another process of the app, which has the text no more unless it was not stored to its end.
        drop((import, phone));
        let phone = open();
        let resumed = phone.session.resume_legacy_import().run(|_| {});
        let report = match resumed {
            Ok(report) => report,
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::LegacyFormat { .. }), "{error}");
                assert!(waiting < 427, "only what was stored to its end goes on without the text");
                phone.session.import_legacy(EXPORT).unwrap()
            }
        };
        assert_eq!(report, expected, "{stop_after}");
        assert_eq!(left(&phone).0, left(&unharmed).0, "{stop_after}");
        assert_eq!(left(&phone).2, 427, "{stop_after}: each record is queued once");
    }
}

#[test]
fn the_callback_is_called_with_no_lock_held_and_may_panic() {
    let phone = Phone::new(NOWHERE, "ana");
    let import = phone.session.legacy_import(EXPORT);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        import.run(|progress| {
            phone.session.history().add(&HistoryContent::new(HistoryKind::Meal, 1)).unwrap();
            assert!(progress.settled < 100, "a defect of the app");
        })
    }));
    assert!(panicked.is_err());
    let added =
        phone.session.history().count_of(&HistoryFilter { to: Some(2), ..Default::default() }).unwrap();
    assert!(added > 0, "the app wrote within it");
    assert_eq!(import.run(|_| {}).unwrap().imported, 427);
    assert_eq!(phone.session.history().count().unwrap(), 420 + added);
}

#[test]
fn going_on_with_nothing_is_refused() {
    let phone = Phone::new(NOWHERE, "ana");
    let refused = phone.session.resume_legacy_import().run(|_| {}).unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::NotFound { what: "snapshot" }));
    assert!(matches!(phone.session.finish_legacy().unwrap_err().kind(), ErrorKind::NotFound { .. }));
    assert_eq!(phone.session.legacy_status().unwrap(), LegacyStatus::default());
}

#[test]
fn a_record_that_comes_mended_is_taken_over() {
    let phone = Phone::new(NOWHERE, "ana");
    let broken = json!({"legacy_id": "milk", "allergen": {"code": "milk"}, "severity": 7});
    phone.session.import_legacy(&export(json!({"allergies": [broken]}))).unwrap();
    assert_eq!((list(&phone).entries.len(), list(&phone).unreadable), (0, 1));
    let report = phone.session.import_legacy(&export(json!({"allergies": [milk("severe")]}))).unwrap();
    assert_eq!((report.imported, report.unreadable), (1, 0));
    assert_eq!((list(&phone).entries.len(), list(&phone).unreadable), (1, 0));
}
