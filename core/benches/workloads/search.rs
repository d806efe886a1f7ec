//! W6: the first 20 of 100,000 records, newest first, for the beginnings of two words: as a person types them (rare and
//! common ones in turn), and the worst of those that were typed.

use crate::answers::Feed;
use crate::duel::Duel;
use crate::phone::AtRest;
use crate::restore::{self, RECORDS};
use crate::server::Server;
use crate::table::{Goal, Table, Unit};
use crate::{limit, phone};
use criterion::Criterion;
use foodlens_core::Session;
use rusqlite::Connection;
use std::cell::LazyCell;
use std::time::{Duration, Instant};

const FIRST: u32 = 20;
/// Searches of one round.
const SEARCHES: usize = 200;

pub fn two_words(criterion: &mut Criterion, table: &mut Table) {
    let folder = phone::folder();
    // Filled for the first round of either: a filter may leave one of them out.
    let filled = LazyCell::new(|| {
        let server = Server::start(Feed::of(RECORDS));
        restore::ours(&server, folder.path(), RECORDS, AtRest::Plain);
        restore::limit(&server, folder.path(), RECORDS);
        let conn = limit::open(folder.path());
        limit::index(&conn);
        (phone::open(folder.path(), server.base_url(), AtRest::Plain), conn)
    });
    for (id, workload, of, goal) in [
        ("search", "W6 two-word prefix search in 100,000 records, p50", 50, Goal::Ratio(1.5)),
        ("search-p99", "W6 the same, p99", 99, Goal::Within(Duration::from_millis(2))),
    ] {
        let budget = Duration::from_secs(4);
        Duel { criterion, table, id, workload, unit: Unit::Milliseconds, goal, budget }.run(
            || percentile(of, RECORDS, |text| ours(&filled.0, text)),
            || percentile(of, RECORDS, |text| bare(&filled.1, text)),
        );
    }
}

/// What is typed, where there are so many records: every word in full, or just begun; the number is in one record, in ten, in a thousand.
pub fn typed(index: usize, among: usize) -> String {
    let number = format!("{:08}", index * 7_919 % among);
    let first = ["cr", "crun", "crunchy", "granola", "hof", "oats"][index % 6];
    let second = match index % 5 {
        0 => "gran",
        1 => &number,
        2 => &number[..7],
        3 => &number[..5],
        _ => "mil",
    };
    format!("{first} {second}")
}

/// How long such a part (of 100) of the searches among so many records takes at most.
pub fn percentile(of: usize, among: usize, mut search: impl FnMut(&str)) -> Duration {
    let mut times: Vec<_> = (0..SEARCHES)
        .map(|index| {
            let text = typed(index, among);
            let start = Instant::now();
            search(&text);
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[SEARCHES * of / 100 - 1]
}

pub fn ours(session: &Session, text: &str) {
    let found = session.history().search(text, FIRST).unwrap();
    assert!(!found.is_empty(), "{text}");
    assert!(found.is_sorted_by(|x, y| x.content.occurred_at > y.content.occurred_at));
}

/// FTS5 alone, in the order in which the records came, which is that of their times here.
fn bare(conn: &Connection, text: &str) {
    let words: Vec<_> = text.split(' ').map(|word| format!("\"{word}\"*")).collect();
    let sql = "SELECT h.id, h.version, h.body FROM words JOIN history AS h ON h.rowid = words.rowid
         WHERE words MATCH ?1 ORDER BY words.rowid DESC LIMIT ?2";
    let mut statement = conn.prepare_cached(sql).unwrap();
    let rows = statement.query_map((words.join(" "), FIRST), |row| {
        Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
    });
    let found: Vec<_> = rows.unwrap().collect::<Result<_, _>>().unwrap();
    assert!(!found.is_empty(), "{text}");
}
