//! Where the servers of these tests keep their data: each in a database of its own, on one PostgreSQL for all.

use std::sync::LazyLock;

use foodlens_server::Database;

use crate::cluster::{Cluster, Kind, connect};

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Kind::Fast));

/// A place for one server's data.
pub struct Home(String);

impl Home {
    pub fn new() -> Self {
        Self(CLUSTER.fresh_database())
    }

    pub fn database(&self) -> Database {
        Database::postgres(&self.0)
    }

    /// For the program.
    #[allow(dead_code, reason = "not every binary of tests starts the program")]
    pub fn arguments(&self) -> [String; 2] {
        ["--database-url".to_owned(), self.0.clone()]
    }

    /// Whether a server that has ended left something to be done: only files can.
    #[allow(dead_code, reason = "as above")]
    pub fn has_unfinished_files(&self) -> bool {
        false
    }

    #[allow(dead_code, reason = "as above")]
    pub fn url(&self) -> &str {
        &self.0
    }

    #[allow(dead_code, reason = "as above")]
    pub fn superuser_url(&self) -> String {
        CLUSTER.as_superuser(&self.0)
    }
}

/// Past the server.
pub fn execute(database: &Database, sql: &str) {
    let Database::Postgres { url, .. } = database else { panic!("no PostgreSQL: {database:?}") };
    connect(url).batch_execute(sql).unwrap();
}
