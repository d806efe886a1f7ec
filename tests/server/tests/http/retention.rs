//! How long deletions and keys are remembered.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use foodlens_server::{Options, RawRecord, Retention, Seams};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Backend, scan};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// More than are swept at once.
const TOMBSTONES: usize = 1_203;

fn start(retention: Retention) -> (Backend, Arc<AtomicI64>) {
    let now = Arc::new(AtomicI64::new(1_800_000_000_000));
    let clock = Arc::clone(&now);
    let seams = Seams { now_ms: Arc::new(move || clock.load(Ordering::SeqCst)), ..Seams::default() };
    (Backend::start_with(|options| Options { retention, seams, ..options }), now)
}

#[test]
fn capabilities_tell_for_how_long() {
    let (backend, _) = start(Retention { tombstone_days: 30, key_days: 10 });
    let told = backend.client("anna").get("/v1/me/capabilities").json();
    assert_eq!((&told["tombstone_days"], &told["key_days"]), (&json!(30), &json!(10)));
}

#[test]
fn keys_and_tombstones_go_when_their_own_time_is_over() {
    let (backend, now) = start(Retention { tombstone_days: 30, key_days: 10 });
    let phone = backend.client("anna");
    let write = scan("one");
    phone.write(&write);
    let behind = phone.changes("")["next_cursor"].as_str().unwrap().to_owned();
    for _ in 0..TOMBSTONES {
        let id = Uuid::now_v7().to_string();
        let raw = RawRecord { entity: "history".into(), id, deleted: true, fields: json!({}) };
        backend.running.put_raw("anna", &raw).unwrap();
    }
    let purge = || backend.running.service().purge().unwrap();
    let kept = || backend.running.snapshot("anna").unwrap().len();

    now.fetch_add(10 * DAY_MS, Ordering::SeqCst);
    purge();
    assert_eq!(phone.write(&write)["verdict"], "duplicate", "kept for ten days");
    now.fetch_add(1, Ordering::SeqCst);
    purge();
    assert_ne!(phone.write(&write)["verdict"], "duplicate", "and no longer");
    assert_eq!(kept(), TOMBSTONES + 1);

    now.fetch_add(20 * DAY_MS - 1, Ordering::SeqCst);
    purge();
    assert_eq!(kept(), TOMBSTONES + 1, "kept for thirty days");
    assert_eq!(phone.get(&format!("/v1/me/changes?cursor={behind}")).status, 200);
    now.fetch_add(1, Ordering::SeqCst);
    purge();
    assert_eq!(kept(), 1, "slice by slice, all of them");
    let reply = phone.get(&format!("/v1/me/changes?cursor={behind}"));
    assert_eq!(reply.problem(), (410, "cursor_expired".into()));
}
