//! The same pack, scanned at the same moment on two devices: one entry on both, in every list, count and search; a change
//! or a deletion is one of all its records.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, differences};

const NOWHERE: &str = "http://127.0.0.1:9";

fn scan(name: &str, barcode: &str, at: i64) -> HistoryContent {
    HistoryContent {
        product_name: Some(name.into()),
        barcode: Some(barcode.into()),
        ..HistoryContent::new(HistoryKind::Scan, at)
    }
}

fn all(phone: &Phone) -> Vec<HistoryEntry> {
    let page = phone.session.history().page(None, 500).unwrap();
    assert_eq!((page.next, page.unreadable), (None, 0));
    assert_eq!(phone.session.history().count().unwrap(), page.entries.len() as u64);
    page.entries
}

fn only(phone: &Phone) -> HistoryEntry {
    let mut entries = all(phone);
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}

/// How many favourites there are, by the list and by the count.
fn favourites(phone: &Phone) -> usize {
    let filter = HistoryFilter { favourites: true, ..Default::default() };
    let page = phone.session.history().list(&filter, None, 500).unwrap();
    assert_eq!(phone.session.history().count_of(&filter).unwrap(), page.entries.len() as u64);
    page.entries.len()
}

/// Until nobody has anything more to say.
fn settle(phones: &[&Phone]) {
    for _ in 0..3 {
        for phone in phones {
            assert_eq!(phone.settle().next, NextStep::Done);
        }
    }
}

/// Every record that is left, on the phones and on the server.
fn records(phones: &[&Phone], backend: &Backend) -> usize {
    let snapshot = backend.server.snapshot("ana").unwrap();
    for phone in phones {
        assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
        assert!(phone.session.verify().unwrap().is_sound());
    }
    let export: serde_json::Value = serde_json::from_str(&phones[0].session.export_json().unwrap()).unwrap();
    export["records"].as_array().unwrap().len()
}

/// Two phones that scanned the same pack at the same moment, apart from one another.
fn scanned_twice(backend: &Backend) -> (Phone, Phone) {
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    a.session.history().add(&scan("Oat drink", "40123", 7)).unwrap();
    b.clock.advance_ms(1_000);
    let noted = HistoryContent { note: Some("breakfast".into()), ..scan("Hafer", " 40123 ", 7) };
    b.session.history().add(&noted).unwrap();
    settle(&[&a, &b]);
    (a, b)
}

#[test]
fn it_is_one_entry_on_both_and_both_records_stay() {
    let backend = Backend::start().unwrap();
    let (a, b) = scanned_twice(&backend);
    assert_eq!(all(&a), all(&b));
    for phone in [&a, &b] {
        let entry = only(phone);
        assert_eq!(entry.content.product_name.as_deref(), Some("Oat drink"), "as the eldest says it");
        assert_eq!(entry.content.note.as_deref(), Some("breakfast"), "as only the other says it");
        assert_eq!((entry.linked.len(), entry.sync.state), (1, SyncState::Synced));
        let history = phone.session.history();
        assert_eq!(history.get(entry.linked[0]).unwrap(), entry, "by the id of either");
        for query in ["oat", "hafer", "40123", "breakfast"] {
            assert_eq!(history.search(query, 20).unwrap(), std::slice::from_ref(&entry), "{query}");
        }
    }
    assert_eq!(records(&[&a, &b], &backend), 2);
}

#[test]
fn an_entry_is_changed_and_deleted_as_one() {
    let backend = Backend::start().unwrap();
    let (a, b) = scanned_twice(&backend);
    let shown = only(&a);
    let marked = HistoryContent { favourite: true, note: None, ..shown.content.clone() };
    a.session.history().update(&shown, &marked).unwrap();
    assert_eq!((only(&a).content, only(&a).sync.state), (marked.clone(), SyncState::Pending));
    settle(&[&a, &b]);
    for phone in [&a, &b] {
        assert_eq!((&only(phone).content, favourites(phone)), (&marked, 1));
    }
    // The mark goes from every record, so that none brings it back.
    let shown = only(&b);
    let other = HistoryContent { favourite: false, barcode: Some("40999".into()), ..shown.content.clone() };
    b.session.history().update(&shown, &other).unwrap();
    settle(&[&b, &a]);
    for phone in [&a, &b] {
        assert_eq!((&only(phone).content, favourites(phone)), (&other, 0));
        assert_eq!(only(phone).linked.len(), 1, "another pack for both records");
    }
    b.session.history().delete(only(&b).linked[0]).unwrap();
    assert_eq!(all(&b), []);
    settle(&[&b, &a]);
    assert_eq!((all(&a), all(&b), records(&[&a, &b], &backend)), (vec![], vec![], 0));
}

