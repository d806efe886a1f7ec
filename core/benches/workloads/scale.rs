//! What ten times as many records cost: single writes, the open and the search with 1,000,000 of them, each beside its own
//! figure with 100,000. No limit is measured here.

use crate::answers::Feed;
use crate::duel::Duel;
use crate::open::{self, drop_from_cache};
use crate::phone::AtRest;
use crate::restore::{self, RECORDS};
use crate::search;
use crate::server::Server;
use crate::table::{Goal, Table, Unit};
use crate::{phone, quick, writes};
use criterion::Criterion;
use foodlens_core::Session;
use std::cell::{Cell, LazyCell};
use std::time::Duration;
use tempfile::TempDir;

const FEW: usize = RECORDS;
const MANY: usize = 10 * RECORDS;

pub fn ten_times(criterion: &mut Criterion, table: &mut Table) {
    if quick::is_on() {
        return;
    }
    // Filled for the first round of any: a filter may leave some of them out.
    let few = LazyCell::new(|| filled(FEW));
    let many = LazyCell::new(|| filled(MANY));
    let mut against_own = |id: &str,
                           workload: &str,
                           unit,
                           ours: &mut dyn FnMut() -> Duration,
                           own: &mut dyn FnMut() -> Duration| {
        let goal = Goal::Ratio(if matches!(unit, Unit::Milliseconds) { 1.3 } else { 0.77 });
        let budget = Duration::from_secs(4);
        Duel { criterion, table, id, workload, unit, goal, budget }.run(ours, own);
    };
    for (id, workload, cold) in [
        ("scale-open-cold", "W5 cold open with 1,000,000 records (limit: with 100,000)", true),
        ("scale-open-warm", "W5 the same, file in the cache", false),
    ] {
        if cold && !cfg!(target_os = "linux") {
            continue;
        }
        let open = |(folder, url): &Filled| {
            if cold {
                drop_from_cache(folder.path());
            }
            open::ours(folder.path(), url, AtRest::Plain)
        };
        against_own(id, workload, Unit::Milliseconds, &mut || open(&many), &mut || open(&few));
    }
    let opened = |(folder, url): &Filled| phone::open(folder.path(), url, AtRest::Plain);
    let (few, many) = (LazyCell::new(|| opened(&few)), LazyCell::new(|| opened(&many)));
    let typed = |session: &Session, among| search::percentile(50, among, |text| search::ours(session, text));
    against_own(
        "scale-search",
        "W6 search in 1,000,000 records, p50 (limit: in 100,000)",
        Unit::Milliseconds,
        &mut || typed(&many, MANY),
        &mut || typed(&few, FEW),
    );
    let (in_few, in_many) = (Cell::new(FEW), Cell::new(MANY));
    let write = |session: &Session, stored: &Cell<usize>| {
        let first = stored.replace(stored.get() + writes::WRITES);
        writes::one_by_one(session, first)
    };
    against_own(
        "scale-write",
        "W1 single writes, 1,000,000 stored (limit: 100,000 stored)",
        Unit::PerSecond(writes::WRITES as u64),
        &mut || write(&many, &in_many),
        &mut || write(&few, &in_few),
    );
}

/// Where a phone's data are, and the backend whose they are. It is not asked any more.
type Filled = (TempDir, String);

/// A phone with so many records on it, all of them searchable.
fn filled(records: usize) -> Filled {
    let folder = phone::folder();
    let server = Server::start(Feed::of(records));
    restore::ours(&server, folder.path(), records, AtRest::Plain);
    (folder, server.base_url().to_owned())
}
