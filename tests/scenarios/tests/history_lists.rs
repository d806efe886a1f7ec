//! Lists of a part of the history: by kind, favourites and time, newest first, each as a plain filter would have it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone};

const NOWHERE: &str = "http://127.0.0.1:9";
const KINDS: [HistoryKind; 3] = [HistoryKind::Scan, HistoryKind::Meal, HistoryKind::Search];

fn entry(number: i64) -> HistoryContent {
    let kind = KINDS[usize::try_from(number * number % 7).unwrap() % 3].clone();
    // Many share a time: the id breaks the tie.
    HistoryContent { favourite: number % 5 == 0, ..HistoryContent::new(kind, number / 4) }
}

/// The pages of a list, put together.
fn walk(history: &History<'_>, filter: &HistoryFilter) -> Vec<HistoryEntry> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = history.list(filter, after.as_deref(), 7).unwrap();
        assert!(page.entries.len() <= 7);
        seen.extend(page.entries);
        after = page.next;
        if after.is_none() {
            return seen;
        }
    }
}

fn lets_through(filter: &HistoryFilter, content: &HistoryContent) -> bool {
    let unknown = |kind: &HistoryKind| matches!(kind, HistoryKind::Unrecognised(_));
    let kind = |kind: &HistoryKind| *kind == content.kind || unknown(kind) && unknown(&content.kind);
    filter.kind.as_ref().is_none_or(kind)
        && (!filter.favourites || content.favourite)
        && filter.from.is_none_or(|from| content.occurred_at >= from)
        && filter.to.is_none_or(|to| content.occurred_at < to)
}

fn every_filter() -> Vec<HistoryFilter> {
    let kinds = KINDS.into_iter().chain([HistoryKind::Unrecognised("any".into())]).map(Some).chain([None]);
    let mut filters = Vec::new();
    for kind in kinds {
        for favourites in [false, true] {
            for (from, to) in
                [(None, None), (Some(10), None), (None, Some(10)), (Some(10), Some(11)), (Some(9), Some(3))]
            {
                filters.push(HistoryFilter { kind: kind.clone(), favourites, from, to });
            }
        }
    }
    filters
}

fn all_lists_are_right(history: &History<'_>) {
    let all = walk(history, &HistoryFilter::default());
    let place = |entry: &HistoryEntry| (entry.content.occurred_at, entry.id);
    assert!(all.is_sorted_by(|x, y| place(x) > place(y)), "newest first, nothing twice");
    for filter in every_filter() {
        let wanted: Vec<_> =
            all.iter().filter(|entry| lets_through(&filter, &entry.content)).cloned().collect();
        assert_eq!(walk(history, &filter), wanted, "{filter:?}");
        assert_eq!(history.count_of(&filter).unwrap(), wanted.len() as u64, "{filter:?}");
    }
}

#[test]
fn every_filter_shows_what_fits_it_and_counts_the_same() {
    let phone = Phone::new(NOWHERE, "ana");
    let history = phone.session.history();
    let ids = history.add_all(&(0..90).map(entry).collect::<Vec<_>>()).unwrap();
    assert_eq!(history.count().unwrap(), 90);
    all_lists_are_right(&history);

    // An entry moves from list to list with its kind, its mark and its time, and leaves all when it is deleted.
    for (number, id) in ids.iter().enumerate().filter(|(number, _)| number % 3 == 0) {
        let shown = history.get(*id).unwrap();
        let changed = entry(i64::try_from(number * 7 + 1).unwrap());
        match number % 2 {
            0 => history.update(&shown, &changed).unwrap(),
            _ => history.delete(*id).unwrap(),
        }
    }
    assert_eq!(history.count().unwrap(), 75);
    all_lists_are_right(&history);
}

#[test]
fn what_other_devices_did_moves_between_the_lists_too() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let ids = a.session.history().add_all(&(0..40).map(entry).collect::<Vec<_>>()).unwrap();
    assert_eq!((a.sync().next, b.sync().next), (NextStep::Done, NextStep::Done));
    let history = a.session.history();
    for id in &ids[..10] {
        let shown = history.get(*id).unwrap();
        let content = HistoryContent { favourite: true, kind: HistoryKind::Meal, ..shown.content.clone() };
        history.update(&shown, &content).unwrap();
    }
    history.delete(ids[39]).unwrap();
    all_lists_are_right(&history);
    assert_eq!((a.sync().next, b.sync().next), (NextStep::Done, NextStep::Done));
    for phone in [&a, &b] {
        let history = phone.session.history();
        all_lists_are_right(&history);
        let filter = HistoryFilter { kind: Some(HistoryKind::Meal), favourites: true, ..Default::default() };
        assert_eq!(
            history.count_of(&filter).unwrap(),
            walk(&history, &filter).iter().filter(|entry| entry.content.favourite).count() as u64
        );
        assert_eq!(history.count().unwrap(), 39);
    }
}

#[test]
fn a_rare_kind_is_found_without_reading_the_others() {
    let phone = Phone::new(NOWHERE, "ana");
    let history = phone.session.history();
    let mut contents: Vec<_> = (0..3_000).map(|at| HistoryContent::new(HistoryKind::Meal, at)).collect();
    contents[0] = HistoryContent::new(HistoryKind::Scan, 0);
    history.add_all(&contents).unwrap();
    let rare = HistoryFilter { kind: Some(HistoryKind::Scan), ..Default::default() };
    let found = walk(&history, &rare);
    assert_eq!((found.len(), found[0].content.occurred_at), (1, 0));
    assert_eq!(history.count_of(&rare).unwrap(), 1);
    let day = HistoryFilter { from: Some(1_000), to: Some(1_010), ..Default::default() };
    assert_eq!(walk(&history, &day).len(), 10);
}