#[test]
fn where_one_record_was_all_that_was_known_the_others_stay() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let elder = a.session.history().add(&scan("Oat drink", "40123", 7)).unwrap();
    a.settle();
    b.clock.advance_ms(1_000);
    b.session.history().add(&scan("Hafer", "40123", 7)).unwrap();
    // The first phone has not heard of the second's scan.
    a.session.history().delete(elder).unwrap();
    b.settle();
    let shown = only(&b);
    assert_eq!((shown.id, shown.linked.len()), (elder, 1));
    a.settle();
    settle(&[&b, &a]);
    assert_eq!((only(&a), only(&a).linked.len()), (only(&b), 0));
    assert_eq!(only(&b).id, shown.linked[0]);
    assert!(matches!(b.session.history().get(elder).unwrap_err().kind(), ErrorKind::NotFound { .. }));
    // A form that was filled in before is about what is left.
    let noted = HistoryContent { note: Some("late".into()), ..shown.content.clone() };
    b.session.history().update(&shown, &noted).unwrap();
    settle(&[&b, &a]);
    assert_eq!(only(&a).content.note.as_deref(), Some("late"));
    assert_eq!(only(&a).content.product_name.as_deref(), Some("Hafer"), "what was not changed stays");
    a.session.history().delete(only(&a).id).unwrap();
    let told = b.session.history().update(&shown, &noted);
    assert!(told.is_ok(), "this phone has not heard of it");
    settle(&[&a, &b]);
    let told = a.session.history().update(&shown, &noted).unwrap_err();
    assert!(matches!(told.kind(), ErrorKind::NotFound { .. }));
}

#[test]
fn records_part_when_one_becomes_another_thing_and_meet_again() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let id = a.session.history().add(&scan("Oat drink", "40123", 7)).unwrap();
    b.session.history().add(&scan("Oat drink", "40123", 7)).unwrap();
    b.settle();
    let shown = a.session.history().get(id).unwrap();
    a.session.history().update(&shown, &scan("Oat drink", "40999", 7)).unwrap();
    settle(&[&a, &b]);
    assert_eq!((all(&a).len(), all(&a)), (2, all(&b)));
    let shown = b.session.history().get(id).unwrap();
    b.session.history().update(&shown, &scan("Oat drink", "40123", 7)).unwrap();
    settle(&[&b, &a]);
    assert_eq!(only(&a), only(&b));
    assert_eq!(records(&[&a, &b], &backend), 2);
}

#[test]
fn only_one_kind_one_barcode_and_one_moment_are_one_entry() {
    let phone = Phone::new(NOWHERE, "ana");
    let history = phone.session.history();
    let plain = HistoryContent { barcode: None, ..scan("Oat", "", 7) };
    let meal = HistoryContent { kind: HistoryKind::Meal, ..scan("Oat", "40123", 7) };
    let contents = [
        scan("Oat", "40123", 7),
        scan("Oat", "40123", 8),
        scan("Oat", "40124", 7),
        scan("Oat", " ", 7),
        scan("Oat", " ", 7),
        meal,
        plain.clone(),
        plain,
    ];
    history.add_all(&contents).unwrap();
    assert_eq!(all(&phone).len(), contents.len());
    assert!(all(&phone).iter().all(|entry| entry.linked.is_empty()));
    // An import that is done twice under new ids.
    history.add_all(&contents).unwrap();
    let (linked, apart): (Vec<_>, Vec<_>) =
        all(&phone).into_iter().partition(|entry| !entry.linked.is_empty());
    assert_eq!((linked.len(), apart.len()), (4, 8));
    assert_eq!(history.search("oat", 500).unwrap(), all(&phone));
}

#[test]
fn a_mark_on_either_record_makes_a_favourite_whichever_page_it_is_on() {
    let phone = Phone::new(NOWHERE, "ana");
    let history = phone.session.history();
    let mark = |favourite, content| HistoryContent { favourite, ..content };
    for marks in [[true, false], [false, true], [true, true], [false, false]] {
        for pack in ["40001", "40002", "40003"] {
            let at = 7 + 2 * i64::from(marks[0]) + i64::from(marks[1]);
            // Twins with others of the same moment between them.
            history.add_all(&marks.map(|favourite| mark(favourite, scan("Oat", pack, at)))).unwrap();
            history.add(&mark(marks[1], scan("Oat", &format!("{pack}9"), at))).unwrap();
        }
    }
    let filter = HistoryFilter { favourites: true, ..Default::default() };
    let wanted: Vec<_> = all(&phone).into_iter().filter(|entry| entry.content.favourite).collect();
    assert_eq!((wanted.len(), favourites(&phone)), (15, 15));
    for limit in 1..17 {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = history.list(&filter, after.as_deref(), limit).unwrap();
            seen.extend(page.entries);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, wanted, "pages of {limit}");
    }
}
