//! Of several servers over one database one sweeps at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use foodlens_server::{Options, Seams};
use serde_json::json;
use uuid::Uuid;

use crate::cluster::connect;
use crate::database::Home;
use crate::support::{SECRET, history};

/// As in src/store/postgres/operate.rs.
const SWEEPING: i64 = 7_246_350_197_002;

#[test]
fn who_finds_another_one_sweeping_leaves_it_to_that_one() {
    let now = Arc::new(AtomicI64::new(1_800_000_000_000));
    let clock = Arc::clone(&now);
    let home = Home::new();
    let seams = Seams { now_ms: Arc::new(move || clock.load(Ordering::SeqCst)), ..Seams::default() };
    let options = Options { seams, ..Options::new(home.database(), SECRET) };
    let running = foodlens_server::Server::start(options).unwrap();
    let phone = crate::support::Client::new(&running.base_url(), "anna");
    let id = Uuid::now_v7();
    phone.batch(&[history(id, "create", None, json!({})), history(id, "delete", Some(1), json!({}))]);
    now.fetch_add(200 * 24 * 60 * 60 * 1000, Ordering::SeqCst);
    let kept = || running.snapshot("anna").unwrap().len();

    let mut other = connect(home.url());
    other.execute("SELECT pg_advisory_lock($1)", &[&SWEEPING]).unwrap();
    running.service().purge().unwrap();
    assert_eq!(kept(), 1, "left to the other");
    drop(other);
    let began = std::time::Instant::now();
    while kept() == 1 {
        // PostgreSQL notices a moment later that the other one is gone.
        running.service().purge().unwrap();
        assert!(began.elapsed().as_secs() < 60, "never swept");
    }
}
