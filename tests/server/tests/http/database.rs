//! Where the servers of these tests keep their data: a file in a folder of their own.

use std::path::PathBuf;

use foodlens_server::{Database, Options, Server};
use tempfile::TempDir;

use crate::support::SECRET;

/// A place for one server's data; it goes with this value.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("server.db")
    }

    pub fn database(&self) -> Database {
        self.file().into()
    }

    /// For the program.
    #[allow(dead_code, reason = "not every binary of tests starts the program")]
    pub fn arguments(&self) -> [String; 2] {
        ["--database".to_owned(), self.file().display().to_string()]
    }

    /// Whether a server that has ended left something to be done.
    #[allow(dead_code, reason = "as above")]
    pub fn has_unfinished_files(&self) -> bool {
        self.file().with_extension("db-wal").exists()
    }
}

/// Past the server.
pub fn execute(database: &Database, sql: &str) {
    let Database::File(file) = database else { panic!("no file: {database:?}") };
    rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_database_that_cannot_be_used_is_an_error_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Server::start(Options::new("", SECRET)).is_err(), "no path");
    assert!(Server::start(Options::new(folder.path(), SECRET)).is_err(), "a folder");
    let file = folder.path().join("text");
    std::fs::write(
        &file,
        "this is no database, and long enough that nobody could take it for an empty one".repeat(99),
    )
    .unwrap();
    assert!(Server::start(Options::new(&file, SECRET)).is_err(), "another file");
    assert!(
        std::fs::read_to_string(&file).unwrap().starts_with("this is no database"),
        "and it is left alone"
    );
}
