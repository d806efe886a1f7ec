//! Killed at every call while old data are taken over: nothing half, nothing twice, and the next call does the rest.

use super::check::whole;
use super::{app, before_each_call, tracer};
use foodlens_core::*;
use foodlens_scenarios::{Phone, PhoneOptions};
use serde_json::Value;
use std::path::Path;

const LEGACY: &str = include_str!("../../../fixtures/legacy/malformed.json");
const NOWHERE: &str = "http://127.0.0.1:9";

/// What an import leaves behind.
fn left(phone: &Phone) -> (Vec<Value>, Vec<UnreadableRecord>, LegacyStatus) {
    let export: Value = serde_json::from_str(&phone.session.export_json().unwrap()).unwrap();
    let records = export["records"].as_array().unwrap().clone();
    (records, phone.session.unreadable().unwrap(), phone.session.legacy_status().unwrap())
}

fn open(folder: &Path) -> Phone {
    Phone::in_folder(folder, NOWHERE, "ana", PhoneOptions::with_real_ids()).unwrap()
}

#[test]
fn an_import_killed_before_any_of_its_calls_is_ended_by_the_next() {
    let (unharmed, whole_report) = {
        let phone = Phone::new(NOWHERE, "ana");
        let report = phone.session.import_legacy(LEGACY).unwrap();
        (left(&phone), report)
    };
    before_each_call(
        "an import",
        |n| {
            let folder = tempfile::tempdir().unwrap();
            drop(open(folder.path()));
            (tracer::kill_before_call(n, &mut app(folder.path(), NOWHERE, "import")), folder)
        },
        |name, ended, folder| {
            let phone = open(folder.path());
            let waiting = whole(name, &phone).len();
            let told = phone.session.import_legacy(LEGACY).unwrap();
            // Once the import was over, only its answer to the app was lost.
            let again = told.imported == 0 && waiting == unharmed.0.len();
            assert!(again || told == whole_report, "{name}");
            if ended.killed_before.is_none() {
                assert_eq!(ended.printed, ["13 imported, 22 unreadable"]);
            }
            assert_eq!(left(&phone), unharmed, "{name}");
            assert_eq!(whole(name, &phone).len(), unharmed.0.len(), "{name}: each is queued once");
        },
    );
}
