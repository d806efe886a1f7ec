//! W5: opening the library on 100,000 records up to the newest 50 on the screen; with the file in the system's cache (warm) and
//! without (cold).

use crate::answers::Feed;
use crate::duel::Duel;
use crate::phone::AtRest;
use crate::restore::{self, RECORDS};
use crate::server::Server;
use crate::table::{Table, Unit};
use crate::{limit, phone};
use criterion::Criterion;
use std::cell::LazyCell;
use std::path::Path;
use std::time::{Duration, Instant};

const PAGE: u32 = 50;

/// What is measured: criterion's name, the table's, and whether the file has to be read anew.
const CASES: [(&str, &str, bool); 2] = [
    ("open-cold", "W5 cold open with 100,000 records, the newest 50", true),
    ("open-warm", "W5 the same, file in the cache", false),
];

pub fn first_page(criterion: &mut Criterion, table: &mut Table) {
    AtRest::all().for_each(|at_rest| of(at_rest, criterion, table));
}

fn of(at_rest: AtRest, criterion: &mut Criterion, table: &mut Table) {
    let folder = phone::folder();
    // Filled for the first round of either: a filter may leave one of them out.
    let server = LazyCell::new(|| {
        let server = Server::start(Feed::of(RECORDS));
        restore::ours(&server, folder.path(), RECORDS, at_rest);
        restore::limit(&server, folder.path(), RECORDS);
        server
    });
    for (id, workload, cold) in CASES {
        if cold && !cfg!(target_os = "linux") {
            println!("{workload}: not measured, only Linux lets a file be dropped from the cache");
            continue;
        }
        let prepare = || {
            LazyCell::force(&server);
            if cold {
                drop_from_cache(folder.path());
            }
        };
        let budget = Duration::from_secs(4);
        let (id, workload) = at_rest.label(id, workload);
        let (unit, goal) = (Unit::Milliseconds, at_rest.goal(if cold { 2.0 } else { 3.0 }));
        Duel { criterion, table, id: &id, workload: &workload, unit, goal, budget }.run(
            || {
                prepare();
                ours(folder.path(), server.base_url(), at_rest)
            },
            || {
                prepare();
                limit(folder.path())
            },
        );
    }
}

pub fn ours(folder: &Path, base_url: &str, at_rest: AtRest) -> Duration {
    let start = Instant::now();
    let session = phone::open(folder, base_url, at_rest);
    let page = session.history().page(None, PAGE).unwrap();
    let time = start.elapsed();
    assert_eq!(page.entries.len(), PAGE as usize);
    time
}

fn limit(folder: &Path) -> Duration {
    let start = Instant::now();
    let conn = limit::open(folder);
    let sql = "SELECT id, version, body FROM history ORDER BY occurred_at DESC, rowid DESC LIMIT ?1";
    let mut statement = conn.prepare_cached(sql).unwrap();
    let rows = statement.query_map([PAGE], |row| {
        Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
    });
    let page: Vec<_> = rows.unwrap().collect::<Result<_, _>>().unwrap();
    let time = start.elapsed();
    assert_eq!(page.len(), PAGE as usize);
    time
}

/// Makes the system forget the content of the files in this folder.
#[cfg(target_os = "linux")]
pub fn drop_from_cache(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = std::fs::File::open(entry.unwrap().path()).unwrap();
        // Only what is on the disk can be dropped.
        file.sync_all().unwrap();
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    }
}

#[cfg(not(target_os = "linux"))]
pub fn drop_from_cache(_: &Path) {}
