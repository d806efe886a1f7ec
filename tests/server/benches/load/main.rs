//! What the server carries: durable single writes and pages of the feed, by 1, 8 and 64 clients on connections that stay
//! open, over SQLite and over PostgreSQL. `make bench-server`; longer: `make bench-server ARGS='--seconds 10'`.
//!
//! Clients, server and database share the machine, so the figures are a floor, and only their growth means much.

// Not product code: a measurement that cannot go on stops here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../tests/postgres/cluster.rs"]
mod cluster;
mod crowd;
mod table;

use std::time::Duration;

use clap::Parser;
use cluster::{Cluster, Kind};
use crowd::Crowd;
use foodlens_server::{Database, Options, Server};
use table::{Line, print};

const CLIENTS: [usize; 3] = [1, 8, 64];

/// How much the reference server carries.
#[derive(Parser)]
struct Arguments {
    /// How long each figure is measured, in seconds, 1 to 60.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Cargo's own word to a benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    let time = Duration::from_secs(arguments.seconds);
    let folder = tempfile::tempdir().unwrap();
    let mut lines = measure("SQLite", time, |clients| folder.path().join(format!("{clients}.db")).into());
    if cluster::programs().is_some() {
        let cluster = Cluster::start(Kind::Durable);
        lines.extend(measure("PostgreSQL", time, |_| Database::postgres(cluster.fresh_database())));
    } else {
        println!("SKIPPED: PostgreSQL NOT MEASURED: there is none here");
        println!("         Measure it with: apt-get install -y postgresql && make bench-server");
    }
    print(&lines);
}

fn measure(name: &'static str, time: Duration, database: impl Fn(usize) -> Database) -> Vec<Line> {
    let of_clients = |clients: usize| {
        let secret = "a secret of the measurement";
        let running = Server::start(Options::new(database(clients), secret)).unwrap();
        let base_url = running.base_url();
        let crowd = Crowd::new(&base_url, secret, clients);
        crowd.fill_feed();
        Line { name, clients, writes: crowd.write_for(time), pages: crowd.read_for(time) }
    };
    CLIENTS.map(of_clients).into()
}
