//! A flood of entries with one barcode and one time: a few are linked, and what is done with any of them costs what it
//! costs in a small one.

use crate::counted::{self, Work};
use foodlens_core::*;
use foodlens_scenarios::Phone;
use std::collections::BTreeMap;

const FEW: usize = 500;
const MANY: usize = 10_000;

#[test]
fn ten_thousand_twins_cost_what_a_few_hundred_do() {
    counted::watch();
    let (few, many) = (flood(FEW), flood(MANY));
    assert!(few.len() > 3, "nothing was counted: {few:#?}");
    let dearer: Vec<_> = many
        .iter()
        .map(|(sql, work)| (sql, *work, few.get(sql).copied().unwrap_or_default()))
        .filter(|(_, many, few)| many.steps > 2 * few.steps + 100 || many.walked > 2 * few.walked + 100)
        .collect();
    assert!(dearer.is_empty(), "statement, with {MANY}, with {FEW}: {dearer:#?}");
}

/// The work of pages at both ends and of edits, after a look at the whole.
fn flood(count: usize) -> BTreeMap<String, Work> {
    let phone = Phone::new("http://127.0.0.1:9", "ana");
    let history = phone.session.history();
    let twin = HistoryContent {
        barcode: Some("40123".into()),
        favourite: true,
        ..HistoryContent::new(HistoryKind::Scan, 7)
    };
    let mut ids: Vec<_> =
        vec![twin; count].chunks(500).flat_map(|part| history.add_all(part).unwrap()).collect();
    ids.sort();
    let filter = HistoryFilter { favourites: true, ..Default::default() };
    for filter in [HistoryFilter::default(), filter.clone()] {
        assert_eq!(history.count_of(&filter).unwrap(), (count - 63) as u64);
        let (mut seen, mut after) = (0, None);
        loop {
            let page = history.list(&filter, after.as_deref(), 500).unwrap();
            seen += page.entries.len();
            after = page.next;
            let Some(_) = after else {
                let last = page.entries.last().unwrap();
                assert_eq!((last.id, &last.linked[..]), (ids[0], &ids[1..64]));
                break;
            };
        }
        assert_eq!(seen, count - 63);
    }
    let near_the_end = format!("7.{}", ids[80]);
    let (_, work) = counted::work(|| {
        for filter in [HistoryFilter::default(), filter] {
            for after in [None, Some(near_the_end.as_str())] {
                history.list(&filter, after, 50).unwrap();
            }
        }
        for id in [ids[0], ids[63], ids[64], ids[count - 1]] {
            let shown = history.get(id).unwrap();
            let to = HistoryContent { note: Some("x".into()), ..shown.content.clone() };
            history.update(&shown, &to).unwrap();
        }
        history.delete(ids[1]).unwrap();
        history.delete(ids[count - 1]).unwrap();
    });
    assert_eq!(history.count().unwrap(), (count - 64 - 1 - 63) as u64, "the next ones are linked");
    work
}
