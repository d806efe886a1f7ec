//! The kit against the reference server over PostgreSQL: every duty, in the forms that touch the database most.
#![cfg(test)]

#[path = "../../../server/tests/postgres/cluster.rs"]
mod cluster;
#[path = "../kit/support.rs"]
mod support;

use std::sync::LazyLock;

use foodlens_conformance::Outcome;
use foodlens_server::{Database, Options};

use crate::cluster::{Cluster, Kind};
use crate::support::Backend;

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Kind::Fast));

/// Runs the whole kit twice on one database. Gives how many checks passed.
fn passes(change: impl FnOnce(&mut Options)) -> usize {
    let backend = Backend::start(|options| {
        options.database = Database::postgres(CLUSTER.fresh_database());
        change(options);
    });
    let report = backend.check();
    assert!(report.is_green(), "{report}");
    let again = backend.check();
    assert!(again.is_green(), "an account that is not empty: {again}");
    report.lines.iter().filter(|line| matches!(line.outcome, Outcome::Pass)).count()
}

#[test]
fn with_all_that_it_offers() {
    assert!(passes(|_| {}) > 50);
}

#[test]
fn with_server_ids_and_one_request_per_write() {
    assert!(passes(|options| (options.mint_ids, options.batch) = (true, false)) > 50);
}
