//! Search in the history: what is there is found at once, what is gone is not, on every device and whatever is typed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions};
use std::time::Duration;

const NOWHERE: &str = "http://127.0.0.1:9";

fn scan(name: &str, at: i64) -> HistoryContent {
    HistoryContent { product_name: Some(name.into()), ..HistoryContent::new(HistoryKind::Scan, at) }
}

/// The names of what is found, in order.
fn found(phone: &Phone, query: &str) -> Vec<String> {
    let entries = phone.session.history().search(query, 20).unwrap();
    entries.into_iter().map(|entry| entry.content.product_name.unwrap_or_default()).collect()
}

#[test]
fn words_are_found_in_every_text_by_their_beginning_without_case_and_diacritics() {
    let phone = Phone::new(NOWHERE, "ana");
    let history = phone.session.history();
    for content in [
        scan("Crème brûlée", 1),
        HistoryContent { brand: Some("Crèmerie du Nord".into()), ..scan("Milk", 2) },
        HistoryContent { note: Some("like a CREME".into()), ..scan("Pudding", 3) },
        HistoryContent { ingredients_text: Some("oats, cre\u{300}me (milk)".into()), ..scan("Bar", 4) },
        scan("Bread", 5),
    ] {
        history.add(&content).unwrap();
    }
    assert_eq!(found(&phone, "creme"), ["Bar", "Pudding", "Milk", "Crème brûlée"], "newest first");
    assert_eq!(found(&phone, "CRÈ mil"), ["Bar", "Milk"], "each word, in whichever text");
    assert_eq!(found(&phone, "BRU cre"), ["Crème brûlée"]);
    assert_eq!(found(&phone, "reme"), [""; 0]);
    assert_eq!(found(&phone, "creme bread"), [""; 0]);
}

#[test]
fn a_barcode_is_found_first_and_as_a_whole_only() {
    let phone = Phone::new(NOWHERE, "ana");
    let history = phone.session.history();
    let coded = |name: &str, code: &str, at| HistoryContent { barcode: Some(code.into()), ..scan(name, at) };
    history.add(&coded("Oat drink", "4012345678901", 1)).unwrap();
    history.add(&scan("Bill 4012345678901", 2)).unwrap();
    history.add(&coded("Rye", "4012345678999", 3)).unwrap();
    history.add(&coded("Box", "AB-12", 4)).unwrap();
    assert_eq!(found(&phone, "4012345678901"), ["Oat drink", "Bill 4012345678901"]);
    assert_eq!(found(&phone, "4 012345 678901"), ["Oat drink"], "as it is printed");
    assert_eq!(found(&phone, "40123456789"), ["Bill 4012345678901"], "a part of a barcode is none");
    assert_eq!(found(&phone, "oat 4012345678901"), ["Oat drink"]);
    assert_eq!(found(&phone, "ab12"), ["Box"]);
}

#[test]
fn whatever_is_typed_does_no_harm() {
    let phone = Phone::new(NOWHERE, "ana");
    phone.session.history().add(&scan("Oat and near drink שלום", 1)).unwrap();
    for nothing in ["", " ", "\"", "*", "\"*\"", "()", "^:-+", "\0", "🍫", "\u{202e}", "%_"] {
        assert_eq!(found(&phone, nothing), [""; 0], "{nothing:?}");
    }
    for (query, fits) in [
        ("\"oat\" * AND drink", true),
        ("oat AND rye", false),
        ("NEAR(oat drink)", true),
        ("product_name:oat", false),
        ("oat\0drink", true),
        ("o'at", false),
        ("OAT;--", true),
        ("שָׁלוֹם", true),
        ("{oat}", true),
        ("oat NOT drink", false),
    ] {
        assert_eq!(!found(&phone, query).is_empty(), fits, "{query:?}");
    }
    let refused = phone.session.history().search(&"oat ".repeat(2_500), 20).unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Invalid { field, .. } if field == "query"));
}

#[test]
fn edits_and_deletions_are_seen_at_once_here_and_after_a_sync_elsewhere() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let history = a.session.history();
    let ids: Vec<_> = (0..30).map(|at| history.add(&scan(&format!("Oat {at}"), at)).unwrap()).collect();
    assert_eq!((a.sync().next, b.sync().next), (NextStep::Done, NextStep::Done));
    for phone in [&a, &b] {
        assert_eq!(found(phone, "oat 29"), ["Oat 29"]);
    }
    let shown = history.get(ids[29]).unwrap();
    history.update(&shown, &scan("Rye 29", 29)).unwrap();
    history.delete(ids[28]).unwrap();
    // Waits unsent, and counts as gone.
    assert_eq!(
        (found(&a, "oat 29"), found(&a, "rye"), found(&a, "oat 28")),
        (vec![], vec!["Rye 29".into()], vec![])
    );
    assert_eq!((a.sync().next, b.sync().next), (NextStep::Done, NextStep::Done));
    for phone in [&a, &b] {
        assert_eq!(found(phone, "oat 29"), [""; 0]);
        assert_eq!(found(phone, "oat 28"), [""; 0]);
        assert_eq!(found(phone, "rye 2"), ["Rye 29"]);
        assert_eq!(found(phone, "oat").len(), 20);
    }
}

#[test]
fn a_restored_history_is_searched_newest_first_also_after_a_restart() {
    let backend = Backend::start().unwrap();
    let a = Phone::new(&backend.url(), "ana");
    let contents: Vec<_> = (0..3_000).map(|at| scan(&format!("Oat bar {at}"), at)).collect();
    a.session.history().add_all(&contents).unwrap();
    assert_eq!(a.settle().next, NextStep::Done);

    let folder = tempfile::tempdir().unwrap();
    let open = || Phone::in_folder(folder.path(), &backend.url(), "ana", PhoneOptions::default()).unwrap();
    let b = open();
    assert_eq!(b.settle().next, NextStep::Done);
    let newest: Vec<_> = (2_980..3_000).rev().map(|at| format!("Oat bar {at}")).collect();
    assert_eq!(found(&b, "ba oa"), newest);
    drop(b);
    assert_eq!(found(&open(), "ba oa"), newest);
}

#[test]
fn a_run_that_is_cancelled_before_it_begins_leaves_everything_searchable() {
    let phone = Phone::new(NOWHERE, "ana");
    phone.session.history().add(&scan("Oat", 1)).unwrap();
    let run = phone.session.sync_run();
    run.cancel();
    assert_eq!(run.start(Duration::from_secs(60)).unwrap().next, NextStep::MoreWork);
    assert_eq!(found(&phone, "oat"), ["Oat"]);
}
