//! Whatever records there are, on whatever shelves, with however many twins: lists of any page size, counts, single entries
//! and search show what a plain model of the whole shows.

use crate::collection::Collection;
use crate::history::search::tests::open;
use crate::history::{HistoryContent, HistoryEntry, HistoryFilter, HistoryKind};
use crate::ids::{RecordId, Version};
use crate::records;
use crate::session::Session;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngSeed, TestRunner};
use std::collections::BTreeMap;

const BARCODES: [Option<&str>; 5] = [None, Some(" "), Some("40123"), Some(" 40123 "), Some("40999")];
const KINDS: [&str; 4] = ["scan", "scan", "dream", "sleep"];

/// In this order, so that the first has the smallest id.
fn contents() -> impl Strategy<Value = Vec<HistoryContent>> {
    let kind = select(&KINDS[..]).prop_map(|code| match code {
        "scan" => HistoryKind::Scan,
        code => HistoryKind::Unrecognised(code.into()),
    });
    let content = (kind, 0..3_i64, select(&BARCODES[..]), 0..4, 0..3).prop_map(
        |(kind, at, barcode, favourite, name)| HistoryContent {
            barcode: barcode.map(str::to_owned),
            favourite: favourite == 0,
            product_name: (name == 0).then(|| "Oat".into()),
            ..HistoryContent::new(kind, at)
        },
    );
    prop_oneof![4 => prop::collection::vec(content.clone(), 0..40), 1 => prop::collection::vec(content, 300..400)]
}

fn filters() -> impl Strategy<Value = HistoryFilter> {
    let kind = select(vec![None, Some(HistoryKind::Scan), Some(HistoryKind::Unrecognised("x".into()))]);
    let time = || select(vec![None, None, Some(0), Some(1), Some(2)]);
    (kind, any::<bool>(), time(), time()).prop_map(|(kind, favourites, from, to)| HistoryFilter {
        kind,
        favourites,
        from,
        to,
    })
}

/// The records of an entry by their numbers, the eldest first.
type Entry = Vec<usize>;

fn id(number: usize) -> RecordId {
    uuid::Uuid::from_u128(number as u128 + 1).into()
}

/// Every entry, newest first.
fn model(contents: &[HistoryContent]) -> Vec<Entry> {
    let mut looked_at: BTreeMap<(i64, bool), usize> = BTreeMap::new();
    let mut entries: Vec<Entry> = Vec::new();
    for (number, content) in contents.iter().enumerate() {
        let looked = looked_at.entry((content.occurred_at, content.kind == HistoryKind::Scan)).or_default();
        *looked += 1;
        let print = |content: &HistoryContent| {
            let barcode = content.barcode.as_deref().map(str::trim).filter(|code| !code.is_empty());
            barcode.map(|code| (content.kind.clone(), content.occurred_at, code.to_owned()))
        };
        let twin = |entry: &&mut Entry| print(&contents[entry[0]]) == print(content);
        match entries.iter_mut().find(twin) {
            Some(entry) if print(content).is_some() && *looked <= 64 => entry.push(number),
            _ => entries.push(vec![number]),
        }
    }
    entries.sort_by_key(|entry| std::cmp::Reverse((contents[entry[0]].occurred_at, entry[0])));
    entries
}

fn lets_through(filter: &HistoryFilter, contents: &[HistoryContent], entry: &Entry) -> bool {
    let first = &contents[entry[0]];
    let scan = |kind: &HistoryKind| *kind == HistoryKind::Scan;
    filter.kind.as_ref().is_none_or(|kind| scan(kind) == scan(&first.kind))
        && (!filter.favourites || entry.iter().any(|number| contents[*number].favourite))
        && filter.from.is_none_or(|from| first.occurred_at >= from)
        && filter.to.is_none_or(|to| first.occurred_at < to)
}

fn is_shown(entry: &HistoryEntry) -> Vec<RecordId> {
    std::iter::once(entry.id).chain(entry.linked.iter().copied()).collect()
}

/// The records of the session are these from now on.
fn store(session: &Session, contents: &[HistoryContent]) {
    let spec = Collection::History.spec();
    session
        .edit(|writer| {
            writer.tx.execute("DELETE FROM history", [])?;
            // The youngest first: nothing hangs on the order in which they came.
            for (number, content) in contents.iter().enumerate().rev() {
                let fields = content.to_fields().without_nulls();
                records::insert_from_server(writer.tx, spec, id(number), Version(1), &fields, None, 0)?;
            }
            Ok(())
        })
        .unwrap();
}

fn check(session: &Session, contents: &[HistoryContent], filters: &[HistoryFilter], limits: &[u32]) {
    store(session, contents);
    let history = session.history();
    let all = model(contents);
    let ids = |entry: &Entry| -> Vec<RecordId> { entry.iter().copied().map(id).collect() };
    for filter in filters {
        let wanted: Vec<_> =
            all.iter().filter(|entry| lets_through(filter, contents, entry)).map(ids).collect();
        assert_eq!(history.count_of(filter).unwrap(), wanted.len() as u64, "{filter:?}");
        for &limit in limits {
            let (mut shown, mut after) = (Vec::new(), None);
            loop {
                let page = history.list(filter, after.as_deref(), limit).unwrap();
                shown.extend(page.entries.iter().map(is_shown));
                after = page.next;
                if after.is_none() {
                    break;
                }
                assert_eq!(page.entries.len(), limit as usize, "a page before the last is full: {filter:?}");
            }
            assert_eq!(shown, wanted, "{filter:?}, pages of {limit}");
        }
    }
    for entry in &all {
        for number in entry {
            let shown = history.get(id(*number)).unwrap();
            assert_eq!(is_shown(&shown), ids(entry));
            assert_eq!(shown.content.favourite, entry.iter().any(|number| contents[*number].favourite));
        }
    }
    let says_oat = |entry: &&Entry| entry.iter().any(|number| contents[*number].product_name.is_some());
    let oats: Vec<_> = all.iter().filter(says_oat).map(ids).collect();
    for &limit in limits {
        let found: Vec<_> = history.search("oat", limit).unwrap().iter().map(is_shown).collect();
        assert_eq!(found, oats[..oats.len().min(limit as usize)], "search for {limit}");
    }
}

#[test]
fn lists_counts_and_search_show_what_a_plain_model_shows() {
    let folder = tempfile::tempdir().unwrap();
    let session = open(folder.path());
    let limits = prop::collection::vec(prop_oneof![1..12_u32, select(vec![63, 64, 65, 500])], 3);
    let cases = (contents(), prop::collection::vec(filters(), 4), limits);
    let mut config = ProptestConfig::default();
    config.rng_seed = RngSeed::Fixed(1);
    config.failure_persistence = None;
    config.cases = config.cases.min(96);
    let mut runner = TestRunner::new(config);
    runner
        .run(&cases, |(contents, filters, limits)| {
            check(&session, &contents, &filters, &limits);
            Ok(())
        })
        .unwrap();
}
