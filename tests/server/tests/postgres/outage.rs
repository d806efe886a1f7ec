//! PostgreSQL goes away and comes back.

use std::time::{Duration, Instant};

use foodlens_server::{Database, Options, Server};

use crate::cluster::{Cluster, Kind};
use crate::support::{Client, Reply, SECRET, scan};

#[test]
fn while_the_database_is_away_every_answer_is_503_and_afterwards_all_is_as_before() {
    let mut cluster = Cluster::start(Kind::Durable);
    let database = Database::postgres(cluster.fresh_database());
    let running = Server::start(Options::new(database, SECRET)).unwrap();
    let phone = Client::new(&running.base_url(), "anna");
    let write = scan("one");
    phone.write(&write);
    let single = |name: &str| -> Reply {
        let key = uuid::Uuid::now_v7().to_string();
        let body = serde_json::json!({"kind": "scan", "product_name": name}).to_string();
        phone.send("PUT", &format!("/v1/me/history/{key}"), &[("idempotency-key", &key)], Some(&body))
    };
    cluster.stop();
    for reply in [single("away"), phone.get("/v1/me/changes"), phone.get("/v1/me/history")] {
        assert_eq!(reply.problem(), (503, "unavailable".into()));
        assert_eq!(reply.header("retry-after"), "1");
    }
    cluster.resume();
    let began = Instant::now();
    while single("back").status != 200 {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not come back");
    }
    assert_eq!(phone.write(&write)["verdict"], "duplicate", "what was answered is still there");
    assert_eq!(phone.changes("")["count"], 2);
}

#[test]
fn a_cluster_of_the_tests_leaves_nothing_behind() {
    let cluster = Cluster::start(Kind::Fast);
    let folder = cluster.folder().to_owned();
    assert!(folder.join("data").is_dir());
    drop(cluster);
    assert!(!folder.exists());
}
