//! Some hundred steps of edits, copies from a server, deletions and upkeep, in several orders by seed.

use super::*;
use crate::collection::Collection;
use crate::history::search::fold::words;
use crate::history::search::upkeep;
use crate::ids::Version;
use crate::records;

const WORDS: [&str; 12] =
    ["Crème", "creme", "Brûlée", "oat", "oats", "OATMEAL", "milk", "Milch", "Pão", "40", "4001", "ß"];

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    fn text(&mut self, most: usize) -> Option<String> {
        let count = self.roll(most + 1);
        (count > 0).then(|| (0..count).map(|_| WORDS[self.roll(12)]).collect::<Vec<_>>().join(" "))
    }

    fn content(&mut self) -> HistoryContent {
        HistoryContent {
            product_name: self.text(2),
            brand: self.text(1),
            note: self.text(1),
            ingredients_text: self.text(3),
            barcode: (self.roll(3) == 0).then(|| format!("40{}", self.roll(20))),
            ..HistoryContent::new(HistoryKind::Scan, self.roll(50) as i64)
        }
    }
}

fn entries(history: &History<'_>) -> Vec<crate::HistoryEntry> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = history.page(after.as_deref(), 500).unwrap();
        all.extend(page.entries);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

/// What each record of an entry says.
fn records(session: &Session, entry: &crate::HistoryEntry) -> Vec<HistoryContent> {
    let get = |id: &RecordId| {
        let row = session.read(|conn| records::get(conn, Collection::History.spec(), *id)).unwrap();
        HistoryContent::from_fields(&row.unwrap().body)
    };
    std::iter::once(&entry.id).chain(&entry.linked).map(get).collect()
}

fn wanted(session: &Session, query: &str) -> Vec<RecordId> {
    let wanted = words(query);
    if wanted.is_empty() {
        return Vec::new();
    }
    let all: Vec<_> =
        entries(&session.history()).into_iter().map(|entry| (records(session, &entry), entry)).collect();
    let barcode = |content: &HistoryContent| words(content.barcode.as_deref().unwrap_or_default()).concat();
    let whole = |content: &HistoryContent| barcode(content) == wanted.concat();
    let begins = |content: &HistoryContent| {
        let texts = [&content.product_name, &content.brand, &content.note, &content.ingredients_text];
        let known: Vec<_> = texts.into_iter().flatten().flat_map(|text| words(text)).collect();
        let fits =
            |word: &String| barcode(content) == *word || known.iter().any(|other| other.starts_with(word));
        wanted.iter().all(fits)
    };
    let first = all.iter().filter(|(says, _)| says.iter().any(whole));
    let then = all.iter().filter(|(says, _)| !says.iter().any(whole) && says.iter().any(begins));
    first.chain(then).map(|(_, entry)| entry.id).take(500).collect()
}

fn compare(session: &Session, dice: &mut Dice) {
    let history = session.history();
    for query in ["oat", "creme br", "MIL oat", "40", "4001", "4 0 1", "ss", "pao creme oat", "x", "\"*"] {
        assert_eq!(found(&history, query), wanted(session, query), "{query}");
    }
    let query = format!("{} {}", WORDS[dice.roll(12)], &words(WORDS[dice.roll(12)])[0][..1]);
    assert_eq!(found(&history, &query), wanted(session, &query), "{query}");
}

/// A copy of a record comes from the server, or its deletion.
fn pulled(session: &Session, id: RecordId, content: Option<&HistoryContent>) {
    let spec = Collection::History.spec();
    session
        .edit(|writer| {
            let fields = content.map(|content| content.to_fields().without_nulls());
            if let Some(row) = records::get(writer.tx, spec, id)? {
                let waiting = crate::outbox::store::waiting(writer.tx, Collection::History, id)?;
                records::refresh(writer.tx, spec, row, fields, &waiting)?;
            } else if let Some(fields) = fields {
                records::insert_from_server(writer.tx, spec, id, Version(1), &fields, None, writer.now)?;
            }
            Ok(())
        })
        .unwrap();
}

fn step(session: &Session, dice: &mut Dice, ids: &mut Vec<RecordId>) {
    let history = session.history();
    let some = ids[dice.roll(ids.len())];
    // The last rows go often: their numbers are given again.
    let last = ids[ids.len() - 1];
    let content = dice.content();
    match dice.roll(10) {
        0..3 => ids.push(history.add(&content).unwrap()),
        3 => {
            let id = uuid::Uuid::from_u128(ids.len() as u128 + 1).into();
            pulled(session, id, Some(&content));
            ids.push(id);
        }
        4 => pulled(session, some, Some(&content)),
        5 => pulled(session, last, None),
        6 | 7 => {
            if let Ok(shown) = history.get(some) {
                history.update(&shown, &content).unwrap();
            }
        }
        8 => drop(history.delete(if dice.roll(2) == 0 { some } else { last })),
        _ => upkeep::catch_up_briefly(&session.inner.db),
    }
}

fn live(seed: u64, before: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (mut session, mut dice) = (open(folder.path()), Dice(seed));
    let contents: Vec<_> = (0..=before).map(|_| dice.content()).collect();
    let mut ids = session.history().add_all(&contents).unwrap();
    for number in 1..=400 {
        step(&session, &mut dice, &mut ids);
        if before < 100 || number % 20 == 0 {
            is_exact(&session);
        }
        if number % 40 == 0 {
            compare(&session, &mut dice);
        }
        if number % 130 == 0 {
            session.close();
            session = open(folder.path());
        }
    }
    index_all(&session);
    compare(&session, &mut dice);
}

#[test]
fn whatever_happened_a_search_finds_what_a_look_at_every_entry_finds() {
    (0..4).for_each(|seed| live(seed, 20));
}

#[test]
fn where_every_word_is_common_too() {
    live(77, 2_500);
}
